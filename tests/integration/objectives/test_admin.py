"""Objectives in the admin: who may set them, what is wrong with one, and that a change is told."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gaterhub.objectives.models import Objective
from instances.access.models import Grant
from tests.accounts import role
from tests.integration.objectives.promised import promise

pytestmark = pytest.mark.django_db

ADD = "/admin/gaterhub/objective/add/"
LIST = "/admin/gaterhub/objective/"
FORM = {
    "name": "Registrations within 100 ms",
    "instance": "metrics",
    "pattern": "subscription_metrics:*",
    "event_type": "",
    "metric": "processing_time_ms",
    "comparison": "below",
    "bound": "100",
    "target_percent": "99.9",
    "window_days": "30",
}


@pytest.fixture
def operator(client: Client) -> Client:
    user = User.objects.create_user("operator", is_staff=True)
    user.groups.add(role("operator"))
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


class TestAdmin:
    def test_lets_an_operator_promise(self, operator: Client) -> None:
        assert operator.post(ADD, FORM).status_code == 302

        row = Objective.objects.get()
        assert (row.definition.sentence, str(row.target_percent)) == ("processing_time_ms below 100", "99.9000")
        listed = text_of(operator.get(LIST))
        assert "99.9 %" in listed
        assert "30 days" in listed

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"pattern": "subscription_metrics:pro*"}, "must be a whole segment"),
            ({"bound": "soon"}, "After “below” a number is needed"),
            ({"bound": "nan"}, "After “below” a number is needed"),
            ({"metric": "loop_delay."}, "A field is named, with a dot"),
            ({"target_percent": "100"}, "less than or equal to 99.9999"),
            ({"target_percent": "0"}, "greater than or equal to 0.0001"),
            ({"window_days": "91"}, "less than or equal to 90"),
        ],
    )
    def test_says_what_is_wrong(self, operator: Client, wrong: dict[str, str], said: str) -> None:
        answer = operator.post(ADD, FORM | wrong)

        assert said in text_of(answer)
        assert not Objective.objects.exists()

    def test_takes_a_word_after_is(self, operator: Client) -> None:
        operator.post(ADD, FORM | {"metric": "result", "comparison": "is", "bound": "ok"})

        assert Objective.objects.get().definition.sentence == "result is ok"

    def test_shows_only_what_the_person_manages(self, client: Client) -> None:
        promise("Metrics"), promise("Health", instance="health", pattern="*")
        clerk = User.objects.create_user("clerk", is_staff=True)
        clerk.user_permissions.set(role("operator").permissions.filter(codename__endswith="_objective"))
        Grant.objects.create(user=clerk, verb="manage", instance="health", pattern="*")
        client.force_login(clerk)

        listed = text_of(client.get(LIST))

        assert "Health" in listed
        assert "processing_time_ms below 100" in listed
        assert ">Metrics<" not in listed
        assert client.post(ADD, FORM).status_code == 200
        assert Objective.objects.count() == 2
