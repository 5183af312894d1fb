"""A witness as this hub's logs ask it for a cosignature (C2SP tlog-witness)."""

import base64
from collections.abc import Sequence
from typing import Final

from instances.journal import notes, outgoing, tiles
from instances.journal.models import Anchored, Checkpoint
from instances.journal.router import ALIAS

PATH: Final = "/add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
"""Of an answer that says how far the witness has come."""


class Witness:
    """Another program that sees a log grow, and signs that it did. It is asked from one thread."""

    def __init__(self, url: str, keys: Sequence[notes.VerifierKey]) -> None:
        self.url = url.rstrip("/")
        self._keys = keys
        self._sizes: dict[str, int] = {}

    def cosignatures(self, checkpoint: Checkpoint, *, anchor: str) -> str:
        """Return the witness's lines of signature, which were verified.

        1. The witness is told the size that it saw last, so far as is known here, and proven what came after.
        2. Where it says that it was another, it is asked once more, from there.

        Raises: outgoing.NoAnswer, also for an answer that is no cosignature of a known key; tiles.MissingLeaf; what
        the database raises.
        """
        note = notes.parse(checkpoint.note)
        origin = notes.parse_checkpoint(note.text).origin
        before = self._sizes.get(origin)
        if before is None:
            before = _last_size(checkpoint, anchor)
        answer = self._ask(checkpoint, before)
        if answer.status == 409 and answer.content_type == SIZE_TYPE:
            before = _size_of(answer.body)
            if before > checkpoint.size:
                raise outgoing.NoAnswer(
                    f"{self.url} has seen {origin} with {before:,} entries, and this hub has {checkpoint.size:,}: the "
                    "hub has lost what it once signed, or somebody else signs with its key."
                )
            answer = self._ask(checkpoint, before)
        if answer.status != 200:
            raise outgoing.NoAnswer(f"{self.url} answered {answer.status}: {_said(answer.body)}")
        lines = self._verified(note, answer.body)
        self._sizes[origin] = checkpoint.size
        return lines

    def _ask(self, checkpoint: Checkpoint, before: int) -> outgoing.Answer:
        proof = tiles.consistency(checkpoint.instance, min(before, checkpoint.size), checkpoint.size)
        lines = [f"old {before}", *(base64.b64encode(step).decode() for step in proof), "", checkpoint.note]
        return outgoing.post(self.url + PATH, "\n".join(lines).encode(), {"Content-Type": "text/plain; charset=utf-8"})

    def _verified(self, note: notes.Note, body: bytes) -> str:
        try:
            lines = body.decode().splitlines()
            signatures = [notes.parse_signature(line) for line in lines[: notes.MOST_SIGNATURES]]
        except (UnicodeDecodeError, notes.BadNote) as error:
            raise outgoing.NoAnswer(f"{self.url} answered with something else than signatures: {error}") from error
        good = [
            str(each) for each in signatures if any(notes.verify_signature(note.text, each, key) for key in self._keys)
        ]
        if not good:
            raise outgoing.NoAnswer(f"{self.url} answered without a right signature of GATERHUB_JOURNAL_WITNESS_KEYS.")
        return "".join(f"{line}\n" for line in good)


def _last_size(checkpoint: Checkpoint, anchor: str) -> int:
    """Return the size that the witness saw last, so far as the database knows: 0 if it never saw the log."""
    rows = Anchored.objects.using(ALIAS).filter(
        anchor=anchor, checkpoint__instance=checkpoint.instance, checkpoint__generation=checkpoint.generation
    )
    return rows.order_by("-checkpoint__size").values_list("checkpoint__size", flat=True).first() or 0


def _size_of(body: bytes) -> int:
    try:
        return notes.size_of(body.decode().strip())
    except (UnicodeDecodeError, notes.BadNote):
        raise outgoing.NoAnswer("The witness named a size that is none.") from None


def _said(body: bytes) -> str:
    return " ".join(body[:200].decode(errors="replace").split())
