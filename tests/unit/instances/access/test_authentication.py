from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from instances.access import authentication
from instances.access.authentication import (
    CACHE_SECONDS,
    OUTAGE_SECONDS,
    Memory,
    TokenAuthenticator,
    Verdict,
    authenticate_token,
    look_up,
)
from instances.access.models import LAST_USED_STEP, Token
from instances.access.principal import Principal
from instances.access.secret import new_token_text
from instances.error_codes import Refusal

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ALICE = Principal(kind="token", id=1, name="alice")


class Clock:
    """Both clocks of an authenticator, moved by hand."""

    def __init__(self) -> None:
        self.passed_seconds = 0.0

    def seconds(self) -> float:
        return 1_000.0 + self.passed_seconds

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed_seconds)


class Register:
    """A database of verdicts that counts how often it is asked."""

    def __init__(self, **verdicts: Verdict) -> None:
        self.verdicts = verdicts
        self.asked = 0

    def __call__(self, text: str, now: datetime) -> Verdict:
        self.asked += 1
        return self.verdicts.get(text, Verdict(None, "unknown"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def authenticator(look_up: Callable[[str, datetime], Verdict], clock: Clock, **kwargs: Any) -> TokenAuthenticator:
    return TokenAuthenticator(look_up, clock=clock.seconds, now=clock.now, **kwargs)


class TestTokenAuthenticator:
    def test_asks_once_in_five_seconds(self, clock: Clock) -> None:
        text = new_token_text()
        register = Register(**{text: Verdict(ALICE)})
        door = authenticator(register, clock)

        answers = [door.authenticate(text) for _ in range(3)]
        clock.passed_seconds = CACHE_SECONDS - 0.001
        answers.append(door.authenticate(text))

        assert answers == [ALICE] * 4
        assert register.asked == 1

    def test_lets_a_revoked_token_in_for_five_seconds_at_most(self, clock: Clock) -> None:
        text = new_token_text()
        register = Register(**{text: Verdict(ALICE)})
        door = authenticator(register, clock)
        door.authenticate(text)
        register.verdicts[text] = Verdict(None, "The token was revoked.")

        clock.passed_seconds = CACHE_SECONDS

        with pytest.raises(Refusal, match="revoked"):
            door.authenticate(text)

    def test_counts_the_five_seconds_from_before_the_question(self, clock: Clock) -> None:
        text = new_token_text()
        asked = 0

        def slow_look_up(text: str, now: datetime) -> Verdict:
            nonlocal asked
            asked += 1
            clock.passed_seconds += CACHE_SECONDS
            return Verdict(ALICE)

        door = authenticator(slow_look_up, clock)
        door.authenticate(text)
        door.authenticate(text)

        assert asked == 2

    def test_never_lets_a_token_in_after_its_expiry(self, clock: Clock) -> None:
        text = new_token_text()
        register = Register(**{text: Verdict(ALICE, expires_at=NOON + timedelta(seconds=2))})
        door = authenticator(register, clock)
        door.authenticate(text)

        clock.passed_seconds = 1.999
        door.authenticate(text)
        assert register.asked == 1
        clock.passed_seconds = 2
        door.authenticate(text)
        assert register.asked == 2

    def test_remembers_a_refusal_too(self, clock: Clock) -> None:
        text = new_token_text()
        register = Register()
        door = authenticator(register, clock)

        codes = []
        for _ in range(3):
            with pytest.raises(Refusal, match="unknown") as refused:
                door.authenticate(text)
            codes.append(refused.value.code)

        assert codes == ["unauthorized"] * 3
        assert register.asked == 1

    def test_refuses_what_is_no_token_without_asking(self, clock: Clock) -> None:
        register = Register()
        door = authenticator(register, clock)

        for text in ("", "gh_x", "é" * 55, "gh_" + "x" * 1_000_000):
            with pytest.raises(Refusal, match="not valid"):
                door.authenticate(text)

        assert register.asked == 0
        assert len(door.refused) == 0

    def test_is_bounded_and_a_flood_of_bad_tokens_drives_out_no_good_one(self, clock: Clock) -> None:
        good = new_token_text()
        register = Register(**{good: Verdict(ALICE)})
        door = authenticator(register, clock, max_tokens=10)
        door.authenticate(good)

        for _ in range(100):
            with pytest.raises(Refusal):
                door.authenticate(new_token_text())
        asked = register.asked
        door.authenticate(good)

        assert len(door.refused) == 10
        assert register.asked == asked

    def test_keeps_no_secret_in_memory(self, clock: Clock) -> None:
        text = new_token_text()
        door = authenticator(Register(**{text: Verdict(ALICE)}), clock)
        door.authenticate(text)

        assert text not in repr(vars(door.accepted))

    def test_says_unavailable_when_the_database_is_out_and_remembers_nothing(
        self, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        text = new_token_text()

        def broken_look_up(text: str, now: datetime) -> Verdict:
            raise OperationalError("no such host")

        door = authenticator(broken_look_up, clock)
        with pytest.raises(Refusal) as refused:
            door.authenticate(text)

        assert refused.value.code == "unavailable"
        assert len(door.accepted) == len(door.refused) == 0
        assert "could not be looked up" in caplog.text
        assert text.rpartition("_")[2] not in caplog.text


class TestTokenAuthenticatorWhileTheDatabaseIsOut:
    def outage(self, clock: Clock, verdict: Verdict) -> tuple[TokenAuthenticator, str]:
        """Return a door that has let a token in, and whose database is out since."""
        text = new_token_text()
        register = Register(**{text: verdict})

        def look_up(text: str, now: datetime) -> Verdict:
            if clock.passed_seconds >= CACHE_SECONDS:
                raise OperationalError("no such host")
            return register(text, now)

        door = authenticator(look_up, clock)
        door.authenticate(text)
        clock.passed_seconds = CACHE_SECONDS
        return door, text

    def test_takes_a_token_as_it_was_found_last(self, clock: Clock) -> None:
        door, text = self.outage(clock, Verdict(ALICE))

        assert door.authenticate(text) is ALICE

    def test_takes_it_no_longer_than_said(self, clock: Clock) -> None:
        door, text = self.outage(clock, Verdict(ALICE))
        clock.passed_seconds = OUTAGE_SECONDS + 1

        with pytest.raises(Refusal) as refused:
            door.authenticate(text)

        assert refused.value.code == "unavailable"

    def test_takes_none_whose_time_is_over(self, clock: Clock) -> None:
        door, text = self.outage(clock, Verdict(ALICE, expires_at=NOON + timedelta(seconds=1)))

        with pytest.raises(Refusal):
            door.authenticate(text)

    def test_takes_none_that_was_refused_since(self, clock: Clock) -> None:
        text = new_token_text()
        answers = iter([Verdict(ALICE), Verdict(None, "revoked")])

        def look_up(text: str, now: datetime) -> Verdict:
            found = next(answers, None)
            if found is None:
                raise OperationalError("no such host")
            return found

        door = authenticator(look_up, clock)
        door.authenticate(text)
        clock.passed_seconds = CACHE_SECONDS
        with pytest.raises(Refusal, match="revoked"):
            door.authenticate(text)
        clock.passed_seconds = CACHE_SECONDS * 2

        with pytest.raises(Refusal, match="cannot be checked"):
            door.authenticate(text)


class TestTokenAuthenticatorOnALoop:
    async def test_leaves_the_loop_only_when_the_memory_has_no_answer(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = new_token_text()
        left = 0

        def in_a_thread(function: Callable[[str], Verdict]) -> Callable[[str], Any]:
            async def call(text: str) -> Verdict:
                nonlocal left
                left += 1
                return function(text)

            return call

        monkeypatch.setattr(authentication, "database_sync_to_async", in_a_thread)
        door = authenticator(Register(**{text: Verdict(ALICE)}), clock)

        assert [await door.aauthenticate(text) for _ in range(5)] == [ALICE] * 5
        assert left == 1

    async def test_refuses_as_its_sync_twin_does(self, clock: Clock) -> None:
        door = authenticator(Register(), clock)

        with pytest.raises(Refusal, match="not valid"):
            await door.aauthenticate("gh_x")


class TestMemory:
    def test_drops_the_oldest_when_it_is_full(self) -> None:
        memory = Memory(2)
        for digest in ("a", "b", "c"):
            memory.keep(digest, Verdict(ALICE), asked_seconds=0, until_seconds=10)

        assert [memory.recall(digest, now_seconds=0) is not None for digest in "abc"] == [False, True, True]

    def test_drops_nobody_for_one_that_is_renewed_and_counts_it_as_new(self) -> None:
        memory = Memory(3)
        for digest in ("a", "b", "c", "b", "a", "d"):
            memory.keep(digest, Verdict(ALICE), asked_seconds=0, until_seconds=10)

        assert [memory.recall(digest, now_seconds=0) is not None for digest in "abcd"] == [
            True,
            True,
            False,
            True,
        ]


@pytest.mark.django_db
class TestLookUp:
    def test_finds_the_token_and_notes_its_use(self) -> None:
        token, secret = Token.objects.issue(name="gater-1", expires_at=NOON + timedelta(days=1))

        verdict = look_up(secret, NOON)

        assert verdict.principal == Principal(kind="token", id=token.pk, name="gater-1")
        assert verdict.expires_at == NOON + timedelta(days=1)
        token.refresh_from_db()
        assert token.last_used_at == NOON

    def test_refuses_another_secret_under_the_same_prefix(self) -> None:
        token, secret = Token.objects.issue(name="gater-1")
        forged = secret[:-1] + ("a" if secret[-1] != "a" else "b")

        assert look_up(forged, NOON) == Verdict(None, authentication.UNKNOWN_TOKEN)
        token.refresh_from_db()
        assert token.last_used_at is None

    def test_refuses_the_token_of_a_deactivated_user(self) -> None:
        leaver = get_user_model().objects.create_user("leaver", is_active=False)
        secret = Token.objects.issue(name="of-leaver", user=leaver).secret

        assert look_up(secret, NOON).reason == "The token's user is deactivated."

    def test_lets_in_though_the_use_cannot_be_written(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def locked(*args: Any, **kwargs: Any) -> bool:
            raise OperationalError("database is locked")

        monkeypatch.setattr(type(Token.objects.all()), "note_use", locked)
        monkeypatch.setattr(type(Token.objects), "note_use", locked)
        _, secret = Token.objects.issue(name="gater-1")

        assert look_up(secret, NOON).principal is not None
        assert "could not be written" in caplog.text
        assert secret.rpartition("_")[2] not in caplog.text

    def test_writes_the_use_once_a_minute(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        _, secret = Token.objects.issue(name="gater-1")
        look_up(secret, NOON)

        with django_assert_num_queries(1):
            look_up(secret, NOON + timedelta(seconds=59))
        look_up(secret, NOON + LAST_USED_STEP)

        assert Token.objects.get().last_used_at == NOON + LAST_USED_STEP


@pytest.mark.django_db
class TestAuthenticateToken:
    def test_asks_the_database_nothing_the_second_time(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        token, secret = Token.objects.issue(name="gater-1")
        first = authenticate_token(secret)

        with django_assert_num_queries(0):
            again = authenticate_token(secret)

        assert first == again == Principal(kind="token", id=token.pk, name="gater-1")
