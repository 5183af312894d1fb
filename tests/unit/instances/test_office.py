import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, cast

import pytest

from instances.broker import Broker
from instances.office import GROUP, Office


class Layer:
    """A channel layer of several processes, in one."""

    shared = True

    def __init__(self) -> None:
        self._queues: dict[str, asyncio.Queue[Mapping[str, Any]]] = {}
        self.members: list[str] = []

    async def new_channel(self, alias: str) -> str:
        name = f"channel-{len(self._queues)}"
        self._queues[name] = asyncio.Queue()
        return name

    async def join(self, alias: str, group: str, channel: str) -> None:
        assert group == GROUP
        self.members.append(channel)

    async def receive(self, alias: str, channel: str) -> Mapping[str, Any]:
        return await self._queues[channel].get()

    async def send(self, alias: str, group: str, message: Mapping[str, Any]) -> None:
        for member in self.members:
            self._queues[member].put_nowait(message)

    async def send_to(self, alias: str, channel: str, message: Mapping[str, Any]) -> None:
        self._queues[channel].put_nowait(message)


Make = Callable[[str], Office]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    layer, offices = Layer(), []

    def make(name: str) -> Office:
        office = Office(cast("Broker", layer), name=name)
        office.answer("name", lambda body: name.encode())
        office.start()
        offices.append(office)
        return office

    yield make
    for office in offices:
        await office.stop()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class TestOffice:
    async def test_returns_what_every_process_answers(self, make: Make) -> None:
        one, _ = make("one"), make("two")
        await settled()

        answers = await one.ask("name", b"", expected=("one", "two"))

        assert answers.by_process == {"one": b"one", "two": b"two"}
        assert answers.silent == ()

    async def test_hears_a_stranger_only_where_it_lingers(self, make: Make) -> None:
        one, stranger = make("one"), make("stranger")

        async def some_turns_later(body: bytes) -> bytes:
            await settled()
            return b"stranger"

        stranger.answer("name", some_turns_later)
        await settled()

        at_once = await one.ask("name", b"", expected=("one",))
        after_a_moment = await one.ask("name", b"", expected=("one",), linger_seconds=0.05)

        assert set(at_once.by_process) == {"one"}
        assert set(after_a_moment.by_process) == {"one", "stranger"}

    async def test_lets_no_long_answer_hold_up_another(self, make: Make) -> None:
        one, two = make("one"), make("two")
        await settled()
        going_on = asyncio.Event()

        async def slow(body: bytes) -> bytes:
            await going_on.wait()
            return b"at last"

        two.answer("slow", slow)
        waiting = asyncio.create_task(one.ask("slow", b"", expected=("two",)))
        await settled()

        assert (await one.ask("name", b"", expected=("two",))).by_process["two"] == b"two"
        going_on.set()
        assert (await waiting).by_process == {"two": b"at last"}

    async def test_names_those_that_did_not_answer_in_time(self, make: Make) -> None:
        one = make("one")
        await settled()

        answers = await one.ask("name", b"", expected=("one", "gone"), seconds=0.01)

        assert answers.silent == ("gone",)
        assert answers.by_process == {"one": b"one"}

    async def test_survives_a_question_that_can_not_be_answered(self, make: Make) -> None:
        one = make("one")

        def bad(body: bytes) -> bytes:
            raise ValueError("no")

        one.answer("bad", bad)

        assert (await one.ask("bad", b"", expected=())).by_process == {}
