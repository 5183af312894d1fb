"""What the page of losses shows to whom, as HTML."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from consumers.models import Loss

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


def lose(minutes: float = 1, **different: Any) -> Loss:
    usual = {
        "at": timezone.now() - timedelta(minutes=minutes),
        "kind": "gap",
        "instance": "health",
        "stream": "health.process_health",
        "epoch": "k3f9",
        "first": 1_000,
        "last": 1_041,
        "count": 4,
        "reason": "slow",
        "connection": "c1",
        "principal_kind": "user",
        "principal_id": 7,
        "principal": "olga",
        "patterns": "process_health:*",
    }
    return Loss.objects.create(**usual | different)


def shown(client: Client, **asked: str) -> str:
    answer = client.get("/losses/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def addresses(html: str, part: str) -> list[dict[str, list[str]]]:
    """Return the queries of the links whose address has that part."""
    found = [unescape(each) for each in re.findall(r'href="([^"]+)"', html)]
    return [parse_qs(urlsplit(each).query) for each in found if part in each]


class TestThePageOfLosses:
    def test_is_for_those_who_are_logged_in(self, client: Client) -> None:
        assert client.get("/losses/").headers["Location"].startswith("/accounts/login/")

    def test_takes_no_post(self, operator: Client) -> None:
        assert operator.post("/losses/").status_code == 405

    def test_says_what_it_means_that_nothing_was_lost(self, operator: Client) -> None:
        assert "Nothing was lost In the last day no subscriber was told of a loss" in words(shown(operator))

    def test_tells_stretch_count_reason_and_who(self, operator: Client) -> None:
        lose()
        told = words(shown(operator))

        assert "Gap health.process_health offsets 1,000 to 1,041 followed process_health:* 4 Too slow:" in told
        assert "olga connection c1" in told

    @pytest.mark.parametrize(
        ("kind", "reason", "sentence"),
        [
            ("gap", "evicted", "later than the history reaches"),
            ("gap", "epoch", "count began anew"),
            ("gap", "lost", "nor stood in the history"),
            ("conflated", "conflated", "took the place of these"),
            ("closed", "slow", "where nothing may be dropped"),
            ("gap", "of later", "The hub gave the reason of later ."),
        ],
    )
    def test_explains_each_reason(self, operator: Client, kind: str, reason: str, sentence: str) -> None:
        lose(kind=kind, reason=reason, count=None, first=None, last=None)

        told = words(shown(operator))

        assert sentence in told
        assert "unknown" in told

    def test_sums_up_by_subscriber_and_instance(self, operator: Client) -> None:
        lose(count=4)
        lose(count=None)
        lose(count=1_000, times=3)
        lose(kind="conflated", reason="conflated", count=70)
        lose(kind="closed", count=None)
        lose(principal="billing", principal_kind="token", instance="alerts", count=None)

        told = words(shown(operator).split('class="ledger rows"')[0])

        assert "olga health 5 1,004 and 1 gap of unknown size 70 1" in told
        assert "billing token alerts 1 unknown 0 0" in told

    def test_escapes_what_subscribers_are_called(self, operator: Client) -> None:
        lose(principal="<script>alert(1)</script>", patterns="<b>")

        assert "<script>alert" not in shown(operator)
        assert "<b>" not in shown(operator)

    def test_shows_a_reader_without_the_permission_their_own(self, client: Client) -> None:
        anna = User.objects.create_user("anna")
        client.force_login(anna)
        lose()
        lose(principal="anna", principal_id=anna.pk, connection="own")
        told = words(shown(client))

        assert "own" in told
        assert "olga" not in told
        assert "You see your own" in told

    @pytest.mark.parametrize(
        ("asked", "there"),
        [
            ({"last": "hour"}, False),
            ({"last": "week"}, True),
            ({"last": "nonsense"}, True),
            ({"instance": "health"}, True),
            ({"instance": "alerts"}, False),
            ({"kind": "gap"}, True),
            ({"kind": "closed"}, False),
            ({"subscriber": "olga"}, True),
            ({"subscriber": "o\0lga"}, True),
            ({"subscriber": "nobody"}, False),
            ({"connection": "c1", "stream": "health.process_health"}, True),
            ({"connection": "c2"}, False),
        ],
    )
    def test_keeps_to_the_filters_of_its_address(self, operator: Client, asked: dict[str, str], there: bool) -> None:
        lose(minutes=90)

        assert ("Too slow:" in shown(operator, **asked)) is there

    def test_goes_on_to_older_ones_with_the_same_filters(self, operator: Client) -> None:
        for number in range(51):
            lose(minutes=number, first=number, last=number)
        (following,) = addresses(shown(operator, kind="gap", last="week"), "after=")

        assert (following["kind"], following["last"]) == (["gap"], ["week"])
        told = shown(operator, kind="gap", last="week", after=following["after"][0])
        assert told.count("Too slow:") == 1
        assert "offset 50 " in words(told)

    def test_says_that_an_address_leads_to_no_page(self, operator: Client) -> None:
        lose()
        told = shown(operator, after="nonsense")

        assert "so this is the first page" in told
        assert "Too slow:" in told

    def test_leads_to_what_may_still_be_kept(self, operator: Client) -> None:
        row = lose()

        (query,) = addresses(shown(operator), "/api/v1/instances/health/events/")

        at_ms = round(row.at.timestamp() * 1000)
        assert query == {"to": [str(at_ms)], "order": ["desc"], "topic": ["process_health:*"]}

    @pytest.mark.parametrize("different", [{"reason": "evicted"}, {"reason": "epoch"}, {"minutes": 7 * 60}])
    def test_leads_nowhere_where_nothing_is_kept(self, operator: Client, different: dict[str, Any]) -> None:
        lose(**different)

        assert addresses(shown(operator), "/api/v1/instances/") == []
