"""`GET objectives/`: what windows have had, what is left, since when that is known, and whom it is shown to."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from gaterhub.api.objectives import ObjectiveRow, Objectives
from gaterhub.models import Lease
from gaterhub.objectives.writing import LEASE
from instances.access.models import Grant
from tests.accounts import role
from tests.integration.objectives.promised import ALL_MINUTES, ago, hour, mark, promise, this_hour

ADDRESS = "/api/v1/objectives/"


def told(client: APIClient, **asked: str) -> Objectives:
    answer = client.get(ADDRESS, asked)
    assert answer.status_code == 200, answer.content
    return msgspec.json.decode(answer.content, type=Objectives)


def only(client: APIClient) -> ObjectiveRow:
    (row,) = told(client).results
    return row


class TestObjectives:
    def test_are_for_those_with_credentials(self, stranger: APIClient) -> None:
        assert stranger.get(ADDRESS).status_code == 401

    def test_have_no_data_before_anything_was_seen(self, publisher: APIClient) -> None:
        objective = promise()

        unknown = only(publisher)
        mark(objective, since=ago(minutes=10))
        counted = only(publisher)

        assert (unknown.state, unknown.good_ratio, unknown.since, unknown.until) == ("no_data", None, None, None)
        assert (counted.state, counted.good_ratio, counted.budget.left_ratio) == ("no_data", None, None)
        assert (counted.budget.burn_rate, counted.budget.time_left_seconds) == (None, None)

    def test_tell_what_is_left_of_the_budget(self, publisher: APIClient) -> None:
        objective = promise()
        mark(objective, since=ago(days=40))
        hour(objective, this_hour() - timedelta(hours=5), {0: (1_500, 1), 59: (499, 0)})

        row = only(publisher)

        assert (row.state, row.good, row.bad, row.good_ratio) == ("kept", 1_999, 1, 0.9995)
        assert (row.budget.allowed, row.budget.left, row.budget.left_ratio) == (2, 1, 0.5)
        assert (row.good_event, row.target_percent, row.window_days) == ("processing_time_ms below 100", 99.9, 30)
        # Nothing came in the last hour.
        assert (row.budget.burn_rate, row.budget.time_left_seconds) == (None, None)

    def test_tell_how_fast_it_goes_and_when_it_will_be_gone(self, publisher: APIClient) -> None:
        objective = promise(target_percent="99")
        mark(objective, since=ago(hours=20))
        hour(objective, this_hour() - timedelta(hours=10), {0: (10_000, 0)})
        minute = timezone.now() - timedelta(minutes=2)
        begins = minute.replace(minute=0, second=0, microsecond=0)
        hour(objective, begins, {minute.minute: (90, 10)})

        row = only(publisher)

        assert (row.state, row.budget.burn_rate, row.budget.left) == ("burning", 10, 91)
        # 10 an hour are bad where 1 may be: 91 are gone in a little more than ten hours.
        assert row.budget.time_left_seconds == pytest.approx(91 / 9 * 3_600, rel=0.01)

    def test_are_missed_by_more_bad_events_than_are_allowed(self, publisher: APIClient) -> None:
        objective = promise()
        mark(objective, since=ago(days=1))
        hour(objective, timezone.now().replace(minute=0, second=0, microsecond=0), {0: (998, 2)})

        row = only(publisher)

        assert (row.state, row.budget.left, row.budget.left_ratio) == ("missed", -1, -1)

    def test_have_a_window_that_ends_now_and_begins_by_the_minute(self, publisher: APIClient) -> None:
        objective = promise(window_days=1)
        mark(objective, since=ago(days=9))
        edge = ago(days=1)
        begins = edge.replace(minute=0, second=0, microsecond=0)
        minutes = dict.fromkeys(range(60), (1, 0))
        hour(objective, begins, minutes)
        hour(objective, begins - timedelta(hours=1), minutes)

        assert only(publisher).good in (60 - edge.minute, 59 - edge.minute)

    def test_tell_the_minutes_in_which_something_may_be_missing(self, publisher: APIClient) -> None:
        objective = promise()
        begins = this_hour() - timedelta(hours=2)
        mark(objective, since=begins, until=this_hour())
        hour(objective, begins, covered=ALL_MINUTES)
        hour(objective, begins + timedelta(hours=1), covered=ALL_MINUTES >> 12)
        gone_on = round((timezone.now() - this_hour()).total_seconds() // 60)
        missing = gone_on if timezone.now() - this_hour() > timedelta(minutes=1) else 0

        row = only(publisher)

        assert row.covered_minutes == 108
        assert row.uncovered_minutes in (12 + missing, 13 + missing)

    def test_know_nothing_of_the_minutes_before_they_were_taken_up(self, publisher: APIClient) -> None:
        objective = promise()
        begins = this_hour() - timedelta(hours=1)
        mark(objective, since=begins + timedelta(minutes=20, seconds=30), until=begins + timedelta(minutes=50))
        hour(objective, begins, covered=ALL_MINUTES)

        row = only(publisher)

        assert row.covered_minutes == 39

    def test_show_nothing_that_another_definition_has_counted(self, publisher: APIClient) -> None:
        objective = promise()
        mark(objective, since=ago(days=1))
        hour(objective, this_hour(), {0: (998, 2)})
        objective.bound = "1000"
        objective.save()

        row = only(publisher)

        assert (row.state, row.good, row.since) == ("no_data", 0, None)

    def test_name_who_counts(self, publisher: APIClient) -> None:
        assert told(publisher).recorder is None

        Lease.objects.create(name=LEASE, holder="web-1", until=timezone.now() + timedelta(seconds=20))

        assert told(publisher).recorder == "web-1"

    def test_are_asked_for_by_instance(self, publisher: APIClient) -> None:
        promise("A"), promise("B", instance="health", pattern="*")

        assert [row.name for row in told(publisher).results] == ["A", "B"]
        assert [row.name for row in told(publisher, instance="ex_esdb_health").results] == ["B"]
        assert publisher.get(ADDRESS, {"instance": "nowhere"}).status_code == 404
        assert publisher.get(ADDRESS, {"order": "desc"}).status_code == 400


class TestRights:
    @pytest.fixture
    def client_of(self, db: None) -> Callable[[User], APIClient]:
        def log_in(user: User) -> APIClient:
            client = APIClient()
            client.force_login(user)
            return client

        return log_in

    def test_show_nobody_what_they_may_not_read(self, client_of: Callable[[User], APIClient]) -> None:
        promise("Metrics"), promise("Evidence", instance="audit", pattern="audit_trail:*")
        auditor = User.objects.create_user("auditor")
        auditor.groups.add(role("auditor"))

        assert [row.name for row in told(client_of(auditor)).results] == ["Evidence"]

    def test_ask_for_all_of_an_objective_s_pattern(self, client_of: Callable[[User], APIClient]) -> None:
        promise("All stores"), promise("One store", pattern="subscription_metrics:prod:*")
        clerk = User.objects.create_user("clerk")
        Grant.objects.create(user=clerk, verb="subscribe", instance="metrics", pattern="subscription_metrics:prod:*")

        assert [row.name for row in told(client_of(clerk)).results] == ["One store"]
