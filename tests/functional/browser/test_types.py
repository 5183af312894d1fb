"""The page of an instance's event types: looking a type up, and publishing a test event of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Watch, watched_context, watched_page
from tests.functional.browser.type_page import TypePage, arrived
from tests.functional.conftest import Server
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.browser


@pytest.fixture
def type_page(page: Page, server: Server) -> TypePage:
    return TypePage(page, server)


@pytest.fixture
def subscriber(server: Server) -> Iterator[Subscriber]:
    with Subscriber(server, token=server.token) as subscriber:
        yield subscriber


class TestPublishing:
    def test_fills_the_form_with_the_example_and_sends_it(
        self, type_page: TypePage, subscriber: Subscriber, mark: str
    ) -> None:
        subscriber.subscribe("health", f"subscription_health:{mark}:*")
        type_page.open("health", "registration_success")
        expect(type_page.field("registration_time", type_page.metadata)).to_have_value("2023-01-01T00:00")

        type_page.form.locator("[data-part=parameters]").get_by_label("store_id").fill(mark)
        expect(type_page.field("store_id")).to_have_value(mark)
        expect(type_page.form.locator("[data-part=topic]")).to_have_text(f"subscription_health:{mark}:user_projection")
        previewed = type_page.previewed()
        type_page.publish()

        event = arrived(subscriber, type_page, event_type="registration_success")
        assert event["topic"] == f"subscription_health:{mark}:user_projection"
        assert event["data"] == {"store_id": mark, "subscription_name": "user_projection"}
        assert event["metadata"]["registration_time"] == 1672531200000
        assert {key: event[key] for key in previewed} == previewed
        link = type_page.outcome.get_by_role("link", name="See it on the live page")
        expect(link).to_have_attribute("href", f"/instances/health/?pattern={event['topic']}&event={event['id']}")

    def test_takes_a_time_in_utc_and_numbers_of_any_length(
        self, type_page: TypePage, subscriber: Subscriber, mark: str
    ) -> None:
        subscriber.subscribe("metrics", f"performance_metrics:{mark}")
        type_page.open("metrics", "capacity_measured")

        type_page.form.locator("[data-part=parameters]").get_by_label("component").fill(mark)
        type_page.field("exhausted_at").fill("2030-05-06T07:08:09.012")
        type_page.field("growth_per_day").fill("-0.25")
        type_page.field("used").fill("12345678901234567891")
        type_page.field("unit").fill("")
        type_page.publish()

        event = arrived(subscriber, type_page, event_type="capacity_measured")
        assert event["data"] == {
            "resource": "storage",
            "used": 12345678901234567891,
            "limit": 500,
            "growth_per_day": -0.25,
            "exhausted_at": 1904281689012,
        }

    def test_sends_lists_of_objects_with_one_added_and_one_removed(
        self, type_page: TypePage, subscriber: Subscriber, mark: str
    ) -> None:
        subscriber.subscribe("diagnostics", "diagnostics:*")
        type_page.open("diagnostics", "slow_operation_traced")

        type_page.form.get_by_role("button", name="Add to steps").click()
        third = type_page.group("steps 3")
        expect(third).to_be_focused()
        type_page.field("name", third).fill(mark)
        type_page.field("duration_ms", third).fill("7")
        type_page.form.get_by_role("button", name="Remove steps 1", exact=True).click()
        type_page.publish()

        event = arrived(subscriber, type_page, event_type="slow_operation_traced")
        assert event["data"]["steps"] == [
            {"name": "render", "duration_ms": 95.2},
            {"name": mark, "duration_ms": 7},
        ]

    def test_sends_a_choice_and_lists_of_texts_after_asking_where_it_stays(
        self, type_page: TypePage, subscriber: Subscriber, mark: str
    ) -> None:
        subscriber.subscribe("audit", "*")
        type_page.open("audit", "compliance_assessed")
        expect(type_page.form.locator(".warning").first).to_contain_text("nobody can take it back")

        type_page.field("result").select_option("not_met")
        type_page.form.get_by_role("button", name="Add to findings").click()
        type_page.field("findings 2").fill(mark)
        dialog = type_page.page.get_by_role("dialog")
        type_page.publish()
        expect(dialog).to_contain_text("stays")
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()
        expect(type_page.outcome).to_be_empty()
        type_page.publish()
        dialog.get_by_role("button", name="Publish for good").click()

        event = arrived(subscriber, type_page, event_type="compliance_assessed")
        assert event["data"]["result"] == "not_met"
        assert event["data"]["findings"] == ["Reads of card data by batch jobs are not recorded.", mark]

    def test_sends_any_json_as_it_was_written(self, type_page: TypePage, subscriber: Subscriber, mark: str) -> None:
        subscriber.subscribe("events", "*")
        type_page.open("events", "stream_event_appended")

        type_page.field("payload").fill('{"a": [1, null, {"big": 12345678901234567890}]}')
        type_page.form.get_by_label("more data").fill(json.dumps({"mark": mark}))
        type_page.publish()

        event = arrived(subscriber, type_page, event_type="stream_event_appended")
        assert event["data"]["payload"] == {"a": [1, None, {"big": 12345678901234567890}]}
        assert event["data"]["mark"] == mark

    def test_sends_the_version_that_was_chosen_and_shows_the_hubs_warning(
        self, type_page: TypePage, subscriber: Subscriber, mark: str
    ) -> None:
        subscriber.subscribe("metrics", f"performance_metrics:{mark}")
        type_page.open("metrics", "latency_measured")
        expect(type_page.field("duration_ms")).to_be_visible()

        type_page.form.get_by_label("Version").select_option("1")
        expect(type_page.form.locator("[data-part=deprecated]")).to_contain_text("since 2026-11")
        expect(type_page.field("duration_ms")).to_have_count(0)
        type_page.field("duration_s").fill("1.5")
        type_page.form.locator("[data-part=parameters]").get_by_label("component").fill(mark)
        type_page.publish()

        event = arrived(subscriber, type_page, event_type="latency_measured")
        assert event["schema_version"] == 1
        assert event["data"]["duration_s"] == 1.5
        expect(type_page.outcome.locator(".warning")).to_contain_text("latency_measured, version 1, is deprecated")

    def test_can_be_done_with_the_keyboard_alone(
        self, page: Page, server: Server, type_page: TypePage, subscriber: Subscriber, mark: str
    ) -> None:
        subscriber.subscribe("metrics", f"performance_metrics:{mark}")
        page.goto(f"{server.url}instances/metrics/types/")
        page.get_by_label("Search the types").focus()
        page.keyboard.type("latency_measured")

        def tab_to(wanted: Locator) -> None:
            for _ in range(40):
                page.keyboard.press("Tab")
                if wanted.evaluate("(element) => element === document.activeElement"):
                    return
            pytest.fail(f"40 times Tab don't lead to {wanted}.")

        section = page.locator("details.type[data-type=latency_measured]")
        tab_to(section.locator("summary").first)
        page.keyboard.press("Enter")
        tab_to(section.get_by_role("button", name="Publish a test event"))
        page.keyboard.press("Enter")
        expect(type_page.form.get_by_label("Version")).to_be_focused()
        tab_to(type_page.form.get_by_label("component"))
        page.keyboard.press("Control+a")
        page.keyboard.type(mark)
        tab_to(type_page.form.get_by_role("button", name="Publish test event"))
        page.keyboard.press("Enter")

        arrived(subscriber, type_page, event_type="latency_measured")
        expect(type_page.form.get_by_role("button", name="Publish test event")).to_be_focused()


class TestMistakes:
    def test_are_told_at_their_fields_and_nothing_is_sent(self, type_page: TypePage) -> None:
        type_page.open("metrics", "latency_measured")
        sent: list[str] = []
        type_page.page.on("request", lambda request: sent.append(request.method))
        wrong = {"duration_ms": "", "percentile": "101", "samples": "1.5"}

        for name, value in wrong.items():
            type_page.field(name).fill(value)
        type_page.form.locator("[data-part=parameters]").get_by_label("component").fill("a b")
        type_page.publish()

        expect(type_page.problem).to_have_text("Nothing was sent. 4 fields need another look.")
        component = type_page.form.locator("[data-part=parameters]").get_by_label("component")
        expect(component).to_be_focused()
        expect(component).to_have_accessible_description(re.compile("Only A-Z"))
        said = {"duration_ms": "it is required", "percentile": "at most 100", "samples": "a whole number"}
        for name, message in said.items():
            field = type_page.field(name)
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_accessible_description(re.compile(message))
        expect(type_page.field("operation")).not_to_have_attribute("aria-invalid", "true")
        assert sent == []

    def test_in_json_are_told_at_the_field(self, type_page: TypePage) -> None:
        type_page.open("audit", "data_changed")

        type_page.field("before").fill("{no json")
        type_page.field("after").fill("[1]")
        type_page.publish()

        expect(type_page.field("before")).to_have_accessible_description(re.compile("This is no JSON"))
        expect(type_page.field("after")).to_have_accessible_description(re.compile("must be an object"))
        expect(type_page.page.get_by_role("dialog")).to_be_hidden()

    def test_that_the_hub_finds_are_told_at_the_field_it_names(self, type_page: TypePage, watch: Watch) -> None:
        watch.expect("400 (Bad Request)")
        type_page.open("metrics", "latency_measured")

        def without_bounds(body: dict[str, Any]) -> dict[str, Any]:
            # As if the type had been changed since the form was made.
            body["data"]["operation"] = 7
            return body

        type_page.page.route(
            "**/metrics/events/",
            lambda route: route.continue_(post_data=json.dumps(without_bounds(route.request.post_data_json))),
        )
        type_page.publish()

        expect(type_page.problem).to_contain_text("Nothing was published: the hub checked the event.")
        expect(type_page.field("operation")).to_be_focused()
        expect(type_page.field("operation")).to_have_accessible_description(
            re.compile(r"data\.operation is 7; it must be .*string")
        )
        expect(type_page.field("duration_ms")).not_to_have_attribute("aria-invalid", "true")

        type_page.page.unroute("**/metrics/events/")
        type_page.publish()
        expect(type_page.outcome).to_contain_text("Published.")
        expect(type_page.problem).to_be_hidden()
        expect(type_page.field("operation")).not_to_have_attribute("aria-invalid", "true")

    def test_start_again_from_the_example(self, type_page: TypePage) -> None:
        type_page.open("metrics", "latency_measured")
        before = type_page.previewed()

        type_page.field("duration_ms").fill("much")
        expect(type_page.form.locator("[data-part=incomplete]")).to_have_text(
            "1 field is not filled in right, and left out here."
        )
        type_page.form.get_by_role("button", name="Start again").click()

        expect(type_page.field("duration_ms")).to_have_value("41.7")
        assert type_page.previewed() == before

    def test_keep_text_from_outside_as_text(self, type_page: TypePage) -> None:
        type_page.open("metrics", "latency_measured")

        type_page.field("operation").fill("<img src=x onerror=alert(1)>")

        assert type_page.previewed()["data"]["operation"] == "<img src=x onerror=alert(1)>"
        expect(type_page.form.locator("img")).to_have_count(0)


class TestHubAway:
    def test_is_told_instead_of_a_form_which_comes_with_the_next_try(
        self, page: Page, server: Server, type_page: TypePage, watch: Watch
    ) -> None:
        watch.expect("Failed to load resource")
        page.goto(f"{server.url}instances/metrics/types/#latency_measured")
        page.route("**/api/v1/instances/metrics/types/", lambda route: route.abort())
        button = page.get_by_role("button", name="Publish a test event… of latency_measured")

        button.click()
        expect(page.get_by_role("alert").filter(has_text="There is no form")).to_contain_text("did not answer")
        page.unroute("**/api/v1/instances/metrics/types/")
        button.click()

        expect(type_page.form).to_be_visible()

    def test_leaves_the_outcome_open_and_says_where_to_look(self, type_page: TypePage, watch: Watch) -> None:
        watch.expect("Failed to load resource")
        type_page.open("metrics", "latency_measured")
        type_page.page.route("**/metrics/events/", lambda route: route.abort())

        type_page.publish()

        expect(type_page.problem).to_contain_text("it is not known whether the event was published")
        expect(type_page.problem.get_by_role("link")).to_have_attribute(
            "href", "/instances/metrics/?pattern=performance_metrics:order_api"
        )

    def test_names_the_log_in_when_that_has_ended(self, type_page: TypePage, watch: Watch) -> None:
        watch.expect("401 (Unauthorized)", "403 (Forbidden)")
        type_page.open("metrics", "latency_measured")
        type_page.page.context.clear_cookies()

        type_page.publish()

        expect(type_page.problem).to_contain_text("Nothing was published")
        expect(type_page.problem.get_by_role("link", name="Log in again")).to_have_attribute(
            "href", "/accounts/login/?next=%2Finstances%2Fmetrics%2Ftypes%2F%23latency_measured"
        )


class TestEverybody:
    @pytest.mark.parametrize(
        ("instance", "name", "scheme"),
        [
            ("metrics", "latency_measured", "light"),
            ("diagnostics", "slow_operation_traced", "dark"),
            ("audit", "data_changed", "light"),
        ],
    )
    def test_can_use_the_page_by_axes_rules(
        self,
        browser: Browser,
        operators_cookies: StorageState,
        server: Server,
        watch: Watch,
        scheme: Any,
        instance: str,
        name: str,
    ) -> None:
        context = watched_context(browser, operators_cookies)
        page = watched_page(context, watch)
        page.emulate_media(color_scheme=scheme)
        type_page = TypePage(page, server)
        type_page.open(instance, name)
        for field in type_page.form.locator("[aria-required=true]").all():
            if field.evaluate("(element) => element.localName") != "select":
                field.fill("")
        type_page.publish()

        findings = serious_findings(page)

        context.close()
        assert findings == []

    def test_needs_no_scrolling_sideways_and_sees_every_input_whole(self, type_page: TypePage) -> None:
        type_page.open("audit", "compliance_assessed")
        for width in (360, 768, 1440):
            type_page.page.set_viewport_size({"width": width, "height": 800})

            assert type_page.page.evaluate("document.documentElement.scrollWidth") == width
            cut = type_page.form.evaluate(
                """(form) => [...form.querySelectorAll("input, select, textarea, button, pre")]
                    .filter((each) => each.getBoundingClientRect().right > form.getBoundingClientRect().right)
                    .map((each) => each.outerHTML)"""
            )
            assert cut == []
