"""The page of an instance as a person uses it, and the line between it and the server, which a test can cut."""

from typing import Any

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.functional.conftest import Server

WITHOUT_SHARING = "delete globalThis.SharedWorker;"
"""Keeps the page's socket in the page, where a test can reach it."""


class Follower:
    """The page of an instance, with a pattern followed on it."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self._site = server.url
        self.rows = page.locator("button.row:not([data-kind])")
        self.notices = page.locator("button.row[data-kind] .notice")
        self.state = page.locator("#state")
        self.count = page.locator("#count")
        self.shown = page.locator("#shown")
        self.region = page.locator("#region")
        self.inspector = page.locator("#inspector")
        self.pattern = page.get_by_label("Pattern", exact=True)

    def open(self, instance: str, pattern: str = "*", more: str = "") -> None:
        self.page.goto(f"{self._site}instances/{instance}/?pattern={pattern}{more}")
        self.is_following(pattern)

    def is_following(self, pattern: str) -> None:
        expect(self.state).to_have_text("Live")
        expect(self.page.locator("#empty-what")).to_contain_text(f"Following {pattern} since")

    def follow(self, pattern: str) -> None:
        self.pattern.fill(pattern)
        self.page.get_by_role("button", name="Follow", exact=True).click()

    def row(self, text: str) -> Locator:
        return self.rows.filter(has_text=text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def topmost(self) -> int:
        """Return the place, from 1, of the first row that is whole in view below the columns' names."""
        place: int = self.page.evaluate(
            """() => {
                const head = document.querySelector("#region .columns").getBoundingClientRect().bottom;
                const below = (item) => item.getBoundingClientRect().top >= head - 1;
                return Number([...document.querySelectorAll("#events li")].find(below).ariaPosInSet);
            }"""
        )
        return place


class Line:
    """The WebSocket between page and server, which a test can cut and into which it can speak."""

    def __init__(self, page: Page) -> None:
        self.sockets: list[WebSocketRoute] = []
        page.add_init_script(WITHOUT_SHARING)
        page.route_web_socket("**/ws/v1/", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        self.sockets.append(socket)

    @property
    def newest(self) -> WebSocketRoute:
        return self.sockets[-1]


def field(path: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return what the types endpoint says of one field."""
    plain: dict[str, Any] = {"help": "", "required": False, "unit": None, "choices": None, "personal": False}
    return {"path": path, "type": kind, "severity": False} | plain | more


def event_type(name: str, *versions: dict[str, Any], current: int) -> dict[str, Any]:
    """Return one row of the types endpoint, as far as the page reads it."""
    return {
        "event_type": name,
        "title": "Component checked",
        "purpose": "A component has been looked at.",
        "current": current,
        "versions": [{"deprecated": None, "data": [], "metadata": []} | version for version in versions],
    }
