"""Appends with sixteen writers to a site's journal, the hub's way and the baseline's in turn. A process of its own."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from time import perf_counter
from typing import Any, Final

from tests.benchmarks.clients import RunFailed
from tests.benchmarks.journal import site
from tests.benchmarks.journal.crowd import spread
from tests.benchmarks.journal.events import INSTANCE
from tests.benchmarks.journal.findings import BATCH, HALF, NAIVE, ONE, Acknowledged, Worked
from tests.benchmarks.journal.writers import Written, pace, saturate

BATCH_EVENTS: Final = 100
WARMUP_SECONDS: Final = 0.5


def publish(events: bytes) -> None:
    """Publish through the real pipeline, and wait for the acknowledgement.

    Raises:
        RunFailed: it went to the spool.
    """
    from instances.publishing.submission import submit_json

    submitted = submit_json(INSTANCE, events, publisher="bench")
    if submitted.spooled:
        raise RunFailed("the journal's database took longer than it may, and what was published went to the spool")
    if submitted.signature is None:
        raise RunFailed("a receipt was not signed")


def measure(orders: Mapping[str, Any]) -> dict[str, Any]:
    """Write as the orders say.

    Raises:
        RunFailed: an acknowledged entry is not on record, or there is one that nobody acknowledged.
    """
    from tests.benchmarks.journal import naive

    database, seconds, processes = orders["database"], orders["seconds"], orders["processes"]
    naive.make_tables()
    before = _kept()
    acknowledged = dict.fromkeys((NAIVE, ONE, BATCH), 0)

    def write(way: str, seconds: float) -> Callable[[range, Callable[[], object]], Written]:
        keep, before = (naive.keep, naive.be_patient) if way == NAIVE else (publish, lambda: None)
        batch = BATCH_EVENTS if way == BATCH else 1
        return lambda numbers, together: saturate(
            keep, batch=batch, seconds=seconds, before=before, numbers=numbers, together=together
        )

    runs = []

    def run(way: str) -> None:
        written, warm = spread(write(way, seconds), processes=processes, warm_up=write(way, WARMUP_SECONDS))
        acknowledged[way] += written.entries + warm
        runs.append(_found(database, way, written))

    # First, and before the half load that it tells: a database tidies up for a minute after what batches bring it.
    run(ONE)
    half = runs[0].rate / 2
    paced, paced_warm = spread(
        lambda numbers, together: pace(
            publish, rate=half, seconds=orders["paced_seconds"], numbers=numbers, together=together
        ),
        processes=processes,
        warm_up=write(ONE, WARMUP_SECONDS),
    )
    for number in range(orders["rounds"]):
        # There and back again, so that none always comes after the same neighbour.
        for way in acknowledged if number % 2 == 0 else reversed(acknowledged):
            run(way)
    runs.append(_found(database, HALF, paced, offered=half))
    ours = acknowledged[ONE] + acknowledged[BATCH] + paced.entries + paced_warm
    if _kept() - before != ours:
        raise RunFailed(f"{ours:,} entries were acknowledged, and {_kept() - before:,} are on record")
    return {"runs": [asdict(run) for run in runs], "numbered": asdict(_number()), "durable": _durable()}


def _found(database: str, way: str, written: Written, *, offered: float | None = None) -> Acknowledged:
    return Acknowledged(database, way, written.entries, written.seconds, written.ms(50), written.ms(99), offered)


def _kept() -> int:
    from instances.journal.models import entry_model
    from instances.journal.router import ALIAS

    return entry_model(INSTANCE)._base_manager.using(ALIAS).count()


def _number() -> Worked:
    """Number all that waits, in steps as the sequencer does it."""
    from instances.catalog import find
    from instances.journal.numbering import number

    entries, began_at = 0, perf_counter()
    while step := number(find(INSTANCE)):
        entries += len(step.entries)
    return Worked(entries, perf_counter() - began_at)


def _durable() -> str:
    """Tell what stands for it that an acknowledged entry is on the disk."""
    from django.db import connections

    from instances.journal.router import ALIAS

    said = {"postgresql": ("fsync", "synchronous_commit"), "sqlite": ("journal_mode", "synchronous")}
    ask = {"postgresql": "SHOW", "sqlite": "PRAGMA"}
    vendor = connections[ALIAS].vendor
    with connections[ALIAS].cursor() as cursor:
        values = []
        for name in said[vendor]:
            cursor.execute(f"{ask[vendor]} {name}")
            values.append(f"{name}={cursor.fetchone()[0]}")
    return ", ".join(values)


if __name__ == "__main__":
    sys.exit(site.run(measure))
