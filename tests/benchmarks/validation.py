"""Measures the checks of event types alone: every example of the catalog against its schemas. A process of its own."""

import dataclasses
import json
import sys
from collections.abc import Sequence
from statistics import median
from time import perf_counter_ns, process_time

from instances.catalog import find
from instances.event import compact, prepare
from instances.schemas.registered import RegisteredType
from instances.schemas.registry import CATALOG, registered
from instances.schemas.typed_event import TypedEvent
from tests.benchmarks.latency import percentile

# Each example is checked so often; with about a hundred of them the 99th percentile stands on a few hundred calls.
ROUNDS = 200
# The quickest of several passes is what the code takes; in the others something else came between.
PASSES = 100
PUBLISHER = b'"benchmark"'


def examples() -> list[tuple[RegisteredType, TypedEvent]]:
    """Return every type of the catalog with the event that it shows."""
    return [
        (known, row(**row.example))
        for types in CATALOG
        for row in types
        if (known := registered(types.instance, row.name)) is not None
    ]


def checks_us(found: Sequence[tuple[RegisteredType, TypedEvent]]) -> list[float]:
    """Return the microseconds of each check, one by one, the reading of the clock included."""
    # Decoded from JSON, as the pipeline has them.
    given = [
        (row.check, event.schema_version, *json.loads(json.dumps([event.data, event.metadata]))) for row, event in found
    ]
    taken = []
    for _ in range(ROUNDS):
        for check, version, data, metadata in given:
            began_at = perf_counter_ns()
            check(version, data, metadata)
            taken.append((perf_counter_ns() - began_at) / 1e3)
    return taken


def body_of(event: TypedEvent, event_type: str) -> bytes:
    """Write the event as a publisher submits it, under that type."""
    submitted = dataclasses.asdict(event) | {"event_type": event_type}
    del submitted["instance"]
    return compact(json.dumps(submitted))


def prepare_us(found: Sequence[tuple[RegisteredType, TypedEvent]]) -> tuple[float, float]:
    """Return the CPU microseconds that preparing an example takes, registered and not, the loop included.

    Both are measured in turn, so that what else the machine does falls on both.
    """
    quickest = [float("inf"), float("inf")]
    # The same length under another name.
    bodies = [
        [(find(event.instance), body_of(event, rename(event.event_type))) for _, event in found]
        for rename in (str, lambda name: f"{name[:-1]}0")
    ]
    for _ in range(PASSES):
        for which, given in enumerate(bodies):
            began_at = process_time()
            for spec, body in given:
                prepare(spec, body, publisher_json=PUBLISHER)
            quickest[which] = min(quickest[which], process_time() - began_at)
    return quickest[0] / len(found) * 1e6, quickest[1] / len(found) * 1e6


def measure() -> dict[str, float]:
    """Time the checks, and what they add to an event of the very same bytes whose type nobody registered."""
    found = examples()
    taken = checks_us(found)
    with_type, without = prepare_us(found)
    return {
        "types": len(found),
        "median_us": median(taken),
        "p99_us": percentile(sorted(taken), 99),
        "registered_us": with_type,
        "unregistered_us": without,
    }


def main() -> int:
    """Write the measurements as JSON to standard output."""
    json.dump(measure(), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
