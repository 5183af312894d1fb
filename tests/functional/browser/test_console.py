"""Each console on both kinds of hub: all it shows, and a restart while nobody looks."""

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from consumers.profiles import HEALTH, INCIDENT, PERFORMANCE, PROFILES, SOC, Profile
from instances.catalog import find
from instances.schemas.registry import types_of
from instances.schemas.sample import sample_event
from instances.topics import Pattern
from tests.functional.browser.conftest import Watch
from tests.functional.browser.console_page import ConsolePage
from tests.functional.browser.doors import MEMORY, REDIS, two_doors
from tests.functional.conftest import Server, serving

pytestmark = pytest.mark.browser

HIDDEN_EVENTS: Final = 100
BUSY: Final = {
    HEALTH.name: ("lifecycle", "process_lifecycle:shop"),
    SOC.name: ("security", "security_events:authentication"),
    PERFORMANCE.name: ("metrics", "performance_metrics:shop"),
    INCIDENT.name: ("alerts", "system_alerts:critical"),
}
"""Where the events of a test enter that are on a console."""

every_console = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)


class House:
    """A hub whose process of the pages ends and begins again at the same address."""

    def __init__(self, folder: Path, doors: tuple[Server, Server], stack: ExitStack) -> None:
        self.in_memory = doors[0] is doors[1]
        self._folder = folder
        self._pages, self._events = doors
        self._stack = stack

    @property
    def door(self) -> Server:
        """Where events enter."""
        return self._pages if self.in_memory else self._events

    def stop(self) -> None:
        self._pages.stop()

    def begin_again(self) -> None:
        self._pages = self._stack.enter_context(serving(self._folder, like=self._pages, port=self._pages.port))


@pytest.fixture(scope="module", params=[MEMORY, REDIS])
def doors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Server, Server]]:
    folder = tmp_path_factory.mktemp("console")
    with two_doors(request, folder) as (pages, events):
        yield folder, pages, events


@pytest.fixture(scope="module")
def house(doors: tuple[Path, Server, Server]) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(doors[0], doors[1:], stack)


@pytest.fixture(scope="module")
def server(doors: tuple[Path, Server, Server]) -> Server:
    """Give the process of the pages, whose address the one that follows it has too."""
    return doors[1]


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


def samples(profile: Profile) -> dict[str, list[dict[str, Any]]]:
    """Return an event of every registered type that a console follows, by instance."""
    found: dict[str, list[dict[str, Any]]] = {}
    patterns = [(each.instance, Pattern(each.pattern)) for each in profile.subscriptions]
    for instance in profile.instances:
        for known in types_of(instance):
            event = sample_event(known, known.newest)
            if any(each == instance and pattern.matches(event.topic) for each, pattern in patterns):
                said = {"topic": event.topic, "event_type": event.event_type, "schema_version": event.schema_version}
                found.setdefault(instance, []).append(said | {"data": event.data, "metadata": event.metadata})
    return found


def happened(topic: str, mark: str, number: int = 0) -> dict[str, Any]:
    return {"topic": topic, "event_type": "seen_by_a_test", "data": {"mark": f"{mark} {number}"}}


class TestAConsole:
    @every_console
    def test_shows_every_type_that_it_follows_each_event_once_live_and_again_from_history(
        self, console: ConsolePage, house: House, profile: Profile
    ) -> None:
        console.follow(profile.name)
        wanted = samples(profile)
        assert tuple(wanted) == profile.instances

        published = [id for instance, events in wanted.items() for id in publish(house.door, instance, events)]

        console.shows_once(published)
        console.page.reload()
        console.shows_once(published)

    @every_console
    def test_goes_on_where_it_was_after_a_restart_while_nobody_looked(
        self, console: ConsolePage, house: House, mark: str, profile: Profile, watch: Watch
    ) -> None:
        # What a panel asks for beside what it follows, such as the gap ledger.
        watch.expect("ERR_CONNECTION_REFUSED", "Failed to load resource")
        instance, topic = BUSY[profile.name]
        console.follow(profile.name, f"?text={mark}")
        published = publish(house.door, instance, [happened(topic, mark)])
        expect(console.row(mark)).to_have_count(1)
        console.turn("hidden")

        half = HIDDEN_EVENTS // 2
        published += publish(house.door, instance, [happened(topic, mark, number) for number in range(half)])
        rest = [happened(topic, mark, half + number) for number in range(half)]
        if house.in_memory:
            # A tab that nobody looks at takes what comes all the same; memory forgets it with the process.
            expect(console.count).to_have_text(re.compile(rf"^{half + 1} of "), timeout=30_000)
            house.stop()
            house.begin_again()
            published += publish(house.door, instance, rest)
        else:
            house.stop()
            published += publish(house.door, instance, rest)
            house.begin_again()
        console.turn("visible")

        assert sorted(console.ids(HIDDEN_EVENTS + 1)) == sorted(published)
        expect(console.notices.filter(has_text="Reconnected after")).to_have_count(1, timeout=30_000)
        expect(console.state).to_have_text("Live")
        published += publish(house.door, instance, [happened(topic, mark, HIDDEN_EVENTS)])
        assert sorted(console.ids(HIDDEN_EVENTS + 2)) == sorted(published)
        # The console's own history agrees with what it has followed; in memory it begins with the process.
        forgotten = half + 1 if house.in_memory and not find(instance).delivery.journaled else 0
        kept = published[forgotten:]
        console.page.reload()
        assert sorted(console.ids(len(kept))) == sorted(kept)
