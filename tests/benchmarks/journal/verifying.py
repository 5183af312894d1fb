"""Verifies a site's journal from its first entry to its last. A process of its own."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from time import perf_counter
from typing import Any

from tests.benchmarks.clients import RunFailed
from tests.benchmarks.journal import site
from tests.benchmarks.journal.events import INSTANCE
from tests.benchmarks.journal.findings import Worked


def measure(orders: Mapping[str, Any]) -> dict[str, Any]:
    """Verify everything, as `verify_journal` does it.

    Raises:
        RunFailed: something is found to be wrong.
    """
    from instances.catalog import find
    from instances.journal.statements import Statements
    from instances.journal.verification import Verification
    from instances.journal.verification_run import own_trust
    from instances.journal.verification_state import Standing

    standing = Standing()
    wrong: list[str] = []
    began_at = perf_counter()
    verification = Verification(
        find(INSTANCE),
        Statements(INSTANCE, own_trust()),
        standing=standing,
        found=lambda finding: wrong.append(str(finding)),
    )
    for _ in verification.run():
        pass
    seconds = perf_counter() - began_at
    if wrong:
        raise RunFailed(f"the journal is not as it was sealed: {wrong[:3]}")
    return asdict(Worked(standing.size, seconds))


if __name__ == "__main__":
    sys.exit(site.run(measure))
