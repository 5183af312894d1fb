"""Attacks on a real server: each is refused or comes to nothing, and the hub is alive and quick afterwards."""

import html
import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from tests.functional.conftest import Server, serving
from tests.functional.subscriber import Subscriber, session_cookie

QUICK_SECONDS: Final = 3.0
"""For one publish; generous, because the machine may be busy with something else."""
EVENTS: Final = "api/v1/instances/events/events/"
GIB: Final = 1024**3
EVENT: Final = {"topic": "event_stream:orders", "event_type": "told"}

HTML: Final = "<script>alert(1)</script><img src=x onerror=alert(1)>"
CSV: Final = '=HYPERLINK("http://intruder.example")'
LINE: Final = "2026-01-01 00:00:00,000 CRITICAL gaterhub: forged"
LOG: Final = f"told\n{LINE}\r\n{LINE}\x1b[2J\u2028{LINE}"
INJECTIONS: Final = {"HTML": HTML, "CSV": CSV, "log": LOG}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a hub of this module's own, whose log is read."""
    with serving(tmp_path_factory.mktemp("attacked")) as server:
        yield server


@pytest.fixture(autouse=True)
def _alive_and_quick_afterwards(server: Server) -> Iterator[None]:
    yield
    started = time.monotonic()
    status, _ = ask(server, "POST", EVENTS, EVENT)
    assert status == 202
    assert time.monotonic() - started < QUICK_SECONDS
    assert server.process.poll() is None
    assert "Traceback" not in server.log.read_text()


def ask(
    server: Server,
    method: str,
    path: str,
    body: object = None,
    *,
    token: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    said = {"Content-Type": "application/json"} | (headers or {})
    if "Cookie" not in said:
        said["Authorization"] = f"Bearer {token or server.token}"
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}{path}", data, said, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def run(server: Server, code: str) -> str:
    imports = (
        "from datetime import timedelta; from django.utils import timezone; "
        "from instances.access.models import Grant, Token; "
    )
    return server.manage("shell", "--verbosity", "0", "-c", imports + code).strip()


@pytest.fixture(scope="module")
def cookie(server: Server) -> str:
    return session_cookie(server, server.operator.name, server.operator.password)


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, str]:
    made: dict[str, str] = json.loads(
        run(
            server,
            "now = timezone.now(); issue = Token.objects.issue; import json; "
            "expired = issue(name='e', expires_at=now - timedelta(seconds=1)); "
            "revoked = issue(name='r'); Token.objects.filter(pk=revoked.token.pk).revoke(at=now); "
            "foreign = issue(name='f', networks='10.0.0.0/8'); "
            "print(json.dumps({'expired': expired.secret, 'revoked': revoked.secret, 'foreign': foreign.secret}))",
        )
    )
    return made


class TestATokenThatIsNotGood:
    @pytest.mark.parametrize("kind", ["expired", "revoked", "foreign"])
    def test_is_refused_at_every_door(self, server: Server, tokens: dict[str, str], kind: str) -> None:
        assert ask(server, "POST", EVENTS, EVENT, token=tokens[kind])[0] == 401
        assert ask(server, "GET", EVENTS, token=tokens[kind])[0] == 401
        with Subscriber(server, connected=False) as client:
            client.say("connect", {"token": tokens[kind]})
            assert client.expect_close() == 4500

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP"])
    def test_is_no_better_for_a_forged_address(self, server: Server, tokens: dict[str, str], header: str) -> None:
        forged = {header: "for=10.1.2.3" if header == "Forwarded" else "10.1.2.3"}

        assert ask(server, "POST", EVENTS, EVENT, token=tokens["foreign"], headers=forged)[0] == 401
        with Subscriber(server, connected=False, headers=forged) as client:
            client.say("connect", {"token": tokens["foreign"]})
            assert client.expect_close() == 4500


class TestAPageOfAnotherSite:
    def test_can_t_post_with_the_cookie_alone(self, server: Server, cookie: str) -> None:
        session = next(each for each in cookie.split("; ") if each.startswith("sessionid"))

        for headers in ({"Cookie": session}, {"Cookie": cookie, "Origin": "http://intruder.example"}):
            assert ask(server, "POST", EVENTS, EVENT, headers=headers)[0] == 403
        assert ask(server, "POST", "accounts/logout/", b"", headers={"Cookie": session})[0] == 403

    def test_can_t_open_a_socket_with_the_cookie(self, server: Server, cookie: str) -> None:
        with Subscriber(
            server, connected=False, headers={"Cookie": cookie, "Origin": "http://intruder.example"}
        ) as page:
            page.say("connect", {})
            assert page.expect_close() == 4507


