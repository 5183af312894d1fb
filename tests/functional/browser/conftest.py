"""A real Chromium on the pages of a real server, watched for everything that a page must not do."""

import json
import urllib.request
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    StorageState,
    sync_playwright,
)

from tests.functional.browser.follower import Follower, Line
from tests.functional.browser.script import Script
from tests.functional.browser.tabs import Observer, Tab
from tests.functional.conftest import Server

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WORLD = Path(__file__).with_name("world.js")
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (violation) => {
  console.error(`CSP ${violation.effectiveDirective} ${violation.blockedURI}`);
});
"""


@dataclass
class Watch:
    """What a page did that no page of the hub may do."""

    site: str
    """The hub's own address, with a slash at its end; a request to any other is foreign."""
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of the complaints that a test brings about on purpose."""

    def expect(self, *complaints: str) -> None:
        self.expected += complaints

    def check(self, page: Page) -> None:
        """Fail if the page left the hub, broke the policy or complained."""
        # A violation is told in a task of its own, which one more round through the page lets happen.
        page.evaluate("new Promise((resolve) => setTimeout(resolve))")
        assert self.foreign == []
        assert self.complaints == []

    def on_request(self, request: Request) -> None:
        if not request.url.startswith(self.site):
            self.foreign.append(request.url)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.complaints.append(message.text)

    def on_page_error(self, error: Exception) -> None:
        self.complaints.append(f"uncaught: {error}")


class Chromium:
    """One browser for all modules of tests that drive one, as long as they follow each other.

    Playwright keeps an event loop running on this thread while it is started, which Django and asynchronous tests can't
    bear; so it is stopped again before another module's tests.
    """

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def open(self, path: str) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self.close()
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        return self._browser

    def close(self) -> None:
        if self._browser is not None:
            self._browser.close()
        if self._playwright is not None:
            self._playwright.stop()
        self._playwright = self._browser = None


CHROMIUM = Chromium()
HERE = Path(__file__).parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Close the browser where the next test is none of a page, once everything that was opened in it is closed."""
    torn_down = yield
    if nextitem is None or HERE not in nextitem.path.parents:
        CHROMIUM.close()
    return torn_down


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Browser:
    """Give the browser, for the tests of one module to open contexts in, which they close."""
    return CHROMIUM.open(chromium_path)


def watched_context(browser: Browser, cookies: StorageState | None = None) -> BrowserContext:
    """Open a context in which pages tell violations of their policy."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Brussels", storage_state=cookies)
    context.add_init_script(TELL_VIOLATIONS)
    context.add_init_script(path=WORLD)
    return context


def watched_page(context: BrowserContext, watch: Watch) -> Page:
    """Open a page of which the watch notes what it must not do."""
    page = context.new_page()
    page.on("request", watch.on_request)
    page.on("console", watch.on_console)
    page.on("pageerror", watch.on_page_error)
    return page


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give a browser context without cookies."""
    context = watched_context(browser)
    yield context
    context.close()


@pytest.fixture
def watch(server: Server) -> Watch:
    """Give the watch over the test's page."""
    return Watch(server.url)


@pytest.fixture
def visitor(context: BrowserContext, watch: Watch) -> Iterator[Page]:
    """Give a page on which nobody is logged in; the test fails by what the watch has noted."""
    page = watched_page(context, watch)
    yield page
    watch.check(page)


