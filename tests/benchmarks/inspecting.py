"""Times the pages of live subscribers of a hub full of them, as an operator's browser asks. A process of its own."""

import asyncio
import dataclasses
import json
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Final

import uvloop

from instances.catalog import find
from tests.benchmarks.clients import Client, RunFailed, connect
from tests.benchmarks.dialects import GaterhubDialect
from tests.benchmarks.idle import CONNECTING_AT_ONCE
from tests.benchmarks.latency import percentile
from tests.benchmarks.never_reads import topic_of

INSTANCE: Final = "health"
ASKED: Final = 60
EVENTS_A_SECOND: Final = 5
"""To each of them, so that their figures move."""
PATIENCE_SECONDS: Final = 30
LIST: Final = "admin/consumers/subscriber/"
PAGES: Final = {
    "slowest first": LIST,
    "who would receive a topic": f"{LIST}?topic=process_health:bench&order=rate",
    "by name, the tenth page": f"{LIST}?order=name&page=10",
    "the part that renews itself": f"{LIST}?part=1",
}


@dataclass(frozen=True)
class InspectingOrders:
    """What one measurement is to do."""

    base_url: str
    token: str
    operator: str
    password: str
    subscribers: int


@dataclass(frozen=True)
class InspectingFindings:
    """How long each page took, in milliseconds."""

    subscribers: int
    p50_ms: dict[str, float]
    p95_ms: dict[str, float]


class Reader(Client):
    """Follows, and lets its events go."""

    def take_event(self, line: bytes) -> None:
        """Let it go: what counts here is the pages."""


class Browser:
    """An operator who has logged in; blocks."""

    def __init__(self, orders: InspectingOrders) -> None:
        self._site = orders.base_url.replace("ws://", "http://") + "/"
        cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        login = f"{self._site}accounts/login/"
        self._opener.open(login, timeout=PATIENCE_SECONDS).close()
        csrf = next(str(cookie.value) for cookie in cookies if cookie.name == "csrftoken")
        form = {"username": orders.operator, "password": orders.password, "csrfmiddlewaretoken": csrf}
        self._opener.open(login, urllib.parse.urlencode(form).encode(), timeout=PATIENCE_SECONDS).close()

    def look(self, path: str) -> float:
        """Ask for a page, and return how long it took to its last byte, in milliseconds."""
        began_at = time.perf_counter()
        with self._opener.open(self._site + path, timeout=PATIENCE_SECONDS) as answer:
            page = answer.read()
        took = (time.perf_counter() - began_at) * 1000
        if b"connected" not in page:
            raise RunFailed(f"{path} shows no subscribers: {page[:200]!r}")
        return took


async def measure(orders: InspectingOrders) -> InspectingFindings:
    """Fill the hub, publish to everybody all the time, and look at each page again and again.

    Raises: RunFailed where a subscriber was refused or closed.
    """
    failures: list[Exception] = []
    spec = find(INSTANCE)
    topic = topic_of(spec)
    dialect = GaterhubDialect(orders.token, spec.name)
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def follow(number: int) -> Client:
        async with gate:
            client = Reader(f"subscriber {number}", dialect, failures.append)
            await connect(client, orders.base_url + dialect.follow_path)
            await client.ask(dialect.following(topic, [topic]))
            return client

    followers = await asyncio.gather(*(follow(number) for number in range(orders.subscribers)))
    publisher = await connect(Client("the publisher", dialect, failures.append), orders.base_url + dialect.publish_path)

    async def publish() -> None:
        for sequence in range(10**9):
            await publisher.ask(dialect.publishing([dialect.event(topic, sequence)]))
            await asyncio.sleep(1 / EVENTS_A_SECOND)

    publishing = asyncio.create_task(publish())
    browser = await asyncio.to_thread(Browser, orders)
    took: dict[str, list[float]] = {}
    for name, path in PAGES.items():
        await asyncio.to_thread(browser.look, path)
        took[name] = sorted([await asyncio.to_thread(browser.look, path) for _ in range(ASKED)])
    publishing.cancel()
    if failures:
        raise RunFailed(str(failures[0]))
    for client in (*followers, publisher):
        client.leave()
    return InspectingFindings(
        subscribers=len(followers),
        p50_ms={name: percentile(each, 50) for name, each in took.items()},
        p95_ms={name: percentile(each, 95) for name, each in took.items()},
    )


def main() -> int:
    """Measure what standard input orders."""
    try:
        findings = uvloop.run(measure(InspectingOrders(**json.load(sys.stdin))))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(dataclasses.asdict(findings), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
