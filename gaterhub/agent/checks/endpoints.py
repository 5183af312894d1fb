"""Checks of network services, as the setting GATERHUB_AGENT_CHECKS lists them."""

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from functools import partial
from typing import Final
from urllib.parse import SplitResult, urlsplit

from gaterhub.agent.checks.finding import HTTP_CHECK_SECONDS, OK, Check, Failed, Finding, State
from gaterhub.origin import plain, segment

_PORTS: Final = {"http": 80, "https": 443}
_STATUS_LINE_MAX_BYTES: Final = 8_192


class BadCheck(ValueError):
    """An entry of GATERHUB_AGENT_CHECKS that can't be read."""


def checks_from(setting: str) -> list[Check]:
    """Return a check for each `name=address` between the commas. Raises: BadCheck."""
    checks = [_check_from(entry.strip()) for entry in setting.split(",") if entry.strip()]
    names = [check.component for check in checks]
    for name in names:
        if names.count(name) > 1:
            raise BadCheck(f"GATERHUB_AGENT_CHECKS names {name!r} twice.")
    return checks


def _check_from(entry: str) -> Check:
    name, equals, address = entry.partition("=")
    component = segment(name.strip(), instead="")
    if not equals or not component:
        raise BadCheck(f"GATERHUB_AGENT_CHECKS has {entry!r}, which is no name=address.")
    try:
        parts = urlsplit(address.strip())
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise BadCheck(f"GATERHUB_AGENT_CHECKS has the address {address!r}: {error}.") from error
    if parts.scheme not in ("tcp", "http", "https") or not parts.hostname or port is None:
        raise BadCheck(
            f"GATERHUB_AGENT_CHECKS has the address {address!r}; right would be tcp://127.0.0.1:5432 "
            "or http://127.0.0.1:8000/livez."
        )
    if parts.scheme == "tcp":
        target = f"tcp://{parts.hostname}:{port}"
        return Check(component, target, partial(tcp_answers, parts.hostname, port))
    # Without a user and a password, which would be shown to everybody who follows the check.
    target = f"{parts.scheme}://{parts.hostname}:{port}{parts.path}"
    return Check(component, target, partial(http_answers, parts, port), HTTP_CHECK_SECONDS)


async def tcp_answers(host: str, port: int) -> Finding:
    """See whether somebody takes connections there. Raises: Failed."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        raise Failed(_why(error)) from error
    await _close(writer)
    return OK


async def http_answers(address: SplitResult, port: int) -> Finding:
    """Ask for the page: up to 399 is well, 4xx degraded, all else failing. Raises: Failed."""
    tls = ssl.create_default_context() if address.scheme == "https" else None
    try:
        reader, writer = await asyncio.open_connection(address.hostname, port, ssl=tls, limit=_STATUS_LINE_MAX_BYTES)
    except OSError as error:
        raise Failed(_why(error)) from error
    try:
        writer.write(_request(address, port))
        status = _status((await reader.readline()).decode("latin-1"))
    except (OSError, ValueError) as error:
        raise Failed(_why(error)) from error
    finally:
        await _close(writer)
    if status < 400:
        return OK
    return Finding(State.DEGRADED if status < 500 else State.FAILING, f"It answers {status}.")


def _request(address: SplitResult, port: int) -> bytes:
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    host = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
    if port != _PORTS[address.scheme]:
        host = f"{host}:{port}"
    lines: Sequence[str] = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: gaterhub-agent",
        "Accept: */*",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _status(line: str) -> int:
    words = line.split(maxsplit=2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdecimal():
        raise Failed("It speaks no HTTP." if line else "It closed the connection without an answer.")
    return int(words[1])


async def _close(writer: asyncio.StreamWriter) -> None:
    # Aborted rather than closed: nothing is owed, and a farewell over TLS may never be answered.
    writer.transport.abort()


def _why(error: Exception) -> str:
    """Return what the system says about the error, in the same words on every event loop."""
    if isinstance(error, socket.gaierror):
        return f"{error.strerror}."
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.errno:
        return f"{os.strerror(error.errno)}."
    return plain(str(error) or type(error).__name__)
