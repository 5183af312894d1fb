"""Each console on both kinds of hub: all it shows, and a restart while nobody looks."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from consumers.profiles import HEALTH, INCIDENT, PERFORMANCE, PROFILES, SOC, Profile
from instances.catalog import find
from instances.schemas.registry import types_of
from instances.schemas.sample import sample_event
from instances.topics import Pattern
from tests.functional.browser.conftest import Watch
from tests.functional.browser.console_page import ConsolePage, happened
from tests.functional.conftest import Server, serving
from tests.functional.subscriber import post_all

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

    def __init__(self, doors: tuple[Server, Server], stack: ExitStack) -> None:
        self.in_memory = doors[0] is doors[1]
        self._pages, self._events = doors
        self._stack = stack

    @property
    def door(self) -> Server:
        """Where events enter."""
        return self._pages if self.in_memory else self._events

    def stop(self) -> None:
        self._pages.stop()

    def begin_again(self) -> None:
        self._pages = self._stack.enter_context(
            serving(self._pages.log.parent, like=self._pages, port=self._pages.port)
        )


@pytest.fixture(scope="module")
def house(processes: tuple[Server, Server]) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(processes, stack)


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


class TestAConsole:
    @every_console
    def test_shows_every_type_that_it_follows_each_event_once_live_and_again_from_history(
        self, console: ConsolePage, house: House, profile: Profile
    ) -> None:
        console.follow(profile.name)
        wanted = samples(profile)
        assert tuple(wanted) == profile.instances

        published = [id for instance, events in wanted.items() for id in post_all(house.door, instance, events)]

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
        published = post_all(house.door, instance, [happened(topic, mark)])
        expect(console.row(mark)).to_have_count(1)
        console.turn("hidden")

        half = HIDDEN_EVENTS // 2
        published += post_all(house.door, instance, [happened(topic, mark, number) for number in range(half)])
        rest = [happened(topic, mark, half + number) for number in range(half)]
        if house.in_memory:
            # A tab that nobody looks at takes what comes all the same; memory forgets it with the process.
            expect(console.count).to_have_text(re.compile(rf"^{half + 1} of "), timeout=30_000)
            house.stop()
            house.begin_again()
            published += post_all(house.door, instance, rest)
        else:
            house.stop()
            published += post_all(house.door, instance, rest)
            house.begin_again()
        console.turn("visible")

        assert sorted(console.ids(HIDDEN_EVENTS + 1)) == sorted(published)
        expect(console.notices.filter(has_text="Reconnected after")).to_have_count(1, timeout=30_000)
        expect(console.state).to_have_text("Live")
        published += post_all(house.door, instance, [happened(topic, mark, HIDDEN_EVENTS)])
        assert sorted(console.ids(HIDDEN_EVENTS + 2)) == sorted(published)
        # The console's own history agrees with what it has followed; in memory it begins with the process.
        forgotten = half + 1 if house.in_memory and not find(instance).delivery.journaled else 0
        kept = published[forgotten:]
        console.page.reload()
        assert sorted(console.ids(len(kept))) == sorted(kept)
