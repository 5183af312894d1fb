"""A console as a person uses it."""

from typing import Any, Final

from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.functional.conftest import Server

TALL: Final[ViewportSize] = {"width": 1280, "height": 5_000}
"""A window in which some 150 rows are drawn at once."""
TURN: Final = """(state) => {
  for (const [name, value] of [["hidden", state === "hidden"], ["visibilityState", state]]) {
    Object.defineProperty(document, name, { configurable: true, get: () => value });
  }
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def happened(topic: str, mark: str, number: int = 0) -> dict[str, Any]:
    """Make an event of a type that nobody has registered, which a console can be narrowed to by its mark."""
    return {"topic": topic, "event_type": "seen_by_a_test", "data": {"mark": f"{mark} {number}"}}


class ConsolePage:
    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self._site = server.url
        self.rows = page.locator("button.row:not([data-kind])")
        self.notices = page.locator("button.row[data-kind] .notice")
        self.state = page.locator("#state")
        self.count = page.locator("#count")
        self.chips = page.locator("#chips button")
        self.inspector = page.locator("#inspector")
        self.text = page.get_by_label("Text", exact=True)

    def open(self, name: str, query: str = "") -> None:
        self.page.goto(f"{self._site}consoles/{name}/{query}")

    def follow(self, name: str, query: str = "") -> None:
        """Open it, and wait until it is live."""
        self.open(name, query)
        expect(self.state).to_have_text("Live", timeout=30_000)

    def row(self, text: str) -> Locator:
        return self.rows.filter(has_text=text)

    def panel(self, title: str) -> Locator:
        return self.page.locator(".panel").filter(has=self.page.get_by_role("heading", name=title, exact=True))

    def fact(self, name: str) -> Locator:
        """Return what the open event says under that name."""
        return self.inspector.locator(f"dt:text-is('{name}') + dd")

    def turn(self, state: str) -> None:
        """Have the page be `hidden`, or `visible` again, as a tab behind another one is."""
        self.page.evaluate(TURN, state)

    def ids(self, count: int) -> list[str]:
        """Wait until the timeline has so many rows, in a window that shows them all, and return their events' ids."""
        self.page.set_viewport_size(TALL)
        expect(self.rows.last).to_have_attribute("aria-controls", "inspector")
        expect(self.rows).to_have_count(count, timeout=30_000)
        found: list[str] = self.page.locator(".events li").evaluate_all(
            "(items) => items.map((item) => item.dataset.id).filter(Boolean)"
        )
        return found

    def shows_once(self, ids: list[str]) -> None:
        """Wait until the timeline shows each of these events, in a window that shows all it has; each has one row."""
        self.page.set_viewport_size(TALL)
        self.page.wait_for_function(
            """(ids) => {
                const shown = [...document.querySelectorAll(".events li")].map((item) => item.dataset.id);
                return ids.every((id) => shown.filter((each) => each === id).length === 1);
            }""",
            arg=ids,
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
