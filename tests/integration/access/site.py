"""The site without a server: the real ASGI application, driven by requests and sockets in one loop."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.backends.signals import connection_created

from consumers import books, standing
from consumers.frames import PROTOCOL
from consumers.inspector import desk
from gaterhub import asgi, lifespan
from gaterhub.capacity import recorder
from gaterhub.objectives import recorder as objectives
from instances import config

PATIENCE_SECONDS: Final = 20.0
CSRF: Final = "c" * 32
HOST: Final = "localhost"

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a token, or with the session of an account, or with neither."""

    token: str = ""
    session: str = ""

    def headers(self) -> list[tuple[bytes, bytes]]:
        made = [(b"host", HOST.encode())]
        if self.token:
            made.append((b"authorization", f"Bearer {self.token}".encode()))
        # A stranger has been to a page with a form too: what is refused here is not for want of this.
        cookies = [f"csrftoken={CSRF}", *([f"sessionid={self.session}"] if self.session else [])]
        return [*made, (b"cookie", "; ".join(cookies).encode()), (b"x-csrftoken", CSRF.encode())]

    async def ask(
        self, method: str, path: str, body: bytes = b"", *, content_type: str = "application/json", **query: str
    ) -> Answer:
        """Send a request, and return what was answered."""
        said = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": said.encode(),
            "root_path": "",
            "headers": [
                *self.headers(),
                (b"content-type", content_type.encode()),
                (b"content-length", str(len(body)).encode()),
            ],
            "client": ("127.0.0.1", 50_000),
            "server": (HOST, 80),
        }
        told: list[Mapping[str, Any]] = []
        asked = iter(({"type": "http.request", "body": body, "more_body": False},))
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            for message in asked:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            told.append(message)

        async with asyncio.timeout(PATIENCE_SECONDS):
            await asgi.application(scope, receive, send)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in told[0]["headers"]}
        return Answer(told[0]["status"], headers, b"".join(message.get("body", b"") for message in told[1:]))

    @asynccontextmanager
    async def socket(self, *, connected: bool = True) -> AsyncIterator["Socket"]:
        """Have a socket that has said who it is."""
        socket = Socket(self)
        await socket.open()
        try:
            if connected:
                answer = await socket.ask("connect", {"token": self.token} if self.token else {})
                assert "connected" in answer, answer
            yield socket
        finally:
            await socket.leave()


@dataclass
class Socket:
    """A WebSocket that speaks ASGI with the application, and remembers what it heard."""

    caller: Caller
    frames: list[dict[str, Any]] = field(default_factory=list)
    closed: int | None = None
    """The code with which the hub closed it."""
    _said: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    _heard: asyncio.Condition = field(default_factory=asyncio.Condition)
    _running: asyncio.Task[None] | None = None
    _number: int = 0

    async def open(self) -> Self:
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "path": "/ws/v1/",
            "query_string": b"",
            "headers": [*self.caller.headers(), (b"origin", f"http://{HOST}".encode())],
            "subprotocols": [PROTOCOL],
            "client": ("127.0.0.1", 50_000),
            "server": (HOST, 80),
        }
        self._running = asyncio.ensure_future(asgi.application(scope, self._said.get, self._hear))
        await self._said.put({"type": "websocket.connect"})
        return self

    async def send(self, text: str) -> None:
        await self._said.put({"type": "websocket.receive", "text": text})

    async def ask(self, verb: str, value: object) -> dict[str, Any]:
        """Send a frame, and return the one that answers it; where the hub closes instead, the code of that."""
        self._number += 1
        number = f"asked-{self._number}"
        await self.send(json.dumps({"id": number, verb: value}))
        return await self.answer_to(number)

    async def answer_to(self, id: object) -> dict[str, Any]:
        found: list[dict[str, Any]] = []

        def answered() -> bool:
            found[:] = [frame for frame in self.frames if frame.get("id") == id]
            return bool(found) or self.closed is not None

        await self.until(answered)
        return found[0] if found else {"closed": self.closed}

    async def until(self, reached: Any) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._heard:
            await self._heard.wait_for(reached)

    async def leave(self) -> None:
        await self._said.put({"type": "websocket.disconnect", "code": 1000})
        if self._running is not None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._running

    async def _hear(self, message: Mapping[str, Any]) -> None:
        async with self._heard:
            if message["type"] == "websocket.close":
                self.closed = message["code"]
            elif message["type"] == "websocket.send":
                text = message.get("text") or message["bytes"].decode()
                self.frames += [json.loads(line) for line in text.split("\n")]
            self._heard.notify_all()


def _read_past_locks(connection: Any, **signal: object) -> None:
    """Have a thread that reads neither lock another's writing out of the shared memory nor be locked out by it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA read_uncommitted = 1")


@asynccontextmanager
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Have the application started, as a server's first scope starts it."""
    # What a test leaves behind has to be collected after it.
    monkeypatch.setattr(lifespan, "spare_the_collector", lambda: None)
    # The tests' database is in memory, where one thread's reading locks another's writing out: what comes by itself
    # and is not tried here stays away.
    monkeypatch.setattr(config, "refresh_in_thread", lambda: None)
    monkeypatch.setattr(standing, "LOOK_SECONDS", 3_600.0)
    monkeypatch.setattr(books, "EVERY_SECONDS", 3_600.0)
    monkeypatch.setattr(desk, "REFRESH_SECONDS", 3_600.0)
    monkeypatch.setattr(recorder, "FIRST_SECONDS", 3_600.0)
    monkeypatch.setattr(objectives, "FIRST_SECONDS", 3_600.0)
    connection_created.connect(_read_past_locks)
    await sync_to_async(_read_past_locks)(connection=connection)
    await lifespan.start_once()
    try:
        yield
    finally:
        await lifespan.stop()
        connection_created.disconnect(_read_past_locks)
