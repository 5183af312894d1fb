"""Signing secrets as people make them: in the admin, by the API and by command."""

import base64
import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from instances.access.granting import principal_of_token
from instances.access.models import Issued, Token

pytestmark = pytest.mark.django_db

LIST = "/admin/access/token/"
FORM = re.compile(r"ghs_[A-Za-z0-9]{43}")


@pytest.fixture
def issued() -> Issued:
    return Token.objects.issue(name="gater-1", roles=())


def is_secret_of(token: Token, secret: str) -> bool:
    token.refresh_from_db()
    opened = principal_of_token(token).signing_secret
    return opened is not None and opened.key == secret.encode()


def logged_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def bearing(issued: Issued) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
    return client


def address(token: Token) -> str:
    return f"/api/v1/tokens/{token.prefix}/signing-secret/"


class TestInTheAdmin:
    @pytest.fixture
    def admin(self, client: Client) -> Client:
        client.force_login(User.objects.create_superuser("admin"))
        return client

    def test_is_shown_once_and_left_nowhere(self, admin: Client, issued: Issued) -> None:
        answer = admin.post(LIST, {"action": "make_signing_secret", "_selected_action": issued.token.pk})

        (secret,) = set(FORM.findall(answer.content.decode()))
        assert is_secret_of(issued.token, secret)
        assert "no-store" in answer["Cache-Control"]
        assert "messages" not in answer.cookies
        assert all(secret not in str(session.get_decoded()) for session in Session.objects.all())
        assert [entry.change_message for entry in LogEntry.objects.all()] == ["Signing secret made."]
        assert secret not in admin.get(LIST).content.decode()

    def test_is_made_for_one_token_at_a_time(self, admin: Client, issued: Issued) -> None:
        other = Token.objects.issue(name="gater-2").token
        form = {"action": "make_signing_secret", "_selected_action": [issued.token.pk, other.pk]}

        answer = admin.post(LIST, form, follow=True)

        assert "Select one token" in answer.content.decode()
        assert not Token.objects.exclude(signing_secret="").exists()

    def test_needs_the_permission_to_change_tokens(self, client: Client, issued: Issued) -> None:
        clerk = User.objects.create_user("clerk", is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_token"))
        client.force_login(clerk)

        client.post(LIST, {"action": "make_signing_secret", "_selected_action": issued.token.pk})

        assert not Token.objects.exclude(signing_secret="").exists()


class TestByTheApi:
    def test_is_for_one_s_own_token(self) -> None:
        ana = User.objects.create_user("ana")
        token = Token.objects.issue(name="anas", user=ana).token

        answer = logged_in(ana).post(address(token))

        assert answer.status_code == 201
        assert answer["Cache-Control"] == "no-store"
        assert is_secret_of(token, answer.json()["signing_secret"])
        assert LogEntry.objects.get().change_message == "Signing secret made."

    def test_is_for_any_with_the_permission(self, issued: Issued) -> None:
        ana = User.objects.create_user("ana")
        ana.user_permissions.add(Permission.objects.get(codename="change_token"))

        assert logged_in(ana).post(address(issued.token)).status_code == 201
        assert logged_in(ana).post("/api/v1/tokens/nowhere1/signing-secret/").status_code == 404

    def test_is_not_for_another_s_token_known_or_unknown(self, issued: Issued) -> None:
        client = logged_in(User.objects.create_user("mallory"))

        told = [client.post(address(issued.token)), client.post("/api/v1/tokens/nowhere1/signing-secret/")]

        assert [answer.status_code for answer in told] == [403, 403]
        assert told[0].json()["detail"] == told[1].json()["detail"]

    def test_is_not_made_by_a_limited_token_for_itself(self, issued: Issued) -> None:
        assert bearing(issued).post(address(issued.token)).status_code == 403
        assert not Token.objects.exclude(signing_secret="").exists()

    def test_is_not_made_for_strangers(self, issued: Issued) -> None:
        assert APIClient().post(address(issued.token)).status_code == 401

    def test_is_not_made_for_a_revoked_token(self, issued: Issued) -> None:
        Token.objects.filter(pk=issued.token.pk).revoke(at=issued.token.created_at)

        answer = logged_in(User.objects.create_superuser("admin")).post(address(issued.token))

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


class TestByCommand:
    @pytest.mark.parametrize("before", ["", "gh_"])
    def test_is_printed_alone(self, issued: Issued, before: str) -> None:
        out = StringIO()

        call_command("create_signing_secret", before + issued.token.prefix, stdout=out)

        assert FORM.fullmatch(out.getvalue().rstrip("\n"))
        assert is_secret_of(issued.token, out.getvalue().strip())

    def test_says_that_there_is_no_such_token(self) -> None:
        with pytest.raises(CommandError, match="no token with the prefix 'nowhere1'"):
            call_command("create_signing_secret", "nowhere1")

    def test_does_not_repeat_a_whole_token(self, issued: Issued) -> None:
        with pytest.raises(CommandError, match="8 characters") as caught:
            call_command("create_signing_secret", issued.secret)
        assert issued.secret not in str(caught.value)

    def test_is_not_made_for_a_revoked_token(self, issued: Issued) -> None:
        Token.objects.filter(pk=issued.token.pk).revoke(at=issued.token.created_at)

        with pytest.raises(CommandError, match="was revoked"):
            call_command("create_signing_secret", issued.token.prefix)

    def test_is_sealed_anew_for_the_present_key(self, issued: Issued, settings: Any) -> None:
        out = StringIO()
        call_command("create_signing_secret", issued.token.prefix, stdout=StringIO())
        settings.GATERHUB_ENCRYPTION_KEY = base64.b64encode(b"k" * 32).decode()

        call_command("reseal_secrets", stdout=out)

        assert out.getvalue().startswith("Signing secrets sealed anew: 1.\n")

    def test_that_no_key_opens_is_named(self, issued: Issued, settings: Any) -> None:
        call_command("create_signing_secret", issued.token.prefix, stdout=StringIO())
        settings.SECRET_KEY = "another" * 10

        with pytest.raises(CommandError, match=issued.token.prefix):
            call_command("reseal_secrets", stdout=StringIO())
