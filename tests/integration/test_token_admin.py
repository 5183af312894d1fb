import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from instances.access.authentication import authenticate_token
from instances.access.models import Token

LIST = "/admin/access/token/"
ADD = "/admin/access/token/add/"
NO_GRANTS = {"grants-TOTAL_FORMS": "0", "grants-INITIAL_FORMS": "0"}
FORM = {"name": "gater-1", "user": "", "expires_at_0": "", "expires_at_1": "", **NO_GRANTS}

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


def shown_secret(page: str) -> str:
    [secret] = set(re.findall(r"gh_[a-z0-9]{8}_[A-Za-z0-9]{43}", page))
    return str(secret)


class TestMakingAToken:
    def test_shows_it_once_and_it_works(self, admin: Client) -> None:
        answer = admin.post(ADD, FORM)

        assert answer.status_code == 200
        secret = shown_secret(answer.content.decode())
        assert authenticate_token(secret).name == "gater-1"

    def test_leaves_it_nowhere(self, admin: Client) -> None:
        answer = admin.post(ADD, FORM)
        secret = shown_secret(answer.content.decode()).rpartition("_")[2]

        assert "messages" not in answer.cookies
        assert secret not in str(answer.headers)
        assert all(secret not in str(session.get_decoded()) for session in Session.objects.all())
        assert all(secret not in f"{entry.object_repr}{entry.change_message}" for entry in LogEntry.objects.all())
        assert secret not in admin.get(LIST).content.decode()
        assert secret not in admin.get(f"{LIST}{Token.objects.get().pk}/change/").content.decode()

    def test_may_not_be_cached(self, admin: Client) -> None:
        assert "no-store" in admin.post(ADD, FORM)["Cache-Control"]

    def test_has_no_inline_script_and_no_inline_style(self, admin: Client) -> None:
        page = admin.post(ADD, FORM).content.decode()

        assert "<script>" not in page
        assert "style=" not in page
        assert "<style" not in page

    def test_refuses_a_name_that_cannot_be_shown(self, admin: Client) -> None:
        answer = admin.post(ADD, {**FORM, "name": "ga\x07ter"})

        assert "no control characters" in answer.content.decode()
        assert not Token.objects.exists()

    def test_needs_the_permission(self, client: Client) -> None:
        client.force_login(User.objects.create_user("clerk", is_staff=True))

        assert client.post(ADD, FORM).status_code == 403
        assert not Token.objects.exists()


class TestTheListOfTokens:
    def test_shows_the_prefix_and_neither_secret_nor_digest(self, admin: Client) -> None:
        token, secret = Token.objects.issue(name="gater-1")

        page = admin.get(LIST).content.decode()

        assert token.prefix in page
        assert secret not in page
        assert token.digest not in page

    def test_keeps_the_name_of_a_token_and_changes_what_it_may_do(self, admin: Client) -> None:
        token = Token.objects.issue(name="gater-1").token

        answer = admin.post(
            f"{LIST}{token.pk}/change/", {**FORM, "name": "other", "limited": "on", "networks": "10.0.0.0/8"}
        )

        assert answer.status_code == 302
        token.refresh_from_db()
        assert (token.name, token.limited, token.networks) == ("gater-1", True, "10.0.0.0/8")

    def test_leaves_a_revoked_token_as_it_is(self, admin: Client) -> None:
        token = Token.objects.issue(name="gater-1").token
        Token.objects.revoke(at=timezone.now())

        assert admin.post(f"{LIST}{token.pk}/change/", {**FORM, "limited": "on"}).status_code == 403


class TestRevoking:
    def test_revokes_those_selected_and_keeps_a_record(self, admin: Client) -> None:
        chosen, spared = (Token.objects.issue(name=name).token for name in ("chosen", "spared"))

        answer = admin.post(LIST, {"action": "revoke", "_selected_action": [chosen.pk]}, follow=True)

        assert "Tokens revoked: 1." in answer.content.decode()
        chosen.refresh_from_db()
        spared.refresh_from_db()
        assert chosen.revoked_at is not None
        assert spared.revoked_at is None
        [entry] = LogEntry.objects.all()
        assert (entry.object_id, entry.change_message) == (str(chosen.pk), "Revoked.")

    def test_twice_keeps_the_first_time(self, admin: Client) -> None:
        token = Token.objects.issue(name="gater-1").token
        Token.objects.revoke(at=timezone.now())
        token.refresh_from_db()
        first = token.revoked_at

        admin.post(LIST, {"action": "revoke", "_selected_action": [token.pk]})

        token.refresh_from_db()
        assert token.revoked_at == first
        assert not LogEntry.objects.exists()

    def test_needs_the_permission(self, client: Client) -> None:
        viewer = User.objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_token"))
        token = Token.objects.issue(name="gater-1").token
        client.force_login(viewer)

        client.post(LIST, {"action": "revoke", "_selected_action": [token.pk]})

        token.refresh_from_db()
        assert token.revoked_at is None
