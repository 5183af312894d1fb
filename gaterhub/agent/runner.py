"""Runs the samplers, each at its own pace, and hands what they read to the outbox."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from gaterhub.agent.outbox import Outbox
from gaterhub.agent.reading import Reading
from gaterhub.agent.table import Sampler
from gaterhub.agent.thresholds import Judge

logger = logging.getLogger(__name__)


class Runner:
    """Belongs to one event loop. What blocks runs on one thread of the agent's own, never on the loop."""

    def __init__(self, outbox: Outbox, *, judge: Judge | None = None) -> None:
        self.failures: dict[str, int] = {}
        self._outbox = outbox
        self._judge = judge or Judge()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="agent")
        self._told: dict[str, str] = {}

    def put(self, readings: Sequence[Reading]) -> None:
        """Publish the readings, and the alerts that they raise or resolve."""
        self._outbox.put(readings)
        self._outbox.put(self._judge.judge(readings))

    async def run(self, samplers: Sequence[Sampler], stop: asyncio.Event) -> None:
        """Sample until told to stop."""
        async with asyncio.TaskGroup() as group:
            for sampler in samplers:
                group.create_task(self._repeat(sampler, stop), name=f"agent {sampler.name}")

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def sample_once(self, sampler: Sampler) -> None:
        """Take one sample. A sampler that fails is counted, logged once for a new error, and asked again."""
        try:
            if sampler.sample is not None:
                readings = await self.in_thread(sampler.sample)
            else:
                assert sampler.asample is not None
                readings = await sampler.asample()
        except Exception as error:
            # Whatever ails one sampler, the others go on.
            self.failures[sampler.name] = self.failures.get(sampler.name, 0) + 1
            said = f"{type(error).__name__}: {error}"
            if self._told.get(sampler.name) != said:
                self._told[sampler.name] = said
                logger.warning("The sampler %s fails and is tried again: %s", sampler.name, said, exc_info=error)
            return
        if self._told.pop(sampler.name, None) is not None:
            logger.info("The sampler %s works again.", sampler.name)
        self.put(readings)

    async def in_thread(self, read: Callable[[], Sequence[Reading]]) -> Sequence[Reading]:
        """Run on the agent's thread what may block."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, read)

    async def _repeat(self, sampler: Sampler, stop: asyncio.Event) -> None:
        """Keep the pace: a late sample doesn't delay those after it, and missed ones are left out."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not stop.is_set():
            await self.sample_once(sampler)
            now = loop.time()
            missed = max(int((now - due) // sampler.every_seconds), 0)
            due += (missed + 1) * sampler.every_seconds
            try:
                async with asyncio.timeout_at(due):
                    await stop.wait()
            except TimeoutError:
                pass
