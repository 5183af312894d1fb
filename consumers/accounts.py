"""What the hub keeps account of for a connection that has said who it is: what it misses, and what it gets."""

from consumers.books import LEDGER, SEEN
from consumers.connection import Connection, Origin
from consumers.seen.rows import Subscriber
from consumers.seen.sightings import Sightings
from consumers.witness import Witness
from instances.event import now_ms
from instances.process import process_name


def keep_account(connection: Connection, origin: Origin) -> None:
    """Let the connection be known as who it is, in the books as well."""
    who = origin.principal
    connection.principal, connection.origin = who.name, origin
    connection.witness = Witness(
        LEDGER, connection=connection.id, principal=who, patterns=connection.patterns_of, clock=now_ms
    )
    subscriber = Subscriber(
        connection=connection.id,
        process=process_name(),
        kind=who.kind,
        id=who.id,
        name=who.name,
        address=origin.address,
        agent=origin.agent,
    )
    connection.sightings = Sightings(SEEN, subscriber, follows=connection.follows_of, clock=now_ms)
