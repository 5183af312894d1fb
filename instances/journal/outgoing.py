"""One POST to another program: bounded in time and size, following nobody elsewhere."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Final
from urllib.parse import urlsplit

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 10.0
"""For the whole exchange, however slowly the other side sends."""
ANSWER_MAX_BYTES: Final = 64 * 1024


class NoAnswer(Exception):
    """That the other program could not be reached, or didn't answer in time or within bounds."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def check_url(url: str) -> None:
    """Refuse what isn't the address of a program that takes a POST. Raises: ValueError."""
    where = urlsplit(url)
    if where.scheme not in ("http", "https") or not where.hostname:
        raise ValueError("it is no http:// or https:// address with a host")
    if where.username is not None or where.password is not None:
        raise ValueError("a password in an address ends up in logs")
    if where.query or where.fragment:
        raise ValueError("it has a query or a fragment")
    _ = where.port


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    answer_seconds: float = ANSWER_SECONDS,
    max_bytes: int = ANSWER_MAX_BYTES,
) -> Answer:
    """Return what the program at that address answers; a redirect is an answer like any other. Raises: NoAnswer."""
    where = urlsplit(url)
    connection = _connection(where.scheme, where.hostname or "", where.port)
    timer = Timer(answer_seconds, _cut, [connection])
    timer.daemon = True
    try:
        connection.connect()
        connection.sock.settimeout(answer_seconds)
        timer.start()
        connection.request("POST", where.path or "/", body, dict(headers))
        answer = connection.getresponse()
        said = answer.read(max_bytes + 1)
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{where.hostname} gave no answer: {error or type(error).__name__}.") from error
    finally:
        timer.cancel()
        connection.close()
    if len(said) > max_bytes:
        raise NoAnswer(f"{where.hostname} answered with more than {max_bytes:,} bytes.")
    if answer.length:
        raise NoAnswer(f"{where.hostname} ended its answer early, or took longer than {answer_seconds:g} s.")
    return Answer(answer.status, answer.headers.get_content_type(), said)


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)


def _cut(connection: http.client.HTTPConnection) -> None:
    # A time-out of the socket bounds one read, and there may be a thousand.
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
