"""The bars: a figure on either side of its bound, and none at all."""

import pytest

from tests.benchmarks import bars
from tests.benchmarks.generator import Findings
from tests.benchmarks.idle import IdleFindings
from tests.benchmarks.inspecting import InspectingFindings
from tests.benchmarks.journal.made import journal
from tests.benchmarks.latency import percentile
from tests.benchmarks.never_reads import NeverReadsFindings
from tests.benchmarks.plan import HISTORY_PAIRS, OURS, OURS_REDIS, OURS_REDIS_OFFSETS, TEXTBOOK, WORKLOADS
from tests.benchmarks.results import FREE, GRANTED, Authorization, Matching, QuestionFindings, Results, Validation

KIB = 1024


def run(*, cpu_us: float, p99_ms: float = 1.0, seconds: float = 1.0) -> Findings:
    """Make the findings of a run of 1,000 deliveries."""
    cpu_seconds = cpu_us / 1e6 * 1_000
    return Findings(10, 1_000, 1_000, seconds, cpu_seconds / 2, cpu_seconds / 2, 0.1, 0.0, 1_000, 1.0, p99_ms, 2.0, 0.0)


def results(*, ours_us: float = 1.0, textbook_us: float = 1_000.0, mib: float = 1.0, kept: bool = True) -> Results:
    made = Results()
    for workload in (bars.ONE, bars.FULL):
        made.traffic[workload] = {
            OURS.name: [run(cpu_us=ours_us)],
            OURS_REDIS.name: [run(cpu_us=ours_us)],
            TEXTBOOK.name: [run(cpu_us=textbook_us)],
        }
    made.traffic[bars.FAST] = {OURS.name: [run(cpu_us=ours_us)]}
    made.idle = {OURS.name: [IdleFindings(10, 300 * KIB)], bars.BARE: [IdleFindings(10, 230 * KIB)]}
    made.never_reads = [NeverReadsFindings("events", "close", "closed with 4008", kept, int(mib * KIB * KIB), 1.0, 1.0)]
    made.matching = [Matching(10, 1.0, 0.1), Matching(100_000, 2.0, 0.1)]
    made.validation = Validation(100, 1.9, 9.0, 12.0, 10.0)
    for with_history, without in HISTORY_PAIRS:
        made.history[with_history.name] = [run(cpu_us=1.4)]
        made.history[without.name] = [run(cpu_us=1.0)]
    made.access = {FREE: [run(cpu_us=1.0)], GRANTED: [run(cpu_us=1.14)]}
    made.authorization = Authorization(free_us=20.0, granted_us=39.0)
    made.questions = [question(p95_ms=50.0)]
    made.inspecting = [inspecting(20, 40.0), inspecting(2_000, 300.0)]
    made.journal = journal()
    return made


def question(*, p95_ms: float, database: str = "SQLite") -> QuestionFindings:
    return QuestionFindings(database, 1_000_000, "outcome=failure", 1.0, p95_ms, 100)


def inspecting(subscribers: int, p95_ms: float) -> InspectingFindings:
    return InspectingFindings(subscribers, {"slowest first": 20.0}, {"slowest first": p95_ms})


def verdicts(found: Results) -> list[bool | None]:
    return [bar.passed for bar in bars.judge_all(found)]


class TestJudgeAll:
    def test_passes_what_is_within_every_bound(self) -> None:
        assert verdicts(results()) == [True] * 24

    def test_misses_a_page_of_many_subscribers_that_takes_too_long(self) -> None:
        found = results()
        found.inspecting = [inspecting(20, 40.0), inspecting(2_000, 301.0)]

        assert verdicts(found)[-1] is False

    def test_misses_grants_that_cost_too_much(self) -> None:
        found = results()
        found.access[GRANTED] = [run(cpu_us=1.2)]
        found.authorization = Authorization(free_us=20.0, granted_us=41.0)

        assert verdicts(found)[13:15] == [False, False]

    def test_misses_a_ratio_that_is_too_small(self) -> None:
        assert verdicts(results(textbook_us=120.0))[:3] == [True, False, True]
        assert verdicts(results(textbook_us=14.0))[:3] == [False, False, False]

    def test_takes_the_median_of_the_rounds(self) -> None:
        found = results()
        found.traffic[bars.ONE][OURS.name] = [run(cpu_us=1.0), run(cpu_us=900.0), run(cpu_us=2.0)]

        summary = found.summary(bars.ONE, OURS.name)

        assert summary is not None
        assert summary.cpu_us == pytest.approx(2.0)

    def test_misses_late_and_costly_paced_events(self) -> None:
        found = results()
        found.traffic[bars.FAST] = {OURS.name: [run(cpu_us=950.0, p99_ms=15.1)]}

        assert verdicts(found)[3:5] == [False, False]

    def test_misses_matching_that_is_slow_at_any_number_of_patterns(self) -> None:
        found = results()
        found.matching = [Matching(10, 1.0, 0.1), Matching(100_000, 3.1, 0.21)]

        assert verdicts(found)[5:7] == [False, False]

    def test_misses_checks_of_types_that_are_slow_and_tells_what_they_add(self) -> None:
        found = results()
        found.validation = Validation(100, 2.1, 3.0, 12.0, 10.0)

        bar = bars.judge_all(found)[7]

        assert bar.passed is False
        assert "2.10 µs, p99 3.00 µs" in bar.measured
        assert "1.20" in bar.measured

    def test_misses_a_fat_idle_connection(self) -> None:
        found = results()
        found.idle[OURS.name] = [IdleFindings(10, 311 * KIB)]

        assert verdicts(found)[8] is False

    def test_misses_a_sleeper_that_costs_too_much_or_got_another_outcome(self) -> None:
        assert verdicts(results(mib=2.1))[9] is False
        assert verdicts(results(kept=False))[9] is False

    def test_misses_a_history_that_costs_more_than_half_of_what_goes_on_without(self) -> None:
        found = results()
        found.history[OURS.name] = [run(cpu_us=1.4), run(cpu_us=1.6), run(cpu_us=1.7)]
        found.history[OURS_REDIS_OFFSETS.name] = [run(cpu_us=0.9)]

        assert verdicts(found)[10:13] == [False, True, False]
        assert bars.judge_all(found)[10].measured == "1.60x (1.600 of 1.000 µs)"

    def test_misses_a_question_that_is_slow_on_either_database(self) -> None:
        found = results()
        found.questions.append(question(p95_ms=50.4, database="PostgreSQL"))

        bar = bars.judge_all(found)[-2]

        assert bar.passed is False
        assert bar.measured == "50.4 ms (outcome=failure of 1,000,000, PostgreSQL)"

    def test_leaves_open_what_was_not_measured(self) -> None:
        assert set(verdicts(Results())) == {None}

    def test_names_workloads_that_exist(self) -> None:
        assert {bars.ONE, bars.FULL, bars.FAST} <= {workload.name for workload in WORKLOADS}


class TestPercentile:
    def test_is_the_nearest_rank(self) -> None:
        values = [float(value) for value in range(1, 1001)]

        assert [percentile(values, percent) for percent in (0, 50, 99, 99.9, 100)] == [1, 500, 990, 999, 1000]

    def test_refuses_no_values(self) -> None:
        with pytest.raises(ValueError, match="no value"):
            percentile([], 50)
