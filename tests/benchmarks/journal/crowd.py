"""The sixteen writers, spread over as many processes as a hub of that machine would have."""

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

from tests.benchmarks.journal.writers import WRITERS, Written

Write = Callable[[range, Callable[[], object]], Written]
"""Takes the numbers of a process's writers, and what to call for the processes to begin together."""


def spread(write: Write, *, processes: int, warm_up: Write) -> tuple[Written, int]:
    """Write in that many processes at once; returns what all of them got, and the entries of their warm-up.

    Raises what one of them raised.
    """
    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(processes), context.SimpleQueue()

    def run(numbers: range) -> None:
        from gaterhub.lifespan import spare_the_collector

        spare_the_collector()
        try:
            warm = warm_up(numbers, lambda: None).entries
            answers.put((write(numbers, barrier.wait), warm))
        except BaseException as error:  # noqa: BLE001  Whoever started the process raises it.
            barrier.abort()
            answers.put(error)

    share = WRITERS // processes
    started = [
        context.Process(target=run, args=(range(place * share, (place + 1) * share),)) for place in range(processes)
    ]
    for process in started:
        process.start()
    found = [answers.get() for _ in started]
    for process in started:
        process.join()
    return _together(found)


def _together(found: Sequence[Any]) -> tuple[Written, int]:
    failed = [each for each in found if isinstance(each, BaseException)]
    if failed:
        # The others only tell that they waited in vain.
        raise next((each for each in failed if str(each)), failed[0])
    parts = [written for written, _ in found]
    return (
        Written(
            sum(part.entries for part in parts),
            max(part.seconds for part in parts),
            [latency for part in parts for latency in part.latencies],
        ),
        sum(warm for _, warm in found),
    )
