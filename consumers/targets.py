"""To whom an event goes: connections that read all of it, and those for whom personal fields are redacted."""

from dataclasses import dataclass
from typing import Final

from consumers.connection import Connection, Veiled

Reader = Connection | Veiled
"""What a pattern belongs to: the connection itself, where its grant takes in personal fields."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    full: tuple[Connection, ...]
    veiled: tuple[Connection, ...]
    everybody: tuple[Connection, ...]


NOBODY: Final = Targets((), (), ())


def targets_of(readers: tuple[Reader, ...]) -> Targets:
    """Return the connections behind the readers, each once: one that reads everything by any pattern reads it all."""
    if not readers:
        return NOBODY
    full = tuple(reader for reader in readers if isinstance(reader, Connection))
    if len(full) == len(readers):
        return Targets(full, (), full)
    known = set(full)
    veiled = tuple(
        reader.connection for reader in readers if isinstance(reader, Veiled) and reader.connection not in known
    )
    return Targets(full, veiled, full + veiled)
