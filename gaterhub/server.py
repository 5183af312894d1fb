"""The server: uvicorn on a listening socket of our own, with the settings that a hub of slow and fast readers needs."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request

from consumers.close_codes import MESSAGE_TOO_LARGE
from consumers.frames import CLIENT_MESSAGE_MAX_BYTES
from consumers.running import current_hub
from consumers.writers import EXTENSION
from gaterhub.half_open import HubHttp

BACKLOG: Final = 2_048
SEND_BUFFER_BYTES: Final = 64 * 1024
"""Of the kernel, per socket: the default lets a stuck reader hold 3.7 MB there, and this 0.2 MB."""
DEAD_READER_MS: Final = 30_000
"""After so long without an acknowledgement the kernel cuts the connection. Longer than an overflow policy needs."""
DRAIN_SECONDS: Final = 5.0
SHUTDOWN_SECONDS: Final = 10


class CannotListen(Exception):
    """The address can't be listened on."""


class HubSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which also lets the hub write frames straight to its transport."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        self.on_writable = None
        # The application's task has been made, but has not run yet. A refused handshake has no scope.
        if self.response.status_code == 101:
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]  # ASGI names dicts alone.

    def connection_lost(self, exc: Exception | None) -> None:
        if self.handshake_initiated and self.response.status_code == 101:
            # The scope and this would hold each other until the garbage collector came.
            self.scope["extensions"].pop(EXTENSION, None)
        self.on_writable = None
        super().connection_lost(exc)

    @property
    def takes_frames(self) -> bool:
        return self.writable.is_set() and not self.close_sent and not self.transport.is_closing()

    def write_frame(self, frame: bytes) -> None:
        self.transport.write(frame)

    def abort(self) -> None:
        self.transport.abort()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_writable is not None:
            self.on_writable()

    def handle_parser_exception(self) -> None:
        """Close with our own code where a message is too large, instead of the protocol's 1009."""
        if isinstance(self.conn.parser_exc, PayloadTooBig) and not self.close_sent:
            self.conn.data_to_send()  # The frame that says 1009.
            told = Close(MESSAGE_TOO_LARGE.code, MESSAGE_TOO_LARGE.reason)
            frame = Frame(Opcode.CLOSE, told.serialize()).serialize(mask=False, extensions=[])
            self.queue.put_nowait({"type": "websocket.disconnect", "code": told.code, "reason": told.reason})
            self.transport.write(frame)
            self.close_sent = True
            self.transport.close()
        else:
            super().handle_parser_exception()


class HubServer(uvicorn.Server):
    """uvicorn's server, which tells the sockets where they stand before it closes them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop.

        1. Accept no more connections.
        2. Have the hub say `bye` on every socket and close it, and wait a moment for the clients to take note.
        3. Let uvicorn close what is left, wait for its requests, and end the application.
        """
        for server in self.servers:
            server.close()
        hub = current_hub()
        if hub is not None:
            await hub.drain()
            deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
            while self._sockets_open() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
                # uvicorn has no event for a connection that ends.
                await asyncio.sleep(0.05)
        await super().shutdown(sockets)

    def _sockets_open(self) -> bool:
        return any(isinstance(connection, HubSocket) for connection in self.server_state.connections)


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a listening TCP socket; `shared` lets other processes listen on the same port. Raises: CannotListen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # Accepted sockets have these from their listener.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_READER_MS)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise CannotListen(f"Can't listen on {host} port {port}: {error.strerror or error}.") from error
    listener.setblocking(False)
    return listener


def listen_on_path(path: str) -> socket.socket:
    """Return a listening Unix socket that the group may use too. Raises: CannotListen."""
    try:
        if Path(path).is_socket():
            Path(path).unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind(path)
        Path(path).chmod(0o660)
        listener.listen(BACKLOG)
    except OSError as error:
        raise CannotListen(f"Can't listen on {path}: {error.strerror or error}.") from error
    listener.setblocking(False)
    return listener


def serve(listener: socket.socket) -> None:
    """Serve on the socket until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        "gaterhub.asgi:application",
        loop="uvloop",
        http=HubHttp,
        ws=HubSocket,
        ws_max_size=CLIENT_MESSAGE_MAX_BYTES,
        # Frames are shared by all sockets, which compression would forbid; and it costs 16 µs a delivery.
        ws_per_message_deflate=False,
        # The hub pings by itself, and knows what an answer means.
        ws_ping_interval=None,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        # Whose word counts about the client is decided once, in instances/access/forwarding.py.
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    # uvicorn raises the signal anew once all has ended in order; a traceback would make a Ctrl+C look like a failure.
    with suppress(KeyboardInterrupt):
        HubServer(config).run(sockets=[listener])
