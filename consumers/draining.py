"""How a process that ends sends its clients elsewhere: some at a time, so that the others are not all asked at once."""

import asyncio
import math
import random
from collections.abc import Iterable
from typing import Final

from consumers.close_codes import DRAINING
from consumers.connection import Connection

DRAIN_RETRY_MS: Final = (500, 5_000)
"""Clients of a process that drains come back spread over this time, and not all at once."""
DRAIN_STEPS: Final = 60
DRAIN_STEP_SECONDS: Final = 0.05
"""So three seconds at the most, well within what a process is given to end."""
DRAIN_AT_ONCE: Final = 10


async def drain(connections: Iterable[Connection], chance: random.Random) -> None:
    """Say `bye` to every client, some at a time, each with a time of its own to come back."""
    leaving = list(connections)
    chance.shuffle(leaving)
    at_once = max(DRAIN_AT_ONCE, math.ceil(len(leaving) / DRAIN_STEPS))
    for start in range(0, len(leaving), at_once):
        for connection in leaving[start : start + at_once]:
            retry_after_ms = chance.randint(*DRAIN_RETRY_MS)
            bye = {"code": DRAINING.code, "reason": DRAINING.name, "retry_after_ms": retry_after_ms}
            connection.tell({"bye": bye})
            connection.close(DRAINING)
        await asyncio.sleep(DRAIN_STEP_SECONDS)
