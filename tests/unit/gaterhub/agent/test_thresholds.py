import pytest

from gaterhub.agent.reading import Reading
from gaterhub.agent.thresholds import THRESHOLDS, Judge, Threshold
from instances.topics import check_topic
from tests.unit.gaterhub.agent.fakes import Clock


def cpu(ratio: float) -> Reading:
    return Reading("metrics", "performance_metrics:cpu", "cpu_usage", {"utilisation_ratio": ratio})


def disk(ratio: float, mountpoint: str = "/") -> Reading:
    data = {"utilisation_ratio": ratio, "mountpoint": mountpoint}
    return Reading("metrics", f"performance_metrics:disk:{mountpoint}", "disk_usage", data)


def told(judge: Judge, *readings: Reading) -> list[tuple[str, str, object]]:
    return [(each.topic, each.event_type, each.data["rule"]) for each in judge.judge(readings)]


class TestJudge:
    def test_raises_once_and_resolves_once(self) -> None:
        judge = Judge()

        assert told(judge, disk(0.89)) == []
        assert told(judge, disk(0.90)) == [("system_alerts:warning", "warning_alert", "disk_filling")]
        assert told(judge, disk(0.93)) == []
        assert told(judge, disk(0.80)) == [("system_alerts:warning", "alert_resolved", "disk_filling")]
        assert told(judge, disk(0.80)) == []

    def test_stays_silent_between_the_two_edges(self) -> None:
        judge = Judge()
        told(judge, disk(0.91))

        assert told(judge, disk(0.89), disk(0.91), disk(0.86), disk(0.90)) == []

    def test_tells_apart_what_is_measured_in_several_places(self) -> None:
        judge = Judge()

        alerts = judge.judge([disk(0.91, "/"), disk(0.92, "/var")])

        assert [each.metadata["affected"] for each in alerts] == ["/", "/var"]

    def test_escalates_what_is_critical(self) -> None:
        judge = Judge()
        warning, critical = judge.judge([disk(0.98)])

        assert (warning.topic, warning.metadata["escalation_required"]) == ("system_alerts:warning", False)
        assert (critical.topic, critical.metadata["escalation_required"]) == ("system_alerts:critical", True)
        assert critical.data == {
            "severity": "high",
            "component": "disk",
            "message": "The disk use of / is 98.0%, at or above 97%",
            "rule": "disk_full",
            "state": "raised",
        }

    def test_lets_a_processor_be_busy_for_a_while(self) -> None:
        clock = Clock()
        judge = Judge(clock=clock)

        assert told(judge, cpu(1.0)) == []
        clock.move(29)
        assert told(judge, cpu(1.0)) == []
        clock.move(1)
        assert told(judge, cpu(1.0)) == [("system_alerts:warning", "warning_alert", "cpu_busy")]

    def test_counts_the_time_anew_after_a_moment_of_rest(self) -> None:
        clock = Clock()
        judge = Judge(clock=clock)
        told(judge, cpu(1.0))
        clock.move(29)
        told(judge, cpu(0.94))
        clock.move(29)

        assert told(judge, cpu(1.0)) == []

    def test_passes_over_readings_without_its_figure(self) -> None:
        judge = Judge()

        assert judge.judge([Reading("metrics", "performance_metrics:cpu", "cpu_usage", {})]) == []


class TestThresholds:
    @pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda threshold: threshold.name)
    def test_clear_well_below_where_they_raise(self, threshold: Threshold) -> None:
        assert threshold.raise_at - threshold.clear_below >= 0.03

    def test_have_names_of_their_own_and_topics_that_are_declared(self) -> None:
        assert len({threshold.name for threshold in THRESHOLDS}) == len(THRESHOLDS)
        assert {threshold.level for threshold in THRESHOLDS} == {"warning", "critical"}
        for threshold in THRESHOLDS:
            check_topic(f"system_alerts:{threshold.level}")

    @pytest.mark.parametrize("threshold", THRESHOLDS, ids=lambda threshold: threshold.name)
    def test_judge_a_figure_that_their_type_declares(self, threshold: Threshold) -> None:
        assert threshold.field in {field.name for field in threshold.measured.data}
