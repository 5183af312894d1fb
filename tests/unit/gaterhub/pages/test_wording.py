"""The catalog's words in sentences."""

from gaterhub.pages.wording import OVERFLOW_SENTENCES, SEVERITY_CHOICES
from instances.severity import RANKS
from instances.spec import Overflow


class TestOverflowSentences:
    def test_has_one_for_each_policy(self) -> None:
        assert set(OVERFLOW_SENTENCES) == set(Overflow)

    def test_says_something_else_each_time(self) -> None:
        assert len(set(OVERFLOW_SENTENCES.values())) == len(Overflow)


class TestSeverityChoices:
    def test_rise_by_a_rank_each(self) -> None:
        ranks = [RANKS[word] for word in SEVERITY_CHOICES]

        assert ranks == list(range(RANKS["debug"], RANKS["emergency"] + 1))