def log_in(page: Page, server: Server) -> None:
    """Fill in the log-in form that the page shows."""
    page.get_by_label("User name").fill(server.operator.name)
    page.get_by_label("Password").fill(server.operator.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


@pytest.fixture(scope="module")
def operators_cookies(browser: Browser, server: Server) -> StorageState:
    """Give the cookies of an operator who has logged in, once for the tests of one module."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url)
    log_in(page, server)
    cookies = context.storage_state()
    context.close()
    return cookies


@pytest.fixture(scope="module")
def operators_context(browser: Browser, operators_cookies: StorageState) -> Iterator[BrowserContext]:
    """Give the context of the pages of one module: what one test has fetched the next has in its cache."""
    context = watched_context(browser, operators_cookies)
    yield context
    context.close()


@pytest.fixture
def page(operators_context: BrowserContext, operators_cookies: StorageState, watch: Watch) -> Iterator[Page]:
    """Give an empty page with which the operator is logged in; watched like a visitor's."""
    page = watched_page(operators_context, watch)
    yield page
    watch.check(page)
    for each in operators_context.pages:
        each.close()
    # The next test's page begins as if it were the first one.
    operators_context.set_offline(False)
    operators_context.clear_permissions()
    operators_context.clear_cookies()
    operators_context.add_cookies(operators_cookies["cookies"])  # type: ignore[arg-type]  # They came from there.


def sent_bytes(page: Page) -> list[int]:
    """Return the size of each script and style that the page was sent, compressed as it was."""
    sizes: list[int] = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => /\\.(js|css)$/.test(name))"
        ".map(({ encodedBodySize }) => encodedBodySize)"
    )
    return sizes


Publish = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def door(server: Server) -> Server:
    """Give the process that takes events in: the one that serves the pages, unless a module has two."""
    return server


@pytest.fixture
def publish(door: Server) -> Publish:
    """Give a function that publishes the same event `count` times over HTTP, in one batch."""

    def publish(
        instance: str, topic: str, event_type: str = "seen", *, count: int = 1, **more: Any
    ) -> list[dict[str, Any]]:
        body = json.dumps([{"topic": topic, "event_type": event_type, **more}] * count).encode()
        headers = {"Authorization": f"Bearer {door.token}", "Content-Type": "application/json"}
        address = f"{door.url.rstrip('/')}/api/v1/instances/{instance}/events/"
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=10) as answer:
            accepted: list[dict[str, Any]] = json.load(answer)["events"]
        return accepted

    return publish


@pytest.fixture(scope="module")
def bare_page(browser: Browser, server: Server) -> Iterator[tuple[Page, Watch]]:
    """Give one page of the hub's origin for the tests of one module: each has a world of its own on it."""
    context, watch = watched_context(browser), Watch(server.url)
    page = watched_page(context, watch)
    page.goto(f"{server.url}accounts/login/")
    yield page, watch
    context.close()


@pytest.fixture
def script(bare_page: tuple[Page, Watch]) -> Iterator[Script]:
    page, watch = bare_page
    yield Script(page)
    watch.check(page)


@pytest.fixture
def registry() -> list[dict[str, Any]]:
    """Give the rows that the types endpoint answers with on the test's page; a test may add to them."""
    return []


@pytest.fixture
def line(page: Page) -> Line:
    return Line(page)


@pytest.fixture
def follower(page: Page, server: Server, registry: list[dict[str, Any]]) -> Follower:
    page.route("**/api/v1/instances/*/types/", lambda route: route.fulfill(json={"results": registry}))
    return Follower(page, server)


@pytest.fixture
def mark() -> str:
    """Give a word that no other test's events carry."""
    return f"m{uuid4().hex[:12]}"


OpenTab = Callable[[], Tab]


@pytest.fixture
def open_tab(browser: Browser, operators_cookies: StorageState, server: Server) -> Iterator[OpenTab]:
    """Give a function that opens one more tab of a browser in which the operator is logged in."""
    context = watched_context(browser, operators_cookies)
    tabs: list[Tab] = []

    def open_tab() -> Tab:
        tabs.append(Tab(context, server))
        return tabs[-1]

    yield open_tab
    assert [tab.complaints for tab in tabs if tab.complaints] == []
    context.close()


@pytest.fixture
def observer(server: Server, mark: str) -> Iterator[Observer]:
    """Give what the server says of subscriptions to this test's topics."""
    observer = Observer(server, mark)
    yield observer
    observer.close()
