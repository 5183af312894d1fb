"""What a follower finds that was away, or too slow, while very much happened."""

import json
import time
import urllib.parse
import urllib.request
from typing import Any, Final

import pytest

from tests.functional.chaos.conftest import World
from tests.functional.conftest import Server
from tests.functional.subscriber import PATIENCE_SECONDS, Event, Subscriber, post

pytestmark = pytest.mark.fault

BATCH: Final = 1_000
CRASHES: Final = 3


def publish_all(server: Server, instance: str, events: list[Event]) -> list[dict[str, Any]]:
    """Publish over HTTP, in batches, and return the receipts."""
    receipts: list[dict[str, Any]] = []
    for start in range(0, len(events), BATCH):
        status, answer = post(server, instance, events[start : start + BATCH])
        assert status == 202, answer
        receipts += answer["events"]
    return receipts


def queried(server: Server, instance: str, **question: str) -> list[Event]:
    """Return the first page of what GET events answers."""
    request = urllib.request.Request(
        f"{server.url}api/v1/instances/{instance}/events/?{urllib.parse.urlencode(question)}",
        headers={"Authorization": f"Bearer {server.token}"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        events: list[Event] = json.load(answer)["results"]
        return events


class TestAStalledReader:
    def test_hears_of_three_crashes_among_very_many_starts_or_finds_them(self, world: World, soaking: bool) -> None:
        """20,000 starts are more than what is kept, and than what any buffer holds."""
        topic = f"process_lifecycle:stalled-{time.monotonic_ns()}"
        count = 20_000
        events: list[Event] = [
            {"topic": topic, "event_type": "process_started", "data": {"number": number}} for number in range(count)
        ]
        spread = range(count // (2 * CRASHES), count, count // CRASHES)
        for number in spread:
            events[number] = {"topic": topic, "event_type": "process_crashed", "data": {"number": number}}

        with Subscriber(world.servers[0], receive_buffer_bytes=4096) as stalled:
            begun = stalled.subscribe("lifecycle", topic)["streams"]
            receipts = publish_all(world.servers[1], "lifecycle", events)
            crashed = {receipts[number]["id"]: receipts[number] for number in spread}
            # Its queue was full before it began to read.
            assert stalled.expect_close() == 4008
            heard = list(stalled.frames)

        since = position_after(heard, begun)
        with Subscriber(world.servers[1]) as back:
            answer = back.ask("subscribe", {"instance": "lifecycle", "pattern": topic, "since": since})["subscribed"]
            heard += back.frames

        delivered = [frame["event"]["id"] for frame in heard if "event" in frame]
        assert len(delivered) == len(set(delivered))
        gaps = [frame["gap"] for frame in heard if "gap" in frame]
        assert answer["recovered"] is not any(gap["reason"] == "evicted" for gap in gaps)
        untold = [receipt for id, receipt in crashed.items() if id not in delivered and not lies_in(gaps, receipt)]
        assert untold == []
        # What is still kept is found by a question, too.
        kept = {
            event["id"] for event in queried(world.servers[0], "lifecycle", topic=topic, event_type="process_crashed")
        }
        assert kept
        assert kept <= set(crashed)
        oldest = min(crashed[id]["offset"] for id in kept)
        assert kept == {id for id, receipt in crashed.items() if receipt["offset"] >= oldest}


def position_after(heard: list[dict[str, Any]], begun: dict[str, str]) -> dict[str, str]:
    """Return the positions that a client holds after these frames, as docs/websocket.md says."""
    positions = dict(begun)
    for frame in heard:
        if "event" in frame:
            positions[frame["event"]["stream"]] = f"{frame['event']['epoch']}:{frame['event']['offset']}"
        elif "gap" in frame:
            positions[frame["gap"]["stream"]] = frame["gap"]["next"]
        elif "positions" in frame:
            positions |= frame["positions"]
    return {stream: positions[stream] for stream in begun}


def lies_in(gaps: list[dict[str, Any]], receipt: dict[str, Any]) -> bool:
    return any(
        (gap["stream"], gap["epoch"]) == (receipt["stream"], receipt["epoch"])
        and gap["from"] <= receipt["offset"]
        and (gap["to"] is None or receipt["offset"] <= gap["to"])
        for gap in gaps
    )


class TestAFollowerOfARarePattern:
    def test_comes_back_without_a_gap_behind_very_many_events_of_others(self, world: World) -> None:
        """30,000 are three times what is kept, so its position must have moved on without an event of its own."""
        rare = f"aggregate_events:rare-{time.monotonic_ns()}"
        busy: list[Event] = [{"topic": "aggregate_events:busy", "event_type": "told"} for _ in range(30_000)]
        with Subscriber(world.servers[0]) as away:
            positions = away.subscribe("events", rare)["streams"]
            [stream] = positions
            before = away.publish("events", rare)["id"]
            away.expect_event(id=before)
            end = publish_all(world.servers[1], "events", busy)[-1]
            told = away.expect(
                lambda frame: frame.get("positions", {}).get(stream) == f"{end['epoch']}:{end['offset']}"
            )
            assert away.of("gap") == []

        missed = post(world.servers[1], "events", [{"topic": rare, "event_type": "told"}])[1]["events"][0]["id"]
        with Subscriber(world.servers[1]) as back:
            answer = back.subscribe("events", rare, since=told["positions"])
            assert (answer["recovered"], answer["replayed"]) == (True, 1)
            assert [event["id"] for event in back.events] == [missed]
            assert back.of("gap") == []
