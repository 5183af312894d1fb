"""From where a request came, when a proxy stands before the hub: only trusted proxies are believed."""

import functools
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from django.conf import settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FOR: Final = b"x-forwarded-for"
_PROTO: Final = b"x-forwarded-proto"
_TOLD_BY_PROXIES: Final = frozenset(
    {_FOR, _PROTO, b"forwarded", b"x-real-ip", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-server"}
)
_SCHEMES: Final = {
    ("http", "http"): "http",
    ("http", "https"): "https",
    ("websocket", "http"): "ws",
    ("websocket", "ws"): "ws",
    ("websocket", "https"): "wss",
    ("websocket", "wss"): "wss",
}


def resolve(scope: MutableMapping[str, Any]) -> None:
    """Have an ASGI scope of HTTP or WebSocket say who the client is, and by which scheme it came.

    1. Where the peer is a trusted proxy, X-Forwarded-For is read from its right end, where the nearest proxy wrote, up
       to the first address that no trusted proxy has. All further left a client may have made up.
    2. X-Forwarded-Proto counts as the nearest proxy told it.
    3. These headers, and others of their kind, are taken away: nothing behind this reads them again, or believes them.
    """
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    told = [(name, value) for name, value in headers if name in _TOLD_BY_PROXIES]
    if not told:
        return
    scope["headers"] = [row for row in headers if row[0] not in _TOLD_BY_PROXIES]
    client = scope.get("client")
    peer = None if not client else address_of(str(client[0]))
    trusted = _networks(tuple(settings.TRUSTED_PROXIES))
    if peer is None or not _is_within(peer, trusted):
        return
    address = _nearest_untrusted(peer, _values(told, _FOR), trusted)
    if address != peer:
        scope["client"] = (str(address), 0)
    schemes = _values(told, _PROTO)
    scheme = _SCHEMES.get((scope["type"], schemes[-1].lower())) if schemes else None
    if scheme is not None:
        scope["scheme"] = scheme


def is_trusted_proxy(text: str) -> bool:
    """Tell whether that address is of GATERHUB_TRUSTED_PROXIES."""
    address = address_of(text)
    return address is not None and _is_within(address, _networks(tuple(settings.TRUSTED_PROXIES)))


def address_of_scope(scope: Mapping[str, Any]) -> str | None:
    """Return where an ASGI scope's client is, once `resolve` has been there; None where the server doesn't know."""
    client = scope.get("client")
    return str(client[0]) if client else None


def address_of(text: str) -> Address | None:
    """Return the address that a text names, with a port or without, or None where it names none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket that listens on both families tells IPv4 addresses as IPv6 ones (RFC 4291 section 2.5.5.2).
    return getattr(address, "ipv4_mapped", None) or address


def _nearest_untrusted(peer: Address, forwarded: list[str], trusted: Iterable[Network]) -> Address:
    address = peer
    while forwarded and _is_within(address, trusted):
        before = address_of(forwarded.pop())
        if before is None:
            break
        address = before
    return address


def _values(told: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """Return the values of a header, one after the other, however many lines they came on (RFC 9110 section 5.2)."""
    lines = [value.decode("latin-1") for key, value in told if key == name]
    return [value.strip() for line in lines for value in line.split(",")]


def _is_within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


@functools.lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)
