"""The page of losses, as a reader with a mouse, a keyboard or a screen reader has it."""

import re

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.functional.browser.axe import LOOKS, serious_findings
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser

LOSING = """
from datetime import timedelta
from django.utils import timezone
from consumers.models import Loss
for number in range(120):
    Loss.objects.create(
        at=timezone.now() - timedelta(seconds=number), kind="gap", instance="health", stream="health.process_health",
        epoch="k3f9", first=number, last=number + 4, count=None if number % 2 else 5, reason="slow",
        connection=f"c{number % 3}", principal_kind="token", principal_id=99, principal="a-subscriber-" + "x" * 130,
        patterns="process_health:*",
    )
"""


@pytest.fixture(scope="module")
def lossy(server: Server) -> Server:
    """Give the server, with losses in its ledger."""
    server.manage("shell", "-c", LOSING)
    return server


@pytest.fixture
def losses(page: Page, lossy: Server) -> Page:
    page.goto(f"{lossy.url}losses/")
    return page


class TestThePageOfLosses:
    def test_is_reached_from_the_head_of_every_page(self, page: Page, server: Server) -> None:
        page.goto(server.url)
        page.get_by_role("link", name="Losses").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("What did this console miss?")

    def test_adds_the_readers_own_time_to_utc(self, losses: Page) -> None:
        told = losses.locator(".rows tbody tr").first.locator(".when")

        expect(told).to_have_text(re.compile(r"[\d-]{10} [\d:]{8} UTC[\d-]{10} [\d:]{8} here"))
        utc, here = re.findall(r"\d{2}:\d{2}:\d{2}", told.inner_text())
        # Brussels is one hour ahead in winter and two in summer.
        assert (int(here[:2]) - int(utc[:2])) % 24 in (1, 2)

    def test_is_filtered_and_paged_by_keyboard(self, losses: Page) -> None:
        losses.get_by_label("Kind").focus()
        losses.keyboard.press("End")
        losses.get_by_label("Subscriber").focus()
        losses.keyboard.press("Enter")
        expect(losses.get_by_role("heading", name="Nothing like this was lost")).to_be_visible()
        assert "kind=closed" in losses.url

        losses.get_by_role("link", name="Show every loss").press("Enter")
        losses.get_by_role("link", name="Older losses").press("Enter")
        expect(losses.get_by_role("heading", name="Earlier losses")).to_be_visible()
        losses.get_by_role("link", name="Older losses").press("Enter")
        expect(losses.locator(".rows tbody tr")).to_have_count(20)
        losses.get_by_role("link", name="Back to the newest").press("Enter")
        expect(losses.get_by_role("heading", name="Each loss")).to_be_visible()

    def test_follows_one_connection_and_lets_go_of_it(self, losses: Page) -> None:
        losses.locator(".rows tbody tr").first.get_by_role("link", name="c0").click()
        expect(losses.locator(".rows tbody tr")).to_have_count(40)

        losses.get_by_role("link", name="remove this filter").click()

        expect(losses.locator(".rows tbody tr")).to_have_count(50)

    def test_explains_its_figures(self, losses: Page) -> None:
        losses.get_by_role("button", name="Help: Events missed").click()

        expect(losses.locator("#help-missed")).to_contain_text("patterns matched")

    def test_leads_to_what_is_still_kept(self, losses: Page, lossy: Server) -> None:
        # Asked beside the page: a bare JSON document has no icon, and the browser would look for one.
        address = losses.get_by_role("link", name="What came before it").first.get_attribute("href")
        answer = losses.request.get(f"{lossy.url.rstrip('/')}{address}")

        assert (answer.status, set(answer.json())) == (200, {"results", "next"})

    @LOOKS
    def test_fits_and_is_accessible(self, losses: Page, lossy: Server, scheme: str, width: int) -> None:
        losses.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        losses.set_viewport_size({"width": width, "height": 900})

        for address in ("losses/", "losses/?kind=closed&connection=c9", "losses/?after=nonsense"):
            losses.goto(f"{lossy.url}{address}")
            assert losses.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert serious_findings(losses) == []

    def test_works_without_javascript(self, browser: Browser, operators_cookies: StorageState, lossy: Server) -> None:
        context = browser.new_context(java_script_enabled=False, storage_state=operators_cookies)
        bare = context.new_page()
        bare.goto(f"{lossy.url}losses/")

        bare.get_by_role("link", name="Older losses").click()

        expect(bare.locator(".rows tbody tr")).to_have_count(50)
        expect(bare.locator(".rows time").first).to_contain_text("UTC")
        context.close()
