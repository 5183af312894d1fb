"""How a message leaves: straight to the transport where the server offers it, through ASGI's `send` elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol

from consumers.close_codes import CloseCode
from consumers.messages import Message

EXTENSION: Final = "gaterhub.transport"
"""The ASGI scope extension with which our own server offers a `Transport`."""

CLOSE_SECONDS: Final = 5.0
"""For a client to read its close frame; then the connection is cut."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Transport(Protocol):
    """What the server's end of a socket must offer to be written to directly."""

    on_writable: Callable[[], None] | None
    """Called when a client that was slow has caught up."""

    @property
    def takes_frames(self) -> bool:
        """Whether the client keeps up, so far as the kernel's and the server's buffers tell, and nobody has closed."""

    def write_frame(self, frame: bytes) -> None: ...

    def abort(self) -> None:
        """Cut the connection off; nothing more is sent."""


class Writer(Protocol):
    @property
    def writable(self) -> bool: ...

    def write(self, message: Message) -> None: ...

    def ponged(self) -> None:
        """Take note that the client has answered a ping, and so has read what was before it."""

    def abort(self) -> None: ...


class DirectWriter:
    """Writes the shared frame bytes to the transport: no copy, no task, no coroutine."""

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport, on_writable: Callable[[], None]) -> None:
        self._transport = transport
        transport.on_writable = on_writable

    @property
    def writable(self) -> bool:
        return self._transport.takes_frames

    def write(self, message: Message) -> None:
        self._transport.write_frame(message.frame)

    def ponged(self) -> None:
        """The transport itself knows what the client has taken."""

    def abort(self) -> None:
        self._transport.on_writable = None
        self._transport.abort()


PING_AFTER_BYTES: Final = 256 * 1024
OUTSTANDING_MAX_BYTES: Final = 1024 * 1024
"""Sent and not known to be read; daphne's `send` takes any amount without waiting for a slow client."""
_PING: Final = '{"ping":{}}'


class SendWriter:
    """Sends through ASGI, one message at a time; what waits meanwhile stays in the mailbox, where it is bounded.

    Not every server's `send` waits for the client. So after some bytes the client is asked for a sign of life, and
    until it has given one, no more than a mailbox full is on its way.
    """

    __slots__ = ("_asked", "_failed", "_on_writable", "_outstanding", "_send", "_sending")

    def __init__(self, send: Send, on_writable: Callable[[], None]) -> None:
        self._send = send
        self._on_writable = on_writable
        self._sending: asyncio.Task[None] | None = None
        self._failed = False
        self._outstanding = 0
        self._asked: int | None = None
        """How much was outstanding when the client was asked; None while no answer is due."""

    @property
    def writable(self) -> bool:
        return self._sending is None and not self._failed and self._outstanding < OUTSTANDING_MAX_BYTES

    def write(self, message: Message) -> None:
        texts = [message.text]
        self._outstanding += len(message.payload)
        if self._asked is None and self._outstanding >= PING_AFTER_BYTES:
            self._asked = self._outstanding
            texts.append(_PING)
        self._sending = asyncio.create_task(self._write(texts))

    def ponged(self) -> None:
        if self._asked is not None:
            self._outstanding -= self._asked
            self._asked = None
            if self.writable:
                self._on_writable()

    def abort(self) -> None:
        """Let go of a send that waits for the client. ASGI offers no way to cut the connection itself."""
        self._failed = True
        if self._sending is not None:
            self._sending.cancel()

    async def _write(self, texts: list[str]) -> None:
        try:
            for text in texts:
                await self._send({"type": "websocket.send", "text": text})
        except Exception:  # noqa: BLE001  As the next lines say.
            # Servers raise errors of their own kind for a client that is gone; its disconnect is about to be read.
            self._failed = True
        finally:
            self._sending = None
        if not self._failed:
            self._on_writable()


def writer_for(scope: Mapping[str, Any], send: Send, on_writable: Callable[[], None]) -> Writer:
    """Return the straight way where the server offers it."""
    transport = scope.get("extensions", {}).get(EXTENSION)
    return SendWriter(send, on_writable) if transport is None else DirectWriter(transport, on_writable)


async def send_close(send: Send, writer: Writer, code: CloseCode) -> None:
    """Send the close frame; a client that doesn't read it in time is cut off."""
    with suppress(Exception):  # Servers raise errors of their own kind where the client is gone.
        async with asyncio.timeout(CLOSE_SECONDS):
            await send({"type": "websocket.close", "code": code.code, "reason": code.reason})
            return
    writer.abort()
