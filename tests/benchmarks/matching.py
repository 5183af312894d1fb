"""Measures the trie alone: microseconds a look-up among 10 to 100,000 patterns. A process of its own."""

import json
import random
import sys
from collections.abc import Callable, Sequence
from time import perf_counter

from consumers.trie import Matcher, Trie
from instances.topics import Pattern

PATTERN_COUNTS = (10, 100, 1_000, 10_000, 100_000)
# So many topics are looked up in turn. Few enough for every cache of topics, many enough that the processor's
# caches hold no more of the trie than they would.
TOPICS = 2_000
# The quickest of several passes is what the code takes; in the others something else came between.
PASSES = 9
TENTH = 10


def pattern_of(number: int) -> str:
    """Write a pattern as dashboards and services hold them: of every ten, eight are literal and two have a star."""
    store = number - number % TENTH
    if number % TENTH == 0:
        return f"subscription_health:store{store}:*"
    if number % TENTH == 1:
        return f"subscription_health:*:sub{number}"
    return f"subscription_health:store{store}:sub{number}"


def topic_of(number: int) -> str:
    """Write a topic that its store's pattern matches, and its own; every tenth has only the former."""
    return f"subscription_health:store{number - number % TENTH}:sub{number}"


def quickest_us(look_up: Callable[[str], object], topics: Sequence[str]) -> float:
    """Return the microseconds a look-up takes, the loop around it included."""
    quickest = float("inf")
    for _ in range(PASSES):
        began_at = perf_counter()
        for topic in topics:
            look_up(topic)
        quickest = min(quickest, perf_counter() - began_at)
    return quickest / len(topics) * 1e6


def measure(count: int) -> dict[str, float]:
    """Time look-ups among so many patterns: by the trie, and by the matcher that remembers what the trie found."""
    chance = random.Random(count)
    trie: Trie[int] = Trie()
    matcher: Matcher[int, tuple[int, ...]] = Matcher(lambda found: found)
    for number in range(count):
        trie.add(Pattern(pattern_of(number)), number)
        matcher.add(Pattern(pattern_of(number)), number)
    numbers = [chance.randrange(count) for _ in range(TOPICS)]
    topics = [topic_of(number) for number in numbers]
    for number, topic in zip(numbers, topics, strict=True):
        # A look-up that finds nothing, or not all, would be quick for the wrong reason.
        due = {number, number - number % TENTH}
        if set(trie.match(topic)) != due or set(matcher.match(topic)) != due:
            raise AssertionError(f"{topic} must match patterns {due}")
    return {
        "patterns": count,
        "uncached_us": quickest_us(trie.match, topics),
        "cached_us": quickest_us(matcher.match, topics),
    }


def main() -> int:
    """Write the measurements as JSON to standard output."""
    json.dump([measure(count) for count in PATTERN_COUNTS], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
