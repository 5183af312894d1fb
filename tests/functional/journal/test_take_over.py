"""Who numbers dies: another process does within seconds; and where there is none, the hub says so."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import pytest

from tests.functional.journal.hub import Hub
from tests.functional.journal.nursery import Child
from tests.functional.journal.record import PATIENCE_SECONDS
from tests.functional.journal.writers import event
from tests.functional.subscriber import post

pytestmark = pytest.mark.fault

TAKE_OVER_SECONDS: Final = 5.0
MARGIN_SECONDS: Final = 2.0
"""For a machine that is busy with something else."""


def until_ready(hub: Hub, status: int) -> str:
    """Wait until the hub says that it is ready, or that it is not, and return what it says of the sequencer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (told := hub.probe("readyz"))[0] != status:
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    return str(told[1]["sequencer"])


def leader_among(standing: Sequence[Child], hub: Hub) -> Child:
    """Wait until one of them leads, and return it: for three seconds a leader of before looks as if it did."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        pid = hub.record.leader()
        for child in standing:
            if child.pid == pid:
                return child
        assert time.monotonic() < deadline, pid
        time.sleep(0.05)


class TestTheSequencer:
    def test_is_followed_by_another_within_five_seconds(self, any_hub: Hub, soaking: bool) -> None:
        hub, took = any_hub, []
        with hub.serving("--no-worker"), ExitStack() as stack:
            standing = [stack.enter_context(hub.working()) for _ in range(2)]
            for _ in range(20 if soaking else 2):
                until_ready(hub, 200)
                leader = leader_among(standing, hub)
                leader.kill()
                killed = time.monotonic()
                assert post(hub, "audit", event(0, "meanwhile"))[0] == 201
                hub.record.until_kept("audit", [])
                took.append(time.monotonic() - killed)
                standing.remove(leader)
                standing.append(stack.enter_context(hub.working()))

        print("took over after", [f"{seconds:.2f} s" for seconds in took])
        assert max(took) <= TAKE_OVER_SECONDS + MARGIN_SECONDS

    def test_is_missed_where_nobody_stands_by(self, any_hub: Hub) -> None:
        with any_hub.serving("--no-worker"):
            assert "no process leads" in until_ready(any_hub, 503)
            assert post(any_hub, "audit", event(0, "unnumbered"))[0] == 201
            with any_hub.working():
                assert until_ready(any_hub, 200) == "ready"
                any_hub.record.until_kept("audit", [])
            assert "no process leads" in until_ready(any_hub, 503)
