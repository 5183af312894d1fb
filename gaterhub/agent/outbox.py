"""Readings on their way: bounded, in order, tried again, and honest about what was lost."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from gaterhub.agent.backoff import Backoff
from gaterhub.agent.reading import Reading
from gaterhub.agent.sender import Later, Letter, Outcome, Refused, Sender
from instances.catalog import INSTANCES
from instances.event import new_id, now_ms

logger = logging.getLogger(__name__)

MAX_LETTERS: Final = 2_000
"""For each instance: some minutes of this host's readings while the hub is away, in about 2 MB."""
LAST_TRY_SECONDS: Final = 2.0
"""At the end, for what is still on its way; a hub that is away must not hold up a shutdown."""
TELL_DROPPED_SECONDS: Final = 10.0
"""Between two lines about dropped readings: a flood of readings must not become a flood of lines."""

# What matters most leaves first; the firehoses come last, so that no flood of log lines holds up an alert.
_URGENT_FIRST: Final = ("alerts", "health", "lifecycle", "system", "diagnostics", "metrics", "logging")
ORDER: Final = _URGENT_FIRST + tuple(spec.name for spec in INSTANCES if spec.name not in _URGENT_FIRST)


class Outbox:
    """Belongs to one event loop, as does `put`. `clock` counts seconds, `now` milliseconds since 1970."""

    def __init__(
        self,
        sender: Sender,
        *,
        max_letters: int = MAX_LETTERS,
        backoff: Backoff | None = None,
        now: Callable[[], int] = now_ms,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.accepted = self.refused = self.dropped = 0
        self._sender = sender
        self._max_letters = max_letters
        self._backoff = backoff or Backoff(sender.retry_most_seconds)
        self._now = now
        self._clock = clock or asyncio.get_running_loop().time
        self._waiting: dict[str, deque[Letter]] = {name: deque() for name in ORDER}
        self._wake = asyncio.Event()
        self._told_refusals: set[tuple[str, str]] = set()
        self._told_dropped = 0
        self._may_tell_dropped_at = float("-inf")

    @property
    def waiting(self) -> int:
        return sum(len(letters) for letters in self._waiting.values())

    def put(self, readings: Iterable[Reading]) -> None:
        """Take readings; where an instance has too many waiting, its oldest go and are counted."""
        for reading in readings:
            letters = self._waiting[reading.instance]
            if len(letters) >= self._max_letters:
                letters.popleft()
                self.dropped += 1
            now = self._now()
            at = now if reading.timestamp_ms is None else reading.timestamp_ms
            letters.append(Letter(new_id(now), at, reading))
            self._wake.set()
        self._tell_dropped()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop, then finish."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._wake_or(stopping)
                pause = await self._send_unless(stopping)
                if pause > 0:
                    await asyncio.wait({stopping}, timeout=pause)
        finally:
            stopping.cancel()
            await self.finish(within_seconds=LAST_TRY_SECONDS)

    async def finish(self, *, within_seconds: float) -> None:
        """Try for so long to send what is left, and close the sender."""
        try:
            async with asyncio.timeout(within_seconds):
                while self.waiting:
                    pause = await self._send_all()
                    if self.waiting:
                        await asyncio.sleep(pause)
        except TimeoutError:
            pass
        finally:
            await self._sender.close()
        if self.waiting:
            logger.warning("%d readings could not be published.", self.waiting)

    async def _wake_or(self, stopping: "asyncio.Task[bool]") -> None:
        waking = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait({stopping, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
        self._wake.clear()

    async def _send_unless(self, stopping: "asyncio.Task[bool]") -> float:
        """Send what waits, but give up on a hub that doesn't answer once the agent is to stop."""
        sending = asyncio.create_task(self._send_all())
        try:
            await asyncio.wait({stopping, sending}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({sending}, timeout=LAST_TRY_SECONDS)
            return sending.result() if sending.done() else 0.0
        finally:
            sending.cancel()
            # What it was sending has to be back in its place before anybody looks.
            await asyncio.wait({sending})

    async def _send_all(self) -> float:
        """Send what waits, instance by instance; return how many seconds to leave the hub alone."""
        for instance in ORDER:
            while self._waiting[instance]:
                outcome = await self._send_some(instance)
                if outcome.later is not None:
                    self._wake.set()
                    if self._backoff.failures == 0:
                        logger.warning("Publishing is tried again later: %s", outcome.later.message)
                    return self._backoff.failed(at_least_seconds=outcome.later.after_seconds)
                if self._backoff.failures:
                    logger.info("Publishing works again; %d readings were waiting.", self.waiting)
                self._backoff.succeeded()
        return self._sender.pause_seconds

    async def _send_some(self, instance: str) -> Outcome:
        letters = self._waiting[instance]
        batch = [letters.popleft() for _ in range(min(len(letters), self._sender.batch_events))]
        try:
            outcome = await self._sender.send(instance, batch)
        except asyncio.CancelledError:
            self._put_back(instance, Later(batch, "interrupted"))
            raise
        except Exception as error:
            # A mistake of ours. The batch may be what brings it about, so it must not be sent again and again.
            logger.exception("A batch for %s could not be sent and is given up.", instance)
            outcome = Outcome([Refused(letter, "internal", str(error)) for letter in batch])
        later = 0
        if outcome.later is not None:
            later = len(outcome.later.letters)
            self._put_back(instance, outcome.later)
        for refused in outcome.refused:
            self._tell_refused(instance, refused)
        self.refused += len(outcome.refused)
        self.accepted += len(batch) - len(outcome.refused) - later
        return outcome

    def _put_back(self, instance: str, later: Later) -> None:
        letters = self._waiting[instance]
        letters.extendleft(reversed(later.letters))
        while len(letters) > self._max_letters:
            letters.popleft()
            self.dropped += 1

    def _tell_refused(self, instance: str, refused: Refused) -> None:
        """Log a refusal once for its kind: the same sampler makes the same mistake every second."""
        kind = (refused.letter.reading.event_type, refused.code)
        if kind not in self._told_refusals:
            self._told_refusals.add(kind)
            topic = refused.letter.reading.topic
            logger.warning("%s refuses %s on %s: %s", instance, kind[0], topic, refused.message)

    def _tell_dropped(self) -> None:
        if self.dropped > self._told_dropped and self._clock() >= self._may_tell_dropped_at:
            self._may_tell_dropped_at = self._clock() + TELL_DROPPED_SECONDS
            logger.warning("%d readings were dropped: too many were waiting.", self.dropped - self._told_dropped)
            self._told_dropped = self.dropped
