import itertools
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from instances import topics
from instances.topics import BadPattern, BadTopic, Pattern, check_topic, intersection, quoted, split_topic

SEGMENT_CHARACTERS = string.ascii_letters + string.digits + "_.-@/"

few_letters = st.sampled_from(["a", "b", "c"])
small_topics = st.lists(few_letters, min_size=1, max_size=8).map(":".join)
small_patterns = st.lists(st.sampled_from(["a", "b", "*"]), min_size=1, max_size=8).map(":".join)
# Patterns of few segments, so that all topics with which two of them could differ can be written out.
short_patterns = st.lists(st.sampled_from(["a", "b", "*"]), min_size=1, max_size=4).map(":".join)
# The patterns use two of the three letters: the third stands for every word that a pattern doesn't name.
EVERY_SHORT_TOPIC = [
    ":".join(segments) for length in range(1, 6) for segments in itertools.product("abc", repeat=length)
]

any_segment = st.text(SEGMENT_CHARACTERS, min_size=1, max_size=128)
valid_topics = st.lists(any_segment, min_size=1, max_size=8).map(":".join).filter(lambda text: len(text) <= 255)
# Text that is close to the grammar and often just outside it.
near_topics = st.one_of(
    st.text(SEGMENT_CHARACTERS + ":*\n\0 #é", max_size=40),
    st.lists(st.sampled_from(["a", "", "*", "a*", "x" * 128, "x" * 129, "é", "a\n"]), max_size=10).map(":".join),
    st.text(max_size=300),
)


def naive_is_topic(text: str, *, star: bool = False) -> bool:
    segments = text.split(":")
    return (
        len(text) <= 255
        and 1 <= len(segments) <= 8
        and all(
            (star and segment == "*")
            or (1 <= len(segment) <= 128 and all(letter in SEGMENT_CHARACTERS for letter in segment))
            for segment in segments
        )
    )


def naive_matches(pattern: list[str], topic: list[str]) -> bool:
    if not pattern or not topic:
        return not pattern and not topic
    if pattern == ["*"]:
        return True
    return pattern[0] in ("*", topic[0]) and naive_matches(pattern[1:], topic[1:])


