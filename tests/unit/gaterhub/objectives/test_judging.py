"""Whether an event is good: where its metric is found, and how it is held against the bound."""

from typing import Any

import pytest

from gaterhub.objectives.judging import COMPARISONS, Definition, Judge


def judge(metric: str, comparison: str, bound: str) -> Judge:
    return Judge(Definition("metrics", "subscription_metrics:*", "", metric, comparison, bound))


class TestJudge:
    @pytest.mark.parametrize(
        ("comparison", "good", "bad"),
        [
            ("below", 99.9, 100),
            ("at_most", 100, 100.1),
            ("above", 100.1, 100),
            ("at_least", 100, 99.9),
        ],
    )
    def test_holds_a_number_against_a_bound(self, comparison: str, good: float, bad: float) -> None:
        is_good = judge("processing_time_ms", comparison, "100").is_good

        assert is_good({"processing_time_ms": good}, {}) is True
        assert is_good({"processing_time_ms": bad}, {}) is False

    def test_compares_words_and_what_can_be_written_as_one(self) -> None:
        assert judge("result", "is", "ok").is_good({"result": "ok"}, {}) is True
        assert judge("result", "is", "ok").is_good({"result": "timeout"}, {}) is False
        assert judge("met", "is", "true").is_good({"met": True}, {}) is True
        assert judge("exit_code", "is_not", "0").is_good({"exit_code": 0}, {}) is False

    def test_knows_every_comparison_that_can_be_chosen(self) -> None:
        assert set(COMPARISONS) == {"below", "at_most", "above", "at_least", "is", "is_not"}

    def test_looks_into_data_first_and_then_into_metadata(self) -> None:
        is_good = judge("processing_time_ms", "below", "100").is_good

        assert is_good({"store_id": "prod"}, {"processing_time_ms": 45}) is True
        assert is_good({"processing_time_ms": 450}, {"processing_time_ms": 45}) is False

    def test_finds_a_field_within_another(self) -> None:
        is_good = judge("loop_delay.slowest_ms", "below", "100").is_good

        assert is_good({"loop_delay": {"slowest_ms": 12}}, None) is True
        assert is_good({"loop_delay": 12}, None) is None

    @pytest.mark.parametrize("value", [None, "45", True, [45], {"ms": 45}])
    def test_says_nothing_of_a_metric_that_is_no_number(self, value: Any) -> None:
        assert judge("processing_time_ms", "below", "100").is_good({"processing_time_ms": value}, {}) is None

    @pytest.mark.parametrize("payload", [None, 3, "text", []])
    def test_says_nothing_of_an_event_without_the_metric(self, payload: Any) -> None:
        assert judge("processing_time_ms", "below", "100").is_good(payload, payload) is None


class TestDefinition:
    def test_has_another_digest_where_anything_of_it_differs(self) -> None:
        said = ("metrics", "a:*", "", "processing_time_ms", "below", "100")
        digests = {Definition(*said).digest}
        for place in range(len(said)):
            digests.add(
                Definition(*[f"{text}x" if number == place else text for number, text in enumerate(said)]).digest
            )

        assert len(digests) == 7

    def test_reads_as_a_sentence(self) -> None:
        assert Definition("metrics", "a:*", "", "duration_ms", "at_most", "250").sentence == "duration_ms at most 250"
