"""Signed events at a real hub of two processes on one Redis: over HTTP, over the WebSocket, from the shell."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any, Final

import pytest

from instances.event import now_ms
from instances.publishing.signing import sign
from tests.conftest import empty_redis
from tests.functional.conftest import Server, serving
from tests.functional.subscriber import Subscriber

INSTANCE: Final = "system"
EVIDENCE: Final = "audit"
SEEN_SECONDS: Final = 20.0
"""For a change in the database to be read by a process; two are promised, and a shared machine may be slow."""

MAKE_SIGNED: Final = (
    "from instances.models import InstanceConfig\n"
    f"InstanceConfig.objects.filter(instance__in=({INSTANCE!r}, {EVIDENCE!r})).update(signed=True)"
)
EVENT: Final[dict[str, Any]] = {"topic": "orders:web", "event_type": "told", "data": {"user": "ana"}}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, _redis_server: str) -> Iterator[tuple[Server, Server]]:
    """Give two serving processes of one hub, in which two instances take signed events only."""
    folder = tmp_path_factory.mktemp("signed")
    with (
        empty_redis(_redis_server) as redis_url,
        serving(folder, settings={"REDIS_URL": redis_url}) as one,
        serving(folder, like=one) as other,
    ):
        one.manage("shell", "-c", MAKE_SIGNED)
        for server in (one, other):
            deadline = time.monotonic() + SEEN_SECONDS
            while post(server, EVENT)[0] != 403:
                assert time.monotonic() < deadline, "the configuration was not read in time"
                time.sleep(0.1)
        yield one, other


@pytest.fixture(scope="module")
def secret(hub: tuple[Server, Server]) -> str:
    """Give the signing secret of the hub's token."""
    server = hub[0]
    made = server.manage("create_signing_secret", server.token.split("_")[1]).strip()
    for each in hub:
        deadline = time.monotonic() + SEEN_SECONDS
        while post(each, sign(EVENT, INSTANCE, made))[0] != 202:
            assert time.monotonic() < deadline, "the signing secret was not read in time"
            time.sleep(0.1)
    return made


def post(server: Server, event: Any, instance: str = INSTANCE) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        f"{server.url}api/v1/instances/{instance}/events/",
        json.dumps(event).encode(),
        {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class TestSignedInstance:
    def test_refuses_what_is_not_signed_over_http(self, hub: tuple[Server, Server]) -> None:
        status, problem = post(hub[0], EVENT)

        assert (status, problem["code"]) == (403, "forbidden")
        assert "takes signed events only" in problem["detail"]

    def test_refuses_what_is_not_signed_over_the_websocket(self, hub: tuple[Server, Server], secret: str) -> None:
        with Subscriber(hub[0]) as publisher:
            refused = publisher.ask("publish", EVENT | {"instance": INSTANCE})
            taken = publisher.ask("publish", sign(EVENT, INSTANCE, secret) | {"instance": INSTANCE})

        assert refused["error"]["code"] == "forbidden"
        assert len(taken["published"]["events"]) == 1

    def test_refuses_a_replay_at_the_process_that_took_it_and_at_another(
        self, hub: tuple[Server, Server], secret: str
    ) -> None:
        one, other = hub
        event = sign(EVENT, INSTANCE, secret)

        told = [post(one, event), post(other, event), post(one, event)]

        assert [status for status, _ in told] == [202, 409, 409]
        assert "taken already" in told[1][1]["detail"]

    def test_gives_the_first_answer_to_a_replay_of_evidence(self, hub: tuple[Server, Server], secret: str) -> None:
        event = sign(EVENT, EVIDENCE, secret)

        told = [post(server, event, EVIDENCE) for server in (*hub, *hub)]

        assert [status for status, _ in told] == [201] * 4
        assert all(answer["events"] == told[0][1]["events"] for _, answer in told)

    def test_answers_what_is_signed_anew_as_it_did_at_first(self, hub: tuple[Server, Server], secret: str) -> None:
        one, other = hub
        event = sign(EVENT, INSTANCE, secret)

        _, first = post(one, event)
        status, again = post(other, sign(event | {"timestamp": now_ms() + 1}, INSTANCE, secret))

        assert (status, again["events"]) == (202, first["events"])

    def test_refuses_what_was_changed_and_takes_nothing_of_its_batch(
        self, hub: tuple[Server, Server], secret: str
    ) -> None:
        good, bad = sign(EVENT, INSTANCE, secret), sign(EVENT, INSTANCE, secret) | {"data": {"user": "eve"}}

        status, problem = post(hub[0], [good, bad])

        assert status == 403
        assert [error["index"] for error in problem["errors"]] == [1]
        assert post(hub[0], good)[0] == 202

    def test_is_published_to_from_a_shell_that_signs(self, hub: tuple[Server, Server], secret: str) -> None:
        server = hub[0]
        ways = {
            "GATERHUB_URL": server.url.rstrip("/"),
            "GATERHUB_TOKEN": server.token,
            "GATERHUB_SIGNING_SECRET": secret,
        }
        shell = Server(
            server.port, server.token, server.operator, server.environment | ways, server.process, server.log
        )

        told = shell.manage("publish", INSTANCE, EVENT["topic"], "told", "--data", '{"share": 0.5}', "--sign")

        assert json.loads(told)["accepted"] == 1

    def test_takes_no_old_secret_five_seconds_after_another_was_made(
        self, hub: tuple[Server, Server], secret: str
    ) -> None:
        one, other = hub
        with Subscriber(other) as publisher:
            assert "published" in publisher.ask("publish", sign(EVENT, INSTANCE, secret) | {"instance": INSTANCE})
            one.manage("create_signing_secret", one.token.split("_")[1])
            made = time.monotonic()
            while "error" not in publisher.ask("publish", sign(EVENT, INSTANCE, secret) | {"instance": INSTANCE}):
                assert time.monotonic() - made < SEEN_SECONDS
            # Each process remembers what it has learnt of a token for a while of its own.
            while post(one, sign(EVENT, INSTANCE, secret))[0] != 403:
                assert time.monotonic() - made < SEEN_SECONDS
            took = time.monotonic() - made

        assert took <= 5.0
