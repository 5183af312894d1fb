"""Checkpoints that were kept outside the journal's database, read from where they are."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from instances.journal import notes
from instances.journal.notes import NOTE_MAX_BYTES
from instances.journal.statements import Kept, is_of
from instances.spec import InstanceSpec


def read_pinned(paths: Iterable[Path], specs: Sequence[InstanceSpec]) -> Iterator[Kept]:
    """Yield the checkpoints that files hold, each of one of these instances' logs.

    Raises: OSError, and ValueError for a file that holds no such checkpoint.
    """
    for path in paths:
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(NOTE_MAX_BYTES)
            said = notes.parse_checkpoint(notes.parse(text).text)
        except ValueError as error:
            raise ValueError(f"{path} holds no checkpoint: {error}") from error
        if not any(is_of(said.origin, spec.name) for spec in specs):
            names = ", ".join(spec.name for spec in specs)
            raise ValueError(f"{path} holds a checkpoint of the log {said.origin}, which is none of {names}.")
        yield Kept("pinned", str(path), text)


def kept_in_anchors(specs: Sequence[InstanceSpec]) -> Iterator[Kept]:
    """Yield the checkpoints that the anchors of this hub keep."""
    yield from ()
