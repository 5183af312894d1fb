"""The console of security operations on both kinds of hub: all it shows, and a restart while nobody looks."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from consumers.profiles import SOC
from instances.schemas.registry import types_of
from instances.schemas.sample import sample_event
from instances.topics import Pattern
from tests.functional.browser.console_page import ConsolePage
from tests.functional.browser.doors import MEMORY, REDIS, two_doors
from tests.functional.conftest import Server, serving

pytestmark = pytest.mark.browser

HIDDEN_EVENTS: Final = 100


@pytest.fixture(scope="module", params=[MEMORY, REDIS])
def folder_and_doors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Server, Server]]:
    """Give the process that serves the pages and the one that events enter by, and where they keep what they keep."""
    folder = tmp_path_factory.mktemp("console")
    with two_doors(request, folder) as (pages, events):
        yield folder, pages, events


@pytest.fixture(scope="module")
def server(folder_and_doors: tuple[Path, Server, Server]) -> Server:
    return folder_and_doors[1]


@pytest.fixture(scope="module")
def door(folder_and_doors: tuple[Path, Server, Server]) -> Server:
    return folder_and_doors[2]


@pytest.fixture
def console(page: Page, server: Server) -> ConsolePage:
    return ConsolePage(page, server)


def publish(door: Server, instance: str, events: list[dict[str, Any]]) -> list[str]:
    """Publish different events in one batch, and return their ids."""
    headers = {"Authorization": f"Bearer {door.token}", "Content-Type": "application/json"}
    address = f"{door.url}api/v1/instances/{instance}/events/"
    request = urllib.request.Request(address, json.dumps(events).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return [each["id"] for each in json.load(answer)["events"]]


def samples() -> dict[str, list[dict[str, Any]]]:
    """Return an event of every registered type that the console follows, by instance."""
    found: dict[str, list[dict[str, Any]]] = {}
    patterns = [(each.instance, Pattern(each.pattern)) for each in SOC.subscriptions]
    for instance in SOC.instances:
        for known in types_of(instance):
            event = sample_event(known, known.newest)
            if any(each == instance and pattern.matches(event.topic) for each, pattern in patterns):
                said = {"topic": event.topic, "event_type": event.event_type}
                found.setdefault(instance, []).append(said | {"data": event.data, "metadata": event.metadata})
    return found


def failure(mark: str, number: int = 0, **more: str) -> dict[str, Any]:
    data = {"user_id": f"{mark}-user", "ip_address": "203.0.113.77", "reason": f"{mark} {number}"} | more
    return {"topic": "security_events:authentication", "event_type": "authentication_failure", "data": data}


class TestTheConsoleOfSecurityOperations:
    def test_shows_every_type_that_it_follows_each_event_once_live_and_again_from_history(
        self, console: ConsolePage, door: Server
    ) -> None:
        console.follow("soc")
        wanted = samples()
        assert {instance: len(events) > 1 for instance, events in wanted.items()} == dict.fromkeys(SOC.instances, True)

        published = [id for instance, events in wanted.items() for id in publish(door, instance, events)]

        console.shows_once(published)
        console.page.reload()
        console.shows_once(published)

    def test_goes_on_where_it_was_after_a_restart_while_nobody_looked(
        self, console: ConsolePage, folder_and_doors: tuple[Path, Server, Server], mark: str
    ) -> None:
        folder, pages, door = folder_and_doors
        console.follow("soc", f"?text={mark}")
        published = publish(door, "security", [failure(mark)])
        expect(console.row(mark)).to_have_count(1)
        console.turn("hidden")

        half = HIDDEN_EVENTS // 2
        published += publish(door, "security", [failure(mark, number) for number in range(half)])
        pages.stop()
        if door is not pages:
            published += publish(door, "security", [failure(mark, half + number) for number in range(half)])
        with serving(folder, like=pages, port=pages.port) as again:
            if door is pages:
                published += publish(again, "security", [failure(mark, half + number) for number in range(half)])
            console.turn("visible")

            assert sorted(console.ids(HIDDEN_EVENTS + 1)) == sorted(published)
            expect(console.notices.filter(has_text="Reconnected after")).to_have_count(1, timeout=30_000)
            expect(console.state).to_have_text("Live")
            published += publish(again, "security", [failure(mark, HIDDEN_EVENTS)])
            assert sorted(console.ids(HIDDEN_EVENTS + 2)) == sorted(published)
            # The console's own history agrees with what it has followed.
            console.page.reload()
            assert sorted(console.ids(HIDDEN_EVENTS + 2)) == sorted(published)
