"""Measures what grants add to a publish: the same frame checked with and without them. A process of its own."""

import asyncio
import json
import os
import sys
from statistics import median
from time import process_time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from instances.access.principal import Principal  # noqa: E402  Apps have to be ready before models are imported.
from instances.access.rights import Granted, Rights, Verb  # noqa: E402
from instances.catalog import NAMES  # noqa: E402
from instances.publishing.pipeline import check_frame  # noqa: E402
from instances.topics import Pattern  # noqa: E402

FRAMES = 2_000
PASSES = 15
TOPICS = 200
"""More than a publisher of one service has; each is looked up in the grants once."""
GRANTS_OF_AN_INSTANCE = 20
FREE, GRANTED = "free", "granted"


def limited() -> Principal:
    """Return a caller with many grants, of which the last one is the one that matters."""
    patterns = [f"family_{number}:*" for number in range(GRANTS_OF_AN_INSTANCE - 1)] + ["subscription_health:*"]
    granted = [Granted(Verb.PUBLISH, name, Pattern(each)) for name in NAMES for each in patterns]
    return Principal("token", 1, "bench", rights=Rights(granted))


def frames() -> list[bytes]:
    return [
        json.dumps(
            {
                "instance": "health",
                "topic": f"subscription_health:prod:{number % TOPICS}",
                "event_type": "told",
                "data": {"n": number},
            }
        ).encode()
        for number in range(FRAMES)
    ]


async def check_all(written: list[bytes], by: Principal | None) -> float:
    """Return the CPU microseconds that checking a frame takes."""
    began_at = process_time()
    for each in written:
        await check_frame(each, publisher="bench", by=by)
    return (process_time() - began_at) / len(written) * 1e6


async def measure() -> dict[str, float]:
    """Check in turn with grants and without, and return the medians."""
    written, principal = frames(), limited()
    taken: dict[str, list[float]] = {FREE: [], GRANTED: []}
    for _ in range(PASSES):
        taken[FREE].append(await check_all(written, None))
        taken[GRANTED].append(await check_all(written, principal))
    return {"free_us": median(taken[FREE]), "granted_us": median(taken[GRANTED])}


def main() -> None:
    """Write what was found to standard output."""
    sys.stdout.write(json.dumps(asyncio.run(measure())) + "\n")


if __name__ == "__main__":
    main()
