"""An operator watches the hub over its socket: this host's telemetry arrives, and so does what people do to the hub."""

import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.functional.conftest import Server

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 30.0

Event = dict[str, Any]


class Watcher:
    """Follows patterns over one socket."""

    def __init__(self, socket: ClientConnection, token: str) -> None:
        self._socket = socket
        self._frames: list[dict[str, Any]] = []
        self._ask({"id": 1, "connect": {"token": token}}, "connected")

    def follow(self, instance: str, pattern: str) -> None:
        self._ask({"id": 2, "subscribe": {"instance": instance, "pattern": pattern}}, "subscribed")

    def first(self, wanted: Callable[[Event], bool]) -> Event:
        """Return the first event that is wanted, passing over the others."""
        while True:
            frame = self._next()
            if "event" in frame and wanted(frame["event"]):
                event: Event = frame["event"]
                return event

    def _ask(self, frame: dict[str, Any], answer: str) -> None:
        self._socket.send(json.dumps(frame))
        while answer not in (frame := self._next()):
            assert "error" not in frame

    def _next(self) -> dict[str, Any]:
        while not self._frames:
            message = self._socket.recv(WAIT_SECONDS)
            self._frames = [json.loads(line) for line in str(message).split("\n")]
        frame = self._frames.pop(0)
        if "ping" in frame:
            self._socket.send(json.dumps({"pong": {}}))
        return frame


@pytest.fixture
def watcher(server: Server) -> Iterator[Watcher]:
    address = f"ws{server.url.removeprefix('http').rstrip('/')}/ws/v1/"
    with connect(address, subprotocols=[Subprotocol("gaterhub.v1+json")], compression=None) as socket:
        yield Watcher(socket, server.token)


def log_in(server: Server, *, password: str) -> None:
    """Fill in the log-in form as a browser does."""
    address = f"{server.url.rstrip('/')}/admin/login/"
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(address, timeout=10) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
    assert token is not None
    form = {"username": server.operator.name, "password": password, "csrfmiddlewaretoken": token[1]}
    browser.open(address, urllib.parse.urlencode(form).encode(), timeout=10).close()


class TestTelling:
    def test_brings_this_hosts_telemetry_over_http(self, server: Server, watcher: Watcher) -> None:
        watcher.follow("metrics", "performance_metrics:*")
        watcher.follow("health", "process_health:hub")
        environment = os.environ | {"GATERHUB_URL": server.url, "GATERHUB_TOKEN": server.token}

        ended = subprocess.run(
            [sys.executable, "manage.py", "agent", "--once"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert ended.returncode == 0, ended.stderr
        # Health leaves first, and is the first to arrive.
        hub = watcher.first(lambda event: bool(event["topic"] == "process_health:hub"))
        memory = watcher.first(lambda event: bool(event["topic"] == "performance_metrics:memory"))
        assert hub["data"]["state"] in ("ok", "degraded")
        assert memory["data"]["total_bytes"] == psutil.virtual_memory().total

    def test_brings_log_ins_and_refused_ones_without_their_passwords(self, server: Server, watcher: Watcher) -> None:
        watcher.follow("security", "security_events:*")

        log_in(server, password="sesame-street")
        refused = watcher.first(lambda event: bool(event["event_type"] == "authentication_failure"))
        log_in(server, password=server.operator.password)
        let_in = watcher.first(lambda event: bool(event["event_type"] == "authentication_success"))

        assert (refused["data"]["user_id"], refused["data"]["ip_address"]) == (
            server.operator.name,
            "127.0.0.1",
        )
        assert "sesame-street" not in json.dumps(refused)
        assert let_in["data"]["user_id"] == server.operator.name
        assert server.operator.password not in json.dumps(let_in)

    def test_brings_a_watchers_own_subscriptions(self, watcher: Watcher) -> None:
        watcher.follow("events", "event_stream:subscriptions")
        watcher.follow("audit", "audit_trail:*")

        opened = watcher.first(lambda event: bool(event["data"].get("pattern") == "audit_trail:*"))

        assert (opened["event_type"], opened["data"]["instance"]) == ("subscription_opened", "audit")
