"""`manage.py tail` goes on where it was: past a server that ends or restarts, and from one run to the next."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import ROOT
from tests.functional.conftest import END_SECONDS, Server, serving
from tests.functional.subscriber import PATIENCE_SECONDS, Event, Subscriber

BYE = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])


class Tail:
    """A `manage.py tail` of its own, and what it says."""

    def __init__(self, server: Server, *arguments: str) -> None:
        environment = server.environment | {"GATERHUB_URL": server.url, "GATERHUB_TOKEN": server.token}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "tail", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.told: list[str] = []
        """What was read of its standard error."""
        self._out: queue.Queue[str] = queue.Queue()
        self._err: queue.Queue[str] = queue.Queue()
        for pipe, lines in ((self.process.stdout, self._out), (self.process.stderr, self._err)):
            threading.Thread(target=self._read, args=(pipe, lines), daemon=True).start()

    @staticmethod
    def _read(pipe: Any, lines: "queue.Queue[str]") -> None:
        for line in pipe:
            lines.put(line)

    def until_told(self, start: str) -> str:
        """Return the next line on standard error that begins so, reading on past the others."""
        while True:
            self.told.append(self._err.get(timeout=PATIENCE_SECONDS))
            if self.told[-1].startswith(start):
                return self.told[-1]

    def events(self, count: int) -> list[Event]:
        """Return the next events that it prints."""
        return [json.loads(self._out.get(timeout=PATIENCE_SECONDS)) for _ in range(count)]

    def end(self) -> list[Event]:
        """Press Ctrl+C, and return what it printed that was not read."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(END_SECONDS) == 0, self.told
        return [json.loads(self._out.get()) for _ in range(self._out.qsize())]


@contextmanager
def tailing(server: Server, *arguments: str) -> Iterator[Tail]:
    tail = Tail(server, *arguments)
    try:
        yield tail
    finally:
        tail.process.kill()
        tail.process.wait()


@pytest.fixture
def mark() -> str:
    return f"m{uuid4().hex[:12]}"


def offsets(events: list[Event]) -> list[int]:
    return [event["offset"] for event in events]


def publish(server: Server, topic: str, count: int) -> list[int]:
    with Subscriber(server) as publisher:
        return offsets(publisher.publish_all("system", [{"topic": topic, "event_type": "told"}] * count))


class TestServerThatRestarts:
    @BYE
    def test_over_redis_costs_nothing(self, tmp_path: Path, redis_url: str, mark: str, number: signal.Signals) -> None:
        with (
            serving(tmp_path, settings={"REDIS_URL": redis_url}) as first,
            serving(tmp_path, like=first) as other,
            tailing(first, "system", f"{mark}:*") as tail,
        ):
            assert tail.until_told("Following") == f"Following {mark}:* of system.\n"
            expected = publish(other, f"{mark}:a", 3)
            assert offsets(tail.events(3)) == expected

            first.stop(number)
            missed = publish(other, f"{mark}:a", 300)
            publish(other, f"other-{mark}:a", 5)
            with serving(tmp_path, like=first, port=first.port):
                told = tail.until_told("Following")

                live = publish(other, f"{mark}:a", 2)
                assert offsets(tail.events(302)) == missed + live
                assert told == f"Following {mark}:* of system, recovered: 300 replayed, nothing is missing.\n"
                assert [line for line in tail.told if line.startswith("gap")] == []
                assert tail.end() == []

    @BYE
    def test_in_memory_is_told_as_a_gap(self, tmp_path: Path, mark: str, number: signal.Signals) -> None:
        with serving(tmp_path) as first, tailing(first, "system", f"{mark}:*") as tail:
            tail.until_told("Following")
            publish(first, f"{mark}:a", 2)
            [_, last] = tail.events(2)

            first.stop(number)
            with serving(tmp_path, like=first, port=first.port) as second:
                gap = json.loads(tail.until_told("gap: ")[len("gap: ") :])
                told = tail.until_told("Following")

                assert (gap["epoch"], gap["to"], gap["reason"]) == (last["epoch"], None, "epoch")
                assert "not recovered: 0 replayed" in told
                live = publish(second, f"{mark}:a", 2)
                events = tail.events(2)
                assert offsets(events) == live
                assert {event["epoch"] for event in events} != {last["epoch"]}


