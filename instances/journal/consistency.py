"""Whether a journal's tree grew from what was signed of it: a restored backup didn't, nor did one that was changed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from instances.journal import tiles
from instances.journal.memory import Memory, Signed
from instances.journal.merkle import Frontier
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
    of_this = {}
    for signed in known:
        if signed.generation > head.generation:
            raise InconsistentTree(
                head, signed, f"that was log {signed.generation} of it, and this is {head.generation}"
            )
        if signed.generation == head.generation:
            of_this[signed.size, signed.root] = signed
    if of_this:
        _check_grown(head, list(of_this.values()))


def _check_grown(head: JournalHead, known: Sequence[Signed]) -> None:
    for signed in known:
        if head.size < signed.size:
            raise InconsistentTree(head, signed, "it is an older one, such as from a backup")
    last = max(known, key=lambda signed: signed.size)
    try:
        *before, now = tiles.roots(head.instance, [*(signed.size for signed in known), head.size])
        grown = Frontier.from_bytes(head.size, bytes(head.frontier)).root
    except (tiles.MissingLeaf, ValueError) as error:
        raise InconsistentTree(head, last, str(error).rstrip(".")) from error
    for signed, root in zip(known, before, strict=True):
        if root != signed.root:
            raise InconsistentTree(head, signed, "its first entries are others than were signed")
    if now != grown:
        raise InconsistentTree(head, last, "its entries are others than were numbered")


def moment(ms: int) -> str:
    """Return a time as people and checkpoints write it: ISO 8601, in UTC, to the second."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
