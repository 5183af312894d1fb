"""Asking the hub what goes through it, as a program does."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from tests.functional.conftest import Server

PATIENCE_SECONDS: Final = 15.0
"""A process hears of another within a second or two; a busy machine takes its time."""


def call(server: Server, path: str, method: str = "GET", body: object = None, **said: str) -> tuple[int, Any]:
    """Ask the API with the server's own token, and return status and body."""
    query = f"?{urllib.parse.urlencode(said)}" if said else ""
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}api/v1/{path}{query}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def until(ask: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """Ask until the answer is as it should be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


def asked(server: Server, path: str, **said: str) -> Any:
    """Return what the API answers when all is well."""
    status, answer = call(server, path, **said)
    assert status == 200, answer
    return answer
