"""An operator looks at who is connected in a real browser, and sends away whom it has to."""

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Watch, watched_context
from tests.functional.browser.tabs import Tab
from tests.functional.conftest import Server
from tests.functional.doors import IN_TWO_PROCESSES, REDIS
from tests.functional.subscriber import Closed, Subscriber
from tests.functional.test_subscribers import listed

pytestmark = pytest.mark.browser

PATIENCE_MS: Final = 15_000
"""A process that died takes its subscribers off the list within this time."""


@pytest.fixture
def tab(browser: Any, door: Server) -> Iterator[Tab]:
    """Give a tab of somebody else's browser, at the other process, with a token for its hub."""
    context: BrowserContext = watched_context(browser)
    yield Tab(context, door)
    context.close()


def open_list(page: Page, server: Server, **filters: str) -> None:
    page.goto(f"{server.url}admin/consumers/subscriber/")
    for label, value in filters.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    page.get_by_role("button", name="Show", exact=True).click()


def open_subscriber(page: Page, server: Server, id: str) -> None:
    open_list(page, server, Who_or_where=id)
    page.get_by_role("row").filter(has_text=id).get_by_role("link").click()
    expect(page.get_by_role("heading", name=f"Subscriber {id}")).to_be_visible()


def connections(server: Server, instance: str) -> list[str]:
    """Ask as a program would who follows anything of the instance."""
    return [row["id"] for row in listed(server, instance=instance)]


def until_let_in(door: Server) -> None:
    """Connect until it is let in, which every process does within two seconds."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        with Subscriber(door, connected=False) as again, suppress(Closed):
            again.connect(token=door.token)
            return
        assert time.monotonic() < deadline


class TestInspector:
    def test_lists_whoever_would_receive_a_topic_and_renews_itself(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        with Subscriber(door) as other, Subscriber(door) as auditor:
            other.subscribe("health", "*")
            auditor.subscribe("audit", "audit_trail:*")
            open_list(page, server, Would_receive_the_topic="audit_trail:admin_operations")

            expect(page.get_by_role("row").filter(has_text=auditor.connected["connection"])).to_contain_text(
                "audit audit_trail:*"
            )
            expect(page.get_by_role("row").filter(has_text=other.connected["connection"])).to_have_count(0)
            assert serious_findings(page) == []
            auditor.close()
            expect(page.get_by_text("Nobody who is connected fits these filters.")).to_be_visible(timeout=PATIENCE_MS)

    def test_disconnects_one_that_is_stuck_for_good(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        with Subscriber(door, receive_buffer_bytes=4096) as stuck, Subscriber(door) as publisher:
            stuck.subscribe("metrics", "*")
            event = {"topic": "performance_metrics:api", "event_type": "told", "data": "x" * 8_000}
            for _ in range(40):
                publisher.publish_all("metrics", [event] * 10)
            open_list(page, server)
            first = page.get_by_role("region", name="Subscribers").locator("tbody tr").first
            expect(first).to_contain_text("takes no more")
            first.get_by_role("link").click()
            expect(page.get_by_text("its socket takes no more just now")).to_be_visible()
            expect(page.get_by_label("Bytes queued and events a second")).to_be_visible()

            page.get_by_label("Why").fill("OPS-1311: it holds up the failover.")
            page.get_by_role("button", name="Disconnect").click()

            expect(page.locator(".messagelist")).to_contain_text("is disconnected, and was told why")
            assert stuck.expect_close() == 4503

    def test_tells_a_page_why_and_it_stays_away(self, page: Page, server: Server, door: Server, tab: Tab) -> None:
        tab.follow("health", "*", token=door.token)
        id = next(iter(connections(server, "health")))
        open_subscriber(page, server, id)
        assert serious_findings(page) == []

        page.get_by_label("Why").fill("OPS-1312: we test the failover.")
        page.get_by_role("button", name="Disconnect").click()
        expect(page.locator(".messagelist")).to_contain_text("is disconnected")

        tab.until("hub.state === 'offline'")
        assert tab.page.evaluate("states.at(-1)") == ["offline", 4503]
        # It would have come back within this time, which it measures itself.
        tab.run("await new Promise((resolve) => setTimeout(resolve, 3000))")
        assert tab.run("return hub.state") == "offline"
        assert connections(server, "health") == []

    @IN_TWO_PROCESSES
    def test_ends_one_subscription_and_the_page_keeps_the_others(
        self, page: Page, server: Server, door: Server, tab: Tab
    ) -> None:
        tab.follow("health", "process_health:*", "resource_health:*", token=door.token)
        id = next(iter(connections(server, "health")))
        open_subscriber(page, server, id)

        page.get_by_label("Why").fill("OPS-1313: nobody needs it.")
        row = page.get_by_role("row").filter(has_text="process_health:*")
        row.get_by_role("button", name="Unsubscribe").click()

        expect(page.locator(".messagelist")).to_contain_text("is ended, and the subscriber was told why")
        tab.until("seen.some(([kind]) => kind === 'error')")
        assert tab.seen[-1] == ["error", "process_health:*", "forbidden", False]
        assert tab.run("return hub.state") == "live"
        expect(page.get_by_role("row").filter(has_text="resource_health:*")).to_have_count(1)

    @IN_TWO_PROCESSES
    def test_keeps_somebody_out_until_the_ban_is_lifted(
        self, page: Page, server: Server, door: Server, watch: Watch
    ) -> None:
        with Subscriber(door) as banned:
            id = banned.connected["connection"]
            open_subscriber(page, server, id)
            page.get_by_label("Why").fill("OPS-1314: it floods us with reconnects.")
            page.get_by_role("button", name="Ban").click()
            expect(page.locator(".messagelist")).to_contain_text("is kept out until")
            assert banned.expect_close() == 4503
        with Subscriber(door, connected=False) as again:
            again.say("connect", {"token": door.token})
            assert again.expect_close() == 4503

        page.goto(f"{server.url}admin/consumers/ban/")
        assert serious_findings(page) == []
        page.get_by_role("link", name="gater-1").first.click()
        page.get_by_label("Why").fill("OPS-1314: it is mended.")
        page.get_by_role("button", name="Lift the ban").click()
        expect(page.locator(".messagelist")).to_contain_text("may connect again")

        until_let_in(door)


class TestProcessThatIsKilled:
    @pytest.mark.parametrize("processes", [REDIS], indirect=True)
    def test_takes_its_subscribers_off_the_open_page(self, page: Page, server: Server, door: Server) -> None:
        with Subscriber(server) as stays, Subscriber(door) as leaves:
            open_list(page, server)
            for each in (stays, leaves):
                expect(page.get_by_role("row").filter(has_text=each.connected["connection"])).to_have_count(1)

            door.stop(signal.SIGKILL)

            gone = page.get_by_role("row").filter(has_text=leaves.connected["connection"])
            expect(gone).to_have_count(0, timeout=PATIENCE_MS)
            expect(page.get_by_role("row").filter(has_text=stays.connected["connection"])).to_have_count(1)
