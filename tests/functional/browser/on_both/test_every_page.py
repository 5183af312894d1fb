"""Every page in a real browser: on SQLite and memory, and on Redis, where events enter by another process."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from instances.catalog import NAMES
from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Publish, Watch, log_in, sent_bytes
from tests.functional.browser.follower import Follower
from tests.functional.browser.type_page import TypePage, arrived
from tests.functional.conftest import Server
from tests.functional.doors import IN_MEMORY, IN_TWO_PROCESSES
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.browser

SENT_MOST_BYTES: Final = 300_000
SWAGGER_MOST_BYTES: Final = 480_000
"""The library of the API's documentation alone is larger than what a page of ours may send."""


@dataclass(frozen=True)
class Place:
    """One page: where it is, and what says that it is there."""

    path: str
    title: str
    heading: str
    ready: str = "h1"
    """What is there only when the page has begun to work."""
    ours: bool = True
    """Whether its look is ours, and not a library's."""
    unknown: bool = False
    most_bytes: int = SENT_MOST_BYTES


LOG_IN: Final = Place("accounts/login/", "Log in", "Log in")
PLACES: Final = {
    "overview": Place("", "gaterhub", "Ten instances", ready="#state[data-state=live]"),
    "instance": Place("instances/health/", "health", "Health", ready="#state[data-state=live]"),
    "types": Place("instances/health/types/", "Event types of health", "Event types health"),
    "capacity": Place("capacity/", "Capacity", "Capacity"),
    "reports": Place("reports/", "Reports", "Reports"),
    "evidence": Place("evidence/", "Evidence", "Evidence", ready=".count"),
    "evidence's search": Place("evidence/audit/", "Evidence of audit", "Audit Trail: entries", ready=".entries"),
    "evidence's entry": Place(
        "evidence/audit/entries/0/", "Entry 0 of audit", "Audit Trail, entry 0", ready="#verdict[data-state=ok]"
    ),
    "evidence's checkpoints": Place(
        "evidence/audit/checkpoints/", "Checkpoints of audit", "checkpoints", ready=".signature .good"
    ),
    "evidence's verifications": Place("evidence/verifications/", "Verifications", "Verifications"),
    "evidence's bundles": Place("evidence/audit/bundles/", "Bundles of audit", "take a bundle"),
    "explorer": Place("explorer/?instance=health", "Explorer", "Explorer", ready="#state[data-state=live]"),
    "consoles": Place("consoles/", "Consoles", "Consoles"),
    "console": Place("consoles/soc/", "Security operations", "Security operations", ready="#state[data-state=live]"),
    "console of health": Place("consoles/health/", "Health", "Health", ready="#state[data-state=live]"),
    "console of performance": Place(
        "consoles/performance/", "Performance", "Performance", ready="#state[data-state=live]"
    ),
    "password": Place("accounts/password/", "Change your password", "Change your password"),
    "missing": Place("nowhere/", "Not found", "There is no such page", unknown=True),
    "instance that is unknown": Place(
        "instances/helth/", "No such instance", "There is no such instance", unknown=True
    ),
    "API's documentation": Place(
        "api/v1/docs/", "API", "gaterhub", ready=".opblock-summary", ours=False, most_bytes=SWAGGER_MOST_BYTES
    ),
    "admin": Place("admin/", "administration", "administration", ours=False),
    "admin's retention policies": Place(
        "admin/instances/retentionpolicy/", "retention policy", "retention policy", ours=False
    ),
    "admin's new retention policy": Place(
        "admin/instances/retentionpolicy/add/", "Add retention policy", "Add retention policy", ours=False
    ),
    "admin's consoles": Place("admin/gaterhub/ownconsole/", "console", "console", ours=False),
    "admin's copy of a console": Place(
        "admin/gaterhub/ownconsole/add/?copy=soc", "Add console", "Add console", ours=False
    ),
    "admin's objectives": Place("admin/gaterhub/objective/", "objective", "objective", ours=False),
    "admin's new objective": Place("admin/gaterhub/objective/add/", "Add objective", "Add objective", ours=False),
    "admin's event types": Place("admin/instances/domaintype/", "domain type", "domain type", ours=False),
}

LIVE: Final = ("overview", "instance", "explorer")
"""What these show comes from all processes."""

FOCUS: Final = """() => {
  const box = document.activeElement;
  if (box === document.body) return null;
  const marks = [box, box.closest("tr"), box.firstElementChild].filter(Boolean).map((each) => getComputedStyle(each));
  const seen = marks.some((style) => style.outlineStyle !== "none" || style.boxShadow !== "none");
  return [box.outerHTML.slice(0, 120), seen];
}"""
"""Where the keyboard is, and whether that shows."""


@pytest.fixture
def subscriber(door: Server) -> Iterator[Subscriber]:
    with Subscriber(door) as subscriber:
        yield subscriber


