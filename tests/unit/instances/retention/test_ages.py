"""Ages as people write and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.retention.ages import BadAge, age_of, roughly, said


class TestAgeOf:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("30 seconds", 30),
            ("1 minute", 60),
            (" 10min ", 600),
            ("6 h", 21_600),
            ("7 days", 604_800),
            ("2 weeks", 1_209_600),
            ("1 day 12 hours", 129_600),
            ("1 day, 12 hours and 5 minutes", 129_900),
            ("2,557 Days", 2_557 * 86_400),
        ],
    )
    def test_reads(self, text: str, seconds: int) -> None:
        assert age_of(text) == seconds

    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("", "empty"),
            ("30", "such as “30 minutes”"),
            ("days", "such as “30 minutes”"),
            ("-1 day", "such as “30 minutes”"),
            ("1.5 days", "such as “30 minutes”"),
            ("5 fortnights", "“fortnights” is no unit"),
            ("7 years", "2,557 days"),
            ("6 months", "write days"),
            ("1 day soon", "such as “30 minutes”"),
        ],
    )
    def test_refuses_and_says_what_would_be_right(self, text: str, wrong: str) -> None:
        with pytest.raises(BadAge, match=wrong):
            age_of(text)

    @given(st.integers(min_value=0, max_value=10**10))
    def test_reads_again_what_is_said(self, seconds: int) -> None:
        assert age_of(said(seconds)) == seconds


class TestRoughly:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(0.2, "0 seconds"), (61, "1 minute 1 second"), (90_061, "1 day 1 hour"), (-5, "0 seconds")],
    )
    def test_says_the_two_largest_units(self, seconds: float, words: str) -> None:
        assert roughly(seconds) == words
