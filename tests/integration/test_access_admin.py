"""What somebody who is no superuser tries in the admin, to come by more than they have."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from instances.access.authentication import authenticate_token
from instances.access.models import Grant, Token
from tests.accounts import account, role
from tests.integration.test_token_admin import ADD, FORM, LIST, NO_GRANTS, shown_secret

pytestmark = pytest.mark.django_db

PERMISSIONS = (
    "add_token", "view_token", "change_token", "rotate_token", "view_user", "change_user", "add_user", "delete_user",
    "view_group", "change_group", "view_grant", "change_grant",
)  # fmt: skip


def grant_rows(prefix: str = "grants", **said: Any) -> dict[str, Any]:
    row = {"verb": "query", "instance": "audit", "pattern": "*", **said}
    return {
        f"{prefix}-TOTAL_FORMS": "1",
        f"{prefix}-INITIAL_FORMS": "0",
        **{f"{prefix}-0-{name}": value for name, value in row.items()},
    }


@pytest.fixture
def clerk() -> User:
    """Somebody who manages accounts and tokens, reads health, and may not grant."""
    clerk = account("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=PERMISSIONS))
    Grant.objects.create(user=clerk, verb="subscribe", instance="health", pattern="*")
    return clerk


@pytest.fixture
def desk(client: Client, clerk: User) -> Client:
    client.force_login(clerk)
    return client


def edited(user: User, **said: Any) -> dict[str, Any]:
    return {
        "username": user.username,
        "is_active": "on",
        "date_joined_0": "2030-01-01",
        "date_joined_1": "12:00",
        **NO_GRANTS,
        **said,
    }


class TestATokenInTheAdmin:
    def test_is_not_unlimited_without_a_superuser(self, desk: Client) -> None:
        page = desk.post(ADD, FORM).content.decode()

        assert "Only a superuser makes or changes a token that may do everything" in page
        assert not Token.objects.exists()

    def test_does_not_act_unlimited_for_another(self, desk: Client) -> None:
        root = User.objects.create_superuser("root")

        page = desk.post(ADD, {**FORM, "user": str(root.pk)}).content.decode()

        assert "Only a superuser" in page
        assert not Token.objects.exists()

    def test_gets_grants_that_the_giver_has(self, desk: Client) -> None:
        rows = grant_rows(verb="subscribe", instance="health", pattern="process_health:*")

        page = desk.post(ADD, {**FORM, **rows, "limited": "on"}).content.decode()

        assert authenticate_token(shown_secret(page)).rights.patterns("subscribe", "health") == ("process_health:*",)  # type: ignore[arg-type]  # A verb is its text.

    def test_gets_no_grant_that_the_giver_lacks(self, desk: Client) -> None:
        page = desk.post(ADD, {**FORM, **grant_rows(), "limited": "on"}).content.decode()

        assert "query on audit *" in page
        assert not Token.objects.exists()

    def test_gets_no_role_that_the_giver_lacks(self, desk: Client) -> None:
        page = desk.post(ADD, {**FORM, "limited": "on", "roles": [role("auditor").pk]}).content.decode()

        assert "The role auditor is beyond you" in page
        assert not Token.objects.exists()

    def test_is_not_freed_by_a_change(self, desk: Client) -> None:
        token = Token.objects.issue(name="narrow", roles=[]).token

        assert desk.post(f"{LIST}{token.pk}/change/", {**FORM}).status_code == 200
        token.refresh_from_db()
        assert token.limited

    def test_that_may_do_more_is_not_rotated(self, desk: Client) -> None:
        token = Token.objects.issue(name="free").token
        said = {"action": "rotate", "_selected_action": [token.pk], "confirmed": "yes", "overlap_hours": "1"}

        page = desk.post(LIST, said, follow=True).content.decode()

        assert "No token was rotated" in page
        assert Token.objects.count() == 1

    def test_is_rotated_and_shown_once_and_left_nowhere(self, client: Client) -> None:
        client.force_login(User.objects.create_superuser("root"))
        token = Token.objects.issue(name="gater-1").token
        said = {"action": "rotate", "_selected_action": [token.pk]}
        assert "Overlap in hours" in client.post(LIST, said).content.decode()

        answer = client.post(LIST, {**said, "confirmed": "yes", "overlap_hours": "1"})

        secret = shown_secret(answer.content.decode())
        assert authenticate_token(secret).name == "gater-1"
        assert "messages" not in answer.cookies
        assert "no-store" in answer["Cache-Control"]
        assert secret not in client.get(LIST).content.decode()

    @pytest.mark.parametrize("page", [ADD, "/admin/access/grant/add/", "/admin/auth/group/add/"])
    def test_has_pages_without_inline_script_and_style(self, client: Client, page: str) -> None:
        client.force_login(User.objects.create_superuser("root"))

        shown = client.get(page).content.decode()

        assert "<script>" not in shown
        assert "style=" not in shown
        assert "<style" not in shown


class TestAGrantInTheAdmin:
    def test_is_not_widened_by_who_may_only_change_grants(self, desk: Client, clerk: User) -> None:
        grant = Grant.objects.get(user=clerk)

        page = desk.post(
            f"/admin/access/grant/{grant.pk}/change/",
            {"user": clerk.pk, "verb": "query", "instance": "audit", "pattern": "*"},
        ).content.decode()

        assert "query on audit *" in page
        grant.refresh_from_db()
        assert grant.instance == "health"

    def test_is_found_by_whom_it_is_for(self, client: Client, clerk: User) -> None:
        client.force_login(User.objects.create_superuser("root"))

        assert "account clerk" in client.get("/admin/access/grant/?q=clerk").content.decode()


class TestARoleInTheAdmin:
    def test_gets_no_permission_that_the_editor_lacks(self, desk: Client) -> None:
        group = Group.objects.create(name="friends")
        wanted = Permission.objects.get(codename="delete_token")

        page = desk.post(
            f"/admin/auth/group/{group.pk}/change/", {"name": "friends", "permissions": [wanted.pk], **NO_GRANTS}
        ).content.decode()

        assert "access.delete_token" in page
        assert not group.permissions.exists()

    def test_gets_no_grant_that_the_editor_lacks(self, desk: Client) -> None:
        group = Group.objects.create(name="friends")

        desk.post(f"/admin/auth/group/{group.pk}/change/", {"name": "friends", **grant_rows()})

        assert not group.grants.exists()

    def test_is_listed_with_its_purpose_and_members(self, client: Client) -> None:
        client.force_login(User.objects.create_superuser("root"))
        account("eve", "auditor")

        page = client.get("/admin/auth/group/").content.decode()

        assert "Reads and verifies evidence" in page
        assert "Select role" in page

    def test_is_listed_with_the_number_of_its_tokens(self, client: Client) -> None:
        client.force_login(User.objects.create_superuser("operator"))
        for name in ("one", "other"):
            Token.objects.issue(name=name, roles=[role("auditor")])

        page = client.get("/admin/auth/group/").content.decode()

        assert '<td class="field-its_tokens">2</td>' in page


class TestAnAccountInTheAdmin:
    def test_becomes_no_superuser(self, desk: Client, clerk: User) -> None:
        page = desk.post(f"/admin/auth/user/{clerk.pk}/change/", edited(clerk, is_superuser="on")).content.decode()

        assert "Only a superuser makes another one" in page
        clerk.refresh_from_db()
        assert not clerk.is_superuser

    def test_of_a_superuser_is_not_edited_or_deleted_or_given_a_password(self, desk: Client) -> None:
        root = User.objects.create_superuser("root")
        page = f"/admin/auth/user/{root.pk}"

        assert "Only a superuser edits" in desk.get(f"{page}/change/").content.decode()
        assert desk.post(f"{page}/change/", edited(root)).status_code == 403
        assert (
            desk.post(f"{page}/password/", {"password1": "n3w-and-long", "password2": "n3w-and-long"}).status_code
            == 403
        )
        assert desk.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
        assert User.objects.filter(pk=root.pk).exists()

    def test_is_not_deleted_in_bulk_where_it_is_a_superuser_s(self, desk: Client) -> None:
        root = User.objects.create_superuser("root")

        desk.post("/admin/auth/user/", {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"})

        assert User.objects.filter(pk=root.pk).exists()

    def test_gets_no_role_and_no_permission_that_the_editor_lacks(self, desk: Client, clerk: User) -> None:
        wanted = Permission.objects.get(codename="delete_token")

        page = desk.post(
            f"/admin/auth/user/{clerk.pk}/change/",
            edited(clerk, groups=[role("auditor").pk], user_permissions=[wanted.pk, *_had(clerk)]),
        ).content.decode()

        assert "The role auditor is beyond you" in page
        assert "access.delete_token" in page
        assert not clerk.groups.exists()


def _had(user: User) -> list[int]:
    return list(user.user_permissions.values_list("pk", flat=True))
