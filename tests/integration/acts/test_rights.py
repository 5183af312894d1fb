"""Tokens, grants, roles, accounts and event types that are made, changed and taken back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from instances.access.models import Grant, Token
from instances.schemas import operators
from instances.schemas.words import Compatibility
from tests.integration.acts.conftest import PASSWORD, Told

pytestmark = pytest.mark.django_db


class Committed:
    """What was told of what a block did, once it is committed."""

    def __init__(self, told: list[Told], capture: DjangoCaptureOnCommitCallbacks) -> None:
        self._told = told
        self._capture = capture

    @contextmanager
    def __call__(self) -> Iterator[list[Told]]:
        self._told.clear()
        with self._capture(execute=True):
            yield self._told


@pytest.fixture
def committed(told: list[Told], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Committed:
    return Committed(told, django_capture_on_commit_callbacks)


class TestTokens:
    def test_are_told_when_they_are_revoked(self, committed: Committed) -> None:
        token, secret = Token.objects.issue(name="orders")

        with committed() as told:
            Token.objects.all().revoke(at=timezone.now())

        (revoked,) = told
        assert (revoked.instance, revoked.event_type) == ("audit", "token_revoked")
        assert (revoked.data["prefix"], revoked.data["action"]) == (token.prefix, "revoke_token")
        assert secret not in str(told)

    def test_are_told_when_they_are_rotated(self, committed: Committed) -> None:
        old, _ = Token.objects.issue(name="orders")

        with committed() as told:
            new, secret = Token.objects.issue(name="orders", replaces=old)

        rotated = next(each for each in told if each.event_type == "credential_rotated")
        assert (rotated.data["credential_id"], rotated.data["replaces"]) == (f"gh_{new.prefix}", f"gh_{old.prefix}")
        assert "token_created" in [each.event_type for each in told]
        assert secret not in str(told)

    def test_are_told_when_they_are_changed_without_their_secrets(self, committed: Committed) -> None:
        token, _ = Token.objects.issue(name="orders")

        with committed() as told:
            token.networks, token.digest, token.signing_secret = "10.0.0.0/8", "d" * 64, "sealed"
            token.save()

        (changed,) = told
        assert changed.event_type == "data_changed"
        assert changed.data["fields"] == ["networks", "digest", "signing_secret"]
        assert (changed.data["before"], changed.data["after"]) == ({"networks": ""}, {"networks": "10.0.0.0/8"})

    def test_are_not_told_for_their_use(self, committed: Committed) -> None:
        token, _ = Token.objects.issue(name="orders")

        with committed() as told:
            Token.objects.note_use(token, at=timezone.now())

        assert told == []


class TestGrants:
    def test_are_told_when_they_are_made_changed_and_taken_back(self, committed: Committed) -> None:
        bob = User.objects.create_user("bob")
        with committed() as told:
            grant = Grant.objects.create(user=bob, verb="publish", instance="health", pattern="a:*")
        with_grant = dict(told[0].data)
        with committed() as told:
            grant.pattern = "b:*"
            grant.save()
        changed = dict(told[0].data)
        with committed() as told:
            grant.delete()

        assert told[0].event_type == "permissions_changed"
        assert with_grant["user_id"] == with_grant["target"] == "user:bob"
        assert (with_grant["granted"], with_grant["revoked"]) == (["publish health a:*"], [])
        assert (changed["granted"], changed["revoked"]) == (["publish health b:*"], ["publish health a:*"])
        assert (told[0].data["granted"], told[0].data["revoked"]) == ([], ["publish health b:*"])
        assert with_grant["outcome"] == "success"

    def test_go_with_their_role_and_are_told(self, committed: Committed) -> None:
        role = Group.objects.create(name="night shift")
        Grant.objects.create(group=role, verb="query", instance="audit")

        with committed() as told:
            role.delete()

        assert {each.event_type for each in told} == {"permissions_changed", "data_changed"}


class TestRoles:
    def test_are_told_for_whom_they_are_set_from_either_side(self, committed: Committed) -> None:
        bob, role = User.objects.create_user("bob"), Group.objects.create(name="night shift")
        with committed() as told:
            bob.groups.add(role)
        added = [(each.data["user_id"], each.data["granted"]) for each in told]
        with committed() as told:
            role.user_set.remove(bob)
        removed = [(each.data["user_id"], each.data["revoked"]) for each in told]
        role.user_set.add(bob)
        with committed() as told:
            bob.groups.clear()

        assert added == [("user:bob", ["role:night shift"])]
        assert removed == [("user:bob", ["role:night shift"])]
        assert [(each.data["user_id"], each.data["revoked"]) for each in told] == removed

    def test_of_tokens_and_their_permissions_are_told(self, committed: Committed) -> None:
        token, _ = Token.objects.issue(name="orders")
        role = Group.objects.create(name="night shift")

        with committed() as told:
            token.roles.set([role])
            role.permissions.add(Permission.objects.get(codename="revoke_token"))

        assert [(each.data["user_id"], each.data["granted"]) for each in told] == [
            (f"token:{token}", ["role:night shift"]),
            ("role:night shift", ["access.revoke_token"]),
        ]

    def test_of_many_are_told_up_to_a_number(self, committed: Committed) -> None:
        role = Group.objects.create(name="night shift")
        people = User.objects.bulk_create(User(username=f"guard-{number}") for number in range(130))

        with committed() as told:
            role.user_set.set(people)

        assert len(told) == 101
        assert told[-1].data["user_id"] == "30 others"

    def test_are_told_when_they_are_made(self, committed: Committed) -> None:
        with committed() as told:
            Group.objects.create(name="night shift")

        assert [(each.event_type, each.data["action"], each.data["after"]) for each in told] == [
            ("data_changed", "created", {"name": "night shift"})
        ]


class TestAccounts:
    def test_are_told_when_what_they_may_do_changes_and_never_with_their_password(self, committed: Committed) -> None:
        bob = User.objects.create_user("bob")

        with committed() as told:
            bob.is_superuser = True
            bob.set_password(PASSWORD)
            bob.save()

        (changed,) = told
        assert changed.data["fields"] == ["is_superuser", "password"]
        assert changed.data["after"] == {"is_superuser": True}
        assert bob.password not in str(told)

    def test_are_not_told_for_a_log_in(self, committed: Committed) -> None:
        bob = User.objects.create_user("bob")

        with committed() as told:
            bob.last_login = timezone.now()
            bob.save(update_fields=["last_login"])

        assert told == []


class TestEventTypes:
    def test_are_told_when_they_are_registered_with_schemas_cut_short(self, committed: Committed) -> None:
        properties = {f"field_{number}": {"type": "string"} for number in range(200)}
        with committed() as told:
            operators.register_type(
                "events",
                "order_packed",
                operators.Description(title="Packed", purpose="It is.", topic="", compatibility=Compatibility.BACKWARD),
                data_schema={"type": "object", "properties": properties},
                metadata_schema={"type": "object"},
                by="ada",
            )

        assert [(each.event_type, each.data["target"]) for each in told] == [
            ("configuration_changed", "instances.DomainType:events.order_packed"),
            ("configuration_changed", "instances.DomainTypeVersion:events.order_packed, version 1"),
        ]
        assert len(told[1].data["after"]["data_schema"]) == 2_000