class TestCheckTopic:
    @pytest.mark.parametrize(
        "topic",
        [
            "a",
            "subscription_health:prod:users",
            "a:b:c:d:e:f:g:h",
            "x" * 128,
            ":".join(["x" * 127, "y" * 127]),
            "A-Z_0.9@host/path",
        ],
    )
    def test_returns_a_valid_topic_as_it_is(self, topic: str) -> None:
        assert check_topic(topic) == topic
        assert check_topic(topic) == topic, "seen before"

    @pytest.mark.parametrize(
        ("topic", "says"),
        [
            ("", "is empty"),
            ("a::b", 'In the topic "a::b", segment 2 is empty'),
            (":a", "segment 1 is empty"),
            ("a:", "segment 2 is empty"),
            ("a:b:c:d:e:f:g:h:i", "has 9 segments; at most 8 are allowed"),
            ("x" * 300, "has 300 characters; at most 255 are allowed"),
            ("a:" + "x" * 129, "segment 2 has 129 characters; at most 128 are allowed"),
            (":".join(["x" * 85] * 3), "has 257 characters"),
            ("a\0b", r'character 2 of segment 1 is "\u0000"'),
            ("a:b\N{GRINNING FACE}", r'character 2 of segment 2 is "\ud83d\ude00"'),
            ("na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve", r'character 3 of segment 1 is "\u00ef"'),
            ("a\N{ARABIC-INDIC DIGIT ONE}", "character 2 of segment 1"),
            ("a\udc80", r'is "\udc80"'),
            ("a b", 'is " "; allowed are A-Z a-z 0-9 _ . - @ /.'),
            ("a\n", r'character 2 of segment 1 is "\n"'),
            ("a:b\n", r'character 2 of segment 2 is "\n"'),
            ("a:*", "segment 2 has a '*', which only a pattern may have"),
            ("sub*:x", "segment 1 has a '*', which only a pattern may have"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, topic: str, says: str) -> None:
        with pytest.raises(BadTopic) as refused:
            check_topic(topic)

        assert refused.value.code == "bad_topic"
        assert says in refused.value.message

    @pytest.mark.parametrize("value", [None, 7, 1.5, True, b"a", ["a"], {"a": 1}, ("a",)])
    def test_refuses_what_is_no_text(self, value: object) -> None:
        with pytest.raises(BadTopic, match=f"not {type(value).__name__}"):
            check_topic(value)  # type: ignore[arg-type]  # A body's JSON can hold anything here.

    def test_keeps_a_message_short_and_printable_whatever_was_sent(self) -> None:
        with pytest.raises(BadTopic) as refused:
            check_topic("\x1b[31m\0é" * 1_000_000)

        assert len(refused.value.message) < 500
        assert refused.value.message.isascii()
        assert refused.value.message.isprintable()

    @given(near_topics | valid_topics)
    @example("a\n")
    @example("a:" * 127 + "a")
    def test_agrees_with_a_naive_reading_of_the_grammar(self, text: str) -> None:
        if naive_is_topic(text):
            assert check_topic(text) == text
        else:
            with pytest.raises(BadTopic) as refused:
                check_topic(text)
            assert refused.value.message.isascii()

    def test_remembers_a_bounded_number_of_topics(self, monkeypatch: pytest.MonkeyPatch) -> None:
        remembered: dict[str, str] = {}
        monkeypatch.setattr(topics, "_known_topics", remembered)
        monkeypatch.setattr(topics, "KNOWN_TOPICS_MAX", 10)
        sizes = []

        for number in range(35):
            check_topic(f"a:{number}")
            sizes.append(len(remembered))

        assert max(sizes) == 10

    def test_remembers_no_topic_that_it_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        remembered: dict[str, str] = {}
        monkeypatch.setattr(topics, "_known_topics", remembered)

        with pytest.raises(BadTopic):
            check_topic("a::b")

        assert remembered == {}

    def test_splits_at_every_colon(self) -> None:
        assert split_topic("a:b/c:d.e") == ("a", "b/c", "d.e")


class TestPattern:
    @pytest.mark.parametrize(
        ("pattern", "matched", "not_matched"),
        [
            ("*", ["a", "a:b", "a:b:c:d:e:f:g:h"], []),
            (
                "subscription_health:*",
                ["subscription_health:prod", "subscription_health:prod:users"],
                ["subscription_health", "subscription_healthy:prod", "process_health:prod"],
            ),
            ("a:*:c", ["a:b:c"], ["a:c", "a:b:b:c", "a:b:c:d", "b:b:c"]),
            ("*:b", ["a:b"], ["b", "a:a:b", "a:b:b"]),
            ("a:*:*", ["a:b:c", "a:b:c:d"], ["a", "a:b"]),
            ("a:b", ["a:b"], ["a", "a:b:c", "A:b"]),
        ],
    )
    def test_matches_as_the_contract_says(self, pattern: str, matched: list[str], not_matched: list[str]) -> None:
        assert [topic for topic in matched + not_matched if Pattern(pattern).matches(topic)] == matched

    @given(small_patterns, small_topics)
    def test_matches_what_a_naive_matcher_matches(self, pattern: str, topic: str) -> None:
        assert Pattern(pattern).matches(topic) is naive_matches(pattern.split(":"), topic.split(":"))

    @given(valid_topics)
    def test_matches_only_itself_when_it_has_no_star(self, topic: str) -> None:
        pattern = Pattern(topic)

        assert pattern.literal
        assert pattern.matches(topic)
        assert not pattern.matches(topic + "x")

    @pytest.mark.parametrize(
        ("pattern", "says"),
        [
            (
                "sub*:x",
                'segment 1 is "sub*"; a \'*\' must be a whole segment, and "*:x" would match any segment 1',
            ),
            ("a:**", 'segment 2 is "**"; a \'*\' must be a whole segment, and "a:*" would match'),
            ("a::b", "segment 2 is empty"),
            ("a:b:c:d:e:f:g:h:*", "has 9 segments"),
            (":".join(["x" * 85, "y" * 85, "z" * 82, "*"]), "has 256 characters"),
            ("a:#", "there is no other wildcard"),
            ("a:>", "there is no other wildcard"),
            ("a:*\n", "segment 2"),
            ("", "is empty"),
            ("*:" + "x" * 129, "segment 2 has 129 characters"),
        ],
    )
    def test_says_what_is_wrong_and_what_would_be_right(self, pattern: str, says: str) -> None:
        with pytest.raises(BadPattern) as refused:
            Pattern(pattern)

        assert refused.value.code == "bad_pattern"
        assert says in refused.value.message

    @pytest.mark.parametrize("value", [None, 7, b"a", ["a"]])
    def test_refuses_what_is_no_text(self, value: object) -> None:
        with pytest.raises(BadPattern, match=f"not {type(value).__name__}"):
            Pattern(value)  # type: ignore[arg-type]  # A frame's JSON can hold anything here.

    @given(near_topics | valid_topics | small_patterns)
    def test_accepts_what_a_naive_reading_of_the_grammar_accepts(self, text: str) -> None:
        if naive_is_topic(text, star=True):
            assert Pattern(text).text == text
        else:
            with pytest.raises(BadPattern):
                Pattern(text)

    def test_is_equal_and_hashes_by_its_text(self) -> None:
        assert {Pattern("a:*"), Pattern("a:*"), Pattern("a:b")} == {Pattern("a:b"), Pattern("a:*")}
        assert len({Pattern("a:*"), Pattern("a:*")}) == 1
        assert Pattern("a:*") != "a:*"
        assert str(Pattern("a:*")) == "a:*"
        assert repr(Pattern("a:*")) == "Pattern('a:*')"


class TestContains:
    @settings(max_examples=300)
    @given(short_patterns, short_patterns)
    def test_is_true_exactly_where_every_topic_of_the_other_is_matched(self, wide: str, narrow: str) -> None:
        every_one = all(
            naive_matches(wide.split(":"), topic.split(":"))
            for topic in EVERY_SHORT_TOPIC
            if naive_matches(narrow.split(":"), topic.split(":"))
        )

        assert Pattern(wide).contains(Pattern(narrow)) is every_one

    @given(small_patterns)
    def test_is_reflexive(self, text: str) -> None:
        assert Pattern(text).contains(Pattern(text))

    @settings(max_examples=300)
    @given(small_patterns.map(Pattern), st.data())
    def test_is_transitive(self, narrow: Pattern, data: st.DataObject) -> None:
        wider = data.draw(widenings(narrow))
        widest = data.draw(widenings(wider))

        assert wider.contains(narrow)
        assert widest.contains(wider)
        assert widest.contains(narrow)

    @given(small_patterns, small_patterns)
    def test_goes_both_ways_only_between_equals(self, one: str, another: str) -> None:
        if Pattern(one).contains(Pattern(another)) and Pattern(another).contains(Pattern(one)):
            assert one == another

    @given(small_patterns, small_topics)
    def test_of_a_topic_is_matching_it(self, pattern: str, topic: str) -> None:
        assert Pattern(pattern).contains(Pattern(topic)) is Pattern(pattern).matches(topic)

    @pytest.mark.parametrize(
        ("wide", "narrow", "expected"),
        [
            ("*", "a:*:c", True),
            ("a:*", "a", False),
            ("a:*", "*:b", False),
            ("*:b", "a:*", False),
            ("a:*", "a:*:*", True),
            ("a:*:*", "a:*", False),
            ("a:b:c:d:e:f:g:*", "a:b:c:d:e:f:g:*", True),
            ("a:b:c:d:e:f:*:h", "a:b:c:d:e:f:g:*", False),
            # The narrow one is so long that its last star can only be one segment of one character.
            ("*:*", ":".join(["x" * 128, "y" * 124, "*"]), True),
            ("*:*:z", ":".join(["x" * 128, "y" * 124, "*"]), False),
        ],
    )
    def test_is_exact_at_the_edges(self, wide: str, narrow: str, expected: bool) -> None:
        assert Pattern(wide).contains(Pattern(narrow)) is expected


@st.composite
def widenings(draw: st.DrawFn, pattern: Pattern) -> Pattern:
    """Return a wider pattern: some segments become stars, and it may be cut off at a last star."""
    starred = draw(st.lists(st.booleans(), min_size=len(pattern.segments), max_size=len(pattern.segments)))
    segments = ["*" if star else mine for star, mine in zip(starred, pattern.segments, strict=True)]
    if draw(st.booleans()):
        segments = [*segments[: draw(st.integers(0, len(segments) - 1))], "*"]
    return Pattern(":".join(segments))


class TestIntersection:
    @given(small_patterns, small_patterns, small_topics)
    def test_matches_what_both_match(self, one: str, other: str, topic: str) -> None:
        shared = intersection(Pattern(one), Pattern(other))

        both = Pattern(one).matches(topic) and Pattern(other).matches(topic)
        assert (shared is not None and shared.matches(topic)) == both

    @pytest.mark.parametrize(
        ("one", "other", "shared"),
        [("a:*", "*:b", "a:b"), ("*", "a:b", "a:b"), ("a:*", "*:*:c", "a:*:c"), ("a", "a:b", None), ("a", "b", None)],
    )
    def test_is(self, one: str, other: str, shared: str | None) -> None:
        found = intersection(Pattern(one), Pattern(other))

        assert (found and found.text) == shared


class TestQuoted:
    def test_cuts_and_escapes(self) -> None:
        assert quoted('a"\n') == r'"a\"\n"'
        assert quoted("x" * 61) == '"' + "x" * 60 + '..."'
        assert quoted("x" * 60) == '"' + "x" * 60 + '"'
