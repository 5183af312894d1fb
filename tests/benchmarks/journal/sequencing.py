"""Appends at a fixed rate while a sequencer in another process numbers, and watches how far it lags. A process."""

import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, Final

from tests.benchmarks.clients import RunFailed
from tests.benchmarks.journal import site
from tests.benchmarks.journal.events import INSTANCE, body
from tests.benchmarks.journal.findings import KeptUp

BATCH_ENTRIES: Final = 100
APPENDERS: Final = 4
"""One alone would wait for the disk's sync before it appends again."""
LOOK_SECONDS: Final = 0.05
EMPTY_WITHIN_SECONDS: Final = 60.0


def measure(orders: Mapping[str, Any]) -> dict[str, Any]:
    """Append as the orders say: `rate` entries a second for so many seconds.

    Raises:
        RunFailed: what was appended did not all get its place within a minute.
    """
    from instances.catalog import find
    from instances.journal.append import append
    from instances.publishing.pipeline import check

    rate, spec = orders["rate"], find(INSTANCE)
    batches = int(rate * orders["seconds"] / BATCH_ENTRIES)
    # Checked beforehand: what is watched is the sequencer.
    bodies = (body(range(each * BATCH_ENTRIES, (each + 1) * BATCH_ENTRIES)) for each in range(batches))
    drafts = [check(INSTANCE, each, publisher="bench").drafts or [] for each in bodies]
    size = _size()
    committed, lock = 0, threading.Lock()
    began_at = time.perf_counter()

    def append_one(number: int) -> None:
        nonlocal committed
        time.sleep(max(began_at + number * BATCH_ENTRIES / rate - time.perf_counter(), 0))
        append([drafts[number]], spec)
        with lock:
            committed += BATCH_ENTRIES

    longest = 0
    with ThreadPoolExecutor(APPENDERS) as appenders:
        working = [appenders.submit(append_one, number) for number in range(batches)]
        while not all(each.done() for each in working):
            # What is committed after this reading only makes the backlog look smaller than it is by a look's worth.
            longest = max(longest, committed - (_size() - size))
            time.sleep(LOOK_SECONDS)
        for each in working:
            each.result()
    ended_at = time.perf_counter()
    while _size() < size + batches * BATCH_ENTRIES:
        if time.perf_counter() > ended_at + EMPTY_WITHIN_SECONDS:
            raise RunFailed(f"{batches * BATCH_ENTRIES:,} entries were appended, and not all got their places")
        time.sleep(LOOK_SECONDS)
    empty_after = time.perf_counter() - ended_at
    return asdict(KeptUp(batches * BATCH_ENTRIES, ended_at - began_at, longest, empty_after))


def _size() -> int:
    from instances.journal.models import JournalHead
    from instances.journal.router import ALIAS

    return JournalHead.objects.using(ALIAS).values_list("size", flat=True).get(instance=INSTANCE)


if __name__ == "__main__":
    sys.exit(site.run(measure))
