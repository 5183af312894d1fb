"""What all publishers of an instance together may publish, whichever process they come in by."""

import time
from pathlib import Path
from typing import Final

import pytest

from tests.functional.conftest import Server, serving
from tests.functional.subscriber import post

BATCH: Final = 1_000
RATE: Final = 100
PATIENCE_SECONDS: Final = 10.0
_SET: Final = (
    "from instances import configuring as c\n"
    "from instances.models import InstanceConfig\n"
    "row = InstanceConfig.objects.get(instance='metrics')\n"
    "c.change(row, c.values_of(row) | {'events_per_second': %s}, by='olga', because='OPS-7')\n"
)


def batch(server: Server, count: int) -> tuple[int, str]:
    event = {"topic": "throughput:api", "event_type": "told", "data": {"value": 1}}
    status, answer = post(server, "metrics", [event] * count)
    return status, answer.get("detail", "")


class TestTheRateOfAnInstance:
    def test_is_for_all_publishers_together_and_ends_with_the_setting(self, tmp_path: Path, redis_url: str) -> None:
        with (
            serving(tmp_path, settings={"REDIS_URL": redis_url}) as first,
            serving(tmp_path, like=first) as second,
        ):
            # Without one, a process takes what comes.
            assert [batch(each, BATCH)[0] for each in (first, second)] == [202, 202]
            first.manage("shell", "-c", _SET % RATE)
            for server in (first, second):
                self._until(server, 429)

            # What is left of the burst is less than a batch, by either door, and a publisher hears for whom that is.
            for server in (first, second):
                status, said = batch(server, BATCH)
                assert status == 429
                assert f"All publishers together may publish {RATE} events a second to metrics" in said
            assert post(second, "health", {"topic": "process_health:api", "event_type": "told"})[0] == 202
            assert batch(first, 1)[0] in (202, 429)

            first.manage("shell", "-c", _SET % None)
            for server in (first, second):
                self._until(server, 202)
            assert [batch(each, BATCH)[0] for each in (second, second)] == [202, 202]

    def _until(self, server: Server, status: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while batch(server, BATCH)[0] != status:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @pytest.mark.parametrize("instance", ["audit", "alerts"])
    def test_is_none_that_evidence_could_have(self, server: Server, instance: str) -> None:
        with pytest.raises(AssertionError, match="Nobody who reports"):
            server.manage("shell", "-c", (_SET % RATE).replace("metrics", instance))
