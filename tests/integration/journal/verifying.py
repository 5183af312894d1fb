"""How tests verify a journal, and what they see of it."""

from instances.journal.statements import Kept, Statements, Trust
from instances.journal.verification import Verification
from instances.journal.verification_run import own_trust
from instances.journal.verification_state import Standing
from tests.integration.journal.building import AUDIT

COUNT = 600


def verified(*, kept: tuple[Kept, ...] = (), trust: Trust | None = None, processes: int = 1) -> Standing:
    standing = Standing()
    statements = Statements("audit", trust or own_trust(), kept)
    for _ in Verification(AUDIT, statements, standing=standing, processes=processes).run():
        pass
    return standing


def found(standing: Standing) -> dict[str, list[int | None]]:
    """Return the indexes of each kind of finding."""
    kinds: dict[str, list[int | None]] = {}
    for each in standing.tally.examples:
        kinds.setdefault(each.kind, []).append(each.index)
    return kinds
