import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from gaterhub.agent.inspection.inspector import KINDS, Inspector, NoProcess
from gaterhub.agent.inspection.loop_delay import LoopDelay


def look(kind: str, **options: Any) -> dict[str, Any]:
    (reading,) = Inspector(LoopDelay()).inspect([kind], **options)
    return dict(reading.data)


class TestInspector:
    def test_looks_at_this_process_unless_told(self) -> None:
        readings = Inspector(LoopDelay()).inspect(asked_by="signal")

        assert [each.topic for each in readings] == [
            "diagnostics:memory_analysis",
            "diagnostics:connection_pool",
            "diagnostics:open_files",
            "diagnostics:performance_trace",
        ]
        assert {each.data["pid"] for each in readings} == {os.getpid()}
        assert {each.metadata["requested_by"] for each in readings} == {"signal"}

    def test_says_so_where_there_is_no_such_process(self) -> None:
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()

        with pytest.raises(NoProcess, match=str(child.pid)):
            Inspector().inspect(pid=child.pid)

    @pytest.mark.parametrize("kind", KINDS)
    def test_can_look_at_another_process(self, kind: str) -> None:
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
            data = look(kind, pid=child.pid)

        assert data["pid"] == child.pid
        assert "garbage_collector" not in data
        assert "loop_delay" not in data


class TestMemory:
    def test_is_what_the_system_says(self) -> None:
        data = look("memory", deep=False)

        resident = psutil.Process().memory_info().rss
        assert data["resident_bytes"] == pytest.approx(resident, rel=0.2)
        assert 0 < data["unique_bytes"] <= data["resident_bytes"]
        assert len(data["garbage_collector"]["collections"]) == 3
        assert "largest_mappings" not in data

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mappings are read on Linux")
    def test_names_the_largest_mappings_first_in_a_deep_look(self) -> None:
        mappings = look("memory")["largest_mappings"]

        sizes = [each["resident_bytes"] for each in mappings]
        assert sizes == sorted(sizes, reverse=True)
        assert len(sizes) <= 20


class TestConnections:
    def test_count_by_state_and_name_the_listeners(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                data = look("connections")

        assert data["by_state"]["LISTEN"] >= 1
        assert data["by_state"]["ESTABLISHED"] >= 1
        assert f"127.0.0.1:{port}" in data["listening_on"]
        assert {"address": f"127.0.0.1:{port}", "connections": 1} in data["peers"]

    def test_say_so_where_they_may_not_be_seen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def denied(self: psutil.Process, kind: str) -> None:
            raise psutil.AccessDenied(self.pid)

        monkeypatch.setattr(psutil.Process, "net_connections", denied)

        data = look("connections")

        assert "connections" not in data
        assert "doesn't let this user" in data["reason"]


class TestFiles:
    def test_name_what_is_open_in_a_deep_look(self, tmp_path: Path) -> None:
        path = tmp_path / "open.txt"
        with path.open("w"):
            deep, shallow = look("files"), look("files", deep=False)

        assert {"path": str(path), "mode": "w"} in deep["files"]
        assert deep["open_files"] == shallow["open_files"] >= 1
        assert deep["descriptors"] <= deep["descriptors_limit"]
        assert "files" not in shallow


class TestTrace:
    def test_tells_what_was_used_since_the_last_look(self) -> None:
        inspector = Inspector(LoopDelay())
        (first,) = inspector.inspect(["trace"])
        (second,) = inspector.inspect(["trace"])

        assert "processors_used" not in first.data
        assert second.data["processors_used"] >= 0
        assert second.data["loop_delay"]["looks"] == 0
        assert len(second.data["busiest_threads"]) >= 1
