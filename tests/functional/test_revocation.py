"""Rights that end, in one process, while a socket of another is busy: the last event within five seconds, then 4508."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
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
        self.position: dict[str, str] = {}

    async def read(self) -> None:
        await self.client.send(json.dumps({"id": 2, "subscribe": {"instance": "events", "pattern": TOPIC}}))
        try:
            async for message in self.client:
                for frame in map(json.loads, str(message).split("\n")):
                    if "event" in frame:
                        event = frame["event"]
                        self.events += 1
                        self.last_at = time.monotonic()
                        self.position = {event["stream"]: f"{event['epoch']}:{event['offset']}"}
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
    servers: tuple[Server, Server], reading: ClientConnection, act: Callable[[], Any]
) -> tuple[Reader, float, int]:
    """Flood, take the reader's right back in the first process, and wait for what becomes of it in the second.

    Returns the reader, how many seconds after the act its last event came, and how many events were taken meanwhile.
    """
    reader = Reader(reading)
    ending = asyncio.Event()
    flooding = asyncio.create_task(flood(servers[0], ending))
    following = asyncio.create_task(reader.read())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while reader.events < 1_000:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(act)
            acted_at = time.monotonic()
            await following
        return reader, reader.last_at - acted_at, reader.events
    finally:
        ending.set()
        with suppress(ConnectionClosed):
            await flooding
        following.cancel()


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


TOKEN_ENDS: Final = {
    "revoked": "Token.objects.filter(name={name!r}).revoke(at=timezone.now())",
    "expired": "Token.objects.filter(name={name!r}).update(expires_at=timezone.now())",
    "not taken from here": "Token.objects.filter(name={name!r}).update(networks='192.0.2.0/24')",
    "of a deactivated account": "User.objects.filter(username={name!r}).update(is_active=False)",
}

SESSION_ENDS: Final = {
    "a new password": "ada = User.objects.get(username={name!r}); ada.set_password('another'); ada.save()",
    "a deactivated account": "User.objects.filter(username={name!r}).update(is_active=False)",
}


def made_token(server: Server, name: str) -> str:
    return run(
        server,
        f"user = account({name!r}, 'viewer', 'publisher'); print(Token.objects.issue(name={name!r}, user=user).secret)",
    )


def in_time(seconds: float) -> bool:
    return seconds <= REVOKED_SECONDS + SPARE_SECONDS


class TestAToken:
    @pytest.mark.parametrize("how", TOKEN_ENDS)
    async def test_that_ends_closes_its_busy_socket(self, servers: tuple[Server, Server], how: str) -> None:
        name = f"token-{list(TOKEN_ENDS).index(how)}"
        token = made_token(servers[1], name)
        assert posted(servers[1], token) == 202

        reader, seconds, _ = await taken_back(
            servers,
            await opened(servers[1], token=token),
            lambda: run(servers[0], TOKEN_ENDS[how].format(name=name)),
        )

        assert (reader.code, in_time(seconds)) == (4508, True)
        assert posted(servers[1], token) == posted(servers[0], token) == 401
        # Coming back to where it was is refused like coming for the first time.
        assert await closes_at_once(await opened(servers[1], token=token)) == 4500


class TestASession:
    @pytest.mark.parametrize("how", SESSION_ENDS)
    async def test_that_ends_closes_its_busy_socket(self, servers: tuple[Server, Server], how: str) -> None:
        name = f"ada-{list(SESSION_ENDS).index(how)}"
        run(servers[0], f"account({name!r}, 'viewer', password={PASSWORD!r})")
        cookie = session_cookie(servers[1], name, PASSWORD)

        reader, seconds, _ = await taken_back(
            servers,
            await opened(servers[1], cookie=cookie),
            lambda: run(servers[0], SESSION_ENDS[how].format(name=name)),
        )

        assert (reader.code, in_time(seconds)) == (4508, True)
        assert await closes_at_once(await opened(servers[0], cookie=cookie)) == 4500

    async def test_that_is_logged_out_elsewhere_closes_its_busy_socket(self, servers: tuple[Server, Server]) -> None:
        run(servers[0], f"account('ada', 'viewer', password={PASSWORD!r})")
        cookie = session_cookie(servers[0], "ada", PASSWORD)
        csrf = next(part.partition("=")[2] for part in cookie.split("; ") if part.startswith("csrftoken"))

        def log_out() -> None:
            request = urllib.request.Request(
                f"{servers[0].url}accounts/logout/",
                b"",
                {"Cookie": cookie, "X-CSRFToken": csrf, "Origin": servers[0].url.rstrip("/")},
            )
            urllib.request.urlopen(request, timeout=10).close()

        reader, seconds, _ = await taken_back(servers, await opened(servers[1], cookie=cookie), log_out)

        assert (reader.code, in_time(seconds)) == (4508, True)


class TestAGrant:
    async def test_that_is_taken_back_closes_its_busy_socket(self, servers: tuple[Server, Server]) -> None:
        token = run(
            servers[0],
            "token, secret = Token.objects.issue(name='narrow', roles=()); "
            f"[Grant.objects.create(token=token, verb=v, instance='events', pattern={TOPIC!r}) "
            "for v in ('subscribe', 'publish')]; print(secret)",
        )

        reader, seconds, _ = await taken_back(
            servers,
            await opened(servers[1], token=token),
            lambda: run(servers[0], "Grant.objects.filter(token__name='narrow').delete()"),
        )

        assert (reader.code, in_time(seconds)) == (4508, True)
        assert posted(servers[1], token) == 403
        back = await opened(servers[1], token=token)
        await back.recv()
        said = {"instance": "events", "pattern": TOPIC, "since": reader.position}
        await back.send(json.dumps({"id": 2, "subscribe": said}))
        assert json.loads(str(await back.recv()))["error"]["code"] == "forbidden"
        await back.close()
