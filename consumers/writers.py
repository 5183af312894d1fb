"""How a message leaves: straight to the transport where the server offers it, through ASGI's `send` elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from consumers.messages import Message

EXTENSION: Final = "gaterhub.transport"
"""The ASGI scope extension with which our own server offers a `Transport`."""

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

    def abort(self) -> None:
        self._transport.on_writable = None
        self._transport.abort()


class SendWriter:
    """Sends through ASGI, one message at a time; what waits meanwhile stays in the mailbox, where it is bounded."""

    __slots__ = ("_failed", "_on_writable", "_send", "_sending")

    def __init__(self, send: Send, on_writable: Callable[[], None]) -> None:
        self._send = send
        self._on_writable = on_writable
        self._sending: asyncio.Task[None] | None = None
        self._failed = False

    @property
    def writable(self) -> bool:
        return self._sending is None and not self._failed

    def write(self, message: Message) -> None:
        self._sending = asyncio.create_task(self._write(message.text))

    def abort(self) -> None:
        """Let go of a send that waits for the client. ASGI offers no way to cut the connection itself."""
        self._failed = True
        if self._sending is not None:
            self._sending.cancel()

    async def _write(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except Exception:  # noqa: BLE001  As the next lines say.
            # Servers raise errors of their own kind for a client that is gone; its disconnect is about to be read.
            self._failed = True
        finally:
            self._sending = None
        if not self._failed:
            self._on_writable()
