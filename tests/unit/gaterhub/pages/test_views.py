"""The pages as the server makes them; tests/functional/browser/ drives them."""

import re
from typing import Protocol

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client
from django.views import defaults

from instances.catalog import INSTANCES, NAMES
from tests.accounts import READS_AND_PUBLISHES, account

POLICY_BREAKERS = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.IGNORECASE)
"""What a browser refuses under `script-src 'self'; style-src 'self'`."""
FOREIGN = re.compile(r"(?:src|href|action)=[\"']?(?:https?:)?//", re.IGNORECASE)


class Answer(Protocol):
    @property
    def content(self) -> bytes: ...


def text_of(answer: Answer) -> str:
    return answer.content.decode()


@pytest.fixture
def analyst(client: Client, db: None) -> Client:
    """Give a client on which somebody without any further right is logged in."""
    client.force_login(account("analyst", *READS_AND_PUBLISHES))
    return client


class TestOverview:
    def test_is_nothing_for_the_anonymous(self, client: Client) -> None:
        answer = client.get("/")

        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")

    def test_has_the_ten_without_any_script(self, analyst: Client) -> None:
        page = text_of(analyst.get("/"))

        tables = re.findall(r'<tr data-instance="(\w+)">', page)
        # One table of their figures, and one that says what the chart shows.
        assert tables == [*NAMES, *NAMES]

    def test_tells_an_account_without_any_role_whom_to_ask(self, client: Client, db: None) -> None:
        client.force_login(account("newcomer"))

        page = text_of(client.get("/"))

        assert "None of them is granted to your account yet" in page
        assert re.findall(r'<tr data-instance="(\w+)">', page) == []
        assert "Publish your first event" not in page

    def test_shows_an_account_its_own_instances_alone(self, client: Client, db: None) -> None:
        client.force_login(account("viewer", "viewer"))

        shown = set(re.findall(r'<tr data-instance="(\w+)">', text_of(client.get("/"))))

        assert shown == set(NAMES) - {"audit", "security"}

    def test_takes_no_post(self, analyst: Client) -> None:
        assert analyst.post("/").status_code == 405

    def test_offers_the_admin_to_staff_alone(self, analyst: Client) -> None:
        assert "/admin/" not in text_of(analyst.get("/"))

        User.objects.update(is_staff=True)

        assert "/admin/" in text_of(analyst.get("/"))


class TestInstance:
    @pytest.mark.parametrize("name", NAMES)
    def test_names_its_families(self, analyst: Client, name: str) -> None:
        page = text_of(analyst.get(f"/instances/{name}/"))

        [spec] = [spec for spec in INSTANCES if spec.name == name]
        assert re.findall(r'data-pattern="([^"]+)"', page) == [
            "*",
            *(f"{family.name}:*" for family in spec.families),
        ]

    def test_is_nothing_for_the_anonymous(self, client: Client) -> None:
        answer = client.get("/instances/health/")

        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/instances/health/")

    def test_keeps_a_pattern_from_the_address_as_text(self, analyst: Client) -> None:
        page = text_of(analyst.get("/instances/health/", {"pattern": '"><script>alert(1)</script>'}))

        assert 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page
        assert POLICY_BREAKERS.search(page) is None

    @pytest.mark.parametrize("alias", ["ex_esdb_health", ":ex_esdb_health", ":health"])
    def test_has_one_address_to_which_its_aliases_lead(self, analyst: Client, alias: str) -> None:
        answer = analyst.get(f"/instances/{alias}/?pattern=a:*")

        assert (answer.status_code, answer["Location"]) == (301, "/instances/health/?pattern=a:*")

    def test_that_is_not_granted_is_a_403_that_says_whom_to_ask(self, client: Client, db: None) -> None:
        client.force_login(account("viewer", "viewer"))

        for address in ("/instances/audit/", "/instances/audit/types/"):
            answer = client.get(address)
            assert answer.status_code == 403
            assert "Nothing of audit is granted to your account" in text_of(answer)

    def test_begins_with_a_pattern_that_is_granted(self, client: Client, db: None) -> None:
        client.force_login(account("officer", "compliance officer"))

        assert 'value="compliance_events:*"' in text_of(client.get("/instances/audit/"))

    def test_that_is_unknown_is_a_404_that_names_the_ten(self, analyst: Client) -> None:
        answer = analyst.get("/instances/<b>helth/")

        assert answer.status_code == 404
        assert re.findall(r'<dt><a href="/instances/(\w+)/">', text_of(answer)) == list(NAMES)
        assert "<b>helth" not in text_of(answer)


class TestEveryPage:
    @pytest.mark.parametrize("path", ["/", "/instances/security/", "/instances/nowhere/", "/nowhere/"])
    def test_keeps_to_the_policy_and_to_this_host(self, analyst: Client, path: str) -> None:
        page = text_of(analyst.get(path))

        assert POLICY_BREAKERS.search(page) is None
        assert FOREIGN.search(page) is None

    @pytest.mark.parametrize(
        "breaker",
        ["<p style='a'>", "<style>", "<script>1</script>", '<b onclick="x">', '<a href="javascript:1">'],
    )
    def test_is_searched_with_an_expression_that_finds_breaches(self, breaker: str) -> None:
        assert POLICY_BREAKERS.search(breaker) is not None


class TestErrorPages:
    def test_stand_for_each_of_djangos(self, db: None) -> None:
        request = HttpRequest()
        request.path = "/<script>"

        answers = [
            defaults.bad_request(request, ValueError()),
            defaults.permission_denied(request, PermissionError("no")),
            defaults.page_not_found(request, LookupError("no")),
            defaults.server_error(request),
        ]

        assert [answer.status_code for answer in answers] == [400, 403, 404, 500]
        for answer in answers:
            assert f'<p class="code">{answer.status_code}</p>' in text_of(answer)
            assert "<script>" not in text_of(answer)

    def test_say_why_a_form_was_refused(self) -> None:
        client = Client(enforce_csrf_checks=True)

        answer = client.post("/accounts/login/", {"username": "analyst", "password": "p"})

        assert answer.status_code == 403
        assert "This form is out of date" in text_of(answer)

    def test_need_nothing_of_the_site_when_the_site_has_failed(self) -> None:
        assert "<h1>Something went wrong inside the hub</h1>" in render_to_string("500.html")
