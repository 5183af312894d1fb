"""Topics seen lately, and what a pattern would bring: of what the caller may read, and no word of anything else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from instances.access.models import Grant, Token
from instances.publishing import publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("running_instances")]

HEALTH = "/api/v1/instances/health/"
Granted = Callable[..., APIClient]


@pytest.fixture
def granted() -> Granted:
    """Give a function that makes a service which may do just that: verb, instance, pattern; within an account's."""

    def make(*grants: tuple[str, str, str], user: User | None = None) -> APIClient:
        token, secret = Token.objects.issue(name="narrow", roles=(), user=user)
        for verb, instance, pattern in grants:
            Grant.objects.create(token=token, verb=verb, instance=instance, pattern=pattern)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


@pytest.fixture(autouse=True)
def traffic(running_instances: object) -> None:
    for topic in ("process_health:api", "process_health:web", "subscription_health:prod:users", "proces_health:typo"):
        assert publish("health", topic, "checked", data={"secret": "of-nobody"}, publisher="gater-1").accepted


def answered(client: APIClient, path: str, **said: str) -> Any:
    answer = client.get(path, said)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


def refused(client: APIClient, path: str, **said: str) -> tuple[int, str, str]:
    answer = client.get(path, said)
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


class TestTopics:
    def test_are_told_to_whoever_may_read_them(self, publisher: APIClient) -> None:
        told = answered(publisher, f"{HEALTH}topics/", order="topic")

        assert [row["topic"] for row in told["results"]] == [
            "proces_health:typo",
            "process_health:api",
            "process_health:web",
            "subscription_health:prod:users",
        ]
        assert told["results"][1]["publishers"] == ["gater-1"]
        assert told["results"][1]["last_event_type"] == "checked"
        assert told["matched"]["topics"] == 4
        assert "of-nobody" not in str(told)

    @pytest.mark.parametrize("verb", ["subscribe", "query"])
    def test_outside_the_callers_grants_are_not_told(self, granted: Granted, verb: str) -> None:
        service = granted((verb, "health", "process_health:*"))

        told = answered(service, f"{HEALTH}topics/")

        assert {row["topic"] for row in told["results"]} == {"process_health:api", "process_health:web"}
        assert [family["name"] for family in told["families"]] == ["process_health"]
        assert told["matched"]["topics"] == 2
        assert not any(word in str(told) for word in ("subscription_health", "typo"))

    def test_of_a_token_that_acts_for_an_account_are_those_that_both_may_read(self, granted: Granted) -> None:
        account = User.objects.create_user("ada")
        Grant.objects.create(user=account, verb="query", instance="health", pattern="*:web")
        service = granted(("query", "health", "process_health:*"), user=account)

        told = answered(service, f"{HEALTH}topics/")

        assert [row["topic"] for row in told["results"]] == ["process_health:web"]
        assert told["families"][0]["total"] is None

    def test_are_refused_to_whoever_only_publishes(self, granted: Granted) -> None:
        service = granted(("publish", "health", "*"))

        for path in ("topics/", "pattern/"):
            assert refused(service, HEALTH + path)[:2] == (403, "forbidden")

    def test_name_who_listens_only_with_the_permission(self, granted: Granted, operator: User) -> None:
        service = granted(("query", "health", "*"))
        looking = APIClient()
        looking.force_login(operator)

        assert answered(service, f"{HEALTH}topics/")["results"][0]["listeners"] is None
        assert answered(looking, f"{HEALTH}topics/")["results"][0]["listeners"] == 0

    @pytest.mark.parametrize(
        ("said", "code", "words"),
        [
            ({"pattern": "a::b"}, "bad_pattern", "segment 2 is empty"),
            ({"order": "loudest"}, "bad_request", "`order` is one of rate, bytes, last, topic"),
            ({"limit": "0"}, "bad_request", "from 1 to 500"),
            ({"limit": "²"}, "bad_request", "from 1 to 500"),
            ({"topic": "a"}, "bad_request", "`topic` is no parameter here"),
        ],
    )
    def test_say_what_is_wrong_with_a_question(
        self, publisher: APIClient, said: dict[str, str], code: str, words: str
    ) -> None:
        status, told, detail = refused(publisher, f"{HEALTH}topics/", **said)

        assert (status, told) == (400, code)
        assert words in detail

    def test_are_those_of_an_alias_too(self, publisher: APIClient) -> None:
        assert answered(publisher, "/api/v1/instances/:ex_esdb_health/topics/")["instance"] == "health"


class TestPattern:
    def test_is_previewed_within_the_callers_grants(self, granted: Granted) -> None:
        service = granted(("subscribe", "health", "process_health:api"), ("query", "health", "process_health:*"))

        told = answered(service, f"{HEALTH}pattern/", pattern="process_health:*")

        assert told["matched"]["topics"] == 2
        assert told["may"] == {
            "subscribe": False,
            "query": True,
            "personal": False,
            "subscribable": ["process_health:api"],
        }
        assert told["anybody"] is None
        assert told["subscribers"] is None
        assert told["policy"] == "conflate"

    def test_tells_who_gives_grants_what_it_would_bring_anybody(self) -> None:
        giver = User.objects.create_user("giver")
        giver.user_permissions.add(Permission.objects.get(codename="add_grant"))
        Grant.objects.create(user=giver, verb="query", instance="health", pattern="process_health:web")
        client = APIClient()
        client.force_login(giver)

        told = answered(client, f"{HEALTH}pattern/", pattern="*")

        assert told["matched"]["topics"] == 1
        assert told["anybody"]["topics"] == 4
        assert [row["topic"] for row in told["results"]] == ["process_health:web"]

    def test_warns_of_a_family_that_nobody_declared(self, publisher: APIClient) -> None:
        assert "did you mean" in answered(publisher, f"{HEALTH}pattern/", pattern="proces_health:*")["warning"]
        assert answered(publisher, f"{HEALTH}pattern/", pattern="*")["warning"] is None
