"""A token made on the overview, for who may."""

import json
import re
import subprocess

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.functional.browser.conftest import Watch, watched_context, watched_page
from tests.functional.browser.test_overview import live
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser

READER = ("vera", "a-long-password-of-vera")
"""Somebody who follows the pages and may change nothing."""

MAKE_READER = (
    "from tests.accounts import *; "
    f"User.objects.filter(username={READER[0]!r}).exists() or account({READER[0]!r}, *READS_AND_PUBLISHES, "
    f"password={READER[1]!r})"
)


KEPT = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])"


@pytest.fixture
def page(page: Page, server: Server) -> Page:
    """Give the page at the overview."""
    page.goto(server.url)
    return page


class TestToken:
    def test_is_made_on_the_spot_and_publishes_by_the_command(self, page: Page) -> None:
        live(page)
        row = page.locator("#instances tr[data-instance=health]")
        page.get_by_label("1. Make a token").fill("made-on-the-spot")
        with page.expect_response("**/api/v1/tokens/") as answer:
            page.get_by_role("button", name="Make a token").click()
        token = page.locator("#token").inner_text()

        assert answer.value.headers["cache-control"] == "no-store"
        assert re.fullmatch(r"gh_[a-z0-9]{8}_[A-Za-z0-9]{43}", token)
        command = page.locator("#curl").inner_text()
        assert f"Bearer {token}" in command
        done = subprocess.run(["bash", "-c", f"{command} -sS"], capture_output=True, text=True, timeout=20, check=False)
        assert json.loads(done.stdout)["accepted"] == 1, done
        expect(row.locator(".newest")).to_contain_text("registration_success")

    def test_is_nowhere_but_on_the_page_and_goes_with_it(self, page: Page) -> None:
        page.get_by_label("1. Make a token").fill("short-lived")
        page.get_by_role("button", name="Make a token").click()
        expect(page.locator("#token")).to_be_focused()
        token = page.locator("#token").inner_text()
        kept = page.evaluate(KEPT)

        page.get_by_role("button", name="I have it").click()

        assert token not in kept
        assert token not in page.content()
        expect(page.get_by_label("1. Make a token")).to_be_focused()

    def test_says_what_is_wrong_with_a_name(self, page: Page, watch: Watch) -> None:
        watch.expect("Failed to load resource")
        page.get_by_label("1. Make a token").fill("   ")
        page.get_by_role("button", name="Make a token").click()

        expect(page.locator("#token-trouble")).to_contain_text("The name can't be taken")
        expect(page.get_by_label("1. Make a token")).to_have_attribute("aria-invalid", "true")

    def test_is_not_offered_to_those_who_may_not_make_one(self, browser: Browser, server: Server, watch: Watch) -> None:
        server.manage("shell", "-c", MAKE_READER)
        context = watched_context(browser)
        page = watched_page(context, watch)
        page.goto(server.url)
        page.get_by_label("User name").fill(READER[0])
        page.get_by_label("Password").fill(READER[1])
        page.get_by_role("button", name="Log in").click()

        expect(page.locator(".notice")).to_contain_text("Ask an administrator of this hub")
        expect(page.get_by_role("button", name="Make a token")).to_have_count(0)
        live(page)
        watch.check(page)
        context.close()
