"""Questions and orders that one process puts to all, each of which answers on its own event loop."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from instances.broker import Broker, Unavailable
from instances.ending import end
from instances.keeper import Keeper

logger = logging.getLogger(__name__)

GROUP: Final = "gaterhub.office"
ALIAS: Final = "evidence"
"""The layer on which no flood waits: whoever causes one may be the one to be sent away."""
ASKED: Final = "office.asked"
ANSWERED: Final = "office.answered"
ANSWERED_WITHIN_SECONDS: Final = 1.0
"""For the answers of the others. A process that is so busy that it takes longer is named as silent."""

Answer = Callable[[bytes], bytes | Awaitable[bytes | None] | None]
"""Called on the loop; what takes longer than a moment is a coroutine. None: there is nothing to say to that here."""


@dataclass(frozen=True, slots=True)
class Answers:
    by_process: Mapping[str, bytes]
    silent: tuple[str, ...]
    """Those who were expected to answer, and didn't in time."""


@dataclass(slots=True)
class _Waiting:
    expected: set[str]
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    by_process: dict[str, bytes] = field(default_factory=dict)

    def hear(self, process: str, said: bytes | None) -> None:
        if said is not None:
            self.by_process[process] = said
        self.expected.discard(process)
        if not self.expected:
            self.complete.set()


class Office:
    """One for each process that the instances live in; all calls belong on its loop."""

    def __init__(self, broker: Broker, *, name: str) -> None:
        self.name: Final = name
        self._broker = broker
        self._answers: dict[str, Answer] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._channel = ""
        """Empty while none is open."""
        self._keeper: Keeper | None = None
        self._answering: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen to the others, where there may be any."""
        if self._broker.shared:
            self._keeper = Keeper("office", self._run, on_end=self._closed)

    async def stop(self) -> None:
        if self._keeper is not None:
            await self._keeper.stop()
        await end(*self._answering)

    def answer(self, verb: str, how: Answer) -> None:
        """Have this process answer to the verb from now on."""
        self._answers[verb] = how

    async def ask(
        self,
        verb: str,
        body: bytes,
        *,
        expected: Collection[str],
        seconds: float = ANSWERED_WITHIN_SECONDS,
        linger_seconds: float = 0.0,
    ) -> Answers:
        """Return what every process answers; none is waited for but the expected ones, and no longer than so.

        This process's own answer needs nothing in between, and is there even while Redis is out. Those who only publish
        are in no list of processes: `linger_seconds` is how long at least their answers are waited for.
        """
        waiting = _Waiting(set(expected) - {self.name})
        others = tuple(sorted(waiting.expected))
        asked = None
        if others or linger_seconds:
            asked = asyncio.ensure_future(self._ask_others(verb, body, waiting, seconds, linger_seconds))
        waiting.hear(self.name, await self._say(verb, body))
        if asked is not None:
            await asked
        return Answers(waiting.by_process, tuple(name for name in others if name in waiting.expected))

    async def _ask_others(
        self, verb: str, body: bytes, waiting: _Waiting, seconds: float, linger_seconds: float
    ) -> None:
        if not self._channel:
            return
        id = secrets.token_hex(8)
        self._waiting[id] = waiting
        asked = {"type": ASKED, "id": id, "verb": verb, "body": body, "by": self.name, "back": self._channel}
        try:
            await self._broker.send(ALIAS, GROUP, asked)
            async with asyncio.timeout(seconds):
                await asyncio.gather(waiting.complete.wait(), asyncio.sleep(linger_seconds))
        except Unavailable as refusal:
            logger.info("The other processes can't be asked: %s", refusal.message)
        except TimeoutError:
            logger.info("%s did not answer to %r in time.", ", ".join(sorted(waiting.expected)), verb)
        finally:
            del self._waiting[id]

    async def _run(self) -> None:
        """Open a channel, and hear questions and answers until cancelled."""
        channel = await self._broker.new_channel(ALIAS)
        await self._broker.join(ALIAS, GROUP, channel)
        self._channel = channel
        while True:
            self._hear(await self._broker.receive(ALIAS, channel))

    def _closed(self) -> None:
        self._channel = ""

    def _hear(self, message: Mapping[str, Any]) -> None:
        if message["type"] == ANSWERED:
            waiting = self._waiting.get(message["id"])
            if waiting is not None:
                waiting.hear(message["by"], message["body"])
        elif message["type"] == ASKED and message["by"] != self.name:
            # In a task of its own, so that one that takes several turns of the loop holds up no order.
            task = asyncio.create_task(self._answer(message))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, message: Mapping[str, Any]) -> None:
        said = await self._say(message["verb"], message["body"])
        back = {"type": ANSWERED, "id": message["id"], "by": self.name, "body": said}
        try:
            await self._broker.send_to(ALIAS, message["back"], back)
        except Unavailable as refusal:
            logger.info("The answer to %r did not leave: %s", message["verb"], refusal.message)

    async def _say(self, verb: str, body: bytes) -> bytes | None:
        how = self._answers.get(verb)
        if how is None:
            return None
        try:
            said = how(body)
            return said if said is None or isinstance(said, bytes) else await said
        except Exception:
            # One bad question must not end the answers to all others.
            logger.exception("The question %r could not be answered.", verb)
            return None
