"""HTTP connections that take their time to say what they want: bounded in number, time and size."""

from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from consumers.strangers import Stranger, Strangers
from gaterhub.api.problem import MEDIA_TYPE, problem
from instances.access.forwarding import is_trusted_proxy

HEAD_SECONDS: Final = 10.0
"""From the connection, or the first byte of another request on it, to the end of the request's headers."""
HEAD_MAX_BYTES: Final = 32 * 1024
"""Of request line and headers. Browsers send 1 to 4 KiB."""
LINE_MAX_BYTES: Final = 8_000
"""Of the address or one header; what reads the handshake of a WebSocket takes no more than 8 KiB."""
MAX_HEADERS: Final = 100
BODY_SECONDS: Final = 20.0
"""For a body to arrive; then, as often as it has come fast enough, a second more for each BODY_BYTES_PER_SECOND."""
BODY_BYTES_PER_SECOND: Final = 16 * 1024
"""Slower than a bad mobile connection; a full body of 4 MiB may take four and a half minutes."""
LINGER_SECONDS: Final = 5.0
"""For a client that sends on though it is answered already, to read the answer before the connection ends."""
LINGER_BYTES: Final = 8 * 1024 * 1024
"""The same: so much more is read, and thrown away."""
MAX_HALF_OPEN: Final = 4_000
"""Connections of one process that have not sent all headers of a request: twice what it accepts at once."""

_half_open: Final = Strangers(most=lambda: MAX_HALF_OPEN, seconds=HEAD_SECONDS)


class HubHttp(HttpToolsProtocol):
    """uvicorn's HTTP, which waits for nobody for long."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._head_bytes = 0
        self._body_bytes = 0
        self._reads_head = False
        self._body_deadline: Any = None
        self._stranger: Stranger | None = None
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ends()
        self._body_ends()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._body_deadline is None:
            # Between two requests, or in the headers of one.
            self._head_bytes += len(data)
            if self._stranger is None and self._is_between_requests():
                self._expect_head()
        super().data_received(data)
        if self._reads_head and self._head_bytes > HEAD_MAX_BYTES and not self.transport.is_closing():
            self._refuse(431, "too_large", f"The request's headers are over {HEAD_MAX_BYTES:,} bytes.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head = True

    def on_headers_complete(self) -> None:
        self._head_ends()
        if self._head_is_too_large():
            # The parser goes on with what it was given; whatever it finds, nothing of it is answered.
            self._refuse(
                431,
                "too_large",
                f"A request has at most {MAX_HEADERS} headers of {LINE_MAX_BYTES:,} bytes, {HEAD_MAX_BYTES:,} in all.",
            )
            self.app = _nobody
        super().on_headers_complete()
        self._body_bytes = 0
        self._body_deadline = self.loop.call_later(BODY_SECONDS, self._body_is_late)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)
        if self._body_bytes > LINGER_BYTES and self._is_between_requests():
            self.transport.close()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._body_deadline is not None and self._is_between_requests():
            # It was answered before its end, such as a body that is too large.
            self._body_deadline.cancel()
            self._body_deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)
            self._body_bytes = 0

    def on_message_complete(self) -> None:
        self._body_ends()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._body_ends()
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()

    def _is_between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's own type leaves out the time before the first.
        return cycle is None or cycle.response_complete

    def _expect_head(self) -> None:
        # A proxy opens as many as it has clients.
        address = None if self.client is None or is_trusted_proxy(self.client[0]) else self.client[0]
        self._stranger = _half_open.enter(address, late=self._head_is_late, crowded=self.transport.close)

    def _head_ends(self) -> None:
        self._reads_head = False
        self._head_bytes = 0
        if self._stranger is not None:
            self._stranger.leave()
            self._stranger = None

    def _head_is_late(self) -> None:
        if self._reads_head:
            self._refuse(408, "bad_request", f"The request's headers took over {HEAD_SECONDS:.0f} seconds.")
        else:
            # It never asked for anything.
            self.transport.close()

    def _head_is_too_large(self) -> bool:
        sizes = [len(name) + len(value) for name, value in self.headers]
        return (
            len(sizes) > MAX_HEADERS
            or max(sizes, default=0) > LINE_MAX_BYTES
            or len(self.url) > LINE_MAX_BYTES
            or sum(sizes) + len(self.url) > HEAD_MAX_BYTES
        )

    def _body_ends(self) -> None:
        if self._body_deadline is not None:
            self._body_deadline.cancel()
            self._body_deadline = None

    def _body_is_late(self) -> None:
        """Cut off a body that comes too slowly; while it is the hub that doesn't read, the client has time."""
        more_seconds = min(self._body_bytes / BODY_BYTES_PER_SECOND, BODY_SECONDS)
        self._body_bytes = 0
        if self.flow.read_paused:
            more_seconds = BODY_SECONDS
        if more_seconds >= 1:
            self._body_deadline = self.loop.call_later(more_seconds, self._body_is_late)
            return
        self._body_deadline = None
        if self.cycle.response_started:
            self.transport.close()
        else:
            self._refuse(
                408, "bad_request", f"The body came at less than {BODY_BYTES_PER_SECOND // 1024} KiB a second."
            )

    def _refuse(self, status: int, code: str, sentence: str) -> None:
        """Answer without the application, and close."""
        phrase = {408: "Request Timeout", 431: "Request Header Fields Too Large"}[status]
        body = msgspec.json.encode(problem(code, sentence, status=status))
        self.transport.write(
            f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\nx-content-type-options: nosniff\r\n\r\n".encode()
            + body
        )
        self.transport.close()


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    """Answer nothing: the connection has its answer, and is closing."""
    await receive()
