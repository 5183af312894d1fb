import base64
from typing import Any

import pytest
from django.utils import timezone

from instances.access.authentication import authenticate_token
from instances.access.granting import principal_of_token
from instances.access.models import Token
from instances.access.signing_secret import FORM, RevokedToken, give_signing_secret, new_signing_secret, reseal
from instances.error_codes import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> Token:
    return Token.objects.issue(name="gater-1").token


def key_of(token: Token) -> bytes:
    token.refresh_from_db()
    secret = principal_of_token(token).signing_secret
    assert secret is not None
    return secret.key


def ring(settings: Any, key: bytes, *old: bytes) -> None:
    settings.GATERHUB_ENCRYPTION_KEY = base64.b64encode(key).decode()
    settings.GATERHUB_ENCRYPTION_KEYS_OLD = [base64.b64encode(each).decode() for each in old]


class TestSigningSecret:
    def test_is_random_and_says_what_it_is(self) -> None:
        made = {new_signing_secret() for _ in range(100)}

        assert len(made) == 100
        assert all(FORM.fullmatch(text) for text in made)

    def test_is_kept_sealed_and_opened_for_the_caller(self, token: Token) -> None:
        secret = give_signing_secret(token)

        assert secret not in token.signing_secret
        assert key_of(token) == secret.encode()

    def test_replaces_the_one_before_at_once_where_it_is_made(self) -> None:
        token, text = Token.objects.issue(name="gater-1")
        give_signing_secret(token)
        before = authenticate_token(text).signing_secret
        after = give_signing_secret(token)

        now = authenticate_token(text).signing_secret
        assert before is not None
        assert now is not None
        assert before.key != now.key == after.encode()

    def test_is_shown_by_no_principal(self, token: Token) -> None:
        secret = give_signing_secret(token)
        principal = principal_of_token(token)
        assert principal.signing_secret is not None
        assert principal.signing_secret.key == secret.encode()

        assert secret not in f"{principal!r} {principal.signing_secret!r} {principal.signing_secret}"
        assert token.signing_secret not in repr(principal)

    def test_of_one_token_is_no_use_to_another(self, token: Token, caplog: pytest.LogCaptureFixture) -> None:
        give_signing_secret(token)
        other = Token.objects.issue(name="intruder").token
        Token.objects.filter(pk=other.pk).update(signing_secret=token.signing_secret)

        with pytest.raises(Refusal, match="can't open the signing secret") as caught:
            key_of(other)
        assert caught.value.code == "internal"
        assert other.prefix in caplog.text

    def test_is_not_for_a_revoked_token(self, token: Token) -> None:
        token.revoked_at = timezone.now()

        with pytest.raises(RevokedToken):
            give_signing_secret(token)

    def test_is_none_where_none_was_made(self, token: Token) -> None:
        assert principal_of_token(token).signing_secret is None


class TestReseal:
    def test_moves_secrets_to_the_present_key(self, token: Token, settings: Any) -> None:
        ring(settings, b"1" * 32)
        secret = give_signing_secret(token)
        ring(settings, b"2" * 32, b"1" * 32)

        assert reseal() == (1, [])
        assert reseal() == (0, [])
        ring(settings, b"2" * 32)
        assert key_of(token) == secret.encode()

    def test_names_those_that_no_key_opens_and_moves_the_others(self, token: Token, settings: Any) -> None:
        ring(settings, b"1" * 32)
        give_signing_secret(token)
        ring(settings, b"3" * 32)
        other = Token.objects.issue(name="gater-2").token
        give_signing_secret(other)
        ring(settings, b"2" * 32, b"3" * 32)

        assert reseal() == (1, [token.prefix])
