"""The page of capacity and its CSV: what they show, to whom, and what they say of bad questions."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from gaterhub.capacity.writing import LEASE
from gaterhub.models import Lease
from instances import config
from instances.catalog import NAMES
from instances.config import Effective
from instances.limits.rates import rates_of_instance
from tests.accounts import role
from tests.integration.capacity.planting import plant, plant_days, this_hour

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"))
    return client


@pytest.fixture
def auditor() -> Client:
    """Somebody whose role grants all of audit and security, and nothing else."""
    anna = User.objects.create_user("anna")
    anna.groups.add(role("auditor"))
    client = Client()
    client.force_login(anna)
    return client


def limit(monkeypatch: pytest.MonkeyPatch, events: int, bytes: int = 0) -> None:
    rates = rates_of_instance(events, bytes)
    known = config.effective("health")
    limited = Effective(keep=known.keep, rates=rates)
    monkeypatch.setattr(config, "_snapshot", {**config._snapshot, "health": limited})


def shown(client: Client, **asked: str) -> str:
    answer = client.get("/capacity/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def row_of(html: str, instance: str = "health") -> str:
    found = re.search(rf'<tr data-instance="{instance}".*?</tr>', html, re.DOTALL)
    assert found
    return words(found[0])


def text_of(answer: Any) -> str:
    async def read() -> str:
        parts = cast(AsyncIterator[bytes], cast(StreamingHttpResponse, answer).streaming_content)
        return b"".join([part async for part in parts]).decode()

    return async_to_sync(read)()


def cells(client: Client, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(text_of(answer))))


class TestThePage:
    def test_is_for_those_who_are_logged_in(self, client: Client) -> None:
        assert client.get("/capacity/").headers["Location"].startswith("/accounts/login/")
        assert client.get("/capacity.csv").headers["Location"].startswith("/accounts/login/")

    def test_takes_no_post(self, operator: Client) -> None:
        assert operator.post("/capacity/").status_code == 405
        assert operator.post("/capacity.csv").status_code == 405

    def test_says_what_will_be_there_and_when(self, operator: Client) -> None:
        told = words(shown(operator))

        assert "Nothing is recorded yet" in told
        assert "about ten seconds after a serving process has started, and the trend after 7 whole days" in told
        assert "No process records just now" in told

    def test_says_to_whom_nothing_is_granted_why(self, client: Client) -> None:
        client.force_login(User.objects.create_user("nobody"))
        plant()

        assert "No figures of a whole instance are granted to you" in words(shown(client))

    def test_lists_only_what_the_reader_may_survey(self, auditor: Client) -> None:
        for instance in NAMES:
            plant(instance=instance, bytes=None, bytes_peak=None)

        html = shown(auditor, instance="health")

        assert re.findall(r'<tr data-instance="(\w+)"', html) == ["security", "audit"]
        assert "health" not in words(html.split("<main")[1])

    def test_tells_the_highest_of_each_time_and_when(self, operator: Client) -> None:
        for hours, rate in ((0, 10.0), (20, 20.0), (100, 30.0), (1_000, 40.0)):
            plant(hours, sustained=rate)

        told = row_of(shown(operator))

        assert re.search(r"20 /s .* 40 /s .* 60 /s .* 80 /s", told)
        assert f"{this_hour() - timedelta(hours=20):%b} {(this_hour() - timedelta(hours=20)).day}, " in told

    def test_says_that_no_limit_is_set(self, operator: Client) -> None:
        plant()
        plant(instance="audit")
        html = shown(operator)

        assert "No limit of events is set At 10 /s the history of a stream reaches back 17 min, not 6 h" in row_of(html)
        assert "No limit of events is set, by design Nobody who reports to audit may be refused" in row_of(
            html, "audit"
        )

    def test_holds_the_peak_against_the_limit(self, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        limit(monkeypatch, 200, 10_240)
        plant(sustained=50)

        html = shown(operator)

        assert "75 % free , 150 of 200 /s 51 % of 10 KiB/s free" in row_of(html)
        assert 'data-level="good"' in html
        assert 'class="used" width="25.0"' in html
        assert "The limit is 200 events a second." in words(html)

    def test_says_that_a_limit_was_passed(self, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        limit(monkeypatch, 200)
        plant(sustained=240)

        html = shown(operator)

        assert "No headroom : 240 /s over ten seconds, and 200 /s is the limit" in row_of(html)
        assert 'class="used" width="100"' in html

    def test_tells_when_the_trend_meets_the_limit(self, operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        limit(monkeypatch, 200)
        plant_days(40, first=50, step=1)
        meets = this_hour().date() + timedelta(days=200 - 50 - 40)

        told = row_of(shown(operator))

        assert f"+7 /s a week At this pace at the limit on {meets:%Y-%m-%d} judged by 40 days" in told

    def test_tells_of_too_few_days_that_they_are(self, operator: Client) -> None:
        plant_days(6)

        assert "Not enough days yet: 6 of 7" in row_of(shown(operator))

    def test_shows_the_hours_of_one_instance_the_newest_first(self, operator: Client) -> None:
        plant(0)
        plant(47, events=77)
        plant(48)
        plant(0, instance="audit", sustained=99)

        html = shown(operator, instance="health")

        assert html.count("<tr data-at=") == 2
        assert words(html).endswith("GET /api/v1/capacity/")
        assert "health, the last 48 hours" in words(html)
        assert words(html.split("<tr data-at=")[2]).startswith(
            f'"{(this_hour() - timedelta(hours=47)).timestamp():.0f}'
        )

    def test_shows_days(self, operator: Client) -> None:
        plant_days(20)

        html = shown(operator, by="day")

        assert html.count("<tr data-at=") == 21

    @pytest.mark.parametrize("asked", [{"instance": "helth"}, {"by": "week"}, {"instance": "<script>"}])
    def test_falls_back_on_the_busiest_by_hour(self, operator: Client, asked: dict[str, str]) -> None:
        plant(sustained=5)
        plant(instance="metrics", sustained=50)

        html = shown(operator, **asked)

        assert "metrics, the last 48 hours" in words(html)
        assert "<script>" not in html

    def test_says_who_records(self, operator: Client) -> None:
        plant()
        assert "No process records just now" in words(shown(operator))

        Lease.objects.create(name=LEASE, holder="web-1-17", until=timezone.now() + timedelta(seconds=9))

        assert "now by web-1-17 , every ten seconds" in words(shown(operator))

    def test_leads_to_exactly_what_it_shows_as_csv(self, operator: Client) -> None:
        for hours in (0, 47, 48):
            plant(hours)
            plant(hours, instance="audit")
        html = shown(operator, instance="health")
        (address,) = [unescape(each) for each in re.findall(r'href="([^"]+)">These figures', html)]

        told = cells(operator, address)

        assert len(told) == 1 + html.count("<tr data-at=") == 3
        assert {each[0] for each in told[1:]} == {"health"}

    def test_leads_to_all_hours_and_days(self, operator: Client) -> None:
        plant_days(30)
        plant(0, instance="audit")
        html = shown(operator)
        hours, days = [unescape(each) for each in re.findall(r'href="(/capacity.csv[^"]+)">[Aa]ll ', html)]

        assert len(cells(operator, hours)) == 1 + 30 * 24 + this_hour().hour + 1 + 1
        assert len(cells(operator, days)) == 1 + 31 + 1


class TestCsv:
    def test_is_a_file_by_its_name(self, operator: Client) -> None:
        plant()

        answer = operator.get("/capacity.csv?instance=ex_esdb_health&by=day")

        assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
        assert answer["Content-Disposition"] == 'attachment; filename="gaterhub-capacity-health-by-day.csv"'
        assert answer["Cache-Control"] == "no-store"
        assert text_of(answer).startswith("instance,from,hours_recorded,events,")

    def test_has_a_header_where_nothing_is_recorded(self, operator: Client) -> None:
        assert len(cells(operator, "/capacity.csv")) == 1

    def test_tells_the_hours_of_a_time(self, operator: Client) -> None:
        for hours in range(6):
            plant(hours)
        since, until = this_hour() - timedelta(hours=4), this_hour() - timedelta(hours=2)

        told = cells(operator, f"/capacity.csv?from={since:%Y-%m-%dT%H:%M:%SZ}&to={until.timestamp() * 1000:.0f}")

        assert [each[1] for each in told[1:]] == [
            f"{this_hour() - timedelta(hours=hours):%Y-%m-%dT%H:00:00Z}" for hours in (4, 3)
        ]

    @pytest.mark.parametrize(
        ("asked", "status", "said"),
        [
            ("by=week", 400, "`by` is hour or day."),
            ("from=yesterday", 400, "`from` is a time with its zone"),
            ("from=999999999999999", 400, "`from` is beyond the year 9999."),
            ("from=2000&to=1000", 400, "`from` lies before `to`"),
            ("hour=1", 400, "`hour` is no parameter here"),
            ("instance=helth", 404, "helth"),
        ],
    )
    def test_says_what_is_wrong_with_a_question(self, operator: Client, asked: str, status: int, said: str) -> None:
        answer = operator.get(f"/capacity.csv?{asked}")

        assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain; charset=utf-8")
        assert said in answer.content.decode()

    def test_holds_only_what_the_reader_may_survey(self, auditor: Client) -> None:
        for instance in NAMES:
            plant(instance=instance)

        assert {each[0] for each in cells(auditor, "/capacity.csv")[1:]} == {"audit", "security"}
        refused = auditor.get("/capacity.csv?instance=health")
        assert refused.status_code == 403
        assert "you are granted no more than a part of it" in refused.content.decode()
