"""Whether a journal's tree grew from what was signed of it: a restored backup didn't, nor did one that was changed."""

from collections.abc import Iterable
from datetime import UTC, datetime

from instances.journal import tiles
from instances.journal.memory import Memory, Signed
from instances.journal.merkle import EMPTY_ROOT, Frontier
from instances.journal.models import Checkpoint, JournalHead


class InconsistentTree(Exception):
    """A tree that didn't grow from one that was signed; nothing is signed until an operator has decided."""

    def __init__(self, head: JournalHead, signed: Signed, why: str) -> None:
        super().__init__(
            f"The journal of {head.instance} has {head.size:,} entries, and one of {signed.size:,} was signed on "
            f"{moment(signed.signed_ms)}: {why}. Nothing more is signed. Bring the right journal back, or accept this "
            "one with `manage.py accept_restored_journal`."
        )
        self.instance = head.instance
        self.size = head.size
        self.signed_size = signed.size


def signed_before(head: JournalHead, memory: Memory) -> list[Signed]:
    """Return what is known of the log's last checkpoints: outside of the database, and in it. Raises: Forgetful."""
    found = [memory.last(head.instance)]
    row = Checkpoint.objects.filter(instance=head.instance, generation=head.generation).order_by("-size", "-id").first()
    if row is not None:
        found.append(Signed(row.generation, row.size, bytes(row.root), row.signed_ms))
    return [signed for signed in found if signed is not None]


def check(head: JournalHead, known: Iterable[Signed]) -> None:
    """Make sure that the tree grew from each of those. Raises: InconsistentTree; what the database raises."""
    for signed in known:
        if signed.generation > head.generation:
            raise InconsistentTree(
                head, signed, f"that was log {signed.generation} of it, and this is {head.generation}"
            )
        if signed.generation == head.generation:
            _check_grown(head, signed)


def _check_grown(head: JournalHead, signed: Signed) -> None:
    if head.size < signed.size:
        raise InconsistentTree(head, signed, "it is an older one, such as from a backup")
    try:
        before, now = tiles.root(head.instance, signed.size), tiles.root(head.instance, head.size)
        grown = Frontier.from_bytes(head.size, bytes(head.frontier)).root if head.size else EMPTY_ROOT
    except (tiles.MissingLeaf, ValueError) as error:
        raise InconsistentTree(head, signed, str(error).rstrip(".")) from error
    if before != signed.root:
        raise InconsistentTree(head, signed, "its first entries are others than were signed")
    if now != grown:
        raise InconsistentTree(head, signed, "its entries are others than were numbered")


def moment(ms: int) -> str:
    """Return a time as people and checkpoints write it: ISO 8601, in UTC, to the second."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
