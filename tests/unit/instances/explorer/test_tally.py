import json

import pytest

from instances.catalog import find
from instances.event import Prepared, compact, prepare
from instances.explorer.tally import PUBLISHERS_MAX, WINDOW_MS, Seen, Tally

HEALTH = find("health")
MINUTE = 60_000
START_MS = 1_000 * WINDOW_MS
"""The beginning of a window."""


def event(topic: str = "process_health:api", at_ms: int = START_MS, event_type: str = "tested") -> Prepared:
    body = compact(json.dumps({"topic": topic, "event_type": event_type, "data": {"state": "ok"}}))
    return prepare(HEALTH, body, publisher_json=b'"gater-1"', clock=lambda: at_ms)


def seen(tally: Tally, topic: str = "process_health:api") -> Seen:
    return next(each for each in tally.all() if each.topic == topic)


@pytest.fixture
def tally() -> Tally:
    return Tally()


class TestTally:
    def test_knows_the_last_event_of_each_topic_of_a_batch(self, tally: Tally) -> None:
        batch = [event("a:1"), event("a:2"), event("a:1", START_MS + 5), event("a:1", START_MS + 5, "tested_last")]

        tally.note("gater-1", batch)

        assert {each.topic: each.events for each in tally.all()} == {"a:1": 3, "a:2": 1}
        assert seen(tally, "a:1").last == (batch[3].id, "tested_last")
        assert seen(tally, "a:2").last == (batch[1].id, "tested")
        assert seen(tally, "a:1").last_ms == START_MS + 5

    def test_leaves_out_what_came_before_under_the_same_id(self, tally: Tally) -> None:
        tally.note("gater-1", [event(), event()], frozenset({0}))
        tally.note("gater-1", [event("a:1")], frozenset({0}))

        assert [(each.topic, each.events) for each in tally.all()] == [("process_health:api", 1)]

    def test_is_bounded_and_forgets_what_was_seen_longest_ago(self) -> None:
        tally = Tally(topics_max=3)
        for topic in ("a", "b", "c"):
            tally.note("gater-1", [event(topic)])
        tally.note("gater-1", [event("a", START_MS + MINUTE)])

        tally.note("gater-1", [event("d", START_MS + MINUTE)])
        tally.note("gater-1", [event("e", START_MS + MINUTE)])

        assert {each.topic for each in tally.all()} == {"a", "d", "e"}
        assert tally.forgotten == 2

    def test_names_the_last_few_publishers_and_says_that_there_were_others(self, tally: Tally) -> None:
        for name in ("one", "two", "one"):
            tally.note(name, [event()])
        assert (seen(tally).publishers, seen(tally).more_publishers) == (("two", "one"), False)

        for number in range(PUBLISHERS_MAX):
            tally.note(f"gater-{number}", [event()])

        assert seen(tally).publishers == tuple(f"gater-{number}" for number in range(PUBLISHERS_MAX))
        assert seen(tally).more_publishers


class TestRate:
    def test_is_that_of_the_last_minute_whatever_the_window(self, tally: Tally) -> None:
        for second in range(200):
            tally.note("gater-1", [event(at_ms=START_MS + second * 1_000)] * 7)

        for at in (119, 150, 179, 199):
            fresh = Tally()
            for second in range(at):
                fresh.note("gater-1", [event(at_ms=START_MS + second * 1_000)] * 7)
            rate = seen(fresh).rate(START_MS + at * 1_000)
            assert rate.events_per_second == pytest.approx(7, rel=0.05)

    def test_of_a_young_topic_counts_from_its_first_event(self, tally: Tally) -> None:
        for second in range(5):
            tally.note("gater-1", [event(at_ms=START_MS + 30_000 + second * 1_000)] * 10)

        assert seen(tally).rate(START_MS + 35_000).events_per_second == pytest.approx(10)

    def test_of_one_event_is_no_flood(self, tally: Tally) -> None:
        tally.note("gater-1", [event()])

        assert seen(tally).rate(START_MS).events_per_second == 1

    def test_sinks_to_nothing_once_nothing_comes(self, tally: Tally) -> None:
        tally.note("gater-1", [event(at_ms=START_MS + second * 1_000) for second in range(60)])
        tally.note("gater-1", [event(at_ms=START_MS + 59_000)])

        rates = [seen(tally).rate(START_MS + after).events_per_second for after in (59_000, 90_000, 119_999, 120_000)]

        assert rates == sorted(rates, reverse=True)
        assert rates[-1] == 0
        assert seen(tally).rate(START_MS + 100 * MINUTE) == (0, 0)

    def test_forgets_a_window_that_another_came_between(self, tally: Tally) -> None:
        tally.note("gater-1", [event()] * 100)
        tally.note("gater-1", [event(at_ms=START_MS + 2 * MINUTE)])

        assert seen(tally).rate(START_MS + 2 * MINUTE).events_per_second == pytest.approx(1 / 60)

    def test_in_bytes_is_about_what_goes_over_the_wire(self, tally: Tally) -> None:
        one = event()
        tally.note("gater-1", [one])

        size = seen(tally).rate(START_MS).bytes_per_second

        assert size == pytest.approx(len(one.wire("k3f9", 41)), rel=0.1)
