"""Traces: for whom they are, what is wrong with a question, and that no more is told than the reader may read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from instances.access.models import Grant
from instances.explorer.traces import TRACES
from instances.publishing import publish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("running_instances")]

URL = "/api/v1/traces/"
Tracer = Callable[..., APIClient]


@pytest.fixture
def tracer() -> Tracer:
    """Give a function that makes an account with the permission to trace, and with grants to query these patterns."""

    def make(name: str, **patterns: str) -> APIClient:
        user = User.objects.create_user(name)
        user.user_permissions.add(Permission.objects.get(codename="trace_events"))
        for instance, pattern in patterns.items():
            Grant.objects.create(user=user, verb="query", instance=instance, pattern=pattern)
        client = APIClient()
        client.force_login(user)
        return client

    return make


def started(client: APIClient, **said: object) -> str:
    answer = client.post(URL, {"reason": "OPS-1320"} | said, format="json")
    assert answer.status_code == 201, answer.content
    id: str = answer.json()["id"]
    return id


def refused(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


class TestTraces:
    def test_need_a_permission_of_their_own(self) -> None:
        user = User.objects.create_user("ada")
        Grant.objects.create(user=user, verb="query", instance="health", pattern="*")
        client = APIClient()
        client.force_login(user)

        status, code, detail = refused(client.post(URL, {"reason": "x", "instance": "health", "pattern": "*"}))

        assert (status, code) == (403, "forbidden")
        assert "consumers.trace_events" in detail
        assert refused(client.get(URL))[0] == 403
        assert not TRACES.running

    def test_are_within_the_grants_of_whoever_asks(self, tracer: Tracer) -> None:
        client = tracer("ada", health="process_health:*")

        answer = client.post(URL, {"reason": "x", "instance": "health", "pattern": "*"}, format="json")

        assert refused(answer)[:2] == (403, "forbidden")
        assert started(client, instance="health", pattern="process_health:*")

    def test_of_a_publisher_pass_over_what_its_reader_may_not_read(self, tracer: Tracer) -> None:
        ada, bob = tracer("ada", health="*"), tracer("bob", health="process_health:*")
        id = started(ada, publisher="gater-1")
        for topic in ("process_health:api", "subscription_health:prod"):
            publish("health", topic, "checked", publisher="gater-1")
        publish("system", "system_status:web", "checked", publisher="gater-1")

        seen = {
            name: {step["topic"] for step in client.get(f"{URL}{id}/").json()["steps"]}
            for name, client in (("ada", ada), ("bob", bob))
        }

        assert seen == {"ada": {"process_health:api", "subscription_health:prod"}, "bob": {"process_health:api"}}

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"instance": "health", "pattern": "*", "reason": "  "}, "Say why"),
            ({"instance": "health", "reason": "x"}, "either a `pattern`"),
            ({"pattern": "*", "reason": "x"}, "one of an `instance`"),
            ({"pattern": "*", "instance": "health", "publisher": "p", "reason": "x"}, "either a `pattern`"),
            ({"publisher": "\n", "reason": "x"}, "printable characters"),
            ({"instance": "health", "pattern": "a*", "reason": "x"}, "whole segment"),
            ({"instance": "health", "pattern": "*", "seconds": 601, "reason": "x"}, "from 1 to 600"),
            ({"instance": "health", "pattern": "*", "hours": 1, "reason": "x"}, "hours"),
            ({"instance": "health", "pattern": "*"}, "reason"),
        ],
    )
    def test_say_what_is_wrong_with_a_question(self, tracer: Tracer, said: dict[str, object], words: str) -> None:
        answer = tracer("ada", health="*").post(URL, said, format="json")

        assert answer.status_code == 400
        assert words in answer.json()["detail"]
        assert not TRACES.running

    def test_that_are_unknown_are_not_found(self, tracer: Tracer) -> None:
        client = tracer("ada", health="*")

        assert refused(client.get(f"{URL}t_nothing/"))[:2] == (404, "not_found")
        assert refused(client.delete(f"{URL}t_nothing/"))[:2] == (404, "not_found")
        assert refused(client.get(f"{URL}t_nothing/", {"limit": "0"}))[:2] == (400, "bad_request")
