"""The modules of an instance's page that draw nothing, by themselves."""

from typing import Any

import pytest

from instances.severity import RANKS, rank_of
from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

STORE = """
const { EventStore } = await import("/static/gaterhub/event_store.js");
const store = new EventStore();
let offset = 0;
const plain = { stream: "s", epoch: "e", topic: "a:b", event_type: "t", data: null };
const event = (more = {}) => ({ ...plain, offset: ++offset, ...more });
const add = (more) => { const made = event(more); store.add(made, JSON.stringify({ event: made })); return made; };
const shown = () => Array.from(store.shown, (row) => row.event?.offset ?? row.kind);
"""


class TestEventStore:
    def test_takes_an_event_once_by_stream_epoch_and_offset(self, script: Script) -> None:
        assert script(
            STORE
            + """
            const first = add();
            const again = store.add(first, "{}");
            const otherEpoch = store.add({ ...first, epoch: "f" }, "{}");
            return [again, otherEpoch, store.received, store.keptEvents];
            """
        ) == [False, True, 2, 2]

    def test_takes_an_event_once_that_waits_in_a_pause(self, script: Script) -> None:
        assert script(
            STORE
            + """
            store.pause();
            const first = add();
            const again = store.add(first, "{}");
            store.resume();
            return [again, shown()];
            """
        ) == [False, [1]]

    def test_keeps_a_pause_by_count_without_a_hole_and_tells_the_rest(self, script: Script) -> None:
        assert script(
            STORE
            + """
            add();
            store.pause();
            for (let n = 0; n < 5003; n += 1) add();
            store.notice("gap", "a gap");
            const during = [shown().length, store.waiting, store.refused];
            store.resume();
            add();
            const after = shown();
            return [during, after.length, after.slice(0, 3), after.slice(-3), store.shown.at(5001).text];
            """
        ) == [
            [1, 5000, 3],
            5003,
            [1, 2, 3],
            [5001, "pause", 5005],
            "Here the pause was full: 3 events and 1 notice that came after it were not kept.",
        ]

    def test_keeps_a_pause_by_size(self, script: Script) -> None:
        assert script(
            STORE
            + """
            store.pause();
            const text = "x".repeat(2 ** 20);
            for (let n = 0; n < 40; n += 1) add({ data: text });
            add();
            return [store.waiting, store.refused];
            """
        ) == [31, 10]

    def test_keeps_the_newest_by_count_and_by_size(self, script: Script) -> None:
        assert script(
            STORE
            + """
            for (let n = 0; n < 6100; n += 1) add();
            const byCount = [store.keptEvents, shown()[0], store.received];
            const text = "x".repeat(2 ** 20);
            for (let n = 0; n < 80; n += 1) add({ data: text });
            return [byCount, store.keptEvents, store.shown.length];
            """
        ) == [[6000, 101, 6100], 63, 63]

    def test_filters_what_is_kept_and_what_comes_but_no_notice(self, script: Script) -> None:
        assert script(
            STORE
            + """
            add(); store.notice("gap", "g"); add({ event_type: "u" });
            store.filter((row) => row.event.event_type === "u");
            add(); add({ event_type: "u" });
            const filtered = [shown(), store.shownEvents, store.keptEvents];
            store.filter(() => true);
            return [filtered, shown()];
            """
        ) == [[["gap", 2, 4], 2, 4], [1, "gap", 2, 3, 4]]

    def test_finds_the_place_of_a_row_also_of_one_that_is_gone(self, script: Script) -> None:
        assert script(
            STORE
            + """
            for (let n = 0; n < 10; n += 1) add();
            const row = store.shown.at(4);
            const before = store.placeOf(row);
            store.filter(({ event }) => event.offset % 2 === 0);
            return [before, store.placeOf(row), store.shown.at(store.placeOf(row)).event.offset];
            """
        ) == [4, 2, 6]


class TestSeverity:
    def test_has_the_words_and_ranks_of_the_hub(self, script: Script) -> None:
        ranks = script('return (await import("/static/gaterhub/severity.js")).RANKS;')

        assert ranks == RANKS

    @pytest.mark.parametrize(
        "event",
        [
            {"data": {"severity": "ERROR"}, "metadata": {}},
            {"data": {"severity": "unheard", "level": "debug"}, "metadata": {}},
            {"data": None, "metadata": {"level": "alert"}},
            {"data": ["error"], "metadata": {}},
            {"data": {"severity": 7}, "metadata": {}},
            {"data": {"severity": "constructor"}, "metadata": {}},
        ],
    )
    def test_ranks_an_event_as_the_hub_does(self, script: Script, event: dict[str, Any]) -> None:
        rank = script('return (await import("/static/gaterhub/severity.js")).severityOf(argument).rank;', event)

        assert rank == rank_of(event["data"], event["metadata"])


class TestActivity:
    def test_gives_the_mean_of_the_last_ten_seconds(self, script: Script) -> None:
        assert script(
            """
            const { Activity } = await import("/static/gaterhub/activity.js");
            const activity = new Activity();
            for (let n = 0; n < 40; n += 1) activity.saw("a:b", 100_000);
            for (let n = 0; n < 20; n += 1) activity.saw("a:c", 105_000);
            const at = (now) => activity.busiest(9, now).topics.map(({ name, perSecond }) => [name, perSecond]);
            return [at(105_000), at(111_000), activity.families(105_000)[0].perSecond, at(999_000)];
            """
        ) == [[["a:b", 4], ["a:c", 2]], [["a:c", 2], ["a:b", 0]], 6, [["a:c", 0], ["a:b", 0]]]

    def test_is_bounded(self, script: Script) -> None:
        assert script(
            """
            const { Activity } = await import("/static/gaterhub/activity.js");
            const activity = new Activity();
            for (let n = 0; n < 5000; n += 1) activity.saw(`f${n}:x`, 100_000);
            const { topics, more } = activity.busiest(200, 100_000);
            return [topics.length, more, activity.families(100_000).length];
            """
        ) == [200, 1800, 2000]


class TestAddress:
    def test_keeps_a_pattern_readable_and_everything_else_safe(self, script: Script) -> None:
        assert script(
            """
            const { queryOf, readAddress } = await import("/static/gaterhub/address.js");
            const state = { pattern: "a:b@c/d:*", text: "50% & more", type: "", severity: "error", event: "" };
            const read = Object.entries(readAddress(queryOf(state))).filter(([name, value]) => value || name in state);
            return [queryOf(state), Object.fromEntries(read), queryOf({})];
            """
        ) == [
            "?pattern=a:b@c/d:*&text=50%25%20%26%20more&severity=error",
            {"pattern": "a:b@c/d:*", "text": "50% & more", "type": "", "severity": "error", "event": ""},
            "",
        ]
