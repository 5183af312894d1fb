"""The page of an instance's event types as a person uses it."""

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from instances.catalog import find
from tests.functional.conftest import Server
from tests.functional.subscriber import Event, Subscriber


class TypePage:
    """The page of types, with one of them open, and its form."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self._site = server.url
        self.section = page.locator("details.type")
        self.form = page.locator("form.test")
        self.data = self.form.locator("[data-part=data]")
        self.metadata = self.form.locator("[data-part=metadata]")
        self.problem = self.form.locator("[data-part=problem]")
        self.outcome = self.form.locator("[data-part=outcome]")

    def open(self, instance: str, name: str) -> None:
        """Go to a type by its anchor, and open its form."""
        self.page.goto(f"{self._site}instances/{instance}/types/#{name}")
        self.section = self.page.locator(f"details.type[data-type='{name}']")
        self.section.get_by_role("button", name="Publish a test event").click()
        expect(self.form).to_be_visible()

    def group(self, name: str) -> Locator:
        """Return the fieldset of that name."""
        return self.form.get_by_role("group", name=name, exact=True)

    def field(self, name: str, within: Locator | None = None) -> Locator:
        """Return the input whose label begins with the name."""
        place = self.data if within is None else within
        return place.get_by_label(re.compile(rf"^{re.escape(name)}( (required|personal|severity))*$"))

    def publish(self) -> None:
        self.form.get_by_role("button", name="Publish test event").click()

    def previewed(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.form.locator("[data-part=preview]").inner_text())
        return event


def arrived(subscriber: Subscriber, type_page: TypePage, **fields: object) -> Event:
    """Wait for the test event, and see that the receipt tells of this very one."""
    event = subscriber.expect_event(**fields)
    assert event["metadata"]["test"] is True
    expect(type_page.outcome).to_contain_text("Published.")
    expect(type_page.outcome).to_contain_text(event["stream"])
    # The journal's events are on record before they have a place.
    journaled = find(event["instance"]).delivery.journaled
    expect(type_page.outcome).to_contain_text("given in a moment" if journaled else f"#{event['offset']}")
    expect(type_page.outcome).to_contain_text(event["id"])
    return event
