"""The limits on a caller through a real server: rates, connections, whose address counts, large bodies."""

import http.client
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from tests.functional.conftest import Server, serving
from tests.functional.subscriber import Closed, Subscriber

EVENTS: Final = "/api/v1/instances/health/events/"
EVENT: Final = {"topic": "subscription_health:prod:users", "event_type": "registration_success"}
MIB: Final = 1024 * 1024
HOME: Final = "198.51.100.7"
"""Where the token with a network is at home."""
FAR: Final = "203.0.113.5"

_MAKE: Final = """
from instances.access.models import Token
issued = Token.objects.issue(name="{name}")
Token.objects.filter(name="{name}").update(**{figures!r})
print(issued.secret)
"""


def make_token(server: Server, name: str, **figures: object) -> str:
    return server.manage("shell", "--no-imports", "-c", _MAKE.format(name=name, figures=figures)).strip()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a hub that believes a proxy on this machine."""
    settings = {"GATERHUB_TRUSTED_PROXIES": "127.0.0.1/32"}
    with serving(tmp_path_factory.mktemp("proxied"), settings=settings) as server:
        yield server


def status_of(server: Server, token: str, headers: dict[str, str]) -> int:
    client = http.client.HTTPConnection(server.host, server.port, timeout=20)
    client.request("GET", "/api/v1/instances/", headers={"Authorization": f"Bearer {token}", **headers})
    status = client.getresponse().status
    client.close()
    return status


def lets_in(server: Server, token: str, headers: dict[str, str]) -> bool:
    try:
        with Subscriber(server, token=token, headers=headers):
            return True
    except Closed as closed:
        return closed.code != 4500


class TestRateOfAToken:
    def test_refuses_a_frame_and_says_when_to_try_again(self, server: Server) -> None:
        token = make_token(server, "slow", events_per_second=10)
        frame = [{"instance": "health", **EVENT}] * 500
        with Subscriber(server, token=token) as publisher:
            answers = [publisher.ask("publish", frame) for _ in range(3)]

        assert ["published" in answer for answer in answers] == [True, True, False]
        error = answers[2]["error"]
        assert (error["code"], error["retry"]) == ("too_many_requests", True)
        assert 40_000 < error["retry_after_ms"] <= 50_000


class TestConnectionsOfAToken:
    def test_are_as_many_as_its_own_figure_says(self, server: Server) -> None:
        token = make_token(server, "narrow", connections=1)
        with Subscriber(server, token=token):
            with pytest.raises(Closed) as closed, Subscriber(server, token=token):
                pass
            assert closed.value.code == 4504

        with Subscriber(server, token=token):
            pass


FORGED: Final = [
    {"X-Forwarded-For": HOME},
    {"Forwarded": f"for={HOME};proto=https"},
    {"X-Real-IP": HOME},
    {"X-Forwarded-For": f"{HOME}, {FAR}", "X-Real-IP": HOME},
]


class TestForwardedAddresses:
    @pytest.mark.parametrize("headers", FORGED)
    def test_are_not_believed_where_no_proxy_is_trusted(self, server: Server, headers: dict[str, str]) -> None:
        token = make_token(server, f"home-{FORGED.index(headers)}", networks=f"{HOME}/32")

        assert status_of(server, token, headers) == 401
        assert not lets_in(server, token, headers)

    def test_count_behind_a_trusted_proxy_by_what_it_wrote_itself(self, proxied: Server) -> None:
        token = make_token(proxied, "home", networks=f"{HOME}/32")

        for forwarded, is_home in {HOME: True, f"{FAR}, {HOME}": True, f"{HOME}, {FAR}": False, "": False}.items():
            headers = {"X-Forwarded-For": forwarded}
            assert (status_of(proxied, token, headers) == 200) is is_home, forwarded
            assert lets_in(proxied, token, headers) is is_home, forwarded
        assert status_of(proxied, token, {"X-Real-IP": HOME, "Forwarded": f"for={HOME}"}) == 401

    def test_tell_the_scheme_only_behind_a_trusted_proxy(self, tmp_path: Path) -> None:
        for proxies, status in (("", 301), ("127.0.0.1/32", 200)):
            settings = {"GATERHUB_TRUSTED_PROXIES": proxies, "GATERHUB_HTTPS": "1"}
            folder = tmp_path / (proxies.replace("/", "-") or "none")
            folder.mkdir()
            with serving(folder, settings=settings) as server:
                client = http.client.HTTPConnection(server.host, server.port, timeout=20)
                client.request("GET", "/accounts/login/", headers={"X-Forwarded-Proto": "https"})
                assert client.getresponse().status == status


class TestBodies:
    @pytest.mark.parametrize("path", [EVENTS, "/api/v1/tokens/", "/accounts/login/", "/admin/login/", "/livez"])
    @pytest.mark.parametrize("headers", [{"Content-Length": str(1024 * MIB)}, {"Transfer-Encoding": "chunked"}])
    def test_that_are_huge_are_refused_while_little_is_read(
        self, server: Server, path: str, headers: dict[str, str]
    ) -> None:
        client = http.client.HTTPConnection(server.host, server.port, timeout=20)
        client.putrequest("POST", path)
        said = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json", **headers}
        for name, value in said.items():
            client.putheader(name, value)
        client.endheaders()
        sent = 0
        # The server answers and closes.
        with suppress(OSError):
            while sent < 64:
                piece = b" " * MIB
                client.send(b"%x\r\n%b\r\n" % (len(piece), piece) if "Transfer-Encoding" in headers else piece)
                sent += 1

        assert sent < 32
        with suppress(ConnectionError, http.client.HTTPException):
            assert client.getresponse().status == 413
        assert status_of(server, server.token, {}) == 200

    @pytest.mark.parametrize("path", [EVENTS, "/api/v1/tokens/", "/accounts/login/"])
    def test_that_are_compressed_are_refused_clearly(self, server: Server, path: str) -> None:
        client = http.client.HTTPConnection(server.host, server.port, timeout=20)
        client.request("POST", path, b"\x1f\x8b", {"Content-Encoding": "gzip", "Content-Type": "application/json"})
        answer = client.getresponse()

        assert answer.status == 415
        assert "without a content coding" in json.loads(answer.read())["detail"]

    def test_query_parameters_are_bounded_in_number(self, server: Server) -> None:
        client = http.client.HTTPConnection(server.host, server.port, timeout=20)
        query = "&".join(["a"] * 1_500)
        client.request("GET", f"{EVENTS}?{query}", headers={"Authorization": f"Bearer {server.token}"})

        assert client.getresponse().status == 400
