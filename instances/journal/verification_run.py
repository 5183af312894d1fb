"""A run of a verification over journals, kept as it goes, so that it can be watched and gone on with."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from instances.catalog import INSTANCES
from instances.journal import keys
from instances.journal.findings import Finding, Verdict
from instances.journal.models import JournalHead, Tile
from instances.journal.rotation import known_keys
from instances.journal.router import ALIAS
from instances.journal.statements import Kept, Statements, Trust
from instances.journal.verification import TILE_ENTRIES, Progress, Verification
from instances.journal.verification_state import Run, Standing
from instances.spec import InstanceSpec

KEEP_SECONDS: Final = 1.0
"""So much work is lost at most when a run is interrupted, and so old is what others see of it."""

SEALED: Final = tuple(spec for spec in INSTANCES if spec.delivery.sealed)


class NothingThere(ValueError):
    """An index to begin from that the tree doesn't reach."""


def own_trust() -> Trust:
    """Return the keys of this hub, and those before them as its log tells. Raises: keys.NoKey; none is made."""
    if not keys.is_there():
        raise keys.NoKey("This host has no key of the journal: name the one that signs, with --key.")
    now = keys.signing_key().public
    return Trust(publics=[now, *(key.public for key in keys.old_keys())], before=known_keys(now))


def standing_at(spec: InstanceSpec, index: int, *, using: str = ALIAS) -> Standing:
    """Return where a verification stands that believes the tree's tiles up to an index.

    The index is rounded down to a whole tile. What the tiles say is still shown wrong by the first checkpoint after
    it, unless it is right. Raises: NothingThere.
    """
    size = index // TILE_ENTRIES * TILE_ENTRIES
    head = JournalHead.objects.using(using).filter(instance=spec.name).values_list("size", flat=True).first() or 0
    if not 0 <= index <= head:
        raise NothingThere(
            f"The journal of {spec.name} has {head:,} entries; none to begin from has the index {index}."
        )
    standing = Standing(began=size, size=head)
    for root, leaves in _complete_subtrees(spec.name, size, using):
        standing.grow(root, leaves)
    return standing


def _complete_subtrees(instance: str, size: int, using: str) -> Iterable[tuple[bytes, int]]:
    """Yield root and leaves of the tiles that together are the tree of that size, the largest first.

    Raises: NothingThere.
    """
    level = 1
    while TILE_ENTRIES ** (level + 1) <= size:
        level += 1
    begin = 0
    while level:
        span = TILE_ENTRIES**level
        end = begin + (size - begin) // span * span
        tiles = Tile.objects.using(using).filter(
            instance=instance, level=level, number__gte=begin // span, number__lt=end // span
        )
        roots = dict(tiles.values_list("number", "root"))
        for number in range(begin // span, end // span):
            if number not in roots:
                raise NothingThere(f"The tree of {instance} lacks a tile over {number * span}: begin from 0.")
            yield bytes(roots[number]), span
        begin, level = end, level - 1


def verify(
    run: Run,
    specs: Sequence[InstanceSpec],
    trust: Trust,
    *,
    kept: Sequence[Kept] = (),
    personal: bool = False,
    processes: int = 1,
    found: Callable[[Finding], None] = lambda finding: None,
    told: Callable[[Progress], None] = lambda progress: None,
    using: str = ALIAS,
    clock: Callable[[], float] = time.time,
) -> Verdict:
    """Verify these instances' journals, from where the run stands, and return the verdict.

    The run is kept each second and at the end. `found` takes the findings that are told one by one, `told` how far it
    is. Raises what the database raises; the run can then be gone on with.
    """
    kept_at = 0.0
    for spec in specs:
        standing = run.standings.setdefault(spec.name, Standing())
        if standing.finished:
            continue
        statements = Statements(spec.name, trust, kept, using=using)
        verification = Verification(
            spec, statements, standing=standing, personal=personal, processes=processes, found=found, using=using
        )
        for progress in verification.run():
            told(progress)
            if clock() - kept_at >= KEEP_SECONDS:
                kept_at = clock()
                _keep(run, kept_at)
    run.verdict = run.found
    _keep(run, clock())
    return run.verdict


def _keep(run: Run, now: float) -> None:
    run.updated_ms = int(now * 1000)
    run.keep()
