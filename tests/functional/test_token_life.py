"""A token's life through a real server: an operator makes it in the admin, a service uses it, it is revoked."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Final

import pytest

from instances.access.authentication import CACHE_SECONDS
from tests.functional.conftest import Server

TOKENS: Final = "admin/access/token/"


class Operator:
    """Somebody in the admin, with a browser's cookies."""

    def __init__(self, server: Server) -> None:
        self._root = f"{server.url.rstrip('/')}/"
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))
        self.get("admin/login/")
        self.post("admin/login/", username=server.operator.name, password=server.operator.password)

    def get(self, path: str) -> str:
        page: bytes = self._opener.open(f"{self._root}{path}", timeout=10).read()
        return page.decode()

    def post(self, path: str, **fields: str) -> str:
        csrf = next(str(cookie.value) for cookie in self._cookies if cookie.name == "csrftoken")
        form = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": csrf}).encode()
        page: bytes = self._opener.open(f"{self._root}{path}", form, timeout=10).read()
        return page.decode()

    def make_token(self, name: str) -> str:
        no_grants = {"grants-TOTAL_FORMS": "0", "grants-INITIAL_FORMS": "0"}
        page = self.post(f"{TOKENS}add/", name=name, user="", expires_at_0="", expires_at_1="", **no_grants)
        [secret] = set(re.findall(r"gh_[a-z0-9]{8}_[A-Za-z0-9]{43}", page))
        return str(secret)

    def revoke(self, name: str) -> None:
        found = self.get(f"{TOKENS}?q={name}")
        [number] = re.findall(r'name="_selected_action" value="(\d+)"', found)
        assert "Tokens revoked: 1." in self.post(TOKENS, action="revoke", _selected_action=number)


@pytest.fixture
def operator(server: Server) -> Operator:
    return Operator(server)


@pytest.fixture
def publish(server: Server) -> Callable[[str], tuple[int, str]]:
    """Give a function that publishes under a token and returns the status and what a refusal said."""

    def publish(token: str) -> tuple[int, str]:
        request = urllib.request.Request(
            f"{server.url.rstrip('/')}/api/v1/instances/system/events/",
            json.dumps({"topic": "system_status:web", "event_type": "started"}).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["detail"]

    return publish


class TestAToken:
    def test_made_in_the_admin_publishes(self, operator: Operator, publish: Callable[[str], tuple[int, str]]) -> None:
        assert publish(operator.make_token("fresh")) == (202, "")

    def test_revoked_before_its_first_use_is_refused_at_once(
        self, operator: Operator, publish: Callable[[str], tuple[int, str]]
    ) -> None:
        token = operator.make_token("unused")

        operator.revoke("unused")

        assert publish(token) == (401, "The token was revoked.")

    def test_revoked_while_in_use_is_refused_within_five_seconds(
        self, operator: Operator, publish: Callable[[str], tuple[int, str]]
    ) -> None:
        token = operator.make_token("busy")
        assert publish(token) == (202, "")

        operator.revoke("busy")

        # From here on the token may work for as long as the server's memory lasts, and no request longer.
        deadline = time.monotonic() + CACHE_SECONDS
        while time.monotonic() < deadline:
            if publish(token)[0] == 401:
                break
        assert publish(token) == (401, "The token was revoked.")
