"""The pages of the consoles: whom they let in, and what of each they have the browser follow."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gaterhub.consoles.models import OwnConsole, SavedView
from instances.access.models import Grant
from instances.catalog import NAMES
from tests.accounts import account, role

pytestmark = pytest.mark.django_db

SETTINGS = re.compile(r'<script id="console-settings" type="application/json">(.*?)</script>', re.DOTALL)


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return unescape(answer.content.decode())


def settings(client: Client, address: str) -> dict[str, Any]:
    found = SETTINGS.search(client.get(address).content.decode())
    assert found is not None
    told: dict[str, Any] = json.loads(found[1])
    return told


def logged_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def analyst(client: Client) -> Client:
    return logged_in(client, account("ada", "SOC analyst"))


class TestTheListOfConsoles:
    def test_names_those_of_which_the_reader_sees_anything(self, client: Client) -> None:
        page = shown(logged_in(client, account("vic", "viewer")), "/consoles/")

        assert ["Health" in page, "Performance" in page, "Incident" in page] == [True] * 3
        assert "/consoles/soc/" in page, "alerts belong to it, and are granted"

    def test_says_what_helps_who_sees_none(self, client: Client) -> None:
        page = shown(logged_in(client, User.objects.create_user("nobody")), "/consoles/")

        assert "/consoles/soc/" not in page
        assert "Ask an administrator of this hub for a role" in page

    def test_has_own_ones_and_saved_views(self, analyst: Client) -> None:
        OwnConsole.objects.create(name="night", title="Night watch", subscriptions=[["alerts", "*"]], panels=[])
        ada = User.objects.get(username="ada")
        SavedView.objects.create(console="soc", name="Log-ins from abroad", query="text=203", owner=ada)

        page = shown(analyst, "/consoles/")

        assert "Night watch" in page
        assert '<a href="/consoles/soc/?text=203">Log-ins from abroad</a>' in page


class TestAConsole:
    def test_follows_and_queries_what_is_granted(self, analyst: Client) -> None:
        rows = {row["instance"]: row for row in settings(analyst, "/consoles/soc/")["rows"]}

        assert set(rows) == {"security", "audit", "alerts"}
        assert rows["security"]["live"] == ["security_events:*", "threat_detection:*", "access_violations:*"]
        assert rows["security"]["kept"] == ["*"], "one query of evidence is one entry in the trail"
        assert rows["alerts"]["kept"] == ["system_alerts:critical", "incident_alerts:*"]

    def test_narrows_its_patterns_to_the_grants_and_names_what_it_leaves_out(self, client: Client) -> None:
        user = User.objects.create_user("eve")
        Grant.objects.create(user=user, verb="subscribe", instance="health", pattern="subscription_health:prod:*")
        Grant.objects.create(user=user, verb="query", instance="health", pattern="process_health:*")
        logged_in(client, user)

        [row] = settings(client, "/consoles/health/")["rows"]

        assert row["live"] == ["subscription_health:prod:*"]
        assert row["kept"] == ["process_health:*"]
        assert "not granted to your account: health circuit_breaker_status:*, lifecycle process_lifecycle:*" in shown(
            client, "/consoles/health/"
        )

    def test_of_an_operator_names_nothing_that_is_not_granted(self, client: Client) -> None:
        followed = [["alerts", "*"], ["security", "security_events:sealed_affair"]]
        OwnConsole.objects.create(name="night", title="Night watch", subscriptions=followed, panels=[])

        page = shown(logged_in(client, account("vic", "viewer")), "/consoles/night/")

        assert "This console follows more than is granted to your account." in page
        assert "sealed_affair" not in page

    def test_is_closed_to_those_who_may_read_nothing_of_it(self, client: Client) -> None:
        user = User.objects.create_user("eve")
        Grant.objects.create(user=user, verb="publish", instance="security", pattern="*")

        answer = logged_in(client, user).get("/consoles/soc/")

        assert answer.status_code == 403
        assert "Ask an administrator" in unescape(answer.content.decode())

    def test_of_an_operator_is_as_if_it_were_not_there_for_others(self, client: Client) -> None:
        OwnConsole.objects.create(name="night", title="Night watch", subscriptions=[["security", "*"]], panels=[])
        client.force_login(account("vic", "viewer"))

        assert client.get("/consoles/night/").status_code == client.get("/consoles/nothing/").status_code == 404

    def test_tells_a_story_across_all_that_may_be_read(self, analyst: Client) -> None:
        told = settings(analyst, "/consoles/soc/?story=mallory")

        assert told["story"] == "mallory"
        assert {row["instance"] for row in told["rows"]} == {
            "security",
            "audit",
            "alerts",
            "health",
            "lifecycle",
            "system",
            "logging",
        }
        assert all(row["wanted"] == row["live"] == row["kept"] == ["*"] for row in told["rows"])

    def test_writes_a_story_as_text(self, analyst: Client) -> None:
        raw = analyst.get("/consoles/soc/", {"story": "</script><b>x"}).content.decode()

        assert "<b>x" not in raw
        assert settings(analyst, "/consoles/soc/?story=%3C/script%3E%3Cb%3Ex")["story"] == "</script><b>x"

    def test_is_a_view_of_which_is_told_who_watches_it(self, client: Client) -> None:
        page = shown(logged_in(client, User.objects.create_superuser("root")), "/consoles/incident/")

        assert 'data-view="console:incident"' in page
        assert 'id="also-here"' in page
        assert [row["instance"] for row in settings(client, "/consoles/incident/")["rows"]] == list(NAMES)

    def test_tells_a_reader_of_a_part_nothing_of_who_watches_it(self, analyst: Client) -> None:
        assert 'id="also-here"' not in shown(analyst, "/consoles/incident/")


class TestSavedViews:
    def test_are_seen_by_their_owner_and_by_the_people_of_their_roles(self) -> None:
        ada, vic, eve = account("ada", "SOC analyst"), account("vic", "viewer"), account("eve", "SOC analyst")
        mine = SavedView.objects.create(console="soc", name="mine", owner=ada)
        ours = SavedView.objects.create(console="soc", name="ours", owner=ada)
        ours.roles.set([role("SOC analyst"), role("auditor")])

        seen = [set(SavedView.objects.seen_by(user)) for user in (ada, eve, vic)]

        assert seen == [{mine, ours}, {ours}, set()]
        assert SavedView.objects.seen_by(ada).count() == 2
