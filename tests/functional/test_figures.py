"""The figures of a hub of several processes: each answers for all of them, and one that dies is seen to be gone."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.functional.conftest import Server, serving
from tests.functional.subscriber import post
from tests.functional.test_processes import meet_two, pid_of

PATIENCE_SECONDS: Final = 30.0

Figures = dict[str, Any]


def figures(server: Server) -> Figures:
    request = urllib.request.Request(
        f"{server.url}api/v1/figures/", headers={"Authorization": f"Bearer {server.token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        told: Figures = json.load(answer)
    return told


def wait_for(server: Server, holds: Callable[[Figures], bool]) -> Figures:
    """Ask until every process may have heard of every other, and return the figures that hold."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        # A process that is killed resets the connections that waited for it.
        with suppress(ConnectionError, urllib.error.URLError):
            if holds(told := figures(server)):
                return told
    pytest.fail(f"The figures never held: {figures(server)}")


def row(told: Figures, name: str) -> dict[str, Any]:
    return next(each for each in told["instances"] if each["name"] == name)


class TestFigures:
    def test_are_of_all_processes_whichever_answers(self, tmp_path: Path, redis_url: str) -> None:
        with (
            serving(tmp_path, "--workers", "2", settings={"REDIS_URL": redis_url}) as server,
            ExitStack() as stack,
        ):
            followers = meet_two(server, stack)
            for follower in followers:
                follower.subscribe("metrics", "*")
                follower.subscribe("metrics", "performance_metrics:*")
            told = wait_for(server, lambda told: row(told, "metrics")["subscribers"] == 2)

            answered: set[str] = set()
            while len(answered) < 2:
                told = wait_for(server, lambda told: row(told, "metrics")["subscribers"] == 2)
                answered.add(told["hub"]["process"])
            assert told["hub"]["mode"] == "redis"
            assert {each["name"] for each in told["hub"]["processes"] if each["up"]} == answered
            assert told["hub"]["connections"] == 2
            assert told["hub"]["worker"] in answered

    @pytest.mark.fault
    def test_show_a_process_that_was_killed_as_silent(self, tmp_path: Path, redis_url: str) -> None:
        with (
            serving(tmp_path, "--workers", "2", settings={"REDIS_URL": redis_url}) as server,
            ExitStack() as stack,
        ):
            first, _ = meet_two(server, stack)
            victim = pid_of(first)
            wait_for(server, lambda told: sum(each["up"] for each in told["hub"]["processes"]) == 2)

            os.kill(victim, signal.SIGKILL)

            def is_silent(told: Figures) -> bool:
                return any(each["name"].endswith(f"-{victim}") and not each["up"] for each in told["hub"]["processes"])

            told = wait_for(server, is_silent)
            assert told["hub"]["connections"] <= 1

    def test_count_what_was_refused(self, server: Server) -> None:
        before = row(figures(server), "lifecycle")["refused"]

        status, _ = post(server, "lifecycle", [{"topic": "not a topic", "event_type": "x"}])

        assert status == 400

        wait_for(server, lambda told: row(told, "lifecycle")["refused"] == before + 1)