class TestTooMuch:
    def raw(self, server: Server, *headers: str) -> socket.socket:
        client = socket.create_connection((server.host, server.port), timeout=20)
        lines = (
            f"POST /{EVENTS} HTTP/1.1",
            f"Host: {server.host}:{server.port}",
            f"Authorization: Bearer {server.token}",
            "Content-Type: application/json",
            *headers,
        )
        client.sendall("\r\n".join((*lines, "", "")).encode())
        return client

    def test_of_a_body_is_refused_by_its_length(self, server: Server) -> None:
        with self.raw(server, f"Content-Length: {GIB}") as client:
            assert client.recv(64).split()[1] == b"413"

    def test_of_a_body_in_chunks_is_refused_while_it_comes(self, server: Server) -> None:
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        sent = 0
        with self.raw(server, "Transfer-Encoding: chunked") as client:
            try:
                while sent < GIB:
                    client.sendall(chunk)
                    sent += 0x10000
            except OSError:
                pass
        # What the buffers between hold is sent, and little more than what is taken.
        assert sent < 64 * 1024 * 1024

    def test_of_half_open_connections_leaves_room_for_others(self, server: Server) -> None:
        with ExitStack() as stack:
            for _ in range(200):
                client = stack.enter_context(socket.create_connection((server.host, server.port), timeout=20))
                client.sendall(b"POST /api/v1/instances/events/events/ HTTP/1.1\r\nHost: x\r\nX-A: ")
            started = time.monotonic()
            assert ask(server, "POST", EVENTS, EVENT)[0] == 202
            assert time.monotonic() - started < QUICK_SECONDS

    @pytest.mark.parametrize("levels", [200, 100_000])
    def test_of_nesting_is_refused(self, server: Server, levels: int) -> None:
        deep = b'{"topic": "event_stream:a", "event_type": "x", "data": ' + b"[" * levels + b"]" * levels + b"}"

        assert ask(server, "POST", EVENTS, deep)[0] in (400, 413)
        with Subscriber(server) as client:
            if len(deep) < 128 * 1024:
                error = client.ask("publish", json.loads(b'{"instance": "events", ' + deep[1:]) if levels < 500 else {})
                assert "error" in error


class TestAnInjection:
    @pytest.mark.parametrize("text", INJECTIONS.values(), ids=INJECTIONS)
    def test_in_an_event_is_data_and_nothing_else(self, server: Server, text: str) -> None:
        with Subscriber(server) as client:
            client.subscribe("events", "event_stream:injected")
            receipt = client.publish(
                "events", "event_stream:injected", "told", data={text: text}, metadata={"by": text}
            )
            live = client.expect_event(id=receipt["id"])
            status, kept = ask(server, "GET", f"{EVENTS}{receipt['id']}/")

        assert (live["data"], status) == ({text: text}, 200)
        assert json.loads(kept)["data"] == {text: text}
        assert "\n" not in kept
        for bad in ({"topic": text, "event_type": "x"}, {"topic": "event_stream:a", "event_type": text}):
            assert ask(server, "POST", EVENTS, bad)[0] == 400
        assert_no_forged_line(server)

    @pytest.mark.parametrize("text", INJECTIONS.values(), ids=INJECTIONS)
    def test_in_a_query_or_a_path_is_text(self, server: Server, cookie: str, text: str) -> None:
        said = urllib.parse.quote(text, safe="")
        for path in (
            f"instances/events/?pattern={said}",
            f"instances/{said}/",
            f"instances/events/types/?q={said}",
            f"losses/?subscriber={said}&stream={said}&connection={said}&after={said}",
            f"{said}/",
        ):
            status, page = ask(server, "GET", path, headers={"Cookie": cookie})
            assert status in (200, 404), path
            assert_inert(page, text)
        for path in (f"{EVENTS}?topic={said}", f"{EVENTS}{said}/", f"api/v1/instances/{said}/", f"api/v1/{said}"):
            assert ask(server, "GET", path)[0] in (400, 404)
        ask(server, "GET", "api/v1/instances/", headers={"User-Agent": text.encode("ascii", "replace").decode()[:4]})
        assert_no_forged_line(server)

    @pytest.mark.parametrize("text", [HTML, CSV], ids=["HTML", "CSV"])
    def test_in_a_name_is_shown_as_text(self, server: Server, cookie: str, text: str) -> None:
        name = text[:120]
        run(
            server,
            "from django.contrib.auth.models import User; from consumers.models import Loss; "
            f"name = {name!r}; user = User.objects.create_user(name); Token.objects.issue(name=name, user=user); "
            "Grant.objects.create(user=user, verb='query', instance='events', pattern='*'); "
            "Loss.objects.create(at=timezone.now(), kind='gap', reason=name[:20], instance='events', "
            "stream='events.event_stream', epoch='e', first=1, last=9, count=9, times=1, connection='c_1', "
            "principal_kind='user', principal_id=user.pk, principal=name, patterns='event_stream:*')",
        )
        for path in ("losses/", "admin/auth/user/", "admin/access/token/", "admin/consumers/loss/"):
            status, page = ask(server, "GET", path, headers={"Cookie": cookie})
            assert status == 200, path
            assert_inert(page, text)
            assert html.escape(name[:20], quote=True).replace("&#x27;", "'") in page or name[:8] in html.unescape(page)

    def test_in_a_name_that_would_break_a_line_is_refused(self, server: Server) -> None:
        said = run(
            server,
            "from django.core.exceptions import ValidationError\n"
            f"try:\n    Token.objects.issue(name={LOG[:100]!r})\n    print('made')\n"
            "except ValidationError:\n    print('refused')",
        )

        assert said == "refused"

    def test_in_a_log_in_forges_no_line(self, server: Server) -> None:
        form = urllib.parse.urlencode({"username": LOG, "password": "x", "csrfmiddlewaretoken": "c" * 32}).encode()
        headers = {"Cookie": f"csrftoken={'c' * 32}", "Content-Type": "application/x-www-form-urlencoded"}

        status, page = ask(server, "POST", "accounts/login/", form, headers=headers)

        assert status == 200
        assert_inert(page, HTML)
        assert_no_forged_line(server)


def assert_inert(page: str, text: str) -> None:
    """Make sure that a page holds the text as text, if at all."""
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert text != HTML or text not in page


def assert_no_forged_line(server: Server) -> None:
    log = server.log.read_bytes()
    assert not any(line.startswith(LINE.encode()) for line in log.splitlines())
    assert b"\x1b[2J" not in log
