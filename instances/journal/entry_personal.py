"""Whether the personal values that are held apart are those that the entries committed to."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from instances.journal.opened import TAMPERED, UNREADABLE, check_commitments
from instances.journal.router import ALIAS
from instances.journal.vault import open_parts

_COMMITTED: Final = b'"personal":['


class PersonalCheck:
    """Opens what is held apart of entries, and compares it with their commitments."""

    def __init__(self, instance: str, *, using: str = ALIAS) -> None:
        self._instance = instance
        self._using = using

    def check(self, entries: Sequence[tuple[int, str, bytes]]) -> Iterator[tuple[str, int, str]]:
        """Check entries, given as index, id and body, and yield kind, index and detail of what is wrong or gone."""
        committed = [(index, UUID(id), body) for index, id, body in entries if _COMMITTED in body]
        opened = open_parts(self._instance, [id for _, id, _ in committed], using=self._using)
        for index, id, body in committed:
            known = opened[id]
            agreed = check_commitments(body, known)
            if agreed.broken:
                yield "commitment", index, f"It is {', '.join(agreed.broken)}."
            if known.absent in (TAMPERED, UNREADABLE):
                yield "personal-sealed", index, ""
            elif agreed.absent:
                yield "redacted", index, f"It is {', '.join(agreed.absent)}."
