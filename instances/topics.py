"""Topics and patterns: their grammar, matching, and which pattern takes in which."""

import json
import re
from typing import Final, final

from instances.error_codes import Refusal

SEPARATOR: Final = ":"
WILDCARD: Final = "*"
TOPIC_MAX_CHARACTERS: Final = 255
TOPIC_MAX_SEGMENTS: Final = 8
SEGMENT_MAX_CHARACTERS: Final = 128

# A topic costs at most about 400 bytes here, so a flood of ever new topics is held to some 20 MB a process.
KNOWN_TOPICS_MAX: Final = 50_000

_ALLOWED: Final = "A-Z a-z 0-9 _ . - @ /"
_SEGMENT: Final = rf"[A-Za-z0-9_.\-@/]{{1,{SEGMENT_MAX_CHARACTERS}}}"
_PATTERN_SEGMENT: Final = rf"(?:\*|{_SEGMENT})"
_TOPIC_GRAMMAR: Final = re.compile(rf"{_SEGMENT}(?::{_SEGMENT}){{0,{TOPIC_MAX_SEGMENTS - 1}}}")
_PATTERN_GRAMMAR: Final = re.compile(rf"{_PATTERN_SEGMENT}(?::{_PATTERN_SEGMENT}){{0,{TOPIC_MAX_SEGMENTS - 1}}}")
_FORBIDDEN: Final = re.compile(r"[^A-Za-z0-9_.\-@/]")

_known_topics: dict[str, str] = {}


class BadTopic(Refusal):
    """A topic that the grammar doesn't allow."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_topic", message)


class BadPattern(Refusal):
    """A pattern that the grammar doesn't allow."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_pattern", message)


def check_topic(text: str) -> str:
    """Return the topic as it is, if the grammar allows it.

    Raises: BadTopic, also for what is no text; it says what is wrong, where, and what would be right.
    """
    try:
        return _known_topics[text]
    except (KeyError, TypeError):
        # Not seen yet, or a value that can't be a key, such as a list out of a JSON body.
        pass
    if not isinstance(text, str):
        raise BadTopic(f"A topic must be text, not {type(text).__name__}.")
    if len(text) > TOPIC_MAX_CHARACTERS or _TOPIC_GRAMMAR.fullmatch(text) is None:
        raise BadTopic(_what_is_wrong(text, noun="topic"))
    if len(_known_topics) >= KNOWN_TOPICS_MAX:
        _known_topics.clear()
    _known_topics[text] = text
    return text


def split_topic(text: str) -> tuple[str, ...]:
    """Return the segments of a topic that was checked."""
    return tuple(text.split(SEPARATOR))


@final
class Pattern:
    """A topic in which a whole segment may be a star.

    A star stands for exactly one segment, and as the last segment for one or more, so that a lone star is
    the whole instance.
    """

    __slots__ = ("_open_ended", "literal", "segments", "text")

    def __init__(self, text: str) -> None:
        """Read the pattern. Raises: BadPattern."""
        if not isinstance(text, str):
            raise BadPattern(f"A pattern must be text, not {type(text).__name__}.")
        if len(text) > TOPIC_MAX_CHARACTERS or _PATTERN_GRAMMAR.fullmatch(text) is None:
            raise BadPattern(_what_is_wrong(text, noun="pattern"))
        self.text: str = text
        self.segments: tuple[str, ...] = split_topic(text)
        self.literal: bool = WILDCARD not in text
        self._open_ended: bool = self.segments[-1] == WILDCARD

    def matches(self, topic: str) -> bool:
        """Tell whether a topic that was checked is one of those the pattern stands for."""
        if self.literal:
            return topic == self.text
        return self._covers(topic.split(SEPARATOR))

    def contains(self, other: "Pattern") -> bool:
        """Tell whether every topic that the other pattern matches is matched by this one.

        Comparing segment by segment is exact: a pattern within the limits matches some topic, because each of
        its stars may be one character; and that may be any of many, so a literal segment never covers a star.
        For the same reason a pattern that ends in a literal segment never covers an open end.
        """
        return self._covers(other.segments)

    def _covers(self, segments: list[str] | tuple[str, ...]) -> bool:
        if self._open_ended:
            if len(segments) < len(self.segments):
                return False
        elif len(segments) != len(self.segments):
            return False
        # The shorter side ends the comparison: what follows an open end is covered by it.
        for mine, theirs in zip(self.segments, segments, strict=False):
            if mine != theirs and mine != WILDCARD:
                return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"


def intersection(one: Pattern, other: Pattern) -> Pattern | None:
    """Return the pattern of the topics that both match, or None where there is none."""
    shorter, longer = sorted((one.segments, other.segments), key=len)
    if len(shorter) != len(longer) and shorter[-1] != WILDCARD:
        return None
    shared = []
    for short, long in zip(shorter, longer, strict=False):
        if short != long and WILDCARD not in (short, long):
            return None
        shared.append(long if short == WILDCARD else short)
    text = SEPARATOR.join((*shared, *longer[len(shorter) :]))
    # Literal segments of both may come to more than a topic can have.
    return Pattern(text) if len(text) <= TOPIC_MAX_CHARACTERS else None


def quoted(text: str, *, at_most: int = 60) -> str:
    """Return the text in double quotes and plain ASCII, cut short, so that a message can safely carry it."""
    return json.dumps(text if len(text) <= at_most else text[:at_most] + "...")


def _what_is_wrong(text: str, *, noun: str) -> str:
    allowed = f"allowed are {_ALLOWED}"
    if noun == "pattern":
        allowed += ", or '*' as a whole segment; there is no other wildcard"
    if not text:
        return f"The {noun} is empty; it needs 1 to {TOPIC_MAX_SEGMENTS} segments joined by ':'."
    shown = quoted(text)
    if len(text) > TOPIC_MAX_CHARACTERS:
        return f"The {noun} {shown} has {len(text)} characters; at most {TOPIC_MAX_CHARACTERS} are allowed."
    segments = text.split(SEPARATOR)
    if len(segments) > TOPIC_MAX_SEGMENTS:
        return f"The {noun} {shown} has {len(segments)} segments; at most {TOPIC_MAX_SEGMENTS} are allowed."
    for index, segment in enumerate(segments):
        where = f"segment {index + 1}"
        if not segment:
            return (
                f"In the {noun} {shown}, {where} is empty; "
                f"a segment is 1 to {SEGMENT_MAX_CHARACTERS} characters, and ':' only joins two segments."
            )
        if segment == WILDCARD and noun == "pattern":
            continue
        if (forbidden := _FORBIDDEN.search(segment)) is not None:
            if forbidden[0] == WILDCARD and noun == "topic":
                return f"In the topic {shown}, {where} has a '*', which only a pattern may have."
            if forbidden[0] == WILDCARD:
                right = SEPARATOR.join((*segments[:index], WILDCARD, *segments[index + 1 :]))
                return (
                    f"In the pattern {shown}, {where} is {quoted(segment)}; a '*' must be a whole segment, "
                    f"and {quoted(right)} would match any {where}."
                )
            position = forbidden.start() + 1
            found = f"character {position} of {where} is {quoted(forbidden[0])}"
            return f"In the {noun} {shown}, {found}; {allowed}."
        if len(segment) > SEGMENT_MAX_CHARACTERS:
            return (
                f"In the {noun} {shown}, {where} has {len(segment)} characters; "
                f"at most {SEGMENT_MAX_CHARACTERS} are allowed."
            )
    raise AssertionError(f"The grammar refuses {shown}, and its explanation finds nothing wrong.")
