"""Who saw an audit event, asked at one process, of subscribers at both."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from tests.functional.conftest import Server
from tests.functional.subscriber import Subscriber

PATIENCE_SECONDS: Final = 15.0
"""What a subscriber got is in the database a second later."""
TOPIC: Final = "audit_trail:user_actions"


def seen(server: Server, id: str) -> Any:
    request = urllib.request.Request(
        f"{server.url}api/v1/instances/audit/events/{id}/seen/", headers={"Authorization": f"Bearer {server.token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def until(server: Server, id: str, holds: Callable[[dict[str, dict[str, Any]]], bool]) -> dict[str, dict[str, Any]]:
    """Ask until those who saw it, by connection, are as they should be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = seen(server, id)
        rows = {row["connection"]: row for row in answer["results"]}
        # Rows may be there a moment before it is certain that all of them are.
        if holds(rows) and answer["recorded"]:
            assert answer["unrecorded"] == []
            return rows
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)


class TestWhoSaw:
    def test_are_listed_whichever_process_serves_them(self, processes: tuple[Server, Server]) -> None:
        first, second = processes
        with Subscriber(first) as mindful, Subscriber(second) as silent, Subscriber(second) as elsewhere:
            told = mindful.subscribe("audit", "audit_trail:*", durable="siem")
            silent.subscribe("audit", "*")
            elsewhere.subscribe("audit", "compliance_events:*")
            # What the hub tells of itself is in the same streams, so that no offset is known beforehand.
            id = mindful.publish("audit", TOPIC, "told")["id"]
            event = mindful.expect_event(id=id)
            silent.expect_event(id=id)
            mindful.say(
                "ack", {"sub": told["sub"], "positions": {event["stream"]: f"{event['epoch']}:{event['offset']}"}}
            )
            elsewhere.settled("audit")
            mine, theirs = mindful.connected["connection"], silent.connected["connection"]

            rows = until(
                second, id, lambda rows: mine in rows and theirs in rows and rows[mine]["acknowledged_at"] is not None
            )

            assert set(rows) == {mine, theirs}
            assert rows[theirs]["acknowledged_at"] is None
            assert (rows[mine]["durable"], rows[theirs]["durable"]) == ("siem", None)
            assert rows[mine]["process"] == mindful.connected["process"]
            assert rows[theirs]["process"] == silent.connected["process"]
            for row in rows.values():
                assert (row["address"], row["replayed"]) == ("127.0.0.1", False)
                assert event["received"] <= row["delivered_at"]["from"] <= row["delivered_at"]["to"]

    def test_are_listed_as_replayed_when_they_come_back_for_it(self, processes: tuple[Server, Server]) -> None:
        first, second = processes
        with Subscriber(first) as away:
            begun = away.subscribe("audit", "audit_trail:*")["streams"]
        with Subscriber(first) as publisher:
            publisher.subscribe("audit", TOPIC)
            id = publisher.publish("audit", TOPIC, "told")["id"]
            # Only what has its place already can be replayed.
            publisher.expect_event(id=id)
            theirs = publisher.connected["connection"]
        with Subscriber(second) as back:
            back.subscribe("audit", "audit_trail:*", since=begun)
            back.settled("audit")
            mine = back.connected["connection"]

            rows = until(first, id, lambda rows: mine in rows and theirs in rows)

            assert {connection: row["replayed"] for connection, row in rows.items()} == {mine: True, theirs: False}

    def test_are_kept_when_their_process_ends(self, processes: tuple[Server, Server]) -> None:
        with Subscriber(processes[0]) as follower:
            follower.subscribe("audit", "audit_trail:*")
            id = follower.publish("audit", TOPIC, "told")["id"]
            follower.expect_event(id=id)
            mine = follower.connected["connection"]
        if processes[0] is processes[1]:
            until(processes[0], id, lambda rows: mine in rows)
            return
        # At once: what was noted in the second before the end is written at the end.
        processes[0].stop()

        until(processes[1], id, lambda rows: mine in rows)
