"""A report whose process is killed: everybody is told at once, and the next one can be made."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from gaterhub.reports.models import ENDED_SILENTLY
from tests.functional.conftest import START_SECONDS, Server
from tests.functional.explorer import asked, call, until

PERIOD: Final = {
    "from": f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    "to": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
}


def process_of(report: str) -> int:
    """Wait until a process makes that report, and return its number."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdecimal() and report.encode() in (entry / "cmdline").read_bytes():
                    return int(entry.name)
            except OSError:
                # It has ended meanwhile.
                continue
        time.sleep(0.01)
    pytest.fail(f"No process makes the report {report}.")


def made(server: Server, report: str) -> dict[str, Any]:
    row: dict[str, Any] = asked(server, f"reports/{report}/")["report"]
    return row


def on_record(server: Server, event_type: str) -> list[str]:
    """Return which reports `audit` has an event of that type about, in its order."""
    page = asked(server, "instances/audit/events/", event_type=event_type)
    return [event["data"]["resource"] for event in page["results"]]


class TestAReportWhoseProcessIsKilled:
    def test_has_failed_for_everybody_and_another_is_made(self, processes: tuple[Server, Server]) -> None:
        here, there = processes
        status, killed = call(here, "reports/", "POST", PERIOD)
        assert status == 202, killed
        pid = process_of(killed["id"])
        os.kill(pid, signal.SIGSTOP)
        assert made(there, killed["id"])["state"] == "running"
        status, problem = call(there, "reports/", "POST", PERIOD)
        assert (status, problem["code"]) == (409, "conflict")

        os.kill(pid, signal.SIGKILL)

        told = until(partial(made, there, killed["id"]), lambda row: row["state"] != "running")
        assert (told["state"], told["trouble"], told["sha256"]) == ("failed", ENDED_SILENTLY, "")
        status, whole = call(there, "reports/", "POST", PERIOD)
        assert status == 202, whole
        deadline = time.monotonic() + START_SECONDS
        while (row := made(here, whole["id"]))["state"] == "running":
            assert time.monotonic() < deadline, row
            time.sleep(0.1)
        assert row["state"] == "finished", row["trouble"]
        # That the first was begun and never ended stays on record.
        assert on_record(here, "report_started") == [f"report:{killed['id']}", f"report:{whole['id']}"]
        until(partial(on_record, here, "report_made"), lambda resources: resources == [f"report:{whole['id']}"])
