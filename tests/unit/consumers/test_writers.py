import asyncio
from typing import Any

from consumers.messages import Message
from consumers.writers import OUTSTANDING_MAX_BYTES, PING_AFTER_BYTES, SendWriter


class Server:
    """Takes any amount at once, as daphne does."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.writable = asyncio.Event()
        self.writer = SendWriter(self.send, self.writable.set)

    async def send(self, message: dict[str, Any]) -> None:
        self.texts.append(message["text"])

    async def write(self, size: int) -> None:
        """Write a message, and wait until it is on its way."""
        self.writer.write(Message(b"x" * size))
        while self.writer._sending is not None:
            await asyncio.sleep(0)

    @property
    def pings(self) -> int:
        return self.texts.count('{"ping":{}}')


class TestSendWriter:
    async def test_asks_for_a_sign_of_life_once_much_is_on_its_way(self) -> None:
        server = Server()

        await server.write(PING_AFTER_BYTES - 1)
        assert server.pings == 0
        await server.write(1)
        await server.write(1)

        assert server.pings == 1

    async def test_sends_no_more_than_a_mailbox_full_to_a_client_that_gives_none(self) -> None:
        server = Server()
        sent = 0
        while server.writer.writable:
            await server.write(100_000)
            sent += 100_000

        assert OUTSTANDING_MAX_BYTES <= sent < OUTSTANDING_MAX_BYTES + 100_000

    async def test_goes_on_when_the_client_has_answered(self) -> None:
        server = Server()
        while server.writer.writable:
            await server.write(100_000)
        server.writable.clear()

        server.writer.ponged()

        assert server.writable.is_set()
        assert server.writer.writable

    async def test_takes_an_answer_for_what_was_before_the_question_only(self) -> None:
        server = Server()
        await server.write(PING_AFTER_BYTES)
        while server.writer.writable:
            await server.write(100_000)

        server.writer.ponged()
        await server.write(PING_AFTER_BYTES)

        assert server.pings == 2
        assert not server.writer.writable

    async def test_passes_over_an_answer_that_nobody_asked_for(self) -> None:
        server = Server()
        await server.write(10)

        server.writer.ponged()
        await server.write(PING_AFTER_BYTES - 10)

        assert server.pings == 1
