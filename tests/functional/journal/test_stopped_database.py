"""A database that hangs: nobody waits longer than is said, evidence is spooled, and the rest of the hub goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from instances.access.authentication import LOOK_UP_SECONDS
from tests.functional.journal.hub import Hub, hub
from tests.functional.journal.record import PATIENCE_SECONDS, problems
from tests.functional.journal.writers import Writers, event
from tests.functional.own_postgres import OwnPostgres
from tests.functional.subscriber import Subscriber, post

pytestmark = pytest.mark.fault

DATABASE_SECONDS: Final = 2.0
SPOOL_SECONDS: Final = 0.5
PROBE_SECONDS: Final = 2.5
MARGIN_SECONDS: Final = 2.0
"""For a machine that is busy with something else."""
HEALTH: Final[dict[str, Any]] = {
    "topic": "subscription_health:prod:users",
    "event_type": "registration_success",
    "data": {"store_id": "prod"},
}
METRIC: Final[dict[str, Any]] = {"topic": "told:metrics", "event_type": "told", "data": {"value": 1}}


@contextmanager
def stopped(postgres: OwnPostgres) -> Iterator[None]:
    postgres.stop()
    try:
        yield
    finally:
        postgres.go_on()


class TestAStoppedDatabase:
    def test_holds_up_nobody_and_loses_nothing(self, postgres: OwnPostgres, postgres_hub: Hub, soaking: bool) -> None:
        stop_seconds = 10.0 if soaking else 6.0
        longest = {"health": 0.0, "metrics": 0.0}
        with postgres_hub.serving(), Subscriber(postgres_hub) as follower:
            follower.subscribe("health", HEALTH["topic"])
            with Writers(postgres_hub) as writers:
                writers.wait_for(100)
                ends = time.monotonic() + stop_seconds
                with stopped(postgres):
                    while time.monotonic() < ends:
                        for instance, event in (("health", HEALTH), ("metrics", METRIC)):
                            began = time.monotonic()
                            status, answer = post(postgres_hub, instance, event)
                            assert status == 202, answer
                            longest[instance] = max(longest[instance], time.monotonic() - began)
                        follower.expect_event(topic=HEALTH["topic"])
                        time.sleep(0.05)
                    began = time.monotonic()
                    ready, told = postgres_hub.probe("readyz")
                    probed_seconds = time.monotonic() - began
                writers.wait_for(100, lambda each: not each.spooled)
            postgres_hub.record.until_kept("audit", [each.id for each in writers.acknowledged])

        print(
            f"stopped for {stop_seconds:.0f} s: {len(writers.acknowledged):,} told, {writers.spooled:,} spooled; "
            f"the longest wait was {writers.longest_seconds:.2f} s for audit, and {longest} for others"
        )
        assert (ready, told["database"], "no answer" in told["journal"]) == (503, "ready", True), told
        assert probed_seconds <= PROBE_SECONDS + MARGIN_SECONDS
        assert writers.faults == []
        assert writers.spooled
        assert sum(writer.refused for writer in writers.each) == 0
        assert writers.longest_seconds <= DATABASE_SECONDS + SPOOL_SECONDS + MARGIN_SECONDS
        assert max(longest.values()) <= MARGIN_SECONDS
        assert problems(postgres_hub.record, "audit", writers.acknowledged) == []

    def test_that_everything_is_in_is_waited_for_no_longer(self, postgres: OwnPostgres, tmp_path: Path) -> None:
        """The token of each request is in it, too."""
        stop_seconds, longest, told = 6.0, 0.0, set()
        with hub(tmp_path, DATABASE_URL=postgres.database("all_in_one")) as whole, whole.serving():
            first = [post(whole, "audit", event(0, "before"))[0] for _ in range(3)]
            ends = time.monotonic() + stop_seconds
            with stopped(postgres):
                while time.monotonic() < ends:
                    for instance, said in (("audit", event(0, "meanwhile")), ("health", HEALTH)):
                        began = time.monotonic()
                        told.add((instance, post(whole, instance, said)[0]))
                        longest = max(longest, time.monotonic() - began)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while post(whole, "audit", event(0, "after"))[0] != 201:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            whole.record.until_kept("audit", [])

        assert first == [201] * 3
        assert told == {("audit", 202), ("health", 202)}
        assert longest <= LOOK_UP_SECONDS + DATABASE_SECONDS + SPOOL_SECONDS + MARGIN_SECONDS
