import asyncio
import json

import msgspec
import pytest

from instances.catalog import find
from instances.event import Prepared, compact, prepare
from instances.explorer.looking import Looking, any_of, seen_here
from instances.explorer.merging import NOTHING, merged
from instances.explorer.tally import Tally, tally_of
from instances.explorer.topics import FAMILIES_MAX, TopicsAsked, TopicsTold
from instances.topics import Pattern

HEALTH = find("health")
AT_MS = 60_000_000


def event(topic: str, at_ms: int = AT_MS) -> Prepared:
    body = compact(json.dumps({"topic": topic, "event_type": "tested"}))
    return prepare(HEALTH, body, publisher_json=b'"gater-1"', clock=lambda: at_ms)


def told(tally: Tally, **asked: object) -> TopicsTold:
    looking = Looking(TopicsAsked(instance="health", **asked), AT_MS)  # type: ignore[arg-type]  # Whatever a test says.
    for each in tally.all():
        looking.take(each)
    return looking.told()


def seeing(*topics: str, publisher: str = "gater-1", at_ms: int = AT_MS) -> Tally:
    tally = Tally()
    for topic in topics:
        tally.note(publisher, [event(topic, at_ms)])
    return tally


class TestLooking:
    def test_names_no_topic_that_may_not_be_read_and_counts_it_apart(self) -> None:
        tally = seeing("process_health:a", "process_health:b", "hidden:one")

        answer = told(tally, within=("process_health:*",))

        assert [row.topic for row in answer.rows] == ["process_health:a", "process_health:b"]
        assert answer.readable.topics == 2
        assert answer.everything.topics == 3
        assert [family.name for family in answer.families] == ["process_health"]

    def test_puts_the_busiest_first_or_what_else_is_asked_for(self) -> None:
        tally = seeing("process_health:b", "process_health:a", "process_health:a")
        tally.note("gater-1", [event("process_health:c", AT_MS + 5)])

        by = {order: [row.topic[-1] for row in told(tally, order=order).rows] for order in ("rate", "last", "topic")}

        assert by == {"rate": ["a", "b", "c"], "last": ["c", "a", "b"], "topic": ["a", "b", "c"]}
        assert [row.topic[-1] for row in told(tally, limit=1).rows] == ["a"]

    def test_bounds_the_families_that_nobody_declared(self) -> None:
        tally = seeing("process_health:a", *(f"made_up_{number}:a" for number in range(FAMILIES_MAX + 5)))

        answer = told(tally)

        assert len(answer.families) == FAMILIES_MAX + 1
        assert answer.more_families == 5

    async def test_leaves_the_loop_its_turns(self) -> None:
        for number in range(2_000):
            tally_of("health").note("gater-1", [event(f"process_health:{number}")])
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(others())
        answer = msgspec.json.decode(
            await seen_here(msgspec.json.encode(TopicsAsked(instance="health"))), type=TopicsTold
        )
        beside.cancel()

        assert answer.readable.topics == 2_000
        assert turns >= 4


class TestAnyOf:
    @pytest.mark.parametrize("pattern", ["*", "a:*", "a:*:c", "*:b", "a:b", "a:b:*", "*:*"])
    @pytest.mark.parametrize("topic", ["a", "a:b", "a:b:c", "b", "ab:c", "a:x:c"])
    def test_matches_what_the_pattern_does(self, pattern: str, topic: str) -> None:
        assert any_of((pattern,))(topic) == Pattern(pattern).matches(topic)
        assert any_of((pattern, "z:*"))(topic) == Pattern(pattern).matches(topic)

    def test_of_nothing_matches_nothing(self) -> None:
        assert not any_of(())("a")


class TestMerged:
    def test_adds_up_what_several_took_in_of_a_topic(self) -> None:
        asked = TopicsAsked(instance="health")
        here = told(seeing("process_health:a", "process_health:b"))
        there = told(seeing("process_health:a", publisher="gater-2", at_ms=AT_MS + 9))

        answer = merged(asked, [here, there])

        assert answer.exact
        assert answer.readable.topics == 2
        assert answer.readable.events_per_second == pytest.approx(3)
        [row, _] = answer.rows
        assert (row.topic, row.events_per_second, row.last_ms) == ("process_health:a", 2, AT_MS + 9)
        assert row.publishers == ("gater-1", "gater-2")
        assert [(family.name, family.matched.topics) for family in answer.families] == [("process_health", 2)]
        assert answer.families[0].last.last_ms == AT_MS + 9

    def test_says_where_there_may_be_more_topics_than_it_counts(self) -> None:
        here, there = (told(seeing(f"{name}:1", f"{name}:2"), limit=1) for name in ("a", "b"))

        answer = merged(TopicsAsked(instance="health", limit=1), [here, there])

        assert not answer.exact
        assert answer.readable.topics == 2
        assert answer.readable.events_per_second == pytest.approx(4)
        assert len(answer.rows) == 1

    def test_of_one_process_is_cut_to_what_was_asked(self) -> None:
        answer = merged(TopicsAsked(instance="health", limit=1), [told(seeing("a", "b"))])

        assert (len(answer.rows), answer.readable.topics, answer.exact) == (1, 2, True)

    def test_of_nobody_is_nothing(self) -> None:
        assert merged(TopicsAsked(instance="health"), []) == NOTHING
