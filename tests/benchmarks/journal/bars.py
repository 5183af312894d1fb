"""The journal's bars: ratios to the baseline of the same run, and times."""

from tests.benchmarks.bar import Bar
from tests.benchmarks.journal.findings import ANOTHER, BATCH, HALF, NAIVE, ONE, POSTGRESQL, SAME, Journal, middle

ONE_RATIO = 5
BATCH_RATIO = 25
HALF_LOAD_P99_MS = 50.0
BROADCAST_P99_MS = 200.0
VERIFIED_A_SECOND = 50_000
SEQUENCED_A_SECOND = 5_000
EMPTY_AFTER_SECONDS = 1.0
# Threads are woken late on a busy machine: so much of the rate has to be reached.
REACHED = 0.95


def judge(found: Journal) -> list[Bar]:
    """Judge what was found on PostgreSQL."""
    return [
        _ratio(found, ONE, ONE_RATIO),
        _ratio(found, BATCH, BATCH_RATIO),
        _half_load(found),
        *(_broadcast(found, where) for where in (SAME, ANOTHER)),
        _verified(found),
        _kept_up(found),
    ]


def _ratio(found: Journal, way: str, least: int) -> Bar:
    promise, bound = f"16 writers, {way}: acknowledged entries/s against the baseline", f"≥ {least}x"
    ratio = found.ratio(POSTGRESQL, way)
    if ratio is None:
        return Bar(promise, bound, "not measured", None)
    ours, naive = (middle(found.runs(POSTGRESQL, each)).rate for each in (way, NAIVE))
    return Bar(promise, bound, f"{ratio:.1f}x ({ours:,.0f} of {naive:,.0f} entries/s)", ratio >= least)


def _half_load(found: Journal) -> Bar:
    promise, bound = "an acknowledgement at half load: p99", f"≤ {HALF_LOAD_P99_MS:.0f} ms"
    runs = found.runs(POSTGRESQL, HALF)
    if not runs:
        return Bar(promise, bound, "not measured", None)
    run = runs[-1]
    return Bar(promise, bound, f"{run.p99_ms:.1f} ms at {run.rate:,.0f} entries/s", run.p99_ms <= HALF_LOAD_P99_MS)


def _broadcast(found: Journal, where: str) -> Bar:
    promise, bound = f"commit to broadcast, {where}: p99", f"≤ {BROADCAST_P99_MS:.0f} ms"
    for each in found.broadcasts:
        if each.where == where:
            return Bar(promise, bound, f"{each.p99_ms:.1f} ms", each.p99_ms <= BROADCAST_P99_MS)
    return Bar(promise, bound, "not measured", None)


def _verified(found: Journal) -> Bar:
    promise, bound = "verifying a journal", f"≥ {VERIFIED_A_SECOND:,} entries/s"
    if found.verified is None:
        return Bar(promise, bound, "not measured", None)
    return Bar(promise, bound, f"{found.verified.rate:,.0f} entries/s", found.verified.rate >= VERIFIED_A_SECOND)


def _kept_up(found: Journal) -> Bar:
    promise, bound = f"the sequencer keeps up with {SEQUENCED_A_SECOND:,} entries/s", "empty within 1 s after"
    run = found.kept_up
    if run is None:
        return Bar(promise, bound, "not measured", None)
    figures = f"empty {run.empty_after_seconds:.2f} s after {run.rate:,.0f} entries/s"
    kept = run.empty_after_seconds <= EMPTY_AFTER_SECONDS
    reached = run.rate >= SEQUENCED_A_SECOND * REACHED
    # Where this machine can't append so quickly, it can't tell either.
    return Bar(promise, bound, figures, kept if reached or not kept else None)
