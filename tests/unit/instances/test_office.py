"""The office: what one process asks, every other answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from instances.broker import Broker, Unavailable
from instances.office import ALIAS, GROUP, Office
from instances.streams.memory import MemoryStreams


class Layer:
    """A broker of several processes, as far as their offices use it."""

    shared = True

    def __init__(self) -> None:
        self.channels: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self.members: set[str] = set()
        self.out = False

    async def new_channel(self, alias: str) -> str:
        name = f"channel-{len(self.channels)}"
        self.channels[name] = asyncio.Queue()
        return name

    async def join(self, alias: str, group: str, channel: str) -> None:
        assert (alias, group) == (ALIAS, GROUP)
        self.members.add(channel)

    async def receive(self, alias: str, channel: str) -> dict[str, Any]:
        return await self.channels[channel].get()

    async def send(self, alias: str, group: str, message: dict[str, Any]) -> None:
        if self.out:
            raise Unavailable("Redis is out.")
        for channel in self.members:
            self.channels[channel].put_nowait(message)

    async def send_to(self, alias: str, channel: str, message: dict[str, Any]) -> None:
        self.channels[channel].put_nowait(message)


@asynccontextmanager
async def offices(layer: Layer, *names: str) -> AsyncIterator[list[Office]]:
    made = [Office(layer, name=name) for name in names]  # type: ignore[arg-type]
    for each in made:
        each.start()
    while len(layer.members) < len(names):
        await asyncio.sleep(0)
    yield made
    for each in made:
        await each.stop()


async def sign(name: str, body: bytes) -> bytes:
    return body + name.encode()


async def mine(body: bytes) -> bytes:
    return b"mine"


async def theirs(body: bytes) -> bytes:
    return b"theirs"


class TestOffice:
    async def test_gathers_the_answers_of_all(self) -> None:
        async with offices(Layer(), "web-1", "web-2", "web-3") as made:
            for each in made:
                each.answer("greet", partial(sign, each.name))

            answers = await made[0].ask("greet", b"I am ", expected=["web-1", "web-2", "web-3"])

        assert answers.by_process == {name: f"I am {name}".encode() for name in ("web-1", "web-2", "web-3")}
        assert answers.silent == ()

    async def test_names_those_who_do_not_answer_in_time(self) -> None:
        async with offices(Layer(), "web-1", "web-2") as (asking, other):
            asking.answer("greet", mine)
            other.answer("greet", theirs)

            answers = await asking.ask("greet", b"", expected=["web-1", "web-2", "dead-3"], seconds=0.05)

        assert answers.by_process == {"web-1": b"mine", "web-2": b"theirs"}
        assert answers.silent == ("dead-3",)

    async def test_counts_those_as_heard_who_have_nothing_to_say_or_fail(self) -> None:
        async def fail(body: bytes) -> bytes:
            raise ValueError("It can't.")

        async with offices(Layer(), "web-1", "web-2", "web-3") as (asking, failing, _):
            failing.answer("greet", fail)

            answers = await asking.ask("greet", b"", expected=["web-2", "web-3"], seconds=30)

        assert answers.by_process == {}
        assert answers.silent == ()

    async def test_knows_itself_while_nobody_else_can_be_reached(self) -> None:
        layer = Layer()
        async with offices(layer, "web-1", "web-2") as (asking, _):
            asking.answer("greet", mine)
            layer.out = True

            answers = await asking.ask("greet", b"", expected=["web-2"], seconds=30)

        assert answers.by_process == {"web-1": b"mine"}
        assert answers.silent == ("web-2",)

    async def test_hears_nobody_where_it_is_alone(self) -> None:
        office = Office(Broker(streams=MemoryStreams()), name="web-1")
        office.answer("greet", mine)
        office.start()

        answers = await office.ask("greet", b"", expected=["web-1"], seconds=30)

        assert answers.by_process == {"web-1": b"mine"}
        await office.stop()
