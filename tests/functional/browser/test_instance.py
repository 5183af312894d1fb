"""Following an instance live, as a person does."""

import re
from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.functional.browser.conftest import Publish
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser


class Follower:
    """The page of an instance, with a pattern followed on it."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self._site = server.url
        self.rows = page.locator("button.row")
        self.notices = page.locator("li.notice")
        self.state = page.locator("#state")
        self.pattern = page.get_by_label("Pattern")

    def open(self, instance: str, pattern: str = "*") -> None:
        self.page.goto(f"{self._site}instances/{instance}/?pattern={pattern}")
        self.is_following(pattern)

    def is_following(self, pattern: str) -> None:
        expect(self.state).to_have_text("Live")
        expect(self.page.locator("#empty")).to_contain_text(f"Following {pattern} since")

    def follow(self, pattern: str) -> None:
        self.pattern.fill(pattern)
        self.page.get_by_role("button", name="Follow", exact=True).click()

    def row(self, text: str) -> Locator:
        return self.rows.filter(has_text=text)


@pytest.fixture
def follower(page: Page, server: Server) -> Follower:
    return Follower(page, server)


@pytest.fixture
def mark() -> str:
    """Give a word that no other test's events carry."""
    return f"m{uuid4().hex[:12]}"


class TestFollowing:
    def test_shows_an_event_that_was_published_over_http(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", "subscription_health:*")

        [accepted] = publish(
            "health",
            f"subscription_health:prod:{mark}",
            "registration_success",
            data={"severity": "warning", "n": 7},
        )

        row = follower.row(mark)
        expect(row).to_have_count(1)
        expect(row.locator(".topic")).to_have_text(f"subscription_health:prod:{mark}")
        expect(row.locator(".type")).to_have_text("registration_success")
        expect(row.locator(".severity")).to_have_text("warning")
        expect(row.locator(".offset")).to_have_text(f"#{accepted['offset']}")
        expect(row.locator(".data")).to_have_text('{"severity":"warning","n":7}')
        expect(row.locator(".publisher")).not_to_be_empty()

    def test_tells_the_time_where_the_reader_is_and_in_utc(
        self, follower: Follower, publish: Publish, mark: str
    ) -> None:
        follower.open("health")

        publish("health", f"process_health:{mark}", timestamp=1672531200000)

        time = follower.row(mark).locator("time")
        received = datetime.fromisoformat(str(time.get_attribute("datetime")))
        local = received.astimezone(ZoneInfo("Europe/Brussels"))
        expect(time).to_have_text(f"{local:%H:%M:%S}.{local.microsecond // 1000:03}")
        utc = received.astimezone(UTC)
        expect(time).to_have_attribute("title", re.compile(f"received {utc:%Y-%m-%d %H:%M:%S}"))
        expect(time).to_have_attribute("title", re.compile("happened 2023-01-01 00:00:00.000 UTC"))

    def test_shows_the_newest_first(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")

        for event_type in ("first", "second", "third"):
            publish("health", f"process_health:{mark}", event_type)

        expect(follower.rows.locator(".type")).to_have_text(["third", "second", "first"])

    def test_leaves_out_what_the_pattern_does_not_match(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", "*")
        publish("health", f"process_health:{mark}", "before")
        expect(follower.row("before")).to_have_count(1)

        follower.follow("subscription_health:*:users")
        follower.is_following("subscription_health:*:users")
        expect(follower.rows).to_have_count(0)
        publish("health", f"subscription_health:{mark}:orders", "other")
        publish("health", f"process_health:{mark}", "other")
        publish("health", f"subscription_health:{mark}:users", "wanted")

        expect(follower.row(mark).locator(".type")).to_have_text(["wanted"])

    def test_takes_a_family_with_one_click(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health")

        follower.page.get_by_role("button", name="process_health:{component}").click()

        follower.is_following("process_health:*")
        expect(follower.pattern).to_have_value("process_health:*")
        expect(follower.page).to_have_url(re.compile(r"\?pattern=process_health"))

    def test_keeps_text_from_outside_as_text(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health")

        publish("health", f"process_health:{mark}", data={"said": "<img src=x onerror=alert(1)><b>bold</b>"})

        expect(follower.row(mark).locator(".data")).to_contain_text("<img src=x onerror=alert(1)>")
        expect(follower.page.locator("#events img, #events b")).to_have_count(0)


class TestBadPattern:
    def test_is_explained_by_the_hub_and_leaves_the_old_one_followed(
        self, follower: Follower, publish: Publish, mark: str
    ) -> None:
        follower.open("health", "process_health:*")

        follower.follow("sub*:x")

        error = follower.page.locator("#pattern-error")
        expect(error).to_contain_text("a '*' must be a whole segment")
        expect(follower.pattern).to_have_attribute("aria-invalid", "true")
        publish("health", f"process_health:{mark}")
        expect(follower.row(mark)).to_have_count(1)

        follower.follow("subscription_health:*")
        expect(error).to_be_hidden()
        expect(follower.pattern).to_have_attribute("aria-invalid", "false")

    def test_in_the_address_is_explained_too(self, follower: Follower, server: Server) -> None:
        follower.page.goto(f"{server.url}instances/health/?pattern=a::b")

        expect(follower.page.locator("#pattern-error")).to_contain_text("segment 2 is empty")
        expect(follower.page.locator("#empty")).to_contain_text("Nothing is followed.")


class TestPause:
    def test_holds_rows_back_until_it_ends(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", "before")
        expect(follower.rows).to_have_count(1)

        follower.page.get_by_role("button", name="Pause").click()
        publish("health", f"process_health:{mark}", "during", count=3)
        expect(follower.page.locator("#waiting")).to_contain_text("paused, 3 waiting")
        expect(follower.rows).to_have_count(1)

        follower.page.get_by_role("button", name="Resume").click()
        expect(follower.rows).to_have_count(4)
        expect(follower.page.locator("#waiting")).to_be_hidden()

    def test_tells_what_it_could_not_keep(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        follower.page.get_by_role("button", name="Pause").click()

        publish("metrics", f"performance_metrics:{mark}", count=620)

        expect(follower.page.locator("#waiting")).to_contain_text("499 waiting, 121 not kept")
        follower.page.get_by_role("button", name="Resume").click()
        expect(follower.notices).to_have_text("Resumed. Of the pause's events, the first 121 were not kept.")
        expect(follower.rows).to_have_count(499)


class TestList:
    def test_keeps_five_hundred_rows_and_counts_all(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")

        accepted = publish("metrics", f"performance_metrics:{mark}", count=900)

        expect(follower.page.locator("#count")).to_contain_text("900 events, the newest 500 kept")
        expect(follower.rows).to_have_count(500)
        expect(follower.rows.first.locator(".offset")).to_have_text(f"#{accepted[-1]['offset']}")

    def test_is_emptied_by_clear(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", count=2)
        expect(follower.rows).to_have_count(2)

        follower.page.get_by_role("button", name="Clear").click()

        expect(follower.rows).to_have_count(0)
        expect(follower.page.locator("#count")).to_have_text("0 events")

    def test_stays_where_the_reader_scrolled_to(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        publish("metrics", f"performance_metrics:{mark}", "old", count=100)
        expect(follower.rows).to_have_count(100)
        follower.rows.nth(50).scroll_into_view_if_needed()
        seen = follower.rows.nth(50).bounding_box()

        publish("metrics", f"performance_metrics:{mark}", "new", count=20)

        expect(follower.rows).to_have_count(120)
        assert seen is not None
        assert follower.rows.nth(70).bounding_box() == pytest.approx(seen)


class TestOpenEvent:
    def test_is_whole_with_its_numbers_as_they_were_sent(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        [accepted] = publish(
            "health", f"process_health:{mark}", data={"exact": 12345678901234567890}, metadata={"a": 1}
        )

        follower.row(mark).click()

        shown = follower.page.locator("#inspector-json")
        expect(shown).to_contain_text('"exact": 12345678901234567890')
        expect(shown).to_contain_text(f'"id": "{accepted["id"]}"')
        expect(shown).to_contain_text('"a": 1')
        expect(follower.row(mark).locator(".data")).to_have_text('{"exact":12345678901234567890}')

    def test_opens_and_closes_by_keyboard(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        for event_type in ("first", "second", "third"):
            publish("health", f"process_health:{mark}", event_type)
        expect(follower.rows).to_have_count(3)
        inspector = follower.page.locator("#inspector")

        follower.page.get_by_role("button", name="Clear").focus()
        for key in ("Tab", "ArrowDown", "Enter"):
            follower.page.keyboard.press(key)
        expect(inspector.get_by_role("heading")).to_have_text("second")
        expect(inspector.get_by_role("heading")).to_be_focused()

        follower.page.keyboard.press("Escape")
        expect(inspector).to_be_hidden()
        expect(follower.rows.nth(1)).to_be_focused()

    def test_stays_open_while_the_list_moves_on(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        publish("metrics", f"performance_metrics:{mark}", "opened")
        follower.row("opened").click()

        publish("metrics", f"performance_metrics:{mark}", "later", count=600)

        expect(follower.row("opened")).to_have_count(0)
        expect(follower.page.locator("#inspector").get_by_role("heading")).to_have_text("opened")

    def test_offers_its_topic_as_the_pattern(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health")
        publish("health", f"process_health:{mark}")
        follower.row(mark).click()

        follower.page.locator("#inspector").get_by_role("button", name=f"process_health:{mark}").click()

        follower.is_following(f"process_health:{mark}")


class Line:
    """The WebSocket between page and server, which a test can cut and into which it can speak."""

    def __init__(self, page: Page) -> None:
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/ws/v1/", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        self.sockets.append(socket)

    @property
    def newest(self) -> WebSocketRoute:
        return self.sockets[-1]


@pytest.fixture
def line(page: Page) -> Line:
    return Line(page)


class TestLostConnection:
    def test_is_told_and_mended_with_a_row_about_it(
        self, line: Line, follower: Follower, publish: Publish, mark: str
    ) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", "before")
        expect(follower.rows).to_have_count(1)

        line.newest.close(code=4008, reason="too slow")

        expect(follower.notices).to_have_text(
            re.compile(r"Reconnected after \d+ s\. Nothing was published in between\.")
        )
        expect(follower.state).to_have_text("Live")
        publish("health", f"process_health:{mark}", "after")
        expect(follower.rows.locator(".type")).to_have_text(["after", "before"])

    def test_says_that_events_may_be_missing(self, line: Line, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        line.newest.send('{"bye": {"code": 4001, "reason": "draining", "retry_after_ms": 60000}}')
        line.newest.close(code=4001, reason="draining")
        expect(follower.state).to_have_text("Offline")
        expect(follower.page.locator("#detail")).to_contain_text("Trying again in")

        publish("health", f"process_health:{mark}", "meanwhile", count=5)
        follower.page.get_by_role("button", name="Try now").click()

        expect(follower.notices).to_have_text(
            re.compile(r"Reconnected after \d+ s\. Up to 5 events published in between may be missing here\.")
        )

    def test_by_an_operator_is_final_until_the_reader_asks(self, line: Line, follower: Follower) -> None:
        follower.open("health")

        line.newest.close(code=4503, reason="disconnected by an operator")

        expect(follower.state).to_have_text("Offline")
        expect(follower.page.locator("#detail")).to_have_text(
            "The hub closed this connection: disconnected by an operator (4503)."
        )
        follower.page.get_by_role("button", name="Connect again").click()
        expect(follower.state).to_have_text("Live")

    def test_by_a_session_that_ended_offers_the_log_in(self, line: Line, follower: Follower) -> None:
        follower.open("health", "process_health:*")
        follower.page.context.clear_cookies()

        line.newest.close(code=4000)

        expect(follower.page.locator("#detail")).to_contain_text("Your log-in has ended.")
        expect(follower.page.get_by_role("link", name="Log in again")).to_have_attribute(
            "href", re.compile(r"/accounts/login/\?next=%2Finstances%2Fhealth%2F%3Fpattern%3D")
        )


class TestGap:
    def test_has_a_row_of_its_own(self, line: Line, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", "process_health:*")

        line.newest.send(
            '{"gap": {"stream": "health.process_health", "epoch": "e", "from": 71, "to": 131, "next": "e:131",'
            ' "lost": 12, "reason": "slow"}}'
        )

        expect(follower.notices).to_have_text(
            "Gap: #71 to #131 of health.process_health did not reach this page (12 events of this pattern)."
            " Reason: slow."
        )


class TestWidth:
    @pytest.mark.parametrize("width", [360, 768, 1440])
    def test_is_never_exceeded(self, follower: Follower, publish: Publish, mark: str, width: int) -> None:
        follower.page.set_viewport_size({"width": width, "height": 800})
        follower.open("health")
        publish("health", f"process_health:{mark}:{'x' * 100}", data={"long": "y" * 500})
        expect(follower.row(mark)).to_have_count(1)

        assert follower.page.evaluate("document.documentElement.scrollWidth") <= width
