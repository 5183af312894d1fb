"""Several processes serve, one records, and another goes on: each event is counted once, whoever takes it in."""

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.conftest import Server, serving

PATIENCE_SECONDS = 60.0


@pytest.fixture
def two(tmp_path: Path, redis_url: str) -> Iterator[tuple[Server, Server]]:
    with (
        serving(tmp_path, settings={"REDIS_URL": redis_url}) as first,
        serving(tmp_path, like=first) as second,
    ):
        yield first, second


def publish(server: Server, count: int) -> None:
    body = json.dumps([{"topic": "performance_metrics:capacity", "event_type": "counted"}] * count).encode()
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}api/v1/instances/metrics/events/", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202


def recorded_events(server: Server) -> int:
    """Return what the hours of the instance have together."""
    request = urllib.request.Request(
        f"{server.url}api/v1/capacity/?instance=metrics", headers={"Authorization": f"Bearer {server.token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        rows = json.load(answer)["results"]
    return sum(row["events"] for row in rows)


def recorded(server: Server, at_least: int) -> int:
    """Wait until so many events are recorded, and return how many are."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (events := recorded_events(server)) < at_least and time.monotonic() < deadline:
        time.sleep(0.2)
    return events


class TestRecording:
    def test_goes_on_in_another_process_and_counts_each_event_once(
        self, two: tuple[Server, Server], tmp_path: Path
    ) -> None:
        first, second = two
        publish(second, 400)
        assert recorded(second, 400) == 400

        first.stop()
        publish(second, 300)

        assert recorded(second, 700) == 700
        second.stop()
        with serving(tmp_path, like=second) as third:
            publish(third, 5)
            assert recorded(third, 705) == 705
