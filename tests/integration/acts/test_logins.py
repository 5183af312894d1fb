"""Log-ins through the admin's real form."""

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.test import Client

from gaterhub.acts import signals
from tests.integration.acts.conftest import PASSWORD, Told

LOGIN = "/admin/login/"


def try_to_log_in(client: Client, name: str, password: str) -> int:
    return client.post(LOGIN, {"username": name, "password": password, "next": "/admin/"}).status_code


class TestLogIn:
    def test_is_told_with_who_from_where_and_with_what(self, visitor: Client, ada: User, told: list[Told]) -> None:
        assert try_to_log_in(visitor, "ada", PASSWORD) == 302

        assert told == [
            Told(
                "security",
                "security_events:authentication",
                "authentication_success",
                {
                    "user_id": "ada",
                    "actor": "user:ada",
                    "ip_address": "203.0.113.7",
                    "origin": "web",
                    "target": "gaterhub",
                    "outcome": "success",
                },
                {"user_agent": "curl/7.68.0", "failures_before": 0},
            )
        ]

    def test_is_told_when_it_fails_without_the_password(self, visitor: Client, ada: User, told: list[Told]) -> None:
        try_to_log_in(visitor, "ada", "sesame")

        (failure,) = told
        assert failure.event_type == "authentication_failure"
        assert (failure.data["user_id"], failure.data["reason"]) == ("ada", "invalid_credentials")
        assert failure.metadata == {"user_agent": "curl/7.68.0", "attempt_count": 1}
        assert "sesame" not in str(told)

    def test_raises_one_alert_for_the_name_and_one_for_the_address_at_the_fifth_failure(
        self, visitor: Client, ada: User, told: list[Told]
    ) -> None:
        for _ in range(7):
            try_to_log_in(visitor, "ada", "sesame")

        counts = [each.metadata["attempt_count"] for each in told if each.instance == "security"]
        alerts = [each for each in told if each.instance == "alerts"]
        assert counts == [1, 2, 3, 4, 5, 6, 7]
        assert [(each.topic, each.metadata["affected"]) for each in alerts] == [
            ("incident_alerts:warning", "the name 'ada'"),
            ("incident_alerts:warning", "the address 203.0.113.7"),
        ]

    def test_counts_an_address_over_many_names(self, visitor: Client, told: list[Told], db: None) -> None:
        for name in ("root", "admin", "ada", "bob", "eve"):
            try_to_log_in(visitor, name, "sesame")

        assert [each.metadata["affected"] for each in told if each.instance == "alerts"] == ["the address 203.0.113.7"]

    def test_forgives_the_name_but_not_the_address(self, visitor: Client, ada: User, told: list[Told]) -> None:
        for _ in range(3):
            try_to_log_in(visitor, "ada", "sesame")
        try_to_log_in(visitor, "ada", PASSWORD)
        try_to_log_in(Client(REMOTE_ADDR="198.51.100.1"), "ada", "sesame")
        try_to_log_in(Client(REMOTE_ADDR="203.0.113.7"), "bob", "sesame")

        assert told[3].metadata["failures_before"] == 3
        assert [each.metadata["attempt_count"] for each in told[4:]] == [1, 4]

    def test_tells_the_lock_and_what_is_refused_because_of_it(
        self, visitor: Client, ada: User, told: list[Told], settings: Any
    ) -> None:
        settings.AXES_FAILURE_LIMIT = 2
        for password in ("sesame", "sesame", PASSWORD):
            try_to_log_in(visitor, "ada", password)

        assert [(each.event_type, each.data["reason"]) for each in told] == [
            ("authentication_failure", "invalid_credentials"),
            ("authentication_failure", "invalid_credentials"),
            ("account_locked", "too_many_failures"),
            ("authentication_failure", "account_locked"),
        ]
        locked = told[2].data
        assert (locked["user_id"], locked["failure_count"]) == ("ada", 2)
        assert 14 * 60_000 < locked["locked_until"] - time.time() * 1_000 <= 15 * 60_000

    def test_works_although_it_cannot_be_told(
        self, visitor: Client, ada: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(*args: Any, **more: Any) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr("gaterhub.acts.logins.tell", broken)

        assert try_to_log_in(visitor, "ada", PASSWORD) == 302
        assert "An act could not be told." in caplog.text

    def test_is_told_once_however_often_the_site_is_set_up(self, visitor: Client, ada: User, told: list[Told]) -> None:
        signals.connect()

        try_to_log_in(visitor, "ada", PASSWORD)

        assert len(told) == 1


class TestLogOut:
    def test_is_told(self, operator: Client, told: list[Told]) -> None:
        operator.post("/admin/logout/")

        assert [(each.event_type, each.data["user_id"]) for each in told] == [("session_ended", "ada")]

    def test_is_no_act_of_nobody(self, told: list[Told], caplog: pytest.LogCaptureFixture) -> None:
        """Django sends its signal too when a session that had expired is logged out."""
        user_logged_out.send(sender=User, request=HttpRequest(), user=None)

        assert told == []
        assert caplog.text == ""
