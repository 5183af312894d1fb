"""Opening an event: the panel beside the list, its tree with the schema's help, copies and links."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from tests.functional.browser.conftest import Publish, Watch
from tests.functional.browser.follower import Follower, event_type, field
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser


def node(follower: Follower, name: str) -> Locator:
    """Return the tree's entry of that name."""
    return follower.page.locator(".node").filter(
        has=follower.page.locator(f":scope > .node-line > .key:text-is('{name}')")
    )


class TestOpenEvent:
    def test_is_whole_with_its_numbers_as_they_were_sent(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        [accepted] = publish(
            "health", f"process_health:{mark}", data={"exact": 12345678901234567890}, metadata={"a": 1}
        )

        follower.row(mark).click()

        expect(node(follower, "exact").locator(".value")).to_have_text("12345678901234567890")
        expect(node(follower, "a").locator(".value")).to_have_text("1")
        follower.button("JSON").click()
        shown = follower.page.locator("#inspector-json")
        expect(shown).to_contain_text('"exact": 12345678901234567890')
        expect(shown).to_contain_text(f'"id": "{accepted["id"]}"')
        expect(follower.row(mark).locator(".data")).to_have_text('{"exact":12345678901234567890}')

    def test_opens_and_closes_by_keyboard(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        for name in ("first", "second", "third"):
            publish("health", f"process_health:{mark}", name)
        expect(follower.rows).to_have_count(3)

        follower.row("third").focus()
        follower.press("ArrowDown", "Enter")
        expect(follower.inspector.get_by_role("heading")).to_have_text("second")
        expect(follower.inspector.get_by_role("heading")).to_be_focused()
        expect(follower.row("second")).to_have_attribute("aria-current", "true")

        follower.press("Escape")
        expect(follower.inspector).to_be_hidden()
        expect(follower.rows.nth(1)).to_be_focused()

    def test_stays_open_while_the_list_moves_on(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        publish("metrics", f"performance_metrics:{mark}", "opened")
        follower.row("opened").click()

        publish("metrics", f"performance_metrics:{mark}", "later", count=600)

        expect(follower.row("opened")).to_have_count(0)
        expect(follower.inspector.get_by_role("heading")).to_have_text("opened")

    def test_offers_its_topic_as_the_pattern(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health")
        publish("health", f"process_health:{mark}")
        follower.row(mark).click()

        follower.inspector.get_by_role("button", name=f"process_health:{mark}").click()

        follower.is_following(f"process_health:{mark}")

    def test_may_be_a_notice_which_is_explained(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("metrics", f"performance_metrics:{mark}")
        follower.button("Pause").click()
        waiting = follower.page.locator("#waiting")
        # 32 MiB and more: to a browser that is too slow for it, the hub gives up some of it.
        for _ in range(100):
            publish("metrics", f"performance_metrics:{mark}", data={"padding": "x" * 40_000}, count=20)
            if "not kept" in waiting.inner_text():
                break
        expect(waiting).to_contain_text("not kept")
        follower.button("Go on").click()

        follower.page.locator("button.row[data-kind=pause]").click()

        expect(follower.inspector.get_by_role("heading")).to_have_text("Full pause")
        expect(follower.inspector).to_contain_text("A pause keeps only so much.")


class TestTree:
    @pytest.fixture
    def opened(self, follower: Follower, publish: Publish, mark: str) -> Locator:
        """Give the tree of an open event."""
        follower.open("health", f"process_health:{mark}")
        data = {"deep": {"a": {"b": {"c": 1}}}, "none": None, "long": list(range(250)), "empty": {}}
        publish("health", f"process_health:{mark}", data=data)
        follower.row(mark).click()
        return follower.page.get_by_role("tree")

    def test_is_walked_by_the_keyboard(self, follower: Follower, opened: Locator) -> None:
        opened.get_by_role("treeitem").first.focus()
        name = follower.page.locator(".node:focus > .node-line > .key")

        follower.press("ArrowDown")
        expect(name).to_have_text("deep")
        follower.press("ArrowDown")
        expect(name).to_have_text("a")
        expect(node(follower, "a")).to_have_attribute("aria-expanded", "false")
        follower.press("ArrowRight", "ArrowRight")
        expect(name).to_have_text("b")
        expect(node(follower, "b")).to_have_attribute("aria-level", "4")
        follower.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
        expect(name).to_have_text("deep")
        expect(node(follower, "a")).to_have_attribute("aria-expanded", "false")
        follower.press("ArrowLeft")
        expect(node(follower, "deep")).to_have_attribute("aria-expanded", "false")
        follower.press("Enter", "End")
        expect(name).to_have_text("metadata")
        follower.press("Home")
        expect(name).to_have_text("data")

    def test_opens_and_closes_by_the_mouse(self, follower: Follower, opened: Locator) -> None:
        line = node(follower, "deep").locator(":scope > .node-line")

        line.click()
        expect(node(follower, "a")).to_be_hidden()
        line.click()
        expect(node(follower, "a")).to_be_visible()

    def test_draws_a_long_list_by_the_hundred(self, follower: Follower, opened: Locator) -> None:
        expect(node(follower, "long").get_by_role("treeitem", include_hidden=True)).to_have_count(0)

        node(follower, "long").locator(":scope > .node-line").click()

        entries = node(follower, "long").get_by_role("treeitem")
        expect(entries).to_have_count(101)
        entries.last.click()
        expect(entries).to_have_count(201)
        expect(entries.nth(100)).to_be_focused()
        entries.last.click()
        expect(entries).to_have_count(250)


DATA: Any = {"store": "s", "latency": 12, "level": "info", "who": "ada", "items": [{"at": 1672531200000}]}


class TestHelp:
    @pytest.fixture
    def described(self, registry: list[dict[str, Any]]) -> None:
        """Let the types endpoint know the event type `checked` in two versions."""
        fields = [
            field("store", "text", help="The store it belongs to.", required=True),
            field("latency", "integer", help="How long it took.", unit="ms"),
            field("level", "enum", choices=["info", "warning"]),
            field("who", "text", help="Who asked.", personal=True),
            field("items[].at", "timestamp", help="When it was done."),
        ]
        old = {"version": 1, "deprecated": "Use version 2.", "data": fields}
        registry.append(event_type("checked", old, {"version": 2, "data": fields}, current=2))

    def open(self, follower: Follower, publish: Publish, mark: str, name: str, version: int) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", name, data=DATA, schema_version=version)
        follower.row(mark).click()
        expect(node(follower, "store")).to_be_visible()

    def test_stands_beside_each_field(self, follower: Follower, publish: Publish, mark: str, described: None) -> None:
        self.open(follower, publish, mark, "checked", 2)

        expect(node(follower, "store")).to_contain_text("required")
        expect(node(follower, "store")).to_contain_text("The store it belongs to.")
        expect(node(follower, "latency").locator(".unit")).to_have_text("ms")
        expect(node(follower, "level")).to_contain_text("One of: info, warning.")
        expect(node(follower, "who").locator(".personal")).to_have_text("personal data")
        node(follower, "0").locator(":scope > .node-line").click()
        expect(node(follower, "at").locator(".note")).to_have_text("2023-01-01 00:00:00.000 UTC")
        expect(follower.page.locator("#inspector-marks")).to_contain_text("A component has been looked at.")
        expect(follower.page.locator("[data-mark='old version']")).to_have_count(0)

    def test_tells_that_a_version_is_old_and_deprecated(
        self, follower: Follower, publish: Publish, mark: str, described: None
    ) -> None:
        self.open(follower, publish, mark, "checked", 1)

        expect(follower.page.locator("[data-mark='old version']")).to_contain_text(
            "This is version 1, the newest is 2."
        )
        expect(follower.page.locator("[data-mark='deprecated']")).to_contain_text("Use version 2.")

    def test_is_missing_without_a_word_where_there_is_no_registry(
        self, follower: Follower, publish: Publish, mark: str, watch: Watch
    ) -> None:
        watch.expect("404 (Not Found)")
        follower.page.route("**/api/v1/instances/*/types/", lambda route: route.fulfill(status=404))

        with follower.page.expect_response("**/types/"):
            self.open(follower, publish, mark, "checked", 1)

        expect(follower.page.locator(".node-help")).to_have_count(0)
        expect(follower.page.locator("[data-mark='old version']")).to_have_count(0)

    def test_is_fetched_once(self, follower: Follower, publish: Publish, mark: str, described: None) -> None:
        fetched: list[str] = []
        follower.page.on("request", lambda request: fetched.append(request.url) if "/types/" in request.url else None)
        self.open(follower, publish, mark, "checked", 1)
        follower.press("Escape")
        follower.row(mark).click()

        expect(follower.page.locator("[data-mark='deprecated']")).to_be_visible()
        assert len(fetched) == 1


class TestCopy:
    @pytest.fixture
    def accepted(self, follower: Follower, publish: Publish, mark: str) -> dict[str, Any]:
        """Give what the hub said of the event that is open, on a page that may use the clipboard."""
        follower.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        follower.open("health")
        [accepted] = publish("health", f"process_health:{mark}", "seen", data={"n": 12345678901234567890})
        follower.row(mark).click()
        return accepted

    def clipboard(self, follower: Follower) -> str:
        return str(follower.page.evaluate("navigator.clipboard.readText()"))

    def test_as_json_is_the_event_with_its_numbers(self, follower: Follower, accepted: dict[str, Any]) -> None:
        follower.button("Copy as JSON").click()

        expect(follower.page.locator("#inspector-said")).to_have_text("Copied as JSON.")
        event = json.loads(self.clipboard(follower))
        assert event["id"] == accepted["id"]
        assert event["data"] == {"n": 12345678901234567890}

    def test_as_a_link_follows_the_topic_and_opens_the_event(
        self, follower: Follower, accepted: dict[str, Any], mark: str
    ) -> None:
        follower.button("Copy link").click()
        expect(follower.page.locator("#inspector-said")).to_have_text("Link copied.")
        link = self.clipboard(follower)
        assert link.endswith(f"/instances/health/?pattern=process_health:{mark}&event={accepted['id']}")

        follower.page.goto(link)

        follower.is_following(f"process_health:{mark}")
        expect(follower.inspector.get_by_role("heading")).to_have_text("seen")
        expect(follower.page.locator("#wanted")).to_be_hidden()
        expect(follower.page).to_have_url(re.compile(f"pattern=process_health:{mark}$"))

    def test_of_a_link_that_nobody_keeps_is_said_to_be_missing_until_it_comes(
        self, follower: Follower, server: Server, watch: Watch, publish: Publish, mark: str
    ) -> None:
        id = str(uuid4())
        watch.expect("404 (Not Found)")
        follower.page.goto(f"{server.url}instances/health/?pattern=process_health:{mark}&event={id}")

        wanted = follower.page.locator("#wanted")
        expect(wanted).to_contain_text(f"The event {id} of this link is not here")
        publish("health", f"process_health:{mark}", "seen", id=id)

        expect(follower.inspector.get_by_role("heading")).to_have_text("seen")
        expect(wanted).to_be_hidden()

    def test_works_without_the_clipboard_of_secure_origins(self, follower: Follower, accepted: dict[str, Any]) -> None:
        follower.page.evaluate(
            "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
        )

        follower.button("Copy as JSON").click()

        expect(follower.page.locator("#inspector-said")).to_have_text("Copied as JSON.")
        follower.page.evaluate("delete navigator.clipboard")
        assert json.loads(self.clipboard(follower))["id"] == accepted["id"]


class TestUnregisteredEvent:
    def test_is_marked_with_an_explanation(self, follower: Follower, publish: Publish, mark: str) -> None:
        follower.open("health", f"process_health:{mark}")
        publish("health", f"process_health:{mark}", f"made_up_{mark}")

        follower.row(mark).click()

        expect(follower.page.locator("[data-mark=unregistered]")).to_contain_text("is not registered in this instance")
        expect(follower.row(mark).locator(".type")).to_have_attribute(
            "title", re.compile("this type is not registered")
        )
