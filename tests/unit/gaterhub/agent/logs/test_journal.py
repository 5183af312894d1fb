import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from gaterhub.agent.backoff import Backoff
from gaterhub.agent.logs import journal
from gaterhub.agent.logs.journal import Journal, reading_of
from gaterhub.agent.reading import Reading

ENTRY = {
    "MESSAGE": "Started nginx.service",
    "PRIORITY": "6",
    "SYSLOG_IDENTIFIER": "systemd",
    "_SYSTEMD_UNIT": "init.scope",
    "_PID": "1",
    "__REALTIME_TIMESTAMP": "1672531200123456",
}


def of(**changes: Any) -> Reading | None:
    entry = {key: value for key, value in (ENTRY | changes).items() if value is not None}
    return reading_of(entry, own_pid=4_711)


class TestReadingOf:
    def test_tells_program_level_time_and_unit(self) -> None:
        reading = of()

        assert reading is not None
        assert reading.topic == "logs:systemd:info"
        assert reading.timestamp_ms == 1_672_531_200_123
        assert reading.data == {
            "service": "systemd",
            "level": "info",
            "severity": "info",
            "message": "Started nginx.service",
            "source": "journal",
            "pid": 1,
            "unit": "init.scope",
        }

    def test_leaves_out_what_this_process_wrote(self) -> None:
        assert of(_PID="4711") is None

    @pytest.mark.parametrize(
        ("changes", "service"),
        [
            ({"SYSLOG_IDENTIFIER": None, "_COMM": "nginx"}, "nginx"),
            ({"SYSLOG_IDENTIFIER": None, "_SYSTEMD_UNIT": "nginx.service"}, "nginx"),
            ({"SYSLOG_IDENTIFIER": None, "_SYSTEMD_UNIT": None, "_PID": None}, "kernel"),
        ],
    )
    def test_finds_a_name_for_the_service(self, changes: dict[str, Any], service: str) -> None:
        reading = of(**changes)

        assert reading is not None
        assert reading.data["service"] == service

    def test_reads_a_message_of_bytes(self) -> None:
        reading = of(MESSAGE=[*"läuft".encode(), 0xFF])

        assert reading is not None
        assert reading.data["message"] == "läuft\ufffd"

    @pytest.mark.parametrize("message", [None, 5, [1, 999], ["a"], {}])
    def test_passes_over_an_entry_without_a_message(self, message: object) -> None:
        assert of(MESSAGE=message) is None


def printing(*lines: str, then: str = "") -> Sequence[str]:
    """Return a command that prints the lines, whatever arguments it gets, and does that."""
    return (
        sys.executable,
        "-c",
        f"import sys, time\nsys.stdout.write({''.join(lines)!r}); sys.stdout.flush()\n{then}",
    )


@asynccontextmanager
async def running(followed: Journal) -> AsyncIterator[None]:
    """Follow while the block runs, no longer than a slow machine needs, and wait until the following has ended."""
    task = asyncio.create_task(followed.run())
    try:
        async with asyncio.timeout(20):
            yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class TestJournal:
    async def test_publishes_entries_and_passes_over_what_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "LINE_MAX_BYTES", 2_000)
        got: asyncio.Queue[list[Reading]] = asyncio.Queue()
        lines = [
            "no json\n",
            "[1, 2]\n",
            json.dumps(ENTRY | {"MESSAGE": "x" * 5_000}) + "\n",
            json.dumps(ENTRY | {"MESSAGE": "here"}) + "\n",
        ]
        followed = Journal(got.put_nowait, command=printing(*lines, then="time.sleep(60)"))

        async with running(followed):
            (reading,) = await got.get()

        assert reading.data["message"] == "here"
        assert followed.passed_over >= 1

    async def test_starts_journalctl_again_when_it_ends(self) -> None:
        got: asyncio.Queue[list[Reading]] = asyncio.Queue()
        followed = Journal(
            got.put_nowait,
            command=printing(json.dumps(ENTRY) + "\n"),
            backoff=Backoff(0.0, chance=lambda: 0.0),
        )

        async with running(followed):
            first, second = await got.get(), await got.get()

        assert first[0].data == second[0].data

    async def test_leaves_no_process_behind(self) -> None:
        got: asyncio.Queue[list[Reading]] = asyncio.Queue()
        # The entry that it prints tells its own number.
        entry = "{'MESSAGE': str(os.getpid())}"
        code = f"import json, os, time; print(json.dumps({entry}), flush=True); time.sleep(600)"
        followed = Journal(got.put_nowait, command=(sys.executable, "-c", code))

        async with running(followed):
            (reading,) = await got.get()

        assert not psutil.pid_exists(int(reading.data["message"]))

    async def test_bears_that_there_is_no_journalctl(self, caplog: pytest.LogCaptureFixture) -> None:
        tried = asyncio.Event()

        class Pause(Backoff):
            def failed(self, *, at_least_seconds: float = 0.0) -> float:
                tried.set()
                return 600

        followed = Journal(lambda readings: None, command=["/no/such/journalctl"], backoff=Pause())
        async with running(followed):
            await tried.wait()

        assert "The journal can't be followed" in caplog.text


class TestIsReadable:
    def test_needs_a_journal_file_and_journalctl(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
        assert not journal.is_readable([tmp_path])
        (tmp_path / "machine").mkdir()
        (tmp_path / "machine" / "system.journal").touch()

        assert journal.is_readable([tmp_path])
        monkeypatch.setattr(shutil, "which", lambda name: None)
        assert not journal.is_readable([tmp_path])
