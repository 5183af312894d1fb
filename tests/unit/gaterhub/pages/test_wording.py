"""The catalog's words in sentences."""

from gaterhub.pages.wording import OVERFLOW_SENTENCES
from instances.spec import Overflow


class TestOverflowSentences:
    def test_has_one_for_each_policy(self) -> None:
        assert set(OVERFLOW_SENTENCES) == set(Overflow)

    def test_says_something_else_each_time(self) -> None:
        assert len(set(OVERFLOW_SENTENCES.values())) == len(Overflow)
