"""Guessing of passwords through the site's own forms, on the database."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gaterhub.people.guessing import ADDRESS_FACTOR, clear_old_attempts
from instances.access.models import Token

PASSWORD = "correct horse battery staple"
LIMIT = 3
DOORS = ("/accounts/login/", "/admin/login/")


@pytest.fixture(autouse=True)
def _few_attempts(settings: Any, db: None) -> None:
    settings.AXES_FAILURE_LIMIT = LIMIT


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


def log_in(name: str, password: str, *, door: str = DOORS[0], address: str = "203.0.113.7", **headers: Any) -> Any:
    form = {"username": name, "password": password, "next": "/"}
    return Client().post(door, form, REMOTE_ADDR=address, **headers)


def fail(name: str, times: int, **more: Any) -> list[int]:
    return [log_in(name, "sesame", **more).status_code for _ in range(times)]


class TestLogin:
    @pytest.mark.parametrize("door", DOORS)
    def test_is_locked_at_the_limit_also_for_the_right_password(self, ada: User, door: str) -> None:
        assert fail("ada", LIMIT, door=door) == [200] * (LIMIT - 1) + [429]

        refused = log_in("ada", PASSWORD, door=door)

        assert refused.status_code == 429
        assert 0 < int(refused["Retry-After"]) <= 15 * 60
        assert "Try again in 15 minutes" in refused.content.decode()
        assert "style=" not in refused.content.decode()

    def test_is_locked_at_both_doors(self, ada: User) -> None:
        fail("ada", LIMIT, door=DOORS[0])

        assert log_in("ada", PASSWORD, door=DOORS[1]).status_code == 429

    def test_answers_the_same_whether_there_is_such_a_name(self, ada: User) -> None:
        def told(answer: HttpResponse) -> tuple[int, str]:
            return answer.status_code, answer.content.decode()

        fail("ada", LIMIT)
        fail("nobody", LIMIT)

        assert told(log_in("ada", PASSWORD)) == told(log_in("nobody", PASSWORD)) == told(log_in("ada", "sesame"))

    def test_goes_on_from_another_address(self, ada: User) -> None:
        fail("ada", LIMIT)

        assert log_in("ada", PASSWORD, address="198.51.100.1").status_code == 302

    def test_counts_every_browser_of_an_address_together(self, ada: User) -> None:
        for number in range(LIMIT):
            fail("ada", 1, HTTP_USER_AGENT=f"browser {number}")

        assert log_in("ada", PASSWORD).status_code == 429

    def test_locks_an_address_that_tries_many_names(self, ada: User) -> None:
        for number in range(LIMIT * ADDRESS_FACTOR):
            fail(f"name-{number}", 1)

        assert log_in("ada", PASSWORD).status_code == 429
        assert log_in("ada", PASSWORD, address="198.51.100.1").status_code == 302

    def test_counts_the_addresses_of_one_ipv6_network_as_one(self, ada: User) -> None:
        for number in range(LIMIT):
            fail("ada", 1, address=f"2001:db8::{number + 1}")

        assert log_in("ada", PASSWORD, address="2001:db8::ffff").status_code == 429
        assert log_in("ada", PASSWORD, address="2001:db8:0:1::1").status_code == 302

    def test_believes_no_forwarded_address_of_a_stranger(self, ada: User) -> None:
        for number in range(LIMIT):
            fail("ada", 1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")

        assert log_in("ada", PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.77").status_code == 429

    def test_takes_the_address_that_the_request_came_from_and_no_header_s(self, ada: User, settings: Any) -> None:
        """What a trusted proxy tells is the request's own address by then."""
        settings.TRUSTED_PROXIES = ["198.51.100.0/24"]
        fail("ada", LIMIT, address="198.51.100.1")

        held_up = log_in("ada", PASSWORD, address="198.51.100.1", HTTP_X_FORWARDED_FOR="192.0.2.9")
        assert held_up.status_code == 429
        assert log_in("ada", PASSWORD, address="198.51.100.2").status_code == 302

    def test_forgives_the_name_after_a_success_but_not_the_address(self, ada: User) -> None:
        fail("bob", LIMIT - 1)
        fail("ada", LIMIT - 1)
        log_in("ada", PASSWORD)

        assert list(AccessAttempt.objects.values_list("username", "failures_since_start")) == [("bob", LIMIT - 1)]

    def test_opens_after_the_cool_off(self, ada: User) -> None:
        fail("ada", LIMIT)
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))

        assert log_in("ada", PASSWORD).status_code == 302

    def test_is_not_held_up_longer_by_what_is_tried_meanwhile(self, ada: User) -> None:
        fail("ada", LIMIT)
        before = list(AccessAttempt.objects.values())
        fail("ada", 5)

        assert list(AccessAttempt.objects.values()) == before


class TestTables:
    def test_keep_no_password_and_no_log_of_those_who_came_in(self, ada: User) -> None:
        fail("ada", 1)
        (row,) = AccessAttempt.objects.values()
        log_in("ada", PASSWORD)

        assert "sesame" not in str(row)
        assert AccessLog.objects.count() == 0

    def test_are_cleared_of_what_counts_no_more(self, ada: User) -> None:
        fail("ada", 1)
        fail("bob", 1)
        AccessAttempt.objects.filter(username="ada").update(attempt_time=timezone.now() - timedelta(minutes=16))

        clear_old_attempts()

        assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["bob"]


class TestAdmin:
    def test_lets_a_superuser_unlock(self, ada: User, client: Client) -> None:
        fail("ada", LIMIT)
        client.force_login(ada)
        (attempt,) = AccessAttempt.objects.all()
        chosen = {"action": "unlock", "_selected_action": [attempt.pk]}

        assert client.post("/admin/axes/accessattempt/", chosen).status_code == 302
        assert log_in("ada", PASSWORD).status_code == 302

    def test_unlocks_the_address_where_that_is_locked(self, ada: User, client: Client) -> None:
        for number in range(LIMIT * ADDRESS_FACTOR):
            fail(f"name-{number}", 1)
        client.force_login(ada)
        chosen = {"action": "unlock", "_selected_action": [AccessAttempt.objects.all()[0].pk]}
        client.post("/admin/axes/accessattempt/", chosen)

        assert log_in("ada", PASSWORD).status_code == 302

    def test_shows_them_to_nobody_without_the_permission(self, client: Client) -> None:
        client.force_login(User.objects.create_user("clerk", is_staff=True))

        assert client.get("/admin/axes/accessattempt/").status_code == 403


class TestToken:
    def test_costs_no_query_for_log_ins(self) -> None:
        _, secret = Token.objects.issue(name="billing")
        client = Client(HTTP_AUTHORIZATION=f"Bearer {secret}")
        client.get("/api/v1/instances/")

        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get("/api/v1/instances/").status_code == 200

        assert [each["sql"] for each in asked.captured_queries] == []

    def test_is_taken_from_an_address_whose_log_ins_are_locked(self) -> None:
        fail("ada", LIMIT * ADDRESS_FACTOR)
        _, secret = Token.objects.issue(name="billing")
        client = Client(HTTP_AUTHORIZATION=f"Bearer {secret}", REMOTE_ADDR="203.0.113.7")

        assert client.get("/api/v1/instances/").status_code == 200
