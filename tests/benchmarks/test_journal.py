"""The journal's section: its writers, its baseline, its bars and its tables."""

import threading
import time

import pytest
from django.db import connections

from instances.journal.router import ALIAS
from tests.benchmarks.clients import RunFailed
from tests.benchmarks.journal import naive
from tests.benchmarks.journal.appending import publish
from tests.benchmarks.journal.bars import judge
from tests.benchmarks.journal.events import body
from tests.benchmarks.journal.findings import ANOTHER, BATCH, NAIVE, ONE, POSTGRESQL, SAME, Journal, KeptUp, Worked
from tests.benchmarks.journal.made import acknowledged, broadcast, journal
from tests.benchmarks.journal.tables import tables
from tests.benchmarks.journal.writers import WRITERS, pace, saturate


class Ledger:
    """Acknowledges at once what it is given."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.threads: set[int] = set()

    def publish(self, events: bytes) -> None:
        self.bodies.append(events)
        self.threads.add(threading.get_ident())
        time.sleep(0.001)


class TestWriters:
    def test_each_write_without_a_pause_and_nothing_twice(self) -> None:
        ledger = Ledger()

        written = saturate(ledger.publish, batch=3, seconds=0.2)

        assert len(ledger.threads) == WRITERS
        assert len(set(ledger.bodies)) == len(ledger.bodies)
        assert written.entries == 3 * len(ledger.bodies) == 3 * len(written.latencies)
        assert written.rate == pytest.approx(written.entries / written.seconds)

    def test_keep_to_a_pace_and_charge_a_stall_to_all_that_it_held_up(self) -> None:
        def stall(events: bytes) -> None:
            time.sleep(0.05)

        # Each writer has 1 ms for what takes it 50.
        written = pace(stall, rate=WRITERS * 1_000.0, seconds=0.01)

        assert written.entries == WRITERS * 10
        assert written.ms(99) >= 9 * 50

    def test_fail_with_the_one_of_them_that_fails(self) -> None:
        def fail(events: bytes) -> None:
            raise RunFailed("not taken")

        with pytest.raises(RunFailed):
            saturate(fail, batch=1, seconds=0.1)


class TestNaive:
    def test_chains_what_it_keeps(self, journal: str) -> None:
        naive.make_tables()
        naive.be_patient()

        for number in range(3):
            naive.keep(body([number]))

        kept = list(naive.NaiveEntry.objects.using(ALIAS).order_by("number"))
        assert [each.number for each in kept] == [1, 2, 3]
        assert len({bytes(each.hash) for each in kept}) == 3
        assert bytes(naive.NaiveHead.objects.using(ALIAS).get().hash) == bytes(kept[-1].hash)

    def test_is_not_given_up_for_the_time_that_the_journal_gives(self, postgres_journal: None) -> None:
        naive.be_patient()

        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone()[0] == "0"


class TestPublish:
    def test_goes_through_the_pipeline(self, journal: str) -> None:
        publish(body([1]))
        publish(body(range(2, 102)))


class TestJudge:
    def test_passes_what_is_just_good_enough(self) -> None:
        assert [bar.passed for bar in judge(journal())] == [True] * 7

    def test_leaves_open_what_was_not_measured(self) -> None:
        assert [bar.passed for bar in judge(Journal())] == [None] * 7

    def test_misses_what_is_not(self) -> None:
        found = journal()
        found.acknowledged = [
            acknowledged(NAIVE, 100),
            acknowledged(ONE, 499),
            acknowledged(BATCH, 2_499),
            acknowledged("one at a time, half load", 250, p99_ms=50.1),
        ]
        found.broadcasts = [broadcast(SAME, p99_ms=200.1), broadcast(ANOTHER, p99_ms=201.0)]
        found.verified = Worked(49_999, 1.0)
        found.kept_up = KeptUp(25_000, 5.0, 6_000, 1.1)

        assert [bar.passed for bar in judge(found)] == [False] * 7

    def test_takes_the_median_of_the_rounds(self) -> None:
        found = journal()
        found.acknowledged += [acknowledged(ONE, 9_000), acknowledged(ONE, 10)]

        assert found.ratio(POSTGRESQL, ONE) == pytest.approx(5.0)

    def test_cannot_tell_whether_it_kept_up_with_what_never_came(self) -> None:
        found = journal()
        found.kept_up = KeptUp(10_000, 5.0, 100, 0.1)

        assert judge(found)[-1].passed is None


class TestTables:
    def test_tell_what_was_measured(self) -> None:
        rows = [row for _, _, rows in tables(journal()) for row in rows]

        assert ["PostgreSQL, batches of 100", "2,500", "25.0x", "5.0", "50.0"] in rows
        assert [SAME, "100", "10.0", "200.0", "500.0"] in rows
        assert ["PostgreSQL", "5,000", "900", "1.00"] in rows
        assert ["verifying, PostgreSQL", "50,000", "50,000"] in rows

    def test_say_nothing_of_what_was_not(self) -> None:
        assert not any(rows for _, _, rows in tables(Journal()))
