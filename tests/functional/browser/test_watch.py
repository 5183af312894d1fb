"""The watch over the pages notices what it is there for; without this, the other tests could not fail by it."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.functional.browser.conftest import Watch, watched_page
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def unchecked(context: BrowserContext, watch: Watch, server: Server) -> Page:
    page = watched_page(context, watch)
    page.goto(f"{server.url}accounts/login/")
    assert watch.foreign == watch.complaints == []
    return page


class TestWatch:
    def test_sees_an_inline_style(self, unchecked: Page, watch: Watch) -> None:
        with unchecked.expect_console_message(lambda message: "CSP style-src" in message.text) as told:
            unchecked.evaluate("document.querySelector('h1').outerHTML = `<h1 style='color: red'>red</h1>`")

        assert told.value.text in watch.complaints

    def test_sees_an_inline_script(self, unchecked: Page, watch: Watch) -> None:
        with unchecked.expect_console_message(lambda message: "CSP script-src" in message.text) as told:
            unchecked.evaluate(
                "document.head.append(Object.assign(document.createElement('script'), { textContent: '1' }))"
            )

        assert told.value.text in watch.complaints

    def test_sees_a_request_to_another_host(self, unchecked: Page, watch: Watch) -> None:
        with unchecked.expect_request("http://127.0.0.2:9/"):
            unchecked.evaluate("location.href = 'http://127.0.0.2:9/'")

        assert watch.foreign == ["http://127.0.0.2:9/"]

    def test_sees_an_uncaught_error(self, unchecked: Page, watch: Watch) -> None:
        with unchecked.expect_event("pageerror"):
            unchecked.evaluate("setTimeout(() => { throw new Error('of the page'); })")

        assert watch.complaints == ["uncaught: of the page"]
