"""The agent's way into the hub of its own process, or through Redis where this process serves nobody."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gaterhub.agent.sender import Later, Letter, Outcome, Refused, named
from gaterhub.origin import host, segment
from instances.error_codes import Refusal
from instances.publishing import PublishResult, apublish_or_raise

logger = logging.getLogger(__name__)

BATCH_EVENTS: Final = 50
"""Enough that a burst takes few turns of the loop, few enough that no turn is long."""
RETRY_MOST_SECONDS: Final = 2.0
"""Only Redis can be away; to ask the circuit breaker on the way there costs nothing."""

# Refused by an operator's wish, for as long as it pleases them: kept readings would only grow old.
_NOT_WORTH_WAITING: Final = frozenset({"instance_disabled", "internal"})


class IntoProcess:
    batch_events = BATCH_EVENTS
    pause_seconds = 0.0
    retry_most_seconds = RETRY_MOST_SECONDS

    def __init__(self, apublish: Callable[..., Awaitable[PublishResult]] = apublish_or_raise) -> None:
        self._apublish = apublish

    async def send(self, instance: str, letters: Sequence[Letter]) -> Outcome:
        answers = await asyncio.gather(*(self._send_one(instance, letter) for letter in letters))
        refused = []
        later = []
        message = ""
        for letter, refusal in zip(letters, answers, strict=True):
            if refusal is None:
                continue
            if refusal.retry and refusal.code not in _NOT_WORTH_WAITING:
                later.append(letter)
                message = refusal.message
            else:
                refused.append(Refused(letter, refusal.code, refusal.message))
        return Outcome(refused, Later(later, message) if later else None)

    async def _send_one(self, instance: str, letter: Letter) -> Refusal | None:
        reading = letter.reading
        try:
            await self._apublish(
                instance,
                reading.topic,
                reading.event_type,
                data=reading.data,
                metadata=named(reading.metadata, host()),
                schema_version=reading.schema_version,
                timestamp=letter.timestamp_ms,
                id=letter.id,
                publisher=f"agent@{segment(host())}",
            )
        except Refusal as refusal:
            return refusal
        except Exception as error:
            logger.exception("A reading on %s could not be published.", reading.topic)
            return Refusal("internal", str(error))
        return None

    async def close(self) -> None:
        """There is nothing to close: the hub is not the agent's."""
