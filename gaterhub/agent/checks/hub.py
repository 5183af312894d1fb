"""Checks of what the hub itself stands on: its database, Redis, the ten instances, disk and memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import redis.asyncio
from django.conf import settings
from django.db import Error, close_old_connections, connection
from redis.exceptions import RedisError

from gaterhub.agent import host
from gaterhub.agent.checks.asking import Question
from gaterhub.agent.checks.finding import OK, TIMEOUT_SECONDS, Check, Failed, Finding, State
from gaterhub.agent.meters.throughput import Snapshots, snapshots
from gaterhub.agent.reading import ratio
from gaterhub.origin import plain

DEGRADED_AT: Final = 0.90
FAILING_AT: Final = 0.97
"""As the alerts' thresholds: a check must not say that all is well while an alert says otherwise."""


def hub_checks() -> list[Check]:
    """Return the checks of the hub in this process."""
    checks = [
        Check("database", connection.vendor, Database().answers),
        Check("instances", "the ten instances of this process", instances_run),
    ]
    if settings.REDIS_URL:
        checks.append(Check("redis", _without_secret(settings.REDIS_URL), Redis(settings.REDIS_URL).answers))
    return checks


def host_checks() -> list[Check]:
    """Return the checks of the host's room."""
    return [
        Check("disk", "every filesystem on a disk", Disks().have_room),
        Check("memory", "memory that can be had without swapping", memory_has_room),
    ]


class Database:
    def __init__(self, ask: Callable[[], None] | None = None) -> None:
        self._question = Question(ask or _ask_database, name="database")

    async def answers(self) -> Finding:
        try:
            await self._question.answer()
        except Error as error:
            raise Failed(plain(str(error).strip() or type(error).__name__)) from error
        return OK


def _ask_database() -> None:
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    finally:
        close_old_connections()


class Redis:
    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None

    async def answers(self) -> Finding:
        if self._client is None:
            self._client = redis.asyncio.Redis.from_url(
                self._url,
                max_connections=1,
                socket_timeout=TIMEOUT_SECONDS,
                socket_connect_timeout=TIMEOUT_SECONDS,
            )
        try:
            await self._client.ping()
        except (RedisError, OSError) as error:
            raise Failed(plain(str(error) or type(error).__name__)) from error
        return OK


async def instances_run(look: Callable[[], Snapshots] = snapshots) -> Finding:
    down = [name for name, figures in look().items() if not figures["up"]]
    if not down:
        return OK
    state = State.FAILING if len(down) == len(look()) else State.DEGRADED
    return Finding(state, f"Not running: {', '.join(down)}.")


class Disks:
    def __init__(self, look: Callable[[], Sequence[host.Filesystem]] = host.filesystems) -> None:
        self._question = Question(look, name="disks")

    async def have_room(self) -> Finding:
        return fullest(await self._question.answer())


def fullest(filesystems: Sequence[host.Filesystem]) -> Finding:
    """Return how it stands with the fullest filesystem."""
    if not filesystems:
        return Finding(State.DEGRADED, "No filesystem could be looked at.")
    shares = {each.mountpoint: ratio(each.used_bytes, each.used_bytes + each.free_bytes) for each in filesystems}
    mountpoint = max(shares, key=shares.__getitem__)
    return _judged(shares[mountpoint], f"{plain(mountpoint)} is {shares[mountpoint]:.1%} full.")


async def memory_has_room(look: Callable[[], Mapping[str, float]] = host.memory) -> Finding:
    memory = look()
    share = ratio(memory["total"] - memory["available"], memory["total"])
    return _judged(share, f"{share:.1%} in use.")


def _judged(share: float, reason: str) -> Finding:
    if share >= FAILING_AT:
        return Finding(State.FAILING, reason)
    return Finding(State.DEGRADED if share >= DEGRADED_AT else State.OK, reason)


def _without_secret(url: str) -> str:
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
