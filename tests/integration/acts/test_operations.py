"""What an operator does in the admin and on the command line."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from instances.access.models import Token
from instances.models import InstanceConfig
from tests.integration.acts.conftest import Told

CONFIGURATION = "/admin/instances/instanceconfig/"
TOKENS = "/admin/access/token/"


def row(name: str) -> InstanceConfig:
    return InstanceConfig.objects.get_or_create(instance=name)[0]


class TestConfiguration:
    def test_is_told_with_what_was_and_what_is_and_who_changed_it(
        self,
        operator: Client,
        told: list[Told],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        health = row("health")
        told.clear()

        with django_capture_on_commit_callbacks(execute=True):
            answer = operator.post(
                f"{CONFIGURATION}{health.pk}/change/", {"enabled": "on", "strict": "on", "because": "OPS-1"}
            )

        assert answer.status_code == 302
        changed = next(each for each in told if each.instance == "system")
        assert (changed.topic, changed.event_type) == (
            "configuration_changes:gaterhub",
            "configuration_changed",
        )
        assert changed.data == {
            "actor": "user:ada",
            "actor_kind": "user",
            "ip_address": "203.0.113.7",
            "action": "changed",
            "target": "instances.InstanceConfig:health",
            "before": {"strict": False},
            "after": {"strict": True},
            "outcome": "success",
        }

    @pytest.mark.django_db
    def test_is_told_when_it_is_made_and_when_it_is_deleted(
        self, told: list[Told], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        InstanceConfig.objects.filter(instance="health").delete()
        told.clear()

        with django_capture_on_commit_callbacks(execute=True):
            row("health")
        with django_capture_on_commit_callbacks(execute=True):
            row("health").delete()

        made, deleted = (each.data for each in told)
        assert (made["action"], "before" in made, made["after"]["enabled"]) == ("created", False, True)
        assert (deleted["action"], deleted["before"]["enabled"], "after" in deleted) == ("deleted", True, False)

    @pytest.mark.django_db
    def test_is_no_act_where_nothing_changes_or_all_is_undone(
        self, told: list[Told], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        health = row("health")
        told.clear()

        with django_capture_on_commit_callbacks(execute=True):
            health.save()
            with transaction.atomic():
                health.strict = True
                health.save()
                transaction.set_rollback(True)

        assert told == []


class TestAdmin:
    def test_tells_what_is_done_in_it_and_that_a_token_was_made_but_never_its_secret(
        self,
        operator: Client,
        told: list[Told],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            page = operator.post(
                f"{TOKENS}add/", {"name": "orders", "grants-TOTAL_FORMS": "0", "grants-INITIAL_FORMS": "0"}
            )

        token = Token.objects.get(name="orders")
        made, acted = told
        assert (made.instance, made.event_type) == ("audit", "token_created")
        assert (made.data["actor"], made.data["resource_name"]) == ("user:ada", "orders")
        assert (made.data["prefix"], "acts_for" in made.data) == (token.prefix, False)
        assert (acted.event_type, acted.data["action"]) == ("admin_operation", "add")
        assert acted.data["resource"] == f"access.token:{token.pk}"
        secret = re.search(rf"gh_{token.prefix}_(\w+)", page.content.decode())
        assert secret is not None
        assert secret[1] not in str(told)


class TestToken:
    @pytest.mark.django_db
    def test_is_told_when_it_is_made_and_not_whenever_it_is_saved(
        self, told: list[Told], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            token = Token.objects.issue(name="orders").token
        with django_capture_on_commit_callbacks(execute=True):
            token.save()

        assert [each.event_type for each in told] == ["token_created"]


class TestCommand:
    @pytest.mark.django_db
    def test_tells_of_a_token_that_the_operating_systems_user_made(
        self, told: list[Told], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        output = StringIO()
        with django_capture_on_commit_callbacks(execute=True):
            call_command("create_token", "orders", stdout=output)

        (made,) = told
        assert made.data["actor"].startswith("os:")
        assert made.data["prefix"] in output.getvalue()
        assert output.getvalue().strip() not in str(told)
