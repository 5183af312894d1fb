"""The list of an instance's page: its rows in view, its pause, its filter."""

import re

import pytest
from playwright.sync_api import expect

from tests.functional.browser.conftest import Publish
from tests.functional.browser.follower import Follower

pytestmark = pytest.mark.browser


class TestList:
    def test_draws_only_the_rows_in_view_and_counts_all(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")

        accepted = publish("metrics", f"performance_metrics:{mark}", count=900)

        expect(follower.count).to_have_text("900 events")
        expect(follower.rows.first.locator(".offset")).to_have_text(f"#{accepted[-1]['offset']}")
        assert follower.rows.count() < 60
        item = follower.page.locator("#events li").first
        expect(item).to_have_attribute("aria-setsize", "900")
        expect(item).to_have_attribute("aria-posinset", "1")
        follower.region.evaluate("(region) => region.scrollTop = region.scrollHeight")
        expect(follower.rows.last.locator(".offset")).to_have_text(f"#{accepted[0]['offset']}")
        expect(follower.page.locator("#events li").last).to_have_attribute("aria-posinset", "900")

    def test_keeps_the_newest_six_thousand(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")

        accepted = [publish("metrics", f"performance_metrics:{mark}", count=1_000) for _ in range(7)][-1]

        expect(follower.count).to_have_text("7,000 events")
        expect(follower.shown).to_have_text("6,000 of 6,000 shown")
        follower.rows.first.focus()
        follower.press("End")
        expect(follower.rows.last.locator(".offset")).to_have_text(f"#{accepted[-1]['offset'] - 5_999}")

    def test_is_emptied_by_clear(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", count=2)
        expect(follower.rows).to_have_count(2)

        follower.button("Clear").click()

        expect(follower.rows).to_have_count(0)
        expect(follower.count).to_have_text("0 events")
        expect(follower.page.locator("#empty")).to_be_visible()

    def test_stays_where_the_reader_scrolled_to(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        accepted = publish("metrics", f"performance_metrics:{mark}", "old", count=200)
        expect(follower.rows.first).to_be_visible()
        follower.region.evaluate("(region) => region.scrollTop = 1505")
        row = follower.row(f"#{accepted[140]['offset']}")
        seen = row.bounding_box()

        publish("metrics", f"performance_metrics:{mark}", "new", count=20)

        expect(follower.count).to_have_text("220 events")
        new = follower.page.locator("#unseen")
        expect(new).to_contain_text("20 new")
        assert seen is not None
        assert row.bounding_box() == pytest.approx(seen)
        new.click()
        expect(new).to_be_hidden()
        expect(follower.rows.first.locator(".type")).to_have_text("new")
        assert follower.topmost() == 1

    def test_is_walked_by_the_keyboard(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        publish("metrics", f"performance_metrics:{mark}", count=300)
        expect(follower.count).to_have_text("300 events")
        focused = follower.page.locator("#events li:focus-within")
        follower.page.locator("#topics summary").focus()
        follower.page.evaluate("document.querySelector('#topics').open = false")
        follower.press("Tab")

        places = []
        for key in ("ArrowDown", "ArrowDown", "ArrowUp", "End", "Home", "PageDown", "PageUp"):
            follower.press(key)
            places.append(int(str(focused.get_attribute("aria-posinset"))))
            expect(focused).to_be_in_viewport()

        assert places[:5] == [2, 3, 2, 300, 1]
        assert 5 < places[5] < 60
        assert places[6] == 1

    def test_keeps_the_keyboard_s_row_while_others_come(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        publish("metrics", f"performance_metrics:{mark}", count=100)
        publish("metrics", f"performance_metrics:{mark}", "mine")
        follower.row("mine").focus()

        publish("metrics", f"performance_metrics:{mark}", "other", count=500)

        expect(follower.count).to_have_text("601 events")
        expect(follower.page.locator("#events li:focus-within")).to_have_attribute("aria-posinset", "501")
        expect(follower.row("mine")).to_be_focused()
        expect(follower.row("mine")).to_be_in_viewport()

    @pytest.mark.parametrize(("width", "layout"), [(1440, "wide"), (1100, "medium"), (360, "narrow")])
    def test_has_rows_of_one_height_that_hold_what_they_show(
        self, follower: Follower, publish: Publish, mark: str, width: int, layout: str
    ) -> None:
        follower.page.set_viewport_size({"width": width, "height": 800})
        follower.open("health", f"process_health:{mark}")

        publish("health", f"process_health:{mark}", count=3, data={"severity": "error", "long": "y" * 500})

        expect(follower.rows).to_have_count(3)
        expect(follower.region).to_have_attribute("data-layout", layout)
        overflowing = follower.page.evaluate(
            """() => [...document.querySelectorAll("#events li")].filter((item) => {
                const parts = [item, ...item.querySelectorAll("span, time")];
                const [outer, ...inner] = parts.map((part) => part.getBoundingClientRect());
                return inner.some((box) => box.width && (box.bottom > outer.bottom + 1 || box.top < outer.top - 1));
            }).length"""
        )
        assert overflowing == 0


class TestPause:
    def test_holds_rows_back_until_it_ends(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", "before")
        expect(follower.rows).to_have_count(1)

        follower.button("Pause").click()
        for event_type in ("one", "two", "three"):
            publish("health", f"process_health:{mark}", event_type)
        expect(follower.page.locator("#waiting")).to_have_text("paused, 3 waiting")
        expect(follower.rows).to_have_count(1)

        follower.button("Go on").click()
        expect(follower.rows.locator(".type")).to_have_text(["three", "two", "one", "before"])
        expect(follower.page.locator("#waiting")).to_be_hidden()

    def test_tells_what_it_could_not_keep(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        publish("metrics", f"performance_metrics:{mark}", "before")
        expect(follower.rows).to_have_count(1)
        follower.button("Pause").click()

        kept = [publish("metrics", f"performance_metrics:{mark}", count=1_000) for _ in range(5)][-1]
        publish("metrics", f"performance_metrics:{mark}", count=121)

        expect(follower.page.locator("#waiting")).to_have_text("paused, 5,000 waiting, 121 not kept")
        expect(follower.page.locator("#pause-full")).to_be_visible()
        follower.button("Go on").click()
        publish("metrics", f"performance_metrics:{mark}", "after")
        expect(follower.notices).to_have_text("Here the pause was full: 121 events that came after it were not kept.")
        expect(follower.shown).to_have_text("5,002 of 5,002 shown")
        expect(follower.row("after")).to_have_count(1)
        texts = follower.page.locator("button.row").all_text_contents()
        assert "after" in texts[0]
        assert "Here the pause was full" in texts[1]
        assert f"#{kept[-1]['offset']}" in texts[2]


class TestFilter:
    @pytest.fixture
    def three(self, follower: Follower, publish: Publish, mark: str) -> str:
        """Give the mark of three events that came before any filter."""
        topic = f"process_health:{mark}"
        follower.open("health", topic)
        publish("health", topic, "checked", data={"severity": "info", "said": "All WELL"})
        publish("health", topic, "probe_failed", data={"severity": "error", "said": "refused"})
        publish("health", topic, "checked", data={"said": "nothing of severity"})
        expect(follower.rows).to_have_count(3)
        return topic

    def test_by_text_goes_over_what_is_here_and_what_comes(
        self, follower: Follower, publish: Publish, three: str
    ) -> None:
        follower.page.get_by_label("Text").fill("all well")

        expect(follower.shown).to_have_text("1 of 3 shown")
        expect(follower.rows).to_have_count(1)
        publish("health", three, data={"said": "nor this"})
        publish("health", three, data={"said": "again all well"})
        expect(follower.shown).to_have_text("2 of 5 shown")
        expect(follower.rows).to_have_count(2)

    def test_by_type_offers_those_that_came(self, follower: Follower, three: str) -> None:
        choice = follower.page.get_by_label("Type")
        expect(choice.locator("option")).to_have_text(["any", "checked", "probe_failed"])

        choice.select_option("probe_failed")

        expect(follower.rows.locator(".type")).to_have_text(["probe_failed"])

    def test_by_severity_takes_what_is_graver_too_and_the_unstated_as_info(
        self, follower: Follower, three: str
    ) -> None:
        choice = follower.page.get_by_label("Severity")

        choice.select_option("info")
        expect(follower.shown).to_have_text("3 of 3 shown")
        choice.select_option("warning")

        expect(follower.rows.locator(".severity")).to_have_text(["error"])

    def test_stands_in_the_address_and_comes_back_from_it(
        self, follower: Follower, publish: Publish, three: str
    ) -> None:
        follower.page.get_by_label("Text").fill("refused & more")
        follower.page.get_by_label("Type").select_option("probe_failed")
        follower.page.get_by_label("Severity").select_option("error")
        expect(follower.page).to_have_url(
            re.compile(re.escape(f"?pattern={three}&text=refused%20%26%20more&type=probe_failed&severity=error"))
        )

        follower.page.reload()

        expect(follower.page.get_by_label("Text")).to_have_value("refused & more")
        expect(follower.page.get_by_label("Type")).to_have_value("probe_failed")
        expect(follower.page.get_by_label("Severity")).to_have_value("error")
        follower.is_following(three)
        publish("health", three, "probe_failed", data={"severity": "info", "said": "refused & more"})
        publish("health", three, "probe_failed", data={"severity": "fatal", "said": "refused & more"})
        expect(follower.rows.locator(".severity")).to_have_text(["fatal"])

    def test_that_lets_nothing_pass_says_so_and_is_cleared(self, follower: Follower, three: str) -> None:
        follower.page.get_by_label("Text").fill("no such thing")
        expect(follower.page.locator("#filtered")).to_contain_text("No event passes the filter.")
        expect(follower.rows).to_have_count(0)

        follower.page.locator("#filtered-clear").click()

        expect(follower.rows).to_have_count(3)
        expect(follower.page.locator("#filtered")).to_be_hidden()
        expect(follower.page).to_have_url(re.compile(re.escape(f"?pattern={three}") + "$"))

    def test_is_told_to_a_screen_reader_once_it_has_changed(self, follower: Follower, three: str) -> None:
        follower.page.get_by_label("Severity").select_option("error")

        announced = follower.page.locator("#announcement")
        expect(announced).to_have_text("1 of 3 shown")
        expect(announced).to_have_attribute("role", "status")
