"""Checkpoints that were kept outside the journal's database, read from where they are."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from instances.journal import notes
from instances.journal.anchors import Directory, anchors
from instances.journal.keys import log_origin
from instances.journal.models import JournalHead
from instances.journal.notes import NOTE_MAX_BYTES
from instances.journal.router import ALIAS
from instances.journal.statements import Kept, generation_of
from instances.spec import InstanceSpec


def read_pinned(paths: Iterable[Path], specs: Sequence[InstanceSpec]) -> Iterator[Kept]:
    """Yield the checkpoints that files hold, each of one of these instances' logs.

    Raises: OSError, and ValueError for a file that holds no such checkpoint.
    """
    for path in paths:
        try:
            text = _text_of(path)
            said = notes.parse_checkpoint(notes.parse(text).text)
        except ValueError as error:
            raise ValueError(f"{path} holds no checkpoint: {error}") from error
        if not any(generation_of(said.origin, spec.name) for spec in specs):
            names = ", ".join(spec.name for spec in specs)
            raise ValueError(f"{path} holds a checkpoint of the log {said.origin}, which is none of {names}.")
        yield Kept("pinned", str(path), text)


def kept_in_anchors(specs: Sequence[InstanceSpec]) -> Iterator[Kept]:
    """Yield the checkpoints that the folders among this hub's anchors keep; other programs answer no questions.

    Raises: BadAnchor; OSError for a folder that can't be read, which would hide what it keeps.
    """
    heads = dict(JournalHead.objects.using(ALIAS).values_list("instance", "generation"))
    # Other hubs may keep theirs in the same folder.
    logs = [log_origin(spec.name, one) for spec in specs for one in range(1, heads.get(spec.name, 1) + 1)]
    for anchor in anchors():
        if isinstance(anchor, Directory):
            anchor.folder.stat()
            for log in logs:
                for path in sorted((anchor.folder / quote(log, safe="")).glob("*/*.note")):
                    yield Kept("anchor", str(path), _text_of(path))


def _text_of(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(NOTE_MAX_BYTES)
