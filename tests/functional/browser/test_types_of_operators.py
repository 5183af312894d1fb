"""The form for a test event of a type that operators registered with whatever JSON Schema they wrote."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.functional.browser.type_page import TypePage, arrived
from tests.functional.conftest import Server
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.browser

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["fragile", "size"],
    "properties": {
        "fragile": {"type": "boolean", "description": "Whether it breaks."},
        "size": {"enum": [1, 2, 3], "description": "The size of its box."},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "A word or a number."},
        "route": {"type": "array", "items": {"enum": ["road", "rail", "sea"]}},
        "from": {"$ref": "#/$defs/place"},
    },
    "$defs": {
        "place": {
            "type": "object",
            "required": ["city"],
            "properties": {
                "city": {"type": "string", "maxLength": 20},
                "street": {"type": "string"},
                "within": {"$ref": "#/$defs/country"},
            },
        },
        "country": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
    },
}


@pytest.fixture(scope="module")
def registered(server: Server) -> str:
    """Give the name of a type that an operator has registered in `events`."""
    name = f"parcel_{uuid4().hex[:8]}"
    said = {"event_type": name, "title": "Parcel <b>sent</b>", "purpose": "A parcel left.", "data_schema": SCHEMA}
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    address = f"{server.url}api/v1/instances/events/types/"
    with urllib.request.urlopen(
        urllib.request.Request(address, json.dumps(said).encode(), headers), timeout=10
    ) as answer:
        assert answer.status == 201
    return name


@pytest.fixture
def type_page(page: Page, server: Server, registered: str) -> TypePage:
    type_page = TypePage(page, server)
    type_page.open("events", registered)
    return type_page


@pytest.fixture
def subscriber(server: Server) -> Iterator[Subscriber]:
    with Subscriber(server, token=server.token) as subscriber:
        yield subscriber


class TestTypeOfOperators:
    def test_is_marked_as_theirs_and_shown_as_text(self, type_page: TypePage) -> None:
        expect(type_page.section.locator("h2")).to_have_text("Parcel <b>sent</b>")
        expect(type_page.section.locator("summary").first).to_contain_text("operators' type")
        expect(type_page.section).to_contain_text("Operators of this hub registered this type.")

    def test_is_published_on_any_topic_with_choices_references_and_free_values(
        self, type_page: TypePage, subscriber: Subscriber, registered: str, mark: str
    ) -> None:
        subscriber.subscribe("events", f"parcels:{mark}")

        type_page.field("topic", type_page.form.locator("[data-part=parameters]")).fill(f"parcels:{mark}")
        type_page.field("fragile").select_option("false")
        type_page.field("size").select_option("3")
        type_page.field("either").fill('"word"')
        type_page.form.get_by_role("button", name="Add to route").click()
        type_page.field("route 2").select_option("sea")
        place = type_page.group("from")
        type_page.field("city", place).fill("Ghent")
        type_page.field("street", place).fill("")
        # What it requires isn't asked for as long as nothing of it is said.
        type_page.field("code", type_page.group("within")).fill("")
        type_page.publish()

        event = arrived(subscriber, type_page, event_type=registered)
        assert event["data"] == {
            "fragile": False,
            "size": 3,
            "either": "word",
            "route": ["road", "sea"],
            "from": {"city": "Ghent"},
        }

    def test_has_its_errors_of_bounds_told_by_the_hub_at_the_nested_field(
        self, type_page: TypePage, watch: Any
    ) -> None:
        watch.expect("400 (Bad Request)")
        city = type_page.field("city", type_page.group("from"))
        city.fill("a city with more than twenty letters")

        type_page.publish()

        expect(city).to_be_focused()
        expect(city).to_have_attribute("aria-invalid", "true")
        expect(type_page.problem).to_contain_text("Nothing was published: the hub checked the event.")