def check(page: Page, place: Place) -> None:
    """See that one finds one's way on the page, by eye, by ear and by keyboard."""
    expect(page.locator(place.ready).first).to_be_visible()
    expect(page).to_have_title(re.compile(re.escape(place.title), re.IGNORECASE))
    expect(page.get_by_role("heading", name=re.compile(re.escape(place.heading), re.IGNORECASE)).first).to_be_visible()
    assert sum(sent_bytes(page)) <= place.most_bytes
    if place.ours:
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)

    for width, scheme in ((360, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        # Colours that are still on their way from the other scheme would be found too faint.
        page.reload()
        expect(page.locator(place.ready).first).to_be_visible()
        assert serious_findings(page) == [], f"{width} px, {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    for _ in range(6):
        page.keyboard.press("Tab")
        where, seen = page.evaluate(FOCUS) or ("the end of the page", True)
        assert seen, f"The keyboard is on {where}, and nothing shows it."


class TestEveryPage:
    @IN_MEMORY
    @pytest.mark.parametrize("name", PLACES)
    def test_is_whole(self, page: Page, server: Server, watch: Watch, name: str) -> None:
        self._see(page, server, watch, PLACES[name])

    @IN_TWO_PROCESSES
    @pytest.mark.parametrize("name", LIVE)
    def test_that_is_live_is_whole_with_another_process(
        self, page: Page, server: Server, watch: Watch, name: str
    ) -> None:
        self._see(page, server, watch, PLACES[name])

    def _see(self, page: Page, server: Server, watch: Watch, place: Place) -> None:
        if place.unknown:
            watch.expect("404 (Not Found)")

        page.goto(f"{server.url}{place.path}")

        check(page, place)

    @IN_MEMORY
    def test_is_whole_before_the_log_in_too(self, visitor: Page, server: Server) -> None:
        visitor.goto(f"{server.url}instances/health/types/")
        check(visitor, LOG_IN)
        log_in(visitor, server)
        expect(visitor).to_have_url(f"{server.url}instances/health/types/")


class TestOverview:
    def test_counts_what_enters_by_any_process(self, page: Page, server: Server, publish: Publish, mark: str) -> None:
        page.goto(server.url)
        expect(page.locator("#state")).to_have_text("Live")
        # Into it the hub itself publishes nothing, which would be newer.
        row = page.locator("#instances tr[data-instance=diagnostics]")

        publish("diagnostics", f"diagnostics:{mark}", "every_page_driven", count=7)

        expect(row.locator(".newest")).to_contain_text(mark)
        expect(row.locator(".total .figure")).not_to_have_text("0")
        row.get_by_role("link").press("Enter")
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_contain_text("diagnostics")

    def test_tells_every_process(self, page: Page, processes: tuple[Server, Server]) -> None:
        page.goto(processes[0].url)
        count = len(set(map(id, processes)))

        expect(page.locator("[data-figure=processes] .value")).to_have_text(f"{count} up")
        expect(page.locator("[data-figure=streams] .value")).to_have_text(
            "in memory" if count == 1 else "Redis, reachable"
        )


class TestInstance:
    def test_shows_what_enters_by_any_process(self, page: Page, server: Server, publish: Publish, mark: str) -> None:
        follower = Follower(page, server)
        for instance in NAMES:
            follower.open(instance)

            publish(instance, f"anything:{mark}", "every_page_driven", data={"mark": mark})

            expect(follower.row(mark)).to_have_count(1)

    def test_is_followed_paused_and_filtered_and_an_event_is_opened(
        self, page: Page, server: Server, publish: Publish, mark: str
    ) -> None:
        follower = Follower(page, server)
        topic = f"process_health:{mark}"
        follower.open("health")
        follower.follow(topic)
        follower.is_following(topic)

        publish("health", topic, "component_health", data={"component": mark, "state": "ok"})
        expect(follower.rows).to_have_count(1)
        follower.button("Pause").click()
        publish("health", topic, "seen_while_paused", count=3)
        expect(page.locator("#waiting")).to_contain_text("3")
        expect(follower.rows).to_have_count(1)
        page.locator("#pause").click()
        expect(follower.rows).to_have_count(4)
        page.get_by_label("Type").select_option("component_health")
        expect(follower.rows).to_have_count(1)
        expect(follower.shown).to_contain_text("1 of 4")
        follower.rows.first.click()
        expect(follower.inspector).to_contain_text(topic)

        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        follower.button("Copy link").click()
        expect(page.locator("#inspector-said")).not_to_be_empty()
        link = page.evaluate("navigator.clipboard.readText()")
        assert link.startswith(f"{server.url}instances/health/?pattern=")
        assert "event=" in link


class TestTypes:
    def test_publish_a_test_event_that_reaches_every_process(
        self, page: Page, server: Server, subscriber: Subscriber, mark: str
    ) -> None:
        type_page = TypePage(page, server)
        subscriber.subscribe("health", f"subscription_health:{mark}:*")
        page.goto(f"{server.url}instances/health/types/")
        page.get_by_label("Search the types").fill("registration_success")
        expect(page.locator("details.type:visible")).to_have_count(1)

        type_page.open("health", "registration_success")
        type_page.form.locator("[data-part=parameters]").get_by_label("store_id").fill(mark)
        type_page.publish()

        event = arrived(subscriber, type_page, event_type="registration_success")
        assert event["data"]["store_id"] == mark
        assert "unregistered" not in event
