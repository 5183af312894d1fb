"""`GET capacity/`: rows by hour and day, pages, headroom and trend, and whom they are shown to."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from gaterhub.api.capacity import Capacity
from instances import config
from instances.config import Effective
from instances.limits.rates import rates_of_instance
from tests.accounts import role
from tests.integration.capacity.planting import plant, plant_days, this_hour

ADDRESS = "/api/v1/capacity/"


def told(client: APIClient, **asked: str) -> Capacity:
    answer = client.get(ADDRESS, asked)
    assert answer.status_code == 200
    return msgspec.json.decode(answer.content, type=Capacity)


class TestCapacity:
    def test_is_for_those_with_credentials(self, stranger: APIClient) -> None:
        assert stranger.get(ADDRESS).status_code == 401

    def test_is_empty_before_anything_is_recorded(self, publisher: APIClient) -> None:
        assert told(publisher) == Capacity([], [], None)

    def test_has_the_hours(self, publisher: APIClient) -> None:
        row = plant(3, sustained=10)

        (hour,) = told(publisher).results

        assert hour.begins == round(row.hour.timestamp() * 1000)
        assert (hour.instance, hour.hours, hour.events, hour.bytes, hour.subscribers) == ("health", 1, 3_600, 9_000, 4)
        assert hour.highest is not None
        assert (hour.highest.per_second, hour.highest.at - hour.begins) == (20, 7 * 60_000)
        assert hour.sustained is not None
        assert hour.sustained.per_second == 10

    def test_has_days(self, publisher: APIClient) -> None:
        plant_days(3)

        days = told(publisher, by="day").results

        assert [day.hours for day in days] == [24, 24, 24, this_hour().hour + 1]

    def test_has_each_instance_at_a_glance(self, publisher: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
        limited = Effective(keep=config.effective("health").keep, rates=rates_of_instance(200, 0))
        monkeypatch.setattr(config, "_snapshot", {**config._snapshot, "health": limited})
        plant_days(40)
        plant(0, instance="audit")

        health, audit = told(publisher).instances

        assert health.events is not None
        assert (health.events.limit, health.events.highest, health.events.free) == (200, 90, 110)
        assert health.events.free_percent == 55
        assert health.history is not None
        assert health.history.seconds == round(10_000 / 90, 1)
        assert (health.trend.direction, health.trend.days, health.trend.per_week) == ("rising", 40, 7)
        assert health.trend.meets_limit_on == f"{this_hour().date() + timedelta(days=110):%Y-%m-%d}"
        assert (audit.events, audit.history, audit.trend.direction) == (None, None, "unknown")

    @pytest.mark.parametrize("by", ["hour", "day"])
    def test_goes_on_page_by_page_and_leaves_nothing_out(self, publisher: APIClient, by: str) -> None:
        for instance in ("health", "audit"):
            plant_days(12, instance=instance)
        since = f"{this_hour() - timedelta(days=12):%Y-%m-%dT00:00:00Z}"
        whole = told(publisher, by=by, limit="1000", **{"from": since})
        assert whole.next is None

        rows, after = [], None
        for _ in range(100):
            more: dict[str, str] = {} if after is None else {"after": after}
            page = told(publisher, by=by, limit="7", **{"from": since}, **more)
            rows += page.results
            after = page.next
            if after is None:
                break

        assert rows == whole.results
        assert len(rows) == 2 * (13 if by == "day" else 12 * 24 + this_hour().hour + 1)

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"by": "week"}, "`by` is hour or day."),
            ({"from": "yesterday"}, "`from` is a time with its zone"),
            ({"limit": "0"}, "`limit` is a number"),
            ({"after": "nonsense"}, "`after` is the `next` of a page before"),
            ({"order": "desc"}, "`order` is no parameter here"),
        ],
    )
    def test_says_what_is_wrong_with_a_question(self, publisher: APIClient, asked: dict[str, str], said: str) -> None:
        answer = publisher.get(ADDRESS, asked)

        assert answer.status_code == 400
        assert said in answer.json()["detail"]

    def test_is_not_kept_by_any_cache(self, publisher: APIClient) -> None:
        assert publisher.get(ADDRESS)["Cache-Control"] == "no-store"


class TestRights:
    @pytest.fixture
    def client_in(self, db: None) -> Callable[[str], APIClient]:
        def log_in(name: str) -> APIClient:
            anna = User.objects.create_user("anna")
            anna.groups.add(role(name))
            client = APIClient()
            client.force_login(anna)
            return client

        return log_in

    def test_leave_out_what_the_caller_may_not_survey(self, client_in: Callable[[str], APIClient]) -> None:
        for instance in ("health", "audit"):
            plant(instance=instance)

        seen = told(client_in("auditor"))

        assert [each.name for each in seen.instances] == ["audit"]
        assert [each.instance for each in seen.results] == ["audit"]

    def test_refuse_an_instance_that_is_named(self, client_in: Callable[[str], APIClient]) -> None:
        answer = client_in("auditor").get(ADDRESS, {"instance": "health"})

        assert answer.status_code == 403
        assert answer.json()["code"] == "forbidden"
