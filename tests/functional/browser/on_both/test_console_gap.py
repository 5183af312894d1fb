"""What a console could not get is a row of it that says how much: nothing is missing without a word."""

import re
import time
from http import HTTPStatus
from typing import Final

import pytest
from playwright.sync_api import expect

from consumers.profiles import HEALTH, INCIDENT, PERFORMANCE, Profile
from instances.options import HISTORY_LEAST_EVENTS
from tests.functional.browser.console_page import TALL, ConsolePage, happened
from tests.functional.browser.follower import Line
from tests.functional.conftest import Server
from tests.functional.explorer import call
from tests.functional.subscriber import post_all

pytestmark = pytest.mark.browser

FORGETFUL: Final = ("health", "metrics")
"""Instances of which the hub keeps no more than it has to."""
CONFIGURE: Final = """
from django.contrib.auth import get_user_model
from instances.configuring import change, values_of
from instances.models import InstanceConfig
for name in {names}:
    row = InstanceConfig.objects.get(instance=name)
    change(row, values_of(row) | {{"history_events": {events}}}, by="user:olga", because="A test of what is missing.")
"""
BATCH_EVENTS: Final = 40
"""Redis drops whole batches: so many more than it has to may be kept, and all are drawn at once."""
ROUNDS_MOST: Final = 100
"""A configuration holds within two seconds, everywhere."""
WHERE: Final = {
    HEALTH.name: ("health", "circuit_breaker_status:shop"),
    PERFORMANCE.name: ("metrics", "throughput_stats:shop"),
    INCIDENT.name: ("metrics", "performance_metrics:shop"),
}
PANELS: Final = {HEALTH.name: "Circuit breakers", PERFORMANCE.name: "Throughput"}
"""What they know begins with what the hub still has."""
SAID: Final = re.compile(r"Gap: #(\d+) to #(\d+) of (\S+) did not reach this page \((\d+) events at most\)")


@pytest.fixture(scope="module", autouse=True)
def _forgetful(server: Server) -> None:
    server.manage("shell", "-c", CONFIGURE.format(names=FORGETFUL, events=HISTORY_LEAST_EVENTS))


def publish_until_some_is_forgotten(door: Server, instance: str, topic: str, mark: str) -> list[str]:
    """Publish until the hub no longer has the first of it, and return the ids of all."""
    ids: list[str] = []
    for number in range(ROUNDS_MOST):
        batch = [happened(topic, mark, number * BATCH_EVENTS + each) for each in range(BATCH_EVENTS)]
        ids += post_all(door, instance, batch)
        if call(door, f"instances/{instance}/events/{ids[0]}/")[0] == HTTPStatus.NOT_FOUND:
            return ids
        time.sleep(0.1)
    raise AssertionError(f"The hub still has {ids[0]} after {len(ids)} more.")


class TestWhatTheHubNoLongerHas:
    @pytest.mark.parametrize("profile", [HEALTH, PERFORMANCE, INCIDENT], ids=lambda profile: profile.name)
    def test_is_a_row_that_counts_it_and_all_the_rest_comes_once(
        self, line: Line, console: ConsolePage, door: Server, mark: str, profile: Profile
    ) -> None:
        instance, topic = WHERE[profile.name]
        console.follow(profile.name, f"?text={mark}")
        published = post_all(door, instance, [happened(topic, mark, 0)])
        expect(console.rows).to_have_count(1)
        line.newest.send('{"bye": {"code": 4001, "reason": "draining", "retry_after_ms": 60000}}')
        line.newest.close(code=4001, reason="draining")
        expect(console.state).to_have_text(re.compile("^Not live since"))

        meanwhile = publish_until_some_is_forgotten(door, instance, topic, mark)
        console.page.get_by_role("button", name="Try now").click()

        console.page.set_viewport_size(TALL)
        gap = console.notices.filter(has_text="Gap:")
        expect(gap).to_have_count(1)
        said = SAID.search(gap.inner_text())
        assert said is not None, gap.inner_text()
        begins, ends, missed = int(said[1]), int(said[2]), int(said[4])
        assert said[3].startswith(instance)
        assert missed == ends - begins + 1 > 0
        # Nobody else publishes into this stream: what is shown and what is told to be missing are all there was.
        assert console.ids(1 + len(meanwhile) - missed) == [*reversed(meanwhile[missed:]), *published]
        expect(console.notices.filter(has_text="Reconnected after")).to_contain_text("What is missing is told above")
        if (title := PANELS.get(profile.name)) is not None:
            expect(console.panel(title)).to_contain_text("; the hub no longer has all that was before.")
