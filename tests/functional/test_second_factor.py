"""A code of the phone after the password: set up, asked for, used up, and demanded of staff."""

import hmac
import re
import struct
import time
from base64 import b32decode
from collections.abc import Iterator

import pytest

from tests.functional.conftest import Server, serving
from tests.functional.directory import CLIENT_ID, CLIENT_SECRET, Directory, directory
from tests.functional.subscriber import Subscriber
from tests.functional.visitor import Visitor

LIMIT = 4
SET_UP = "accounts/2fa/totp/activate/"
PASSWORD = "a-long-password-of-theirs"


@pytest.fixture(scope="module")
def people() -> Iterator[Directory]:
    with directory() as people:
        yield people


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, people: Directory) -> Iterator[Server]:
    settings = {
        "GATERHUB_MFA": "1",
        "GATERHUB_MFA_REQUIRED_FOR_STAFF": "1",
        "GATERHUB_LOGIN_ATTEMPTS": str(LIMIT),
        "GATERHUB_SSO_ISSUER": people.issuer,
        "GATERHUB_SSO_CLIENT_ID": CLIENT_ID,
        "GATERHUB_SSO_CLIENT_SECRET": CLIENT_SECRET,
        "GATERHUB_SSO_ROLES": "hub-admins=administrator",
    }
    with serving(tmp_path_factory.mktemp("second-factor"), settings=settings) as server:
        yield server


def code(secret: str, *, steps: int = 0) -> str:
    """Return what an app shows now, or that many half minutes later (RFC 6238)."""
    digest = hmac.digest(b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + steps), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def wrong(secret: str) -> str:
    return next(text for text in ("000000", "000001", "000002", "000003") if text not in near(secret))


def near(secret: str) -> set[str]:
    return {code(secret, steps=steps) for steps in range(-2, 3)}


def make(server: Server, name: str, *, staff: bool = False) -> Visitor:
    made = f"get_user_model().objects.create_user({name!r}, password={PASSWORD!r}, is_staff={staff})"
    server.manage("shell", "--no-imports", "-c", f"from django.contrib.auth import get_user_model; {made}")
    return Visitor(server)


