from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from instances.access.models import LAST_USED_STEP, Token
from instances.access.secret import digest_of, prefix_of

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


class TestIssue:
    def test_stores_the_prefix_and_the_digest_and_no_secret(self) -> None:
        token, secret = Token.objects.issue(name="gater-1")

        stored = Token.objects.values().get(pk=token.pk)
        assert stored["prefix"] == prefix_of(secret)
        assert stored["digest"] == digest_of(secret)
        assert secret.rpartition("_")[2] not in str(stored)

    def test_shows_no_secret_in_the_token_s_text(self) -> None:
        token, secret = Token.objects.issue(name="gater-1")

        assert str(token) == f"gater-1 (gh_{token.prefix}_…)"
        assert secret.rpartition("_")[2] not in repr(token)

    def test_lets_two_tokens_bear_one_name(self) -> None:
        first, second = (Token.objects.issue(name="gater-1") for _ in range(2))

        assert first.token.pk != second.token.pk
        assert first.secret != second.secret

    @pytest.mark.parametrize("name", ["", " ", " gater", "gater ", "ga\0ter", "ga\nter", "ga\ud800ter", "g" * 129])
    def test_refuses_a_name_that_cannot_be_shown(self, name: str) -> None:
        with pytest.raises(ValidationError):
            Token.objects.issue(name=name)
        assert not Token.objects.exists()

    def test_takes_the_longest_name(self) -> None:
        assert Token.objects.issue(name="é" * 128).token.name == "é" * 128


class TestTheTable:
    def test_refuses_a_token_without_a_name(self) -> None:
        with pytest.raises(IntegrityError, match="token_has_a_name"):
            Token.objects.create(name="", prefix="abcd1234", digest="0" * 64)

    def test_refuses_a_prefix_that_is_taken(self) -> None:
        Token.objects.create(name="first", prefix="abcd1234", digest="0" * 64)

        with pytest.raises(IntegrityError, match="prefix"):
            Token.objects.create(name="second", prefix="abcd1234", digest="1" * 64)

    def test_lets_a_token_go_with_its_user(self) -> None:
        leaver = get_user_model().objects.create_user("leaver")
        Token.objects.issue(name="of-leaver", user=leaver)

        leaver.delete()

        assert not Token.objects.exists()


class TestWhyRefused:
    def test_is_none_for_a_good_token(self) -> None:
        assert Token(name="good").why_refused(at=NOON) is None

    def test_names_the_revocation(self) -> None:
        assert Token(revoked_at=NOON).why_refused(at=NOON) == "The token was revoked."

    def test_names_the_expiry_from_its_very_moment_on(self) -> None:
        token = Token(expires_at=NOON)

        assert token.why_refused(at=NOON - timedelta(microseconds=1)) is None
        assert token.why_refused(at=NOON) == "The token has expired."

    def test_names_a_deactivated_user(self) -> None:
        token = Token(user=get_user_model()(username="leaver", is_active=False))

        assert token.why_refused(at=NOON) == "The token's user is deactivated."


class TestLive:
    def test_leaves_out_the_revoked_the_expired_and_those_of_deactivated_users(self) -> None:
        leaver = get_user_model().objects.create_user("leaver", is_active=False)
        keeper = get_user_model().objects.create_user("keeper")
        Token.objects.issue(name="revoked")
        Token.objects.revoke(at=NOON)
        Token.objects.issue(name="expired", expires_at=NOON)
        Token.objects.issue(name="of-leaver", user=leaver)
        Token.objects.issue(name="good")
        Token.objects.issue(name="of-keeper", user=keeper, expires_at=NOON + timedelta(seconds=1))

        names = Token.objects.live(at=NOON).values_list("name", flat=True)

        assert set(names) == {"good", "of-keeper"}


class TestRevoke:
    def test_keeps_the_time_of_an_earlier_revocation(self) -> None:
        token = Token.objects.issue(name="gater-1").token
        assert Token.objects.revoke(at=NOON) == 1

        assert Token.objects.revoke(at=NOON + timedelta(days=1)) == 0

        token.refresh_from_db()
        assert token.revoked_at == NOON


class TestNoteUse:
    def test_writes_the_first_use(self) -> None:
        token = Token.objects.issue(name="gater-1").token

        assert Token.objects.note_use(token, at=NOON)

        token.refresh_from_db()
        assert token.last_used_at == NOON

    def test_writes_again_after_a_minute_and_not_before(self) -> None:
        token = Token.objects.issue(name="gater-1").token
        Token.objects.note_use(token, at=NOON)
        token.refresh_from_db()

        assert not Token.objects.note_use(token, at=NOON + LAST_USED_STEP - timedelta(seconds=1))
        assert Token.objects.note_use(token, at=NOON + LAST_USED_STEP)

    def test_writes_once_for_two_processes_that_ask_at_once(self) -> None:
        token = Token.objects.issue(name="gater-1").token
        seen_by_another = Token.objects.get(pk=token.pk)

        assert Token.objects.note_use(token, at=NOON)
        assert not Token.objects.note_use(seen_by_another, at=NOON)
