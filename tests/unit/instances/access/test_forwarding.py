from typing import Any

import pytest

from instances.access.forwarding import address_of, resolve

PROXY = "10.0.0.1"
STRANGER = "203.0.113.7"
CLIENT = "198.51.100.1"


def scope(peer: str | None, *headers: tuple[str, str], kind: str = "http") -> dict[str, Any]:
    return {
        "type": kind,
        "scheme": "http" if kind == "http" else "ws",
        "client": None if peer is None else (peer, 40_000),
        "headers": [(b"host", b"hub"), *((name.encode(), value.encode()) for name, value in headers)],
    }


def resolved(peer: str | None, *headers: tuple[str, str], kind: str = "http") -> dict[str, Any]:
    asked = scope(peer, *headers, kind=kind)
    resolve(asked)
    return asked


@pytest.fixture(autouse=True)
def _trusted(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]


FORGED = (
    ("x-forwarded-for", "10.0.0.9, 127.0.0.1"),
    ("x-forwarded-proto", "https"),
    ("forwarded", "for=127.0.0.1;proto=https"),
    ("x-real-ip", "127.0.0.1"),
    ("x-forwarded-host", "elsewhere.example"),
)


class TestResolve:
    @pytest.mark.parametrize("kind", ["http", "websocket"])
    def test_believes_nothing_of_an_untrusted_peer(self, kind: str) -> None:
        asked = resolved(STRANGER, *FORGED, kind=kind)

        assert asked["client"] == (STRANGER, 40_000)
        assert asked["scheme"] == ("http" if kind == "http" else "ws")

    @pytest.mark.parametrize("peer", [STRANGER, PROXY, None])
    def test_leaves_no_such_header_for_others_to_believe(self, peer: str | None) -> None:
        assert resolved(peer, *FORGED)["headers"] == [(b"host", b"hub")]

    def test_believes_nobody_where_no_proxy_is_trusted(self, settings: Any) -> None:
        settings.TRUSTED_PROXIES = []

        assert resolved("127.0.0.1", *FORGED)["client"] == ("127.0.0.1", 40_000)

    def test_believes_nothing_over_a_unix_socket(self) -> None:
        assert resolved(None, *FORGED)["client"] is None

    @pytest.mark.parametrize(
        ("forwarded", "address"),
        [
            (CLIENT, CLIENT),
            (f"127.0.0.1, {CLIENT}", CLIENT),
            (f"10.0.0.66, {CLIENT}", CLIENT),
            (f"{CLIENT}, 10.0.0.9", CLIENT),
            (f"{CLIENT}:4711", CLIENT),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            (f"::ffff:{CLIENT}", CLIENT),
            ("nonsense", PROXY),
            ("1.2.3.4, nonsense", PROXY),
            ("", PROXY),
            ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
        ],
    )
    @pytest.mark.parametrize("kind", ["http", "websocket"])
    def test_takes_the_last_address_that_no_trusted_proxy_has(self, forwarded: str, address: str, kind: str) -> None:
        assert resolved(PROXY, ("x-forwarded-for", forwarded), kind=kind)["client"][0] == address

    def test_reads_several_lines_as_one(self) -> None:
        asked = resolved(PROXY, ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", CLIENT))

        assert asked["client"][0] == CLIENT

    def test_changes_nothing_the_second_time(self) -> None:
        asked = resolved(PROXY, ("x-forwarded-for", "1.2.3.4, 10.0.0.9"))
        before = dict(asked)

        resolve(asked)

        assert asked == before

    @pytest.mark.parametrize(
        ("kind", "told", "scheme"),
        [
            ("http", "https", "https"),
            ("http", "HTTPS", "https"),
            ("http", "https, http", "http"),
            ("http", "ftp", "http"),
            ("websocket", "https", "wss"),
            ("websocket", "wss", "wss"),
            ("websocket", "http", "ws"),
        ],
    )
    def test_takes_the_scheme_that_the_nearest_proxy_told(self, kind: str, told: str, scheme: str) -> None:
        assert resolved(PROXY, ("x-forwarded-proto", told), kind=kind)["scheme"] == scheme


class TestAddressOf:
    @pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "[", "1.2.3.4:80:80"])
    def test_is_none_where_no_address_is_named(self, text: str) -> None:
        assert address_of(text) is None
