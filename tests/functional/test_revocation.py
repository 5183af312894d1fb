"""Rights that end, in one process, while a socket of another is busy: the last event within five seconds, then 4508."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.functional.conftest import Server, serving
from tests.functional.own_redis import OwnRedis
from tests.functional.subscriber import PROTOCOL, session_cookie

REVOKED_SECONDS: Final = 5.0
SPARE_SECONDS: Final = 3.0
"""For a machine that is busy with something else, which looks once more later than it would."""
PATIENCE_SECONDS: Final = 30.0
TOPIC: Final = "aggregate_events:flood"
BATCH: Final = 250
PASSWORD: Final = "a-long-password-of-ada"
IMPORTS: Final = (
    "from datetime import timedelta; from django.utils import timezone; from django.contrib.auth.models import User; "
    "from instances.access.models import Grant, Token; from tests.accounts import account, role; "
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("revocation")
    held = folder / "redis"
    held.mkdir()
    redis = OwnRedis(held)
    redis.start()
    try:
        with (
            serving(folder, settings={"REDIS_URL": redis.url}) as first,
            serving(folder, like=first) as second,
        ):
            yield first, second
    finally:
        redis.kill()


def run(server: Server, code: str) -> str:
    return server.manage("shell", "--verbosity", "0", "-c", IMPORTS + code).strip()


async def opened(server: Server, *, token: str | None = None, cookie: str | None = None) -> ClientConnection:
    headers = {} if cookie is None else {"Cookie": cookie, "Origin": server.url.rstrip("/")}
    client = await connect(
        server.ws_url,
        subprotocols=[Subprotocol(PROTOCOL)],
        additional_headers=headers,
        compression=None,
        max_size=None,
        ping_interval=None,
    )
    await client.send(json.dumps({"id": 1, "connect": {} if token is None else {"token": token}}))
    return client


class Reader:
    """Follows the flood until it is closed, and remembers when the last event came."""

    def __init__(self, client: ClientConnection) -> None:
        self.client = client
        self.events = 0
        self.last_at = 0.0
        self.code: int | None = None

    async def read(self) -> None:
        await self.client.send(json.dumps({"id": 2, "subscribe": {"instance": "events", "pattern": TOPIC}}))
        try:
            async for message in self.client:
                for frame in map(json.loads, str(message).split("\n")):
                    if "event" in frame:
                        self.events += 1
                        self.last_at = time.monotonic()
                    elif "ping" in frame:
                        await self.client.send('{"pong":{}}')
        except ConnectionClosed:
            pass
        self.code = self.client.close_code


async def flood(server: Server, ending: asyncio.Event) -> int:
    """Publish as quick as the hub answers, and return how many events were taken."""
    client = await opened(server, token=server.token)
    event = {"instance": "events", "topic": TOPIC, "event_type": "told", "data": {"filling": "x" * 100}}
    frame = json.dumps({"id": 3, "publish": [event] * BATCH})
    taken = 0
    await client.recv()
    while not ending.is_set():
        await client.send(frame)
        while '"published"' not in (answer := str(await client.recv())):
            if '"ping"' in answer:
                await client.send('{"pong":{}}')
        taken += BATCH
    await client.close()
    return taken


async def taken_back(
    servers: tuple[Server, Server], reading: Mapping[str, ClientConnection], act: Callable[[], Any]
) -> dict[str, tuple[int | None, bool]]:
    """Flood, take the readers' rights back in the first process, and wait for what becomes of them in the second.

    Returns the code that each was closed with, and whether its last event came in time after the act had begun.
    """
    readers = {how: Reader(client) for how, client in reading.items()}
    ending = asyncio.Event()
    flooding = asyncio.create_task(flood(servers[0], ending))
    following = [asyncio.create_task(reader.read()) for reader in readers.values()]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while any(reader.events < 1_000 for reader in readers.values()):
                await asyncio.sleep(0.01)
            await asyncio.to_thread(act)
            acted_at = time.monotonic()
            await asyncio.gather(*following)
        return {how: (reader.code, in_time(reader.last_at - acted_at)) for how, reader in readers.items()}
    finally:
        ending.set()
        with suppress(ConnectionClosed):
            await flooding
        for each in following:
            each.cancel()


def posted(server: Server, token: str) -> int:
    request = urllib.request.Request(
        f"{server.url}api/v1/instances/events/events/",
        json.dumps({"topic": TOPIC, "event_type": "told"}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


async def closes_at_once(client: ClientConnection) -> int | None:
    with suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for _ in client:
                pass
    return client.close_code


TOKENS: Final = {
    "revoked": "Token.objects.filter(name='revoked').revoke(at=timezone.now())",
    "expired": "Token.objects.filter(name='expired').update(expires_at=timezone.now())",
    "elsewhere": "Token.objects.filter(name='elsewhere').update(networks='192.0.2.0/24')",
    "deactivated": "User.objects.filter(username='deactivated').update(is_active=False)",
}
"""How tokens end, by their names and those of their accounts."""
SESSIONS: Final = {
    "new-password": "ada = User.objects.get(username='new-password'); ada.set_password('another'); ada.save()",
    "banned": "User.objects.filter(username='banned').update(is_active=False)",
    "logged-out": "pass",
}
"""How sessions end, by their accounts' names; the last one logs out itself."""
GRANT: Final = "Grant.objects.filter(token__name='narrow').delete()"


