from typing import Any

import pytest

from instances.severity import RANKS, UNSTATED, rank_of


class TestRankOf:
    def test_orders_the_levels_of_syslog(self) -> None:
        levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
        ranks = [rank_of({"level": level}) for level in levels]

        assert ranks == sorted(set(ranks))

    @pytest.mark.parametrize(("one", "other"), [("warn", "warning"), ("fatal", "critical"), ("information", "info")])
    def test_knows_the_other_words_for_a_level(self, one: str, other: str) -> None:
        assert rank_of({"level": one}) == rank_of({"level": other})

    def test_reads_severity_before_level_and_data_before_metadata(self) -> None:
        assert rank_of({"severity": "high", "level": "debug"}) == RANKS["high"]
        assert rank_of({"level": "debug"}, {"severity": "emergency"}) == RANKS["debug"]
        assert rank_of({}, {"severity": "emergency"}) == RANKS["emergency"]

    def test_reads_capital_letters(self) -> None:
        assert rank_of({"level": "ERROR"}) == RANKS["error"]

    @pytest.mark.parametrize(
        "payload", [None, [], "critical", 6, {"level": 6}, {"level": None}, {"level": "loud"}, {"level": ["error"]}, {}]
    )
    def test_takes_an_event_that_names_no_level_as_information(self, payload: Any) -> None:
        assert rank_of(payload, {}) == UNSTATED == RANKS["info"]
