"""How hub.js matches topics and spreads its attempts, in a real Chromium."""

from itertools import product

import pytest

from instances.topics import Pattern
from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

PATTERNS = [
    "*", "*:*", "*:*:*", "a", "a:*", "a:b", "a:*:*", "a:*:c", "a:b:*", "*:b", "*:b:*", "*:*:c", "b:*", "a:b:c:d:*",
]  # fmt: skip
TOPICS = [
    "a",
    "b",
    "aa",
    "a:b",
    "a:c",
    "b:b",
    "a:b:c",
    "a:b:d",
    "a:c:c",
    "x:b:c",
    "a:b:c:d",
    "a:b:c:d:e",
    "a:b:c:d:e:f",
]


class TestMatches:
    def test_agrees_with_the_server_on_every_pattern_and_topic(self, script: Script) -> None:
        pairs = list(product(PATTERNS, TOPICS))

        told = script("return argument.map(([pattern, topic]) => matches(pattern, topic));", pairs)

        assert told == [Pattern(pattern).matches(topic) for pattern, topic in pairs]
        assert any(told)
        assert not all(told)

    def test_knows_the_names_of_the_specification(self, script: Script) -> None:
        told = script("return ['health', 'ex_esdb_health', ':ex_esdb_health'].map(canonicalInstance);")

        assert told == ["health"] * 3


class TestBackoff:
    def test_doubles_up_to_half_a_minute(self, script: Script) -> None:
        told = script("return [0, 1, 2, 3, 4, 5, 6, 7, 99].map((attempt) => backoffMs(attempt, () => 1));")

        assert told == [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]

    def test_is_anything_down_to_nothing(self, script: Script) -> None:
        assert script("return [backoffMs(9, () => 0), backoffMs(1, () => 0.5)];") == [0, 500]