def in_time(seconds: float) -> bool:
    return seconds <= REVOKED_SECONDS + SPARE_SECONDS


def made(server: Server) -> dict[str, str]:
    """Make accounts and tokens, and return the tokens by their names."""
    lines = run(
        server,
        f"[account(name, 'viewer', password={PASSWORD!r}) for name in {list(SESSIONS)}]; "
        f"[print(name, Token.objects.issue(name=name, user=account(name, 'viewer', 'publisher')).secret) "
        f"for name in {list(TOKENS)}]; "
        "token, secret = Token.objects.issue(name='narrow', roles=()); print('narrow', secret); "
        f"[Grant.objects.create(token=token, verb=v, instance='events', pattern={TOPIC!r}) "
        "for v in ('subscribe', 'publish')]",
    )
    return dict(line.split() for line in lines.splitlines())


def log_out(server: Server, cookie: str) -> None:
    csrf = next(part.partition("=")[2] for part in cookie.split("; ") if part.startswith("csrftoken"))
    request = urllib.request.Request(
        f"{server.url}accounts/logout/",
        b"",
        {"Cookie": cookie, "X-CSRFToken": csrf, "Origin": server.url.rstrip("/")},
    )
    urllib.request.urlopen(request, timeout=10).close()


class TestARightThatEnds:
    async def test_ends_the_busy_sockets_that_it_let_in_and_lets_in_no_more(
        self, servers: tuple[Server, Server]
    ) -> None:
        """All of them in one flood, because each kind for itself would take a minute."""
        first, second = servers
        tokens = made(first)
        cookies = {name: session_cookie(second, name, PASSWORD) for name in SESSIONS}
        assert {name: posted(second, token) for name, token in tokens.items()} == dict.fromkeys(tokens, 202)
        reading = {name: await opened(second, token=token) for name, token in tokens.items()}
        reading |= {name: await opened(second, cookie=cookie) for name, cookie in cookies.items()}

        def act() -> None:
            log_out(first, cookies["logged-out"])
            run(first, "\n".join(["", *TOKENS.values(), *SESSIONS.values(), GRANT]))

        outcome = await taken_back(servers, reading, act)

        assert outcome == dict.fromkeys(reading, (4508, True))
        ended = {name: tokens[name] for name in TOKENS}
        expected = {**dict.fromkeys(ended, 401), "narrow": 403}
        # What a process has just learnt of a token holds for two seconds more.
        deadline = time.monotonic() + REVOKED_SECONDS
        for server in servers:
            while (told := {name: posted(server, token) for name, token in tokens.items()}) != expected:
                assert time.monotonic() < deadline, told
        # Coming back to where it was is refused like coming for the first time.
        back = {name: await opened(first, token=token) for name, token in ended.items()}
        back |= {name: await opened(first, cookie=cookie) for name, cookie in cookies.items()}
        assert {name: await closes_at_once(client) for name, client in back.items()} == dict.fromkeys(back, 4500)
        narrow = await opened(second, token=tokens["narrow"])
        await narrow.recv()
        await narrow.send(json.dumps({"id": 2, "subscribe": {"instance": "events", "pattern": TOPIC}}))
        assert json.loads(str(await narrow.recv()))["error"]["code"] == "forbidden"
        await narrow.close()
