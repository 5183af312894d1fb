"""Where evidence is kept while the database is out: encrypted, in order, on the local disk of each host."""

from instances.journal.spool.disk import SpoolTimeout
from instances.journal.spool.folder import ProcessFolder, folder_name
from instances.journal.spool.keys import KeyMissing
from instances.journal.spool.packing import Unreadable
from instances.journal.spool.replaying import Append, Replayed
from instances.journal.spool.room import Room, SpoolFull
from instances.journal.spool.spool import Figures, Spool
from instances.journal.spool.spools import Spools

__all__ = [
    "Append",
    "Figures",
    "KeyMissing",
    "ProcessFolder",
    "Replayed",
    "Room",
    "Spool",
    "SpoolFull",
    "SpoolTimeout",
    "Spools",
    "Unreadable",
    "folder_name",
]
