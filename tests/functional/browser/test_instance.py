"""Following an instance live, as a person does."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.functional.browser.conftest import Publish
from tests.functional.browser.follower import Follower
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser


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
        written = f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"
        expect(time).to_have_text(written)
        utc = received.astimezone(UTC)
        expect(time).to_have_attribute("title", re.compile(f"received {utc:%Y-%m-%d %H:%M:%S}"))
        expect(time).to_have_attribute("title", re.compile("happened 2023-01-01 00:00:00.000 UTC"))
        follower.row(mark).click()
        facts = follower.page.locator("#inspector-facts")
        expect(facts).to_contain_text(f"{written} here, {utc:%Y-%m-%d %H:%M:%S}")
        expect(facts).to_contain_text("01:00:00.000 here, 2023-01-01 00:00:00.000 UTC")

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

    def test_keeps_text_from_outside_as_text(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health")

        publish("health", f"process_health:{mark}", data={"said": "<img src=x onerror=alert(1)><b>bold</b>"})

        expect(follower.row(mark).locator(".data")).to_contain_text("<img src=x onerror=alert(1)>")
        follower.row(mark).click()
        expect(follower.page.locator("#inspector-tree")).to_contain_text("<img src=x onerror=alert(1)>")
        expect(follower.page.locator("#events img, #events b, #inspector img, #inspector b")).to_have_count(0)

    def test_leads_to_the_event_types(self, follower: Follower) -> None:
        follower.open("health")

        link = follower.page.get_by_role("main").get_by_role("link", name="Event types")

        expect(link).to_have_attribute("href", "/instances/health/types/")


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


class TestFamiliesAndTopics:
    def test_name_every_declared_family_before_anything_came(self, follower: Follower) -> None:
        follower.open("health")

        families = follower.page.locator("#families li")
        expect(families).to_have_count(4)
        expect(families.nth(2)).to_contain_text("process_health:{component}")
        expect(families.nth(2)).to_contain_text("not seen yet")
        expect(follower.page.locator("#topics-none")).to_be_visible()

    def test_tell_how_much_came_lately_and_when(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health")

        publish("health", f"process_health:{mark}", count=30)
        publish("health", f"undeclared_{mark}:x")

        topic = follower.page.locator("#topics-seen li").filter(has_text=f"process_health:{mark}")
        expect(topic.locator(".rate")).to_have_text("3/s")
        expect(topic.locator(".seen")).to_have_text(re.compile("now|s ago"))
        expect(follower.page.locator("#topics-seen li").first).to_contain_text(mark)
        undeclared = follower.page.locator("#families li[data-undeclared]").filter(has_text=mark)
        expect(undeclared.locator(".rate")).to_have_text("0.1/s")

    def test_are_followed_by_a_click(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health")
        publish("health", f"process_health:{mark}")

        follower.page.locator("#families").get_by_role("button", name="process_health:{component}").click()

        follower.is_following("process_health:*")
        expect(follower.pattern).to_have_value("process_health:*")
        expect(follower.page).to_have_url(re.compile(r"\?pattern=process_health:\*$"))
        pressed = follower.page.locator("#topics [aria-pressed=true]")
        expect(pressed).to_contain_text("process_health:{component}")
        publish("health", f"process_health:{mark}")
        follower.page.locator("#topics-seen").get_by_role("button", name=mark).click()
        follower.is_following(f"process_health:{mark}")
        expect(pressed).to_contain_text(mark)


class TestHelp:
    def test_stands_behind_every_figure_for_mouse_and_keyboard(self, follower: Follower) -> None:
        follower.open("health")

        for about in ("Live", "Events", "Events a second", "Pause", "Shown", "Rates of families", "Rates of topics"):
            follower.button(f"Help: {about}").focus()
            follower.press("Enter")
            text = follower.page.locator(".help-text:popover-open")
            expect(text).to_have_count(1)
            box = text.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 1280
            follower.press("Escape")
            expect(text).to_have_count(0)

    def test_opens_beside_its_button(self, follower: Follower) -> None:
        follower.open("health")
        button = follower.button("Help: Events")

        button.click()

        text = follower.page.locator(".help-text:popover-open").bounding_box()
        at = button.bounding_box()
        assert text is not None
        assert at is not None
        assert abs(text["x"] - at["x"]) < 2
        assert 0 <= text["y"] - (at["y"] + at["height"]) < 10


class TestWidth:
    @pytest.mark.parametrize("width", [360, 768, 1440])
    def test_is_never_exceeded(self, follower: Follower, publish: Publish, mark: str, width: int) -> None:
        follower.page.set_viewport_size({"width": width, "height": 800})
        follower.open("health")
        publish("health", f"process_health:{mark}:{'x' * 100}", "t" * 100, data={"long": "y" * 500, "z" * 200: 1})
        expect(follower.row(mark)).to_have_count(1)
        widest = "document.documentElement.scrollWidth"
        assert follower.page.evaluate(widest) <= width

        follower.row(mark).click()

        assert follower.page.evaluate(widest) <= width
        inspector = (
            "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('#inspector'))"
        )
        assert follower.page.evaluate(inspector) <= 0


class TestWithoutRight:
    def test_says_who_could_grant_it(self, page: Page, follower: Follower, server: Server) -> None:
        page.add_init_script("delete globalThis.SharedWorker")
        page.route_web_socket(
            "**/ws/v1/", lambda socket: socket.on_message(lambda text: socket.send(refusal(str(text))))
        )

        page.goto(f"{server.url}instances/health/")

        expect(page.locator("#empty")).to_contain_text("You have no right to follow this.")
        expect(page.locator("#pattern-error")).to_have_text("You may not follow health.")


def refusal(text: str) -> str:
    """Answer a page's frame as a hub would that greets it and lets it follow nothing."""
    number = re.search(r'"id":(\d+)', text)
    assert number is not None
    if '"connect"' in text:
        connected = '{"connection":"c_1","process":"p","ping":25,"max_message":131072,"max_subscriptions":128}'
        return f'{{"id":{number[1]},"connected":{connected}}}'
    if '"viewing"' in text:
        return f'{{"id":{number[1]},"viewing":{{"views":[],"passed_over":["instance:health"]}}}}'
    return f'{{"id":{number[1]},"error":{{"code":"forbidden","message":"You may not follow health.","retry":false}}}}'
