from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers import trie
from consumers.trie import Matcher, Trie
from instances.topics import Pattern

words = st.sampled_from(["a", "b", "c"])
topics = st.lists(words, min_size=1, max_size=5).map(":".join)
patterns = st.lists(words | st.just("*"), min_size=1, max_size=5).map(lambda segments: Pattern(":".join(segments)))
holdings = st.lists(st.tuples(patterns, st.integers(1, 5)), max_size=25)


class TestTrie:
    @settings(max_examples=300)
    @given(holdings, st.data(), st.lists(topics, min_size=1, max_size=10))
    def test_finds_whom_each_pattern_by_itself_would_match(
        self, held: list[tuple[Pattern, int]], data: st.DataObject, asked: list[str]
    ) -> None:
        indices = st.lists(st.sampled_from(range(len(held))), unique=True) if held else st.just([])
        gone = data.draw(indices)
        found: Trie[int] = Trie()
        for pattern, subscriber in held:
            found.add(pattern, subscriber)
        for index in gone:
            found.remove(*held[index])
        left = [each for index, each in enumerate(held) if index not in gone]

        for topic in asked:
            expected = {subscriber: 1 for pattern, subscriber in left if pattern.matches(topic)}
            assert Counter(found.match(topic)) == expected

    @given(holdings)
    def test_is_empty_once_all_is_taken_back(self, held: list[tuple[Pattern, int]]) -> None:
        found: Trie[int] = Trie()
        for pattern, subscriber in held:
            found.add(pattern, subscriber)
        for pattern, subscriber in reversed(held):
            found.remove(pattern, subscriber)

        assert found._root.empty

    def test_finds_a_subscriber_once_whose_patterns_both_match(self) -> None:
        found: Trie[str] = Trie()
        for text in ("a:b", "a:*", "*", "*:b", "a:b"):
            found.add(Pattern(text), "analyst")

        assert found.match("a:b") == ("analyst",)

    def test_keeps_a_pattern_held_twice_until_it_is_taken_back_twice(self) -> None:
        found: Trie[str] = Trie()
        for _ in range(2):
            found.add(Pattern("a:*"), "analyst")

        found.remove(Pattern("a:*"), "analyst")
        once = found.match("a:b")
        found.remove(Pattern("a:*"), "analyst")

        assert (once, found.match("a:b")) == (("analyst",), ())

    @pytest.mark.parametrize("text", ["b", "a", "a:b:c", "a:*", "*", "*:b"])
    def test_raises_where_there_is_nothing_to_take_back(self, text: str) -> None:
        found: Trie[str] = Trie()
        found.add(Pattern("a:b"), "analyst")

        with pytest.raises(KeyError):
            found.remove(Pattern(text), "analyst")
        with pytest.raises(KeyError):
            found.remove(Pattern("a:b"), "auditor")
        assert found.match("a:b") == ("analyst",)


class TestMatcher:
    @pytest.fixture
    def matcher(self) -> Matcher[str, tuple[str, ...]]:
        matcher: Matcher[str, tuple[str, ...]] = Matcher(lambda found: found)
        matcher.add(Pattern("a:*"), "analyst")
        matcher.add(Pattern("*"), "auditor")
        return matcher

    def test_gives_topics_with_the_same_subscribers_the_very_same_tuple(
        self, matcher: Matcher[str, tuple[str, ...]]
    ) -> None:
        found = matcher.match("a:b")

        assert set(found) == {"analyst", "auditor"}
        assert matcher.match("a:c") is found
        assert matcher.match("a:b") is found
        assert matcher.match("b:c") == ("auditor",)

    def test_forgets_what_it_found_when_a_pattern_comes(self, matcher: Matcher[str, tuple[str, ...]]) -> None:
        before = matcher.match("b:c")
        matcher.add(Pattern("b:*"), "operator")

        assert before == ("auditor",)
        assert set(matcher.match("b:c")) == {"auditor", "operator"}

    def test_forgets_what_it_found_when_a_pattern_goes(self, matcher: Matcher[str, tuple[str, ...]]) -> None:
        matcher.match("a:b")
        matcher.remove(Pattern("*"), "auditor")

        assert matcher.match("a:b") == ("analyst",)

    def test_remembers_a_bounded_number_of_topics(
        self, matcher: Matcher[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(trie, "CACHED_TOPICS_MAX", 10)

        sizes = []
        for number in range(100):
            assert len(matcher.match(f"a:{number}")) == 2
            sizes.append(len(matcher._found))

        assert max(sizes) == 10
