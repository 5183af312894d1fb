import os
import pwd
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from gaterhub.acts.actor import caller_of, client_address, current_actor, os_user, user_agent
from gaterhub.acts.middleware import CurrentRequestMiddleware
from gaterhub.api.authentication import TokenCaller
from instances.access.principal import Principal


def request(**meta: str) -> HttpRequest:
    return RequestFactory().get("/", **meta)  # type: ignore[arg-type]  # Any header may stand in the environment.


class TestClientAddress:
    def test_is_what_the_scope_says_and_no_header(self, settings: Any) -> None:
        settings.TRUSTED_PROXIES = ["203.0.113.0/24"]

        asked = request(REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="198.51.100.1")

        assert client_address(asked) == "203.0.113.7"

    def test_is_none_over_a_unix_socket(self) -> None:
        assert client_address(request(REMOTE_ADDR="")) is None


class TestCallerOf:
    def test_is_anonymous_without_a_user(self) -> None:
        asked = request()
        assert caller_of(asked) == ("anonymous", "")
        asked.user = AnonymousUser()
        assert caller_of(asked) == ("anonymous", "")

    def test_is_the_user_who_was_found_out(self) -> None:
        asked = request()
        asked.user = User(username="ada")

        assert caller_of(asked) == ("user", "ada")

    def test_never_asks_the_database(self) -> None:
        def ask() -> User:
            raise AssertionError("asked")

        asked = request()
        asked.user = SimpleLazyObject(ask)  # type: ignore[assignment]  # As the authentication middleware does.
        assert caller_of(asked) == ("anonymous", "")

        asked._cached_user = User(username="ada")  # type: ignore[attr-defined]  # As that middleware does, too.
        assert caller_of(asked) == ("user", "ada")

    def test_is_the_token_under_a_token(self) -> None:
        asked = request()
        asked.user = TokenCaller(Principal(kind="token", id=1, name="orders"))

        assert caller_of(asked) == ("token", "orders")


class TestCurrentActor:
    def test_is_the_operating_systems_user_outside_of_a_request(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LOGNAME", "mallory")
        monkeypatch.setenv("USER", "mallory")

        assert current_actor() == {
            "actor": f"os:{pwd.getpwuid(os.getuid()).pw_name}",
            "actor_kind": "os_user",
        }

    def test_is_the_requests_user_within_one(self) -> None:
        asked = request(REMOTE_ADDR="203.0.113.7")
        asked.user = User(username="ada")
        seen: list[dict[str, Any]] = []

        def view(request: HttpRequest) -> HttpResponse:
            seen.append(current_actor())
            return HttpResponse()

        CurrentRequestMiddleware(view)(asked)

        assert seen == [{"actor": "user:ada", "actor_kind": "user", "ip_address": "203.0.113.7"}]
        assert current_actor()["actor_kind"] == "os_user"

    def test_has_a_number_where_it_has_no_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)

        assert os_user() == "uid-4000000000"


class TestUserAgent:
    def test_is_cut_short(self) -> None:
        assert len(user_agent(request(HTTP_USER_AGENT="x" * 5_000))) == 300
