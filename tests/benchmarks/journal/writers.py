"""Threads that publish and wait for their acknowledgement: as quickly as they get it, or at a pace."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db import connections

from tests.benchmarks.journal.events import body
from tests.benchmarks.latency import percentile

WRITERS: Final = 16
_FAR: Final = 10_000_000
"""So many events lie between what two writers publish, so that no two publish the same."""

Publish = Callable[[bytes], None]
"""Returns when what it was given is acknowledged, and raises where it is not."""


@dataclass
class Written:
    """What the writers of one run got acknowledged."""

    entries: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Seconds of each acknowledgement."""

    @property
    def rate(self) -> float:
        """Entries a second."""
        return self.entries / self.seconds

    def ms(self, percent: float) -> float:
        """Return a percentile of the acknowledgements, in milliseconds."""
        return percentile(sorted(self.latencies), percent) * 1e3


def saturate(
    publish: Publish,
    *,
    batch: int,
    seconds: float,
    before: Callable[[], None] = lambda: None,
    numbers: range = range(WRITERS),
    together: Callable[[], object] = lambda: None,
) -> Written:
    """Have each writer publish again as soon as the last batch is acknowledged.

    `before` is done in its thread; `numbers` are the writers of this process, and `together` waits for other processes.
    """

    def writes(number: int, begins_at: float) -> Iterator[tuple[float, bytes]]:
        for first in itertools.count(number * _FAR, batch):
            if time.perf_counter() >= begins_at + seconds:
                return
            written = body(range(first, first + batch))
            yield time.perf_counter(), written

    return _write(publish, writes, batch, before, numbers, together)


def pace(
    publish: Publish,
    *,
    rate: float,
    seconds: float,
    numbers: range = range(WRITERS),
    together: Callable[[], object] = lambda: None,
) -> Written:
    """Have all writers publish so many single events a second.

    An acknowledgement is timed from when it was meant to be asked for. `numbers` and `together` are as above.
    """

    def writes(number: int, begins_at: float) -> Iterator[tuple[float, bytes]]:
        for each in range(int(rate * seconds / WRITERS)):
            due_at = begins_at + (each * WRITERS + number) / rate
            written = body([number * _FAR + each])
            time.sleep(max(due_at - time.perf_counter(), 0))
            yield due_at, written

    return _write(publish, writes, 1, lambda: None, numbers, together)


def _write(
    publish: Publish,
    writes: Callable[[int, float], Iterable[tuple[float, bytes]]],
    batch: int,
    before: Callable[[], None],
    numbers: range,
    together: Callable[[], object],
) -> Written:
    written = Written()
    failed: list[BaseException] = []
    ready = threading.Barrier(len(numbers) + 1)
    begins_at = 0.0

    def write(number: int) -> None:
        latencies = []
        try:
            before()
            ready.wait()
            ready.wait()
            for asked_at, events in writes(number, begins_at):
                publish(events)
                latencies.append(time.perf_counter() - asked_at)
        except BaseException as error:  # noqa: BLE001  Whoever started the thread raises it.
            failed.append(error)
            ready.abort()
        finally:
            written.latencies += latencies
            connections.close_all()

    threads = [threading.Thread(target=write, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    try:
        ready.wait()
        together()
        begins_at = time.perf_counter()
        ready.wait()
    except threading.BrokenBarrierError:
        pass
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    written.seconds = time.perf_counter() - begins_at
    written.entries = len(written.latencies) * batch
    return written