class TestNextRun:
    def test_goes_on_from_a_file(self, server: Server, tmp_path: Path, mark: str) -> None:
        file = tmp_path / "positions.json"
        with tailing(server, "system", mark, "--resume", str(file)) as tail:
            tail.until_told("Following")
            publish(server, mark, 2)
            tail.events(2)
            assert tail.end() == []
        missed = publish(server, mark, 3)

        with tailing(server, "system", mark, "--resume", str(file)) as tail:
            told = tail.until_told("Following")

            assert "recovered: 3 replayed, nothing is missing" in told
            assert offsets(tail.events(3)) == missed
            live = publish(server, mark, 1)
            assert offsets(tail.events(1)) == live
            assert tail.end() == []
        assert [each.name for each in tmp_path.iterdir()] == ["positions.json"]

    def test_goes_on_from_a_file_after_a_kill_once_a_second_has_passed(
        self, server: Server, tmp_path: Path, mark: str
    ) -> None:
        file = tmp_path / "positions.json"
        with tailing(server, "system", mark, "--resume", str(file)) as tail:
            tail.until_told("Following")
            [position] = publish(server, mark, 1)
            tail.events(1)
            kept = f':{position}"'
            # The file is there a second later, though nothing more arrives.
            waiting = threading.Event()
            for _ in range(round(PATIENCE_SECONDS * 20)):
                if file.exists() and kept in file.read_text():
                    break
                waiting.wait(0.05)
            os.kill(tail.process.pid, signal.SIGKILL)
        missed = publish(server, mark, 1)

        with tailing(server, "system", mark, "--resume", str(file)) as tail:
            tail.until_told("Following")
            assert offsets(tail.events(1)) == missed

    def test_goes_on_from_what_the_hub_keeps_under_a_name(self, server: Server, mark: str) -> None:
        arguments = "system", mark, "--durable", mark
        with tailing(server, *arguments) as tail:
            tail.until_told("Following")
            publish(server, mark, 2)
            tail.events(2)
            assert tail.end() == []
        missed = publish(server, mark, 3)

        with tailing(server, *arguments) as tail:
            assert "recovered: 3 replayed" in tail.until_told("Following")
            assert offsets(tail.events(3)) == missed
            assert tail.end() == []

    def test_goes_on_from_positions_that_it_is_given(self, server: Server, mark: str) -> None:
        with Subscriber(server) as publisher:
            receipts = publisher.publish_all("system", [{"topic": mark, "event_type": "told"}] * 3)
        first = receipts[0]
        since = json.dumps({first["stream"]: f"{first['epoch']}:{first['offset']}"})

        with tailing(server, "system", mark, "--since", since) as tail:
            assert offsets(tail.events(2)) == offsets(receipts[1:])


class TestMistake:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--since", "k3f9:41"), "--since takes an object of positions by stream"),
            (("--since", '{"health.process_health": "41"}'), "bad_request: The position of"),
            (("--durable", "a name"), "bad_request: The name of a durable subscription"),
        ],
    )
    def test_is_told_and_ends_the_command(
        self, server: Server, mark: str, arguments: tuple[str, ...], words: str
    ) -> None:
        with tailing(server, "health", mark, *arguments) as tail:
            assert tail.process.wait(PATIENCE_SECONDS) == 1
            assert words in tail.until_told("CommandError")

    @pytest.mark.parametrize(
        ("kept", "words"),
        [
            ("no JSON", "is no file of positions"),
            ('{"instance": "system", "pattern": "*", "positions": {}}', "keeps the positions of * of system"),
        ],
    )
    def test_in_the_file_leaves_it_alone(
        self, server: Server, tmp_path: Path, mark: str, kept: str, words: str
    ) -> None:
        file = tmp_path / "positions.json"
        file.write_text(kept)

        with tailing(server, "health", mark, "--resume", str(file)) as tail:
            assert tail.process.wait(PATIENCE_SECONDS) == 1
            assert words in tail.until_told("CommandError")
        assert file.read_text() == kept