def set_up(visitor: Visitor, *, password: str | None = PASSWORD) -> tuple[str, list[str]]:
    """Set the second factor up, and return its secret and the recovery codes."""
    page = visitor.get(SET_UP)
    if password is not None:
        assert "Once more, your password" in page.text
        page = visitor.send(page.url.removeprefix(visitor.server.url), password=password)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert secret, page.text
    assert token
    picture = visitor.get("accounts/2fa/totp/picture.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.text.startswith("<?xml")
    form = {"code": code(secret[1], steps=-1), "csrfmiddlewaretoken": token[1]}
    done = visitor.session.post(f"{visitor.server.url}{SET_UP}", data=form, timeout=20)
    codes = re.findall(r"^(\d{8})$|<code>(\d{8})$", done.text, re.MULTILINE)
    return secret[1], [one or other for one, other in codes]


class TestSecondFactor:
    def test_is_set_up_with_a_picture_and_asked_for_from_then_on(self, server: Server) -> None:
        visitor = make(server, "nora")
        visitor.log_in("nora", PASSWORD)
        assert visitor.name == "nora"

        secret, codes = set_up(visitor)

        assert len(codes) == 10
        again = Visitor(server)
        asked = again.log_in("nora", PASSWORD)
        assert asked.url.endswith("accounts/2fa/authenticate/")
        assert again.name is None
        assert "Incorrect code" in again.send("accounts/2fa/authenticate/", code=wrong(secret)).text
        again.send("accounts/2fa/authenticate/", code=code(secret))
        assert again.name == "nora"

    def test_takes_no_code_twice(self, server: Server) -> None:
        visitor = make(server, "rita")
        visitor.log_in("rita", PASSWORD)
        secret, codes = set_up(visitor)
        shown = code(secret, steps=1)
        for given in (shown, codes[0]):
            first, second = Visitor(server), Visitor(server)
            for each in (first, second):
                each.log_in("rita", PASSWORD)
                each.send("accounts/2fa/authenticate/", code=given)

            assert (first.name, second.name) == ("rita", None)

    def test_is_held_up_when_codes_are_guessed(self, server: Server) -> None:
        visitor = make(server, "gina")
        visitor.log_in("gina", PASSWORD)
        secret, _ = set_up(visitor)
        guesser = Visitor(server)
        guesser.log_in("gina", PASSWORD)
        answers = [guesser.send("accounts/2fa/authenticate/", code=wrong(secret)).status_code for _ in range(LIMIT)]

        assert answers == [200] * (LIMIT - 1) + [429]
        assert guesser.send("accounts/2fa/authenticate/", code=code(secret)).status_code == 429
        assert Visitor(server).log_in("gina", PASSWORD).status_code == 429

    def test_lies_encrypted_in_the_database(self, server: Server) -> None:
        visitor = make(server, "cleo")
        visitor.log_in("cleo", PASSWORD)
        secret, _ = set_up(visitor)
        asked = "from allauth.mfa.models import Authenticator; print(list(Authenticator.objects.values_list('data')))"
        kept = server.manage("shell", "--no-imports", "-c", asked)

        assert "secret" in kept
        assert secret not in kept

    def test_can_be_done_without_again(self, server: Server) -> None:
        visitor = make(server, "dora")
        visitor.log_in("dora", PASSWORD)
        set_up(visitor)
        visitor.send("accounts/2fa/totp/deactivate/")
        again = Visitor(server)
        again.log_in("dora", PASSWORD)

        assert again.name == "dora"

    def test_is_told_when_it_comes_and_goes(self, server: Server) -> None:
        with Subscriber(server) as watcher:
            watcher.subscribe("security", "security_events:credentials")
            visitor = make(server, "tell")
            visitor.log_in("tell", PASSWORD)
            secret, codes = set_up(visitor)
            made = watcher.expect_event(event_type="credential_created")
            visitor.send("accounts/2fa/totp/deactivate/")
            gone = watcher.expect_event(event_type="credential_revoked")

        for event in (made, gone):
            assert event["data"]["actor"] == "user:tell"
            assert event["data"]["user_id"] == "tell"
            assert secret not in str(event)
            assert not [one for one in codes if one in str(event)]

    def test_has_pages_that_keep_to_the_strict_policy(self, server: Server) -> None:
        visitor = make(server, "page")
        visitor.log_in("page", PASSWORD)
        first = visitor.get(SET_UP)
        pages = [first, visitor.send(first.url.removeprefix(server.url), password=PASSWORD)]
        paths = ("accounts/2fa/", "accounts/2fa/recovery-codes/generate/", "accounts/login/", "accounts/inactive/")
        for page in [*pages, *(visitor.get(path) for path in paths)]:
            assert page.status_code == 200, page.url
            policy = page.headers["Content-Security-Policy"]
            assert "data:" not in policy
            assert "unsafe" not in policy
            assert " style=" not in page.text
            assert "data:image" not in page.text
            assert re.findall(r"<script(?![^>]* src=)[^>]*>", page.text) == []
            assert 'class="site"' in page.text


class TestStaff:
    def test_goes_nowhere_without_a_second_factor(self, server: Server) -> None:
        visitor = make(server, "sven", staff=True)
        visitor.log_in("sven", PASSWORD)
        for path in ("", "admin/", "losses/"):
            assert visitor.get(path, allow_redirects=False).headers["Location"] == f"/{SET_UP}"
        assert visitor.get("api/v1/figures/").status_code == 403
        cookie = "; ".join(f"{each.name}={each.value}" for each in visitor.session.cookies)
        headers = {"Cookie": cookie, "Origin": server.url.rstrip("/")}
        with Subscriber(server, connected=False, headers=headers) as page:
            page.say("connect", {})
            assert page.expect_close() == 4500

        set_up(visitor)

        assert visitor.name == "sven"
        assert visitor.get("admin/").status_code == 200
        with Subscriber(server, connected=False, headers=headers) as page:
            assert "connected" in page.connect()

    def test_keeps_the_second_factor(self, server: Server) -> None:
        visitor = make(server, "stay", staff=True)
        visitor.log_in("stay", PASSWORD)
        secret, _ = set_up(visitor)
        refused = visitor.get("accounts/2fa/totp/deactivate/")

        assert "cannot deactivate" in refused.text
        again = Visitor(server)
        assert again.log_in("stay", PASSWORD).url.endswith("accounts/2fa/authenticate/")
        again.send("accounts/2fa/authenticate/", code=code(secret))
        assert again.name == "stay"

    def test_of_the_directory_sets_one_up_without_a_password(self, server: Server, people: Directory) -> None:
        people.reset(sub="dirk", email="dirk@hub.example", email_verified=True, groups=["hub-admins"])
        visitor = Visitor(server)
        visitor.log_in_by_directory()
        assert visitor.get("admin/", allow_redirects=False).headers["Location"] == f"/{SET_UP}"

        secret, _ = set_up(visitor, password=None)

        assert visitor.get("admin/").status_code == 200
        again = Visitor(server)
        assert again.log_in_by_directory().url.endswith("accounts/2fa/authenticate/")
        again.send("accounts/2fa/authenticate/", code=code(secret))
        assert again.name == "dirk"

    def test_finds_no_door_beside(self, server: Server) -> None:
        """The admin's own log-in asks for no code, so it leads to the one that does."""
        visitor = make(server, "door", staff=True)
        answer = visitor.get("admin/login/?next=/admin/", allow_redirects=False)
        assert answer.headers["Location"] == "/accounts/login/?next=%2Fadmin%2F"

        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', visitor.get("accounts/login/").text)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "username": "door", "password": PASSWORD}
        visitor.session.post(f"{server.url}admin/login/", data=form, timeout=20)
        assert visitor.name is None

    def test_without_one_is_found_by_the_checks(self, server: Server) -> None:
        checked = server.manage("shell", "--no-imports", "-c", CHECK)

        assert "gaterhub.W013 Superusers without a second factor: olga." in checked


CHECK = """
from django.core.checks import run_checks
for found in run_checks(tags=["gaterhub"], databases=["default"]):
    print(found.id, found.msg)
"""
