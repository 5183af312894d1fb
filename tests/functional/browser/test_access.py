"""Who sees the pages: log in, log out, and what stands where a page can't be."""

import re

import pytest
from playwright.sync_api import Page, expect

from instances.catalog import INSTANCES, NAMES
from tests.functional.browser.conftest import Watch, log_in
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser


class TestLogIn:
    @pytest.mark.parametrize("path", ["", "instances/health/"])
    def test_comes_before_every_page(self, visitor: Page, server: Server, path: str) -> None:
        visitor.goto(f"{server.url}{path}")

        expect(visitor).to_have_url(re.compile("/accounts/login/"))
        expect(visitor.get_by_role("heading", name="Log in")).to_be_visible()

    def test_leads_on_to_the_page_that_was_asked_for(self, visitor: Page, server: Server) -> None:
        visitor.goto(f"{server.url}instances/audit/?pattern=audit_trail:*")
        log_in(visitor, server)

        expect(visitor).to_have_url(f"{server.url}instances/audit/?pattern=audit_trail:*")
        expect(visitor.get_by_label("Pattern", exact=True)).to_have_value("audit_trail:*")

    def test_says_what_is_wrong_and_keeps_the_name(self, visitor: Page, server: Server) -> None:
        visitor.goto(server.url)
        visitor.get_by_label("User name").fill("intruder")
        visitor.get_by_label("Password").fill("a guess")
        visitor.get_by_role("button", name="Log in").click()

        expect(visitor.get_by_role("alert")).to_contain_text("correct username and password")
        expect(visitor.get_by_label("User name")).to_have_value("intruder")
        expect(visitor.get_by_label("Password")).to_be_focused()

    def test_ends_with_the_log_out(self, visitor: Page, server: Server) -> None:
        visitor.goto(server.url)
        log_in(visitor, server)
        visitor.get_by_role("button", name="Log out").click()
        expect(visitor).to_have_url(re.compile("/accounts/login/"))

        visitor.goto(server.url)

        expect(visitor).to_have_url(re.compile("/accounts/login/"))


class TestUnknownInstance:
    def test_gets_a_page_that_names_the_ten(self, page: Page, server: Server, watch: Watch) -> None:
        watch.expect("404 (Not Found)")

        answer = page.goto(f"{server.url}instances/helth/")

        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("main")).to_contain_text('did you mean "health"?')
        assert page.get_by_role("main").get_by_role("link").all_inner_texts() == list(NAMES)

    @pytest.mark.parametrize("alias", ["ex_esdb_health", ":ex_esdb_health", ":health"])
    def test_is_no_alias(self, page: Page, server: Server, alias: str) -> None:
        page.goto(f"{server.url}instances/{alias}/?pattern=process_health:*")

        expect(page).to_have_url(f"{server.url}instances/health/?pattern=process_health:*")


class TestUnknownPage:
    def test_gets_a_page_with_a_way_back(self, page: Page, server: Server, watch: Watch) -> None:
        watch.expect("404 (Not Found)")

        page.goto(f"{server.url}nowhere/")

        expect(page.get_by_role("heading")).to_have_text("There is no such page")
        page.get_by_role("link", name="To the ten instances").click()
        expect(page.locator("#instances tbody tr")).to_have_count(len(INSTANCES))
