"""The arithmetic of the clock by itself: which time is shown, what is marked in it, and what is missing of it."""

from typing import Final

import pytest

from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

VIEW: Final = """
const { ClockView } = await import("/static/gaterhub/clock_view.js");
const view = new ClockView();
view.within(0, 100_000);
const shown = () => [view.from, view.to, view.isPart];
"""
LANE: Final = """
const { ClockLane } = await import("/static/gaterhub/clock_lane.js");
const { ClockView } = await import("/static/gaterhub/clock_view.js");
const lane = new ClockLane("health");
let number = 0;
const put = (...rows) => lane.rows.add(rows.map(([at, rank]) => ({ at, rank, number: ++number })));
const view = new ClockView();
view.within(1000, 101_000);
"""
HOLES: Final = """
const { ClockHoles, holeSentence } = await import("/static/gaterhub/clock_holes.js");
const holes = new ClockHoles();
const gap = { stream: "health.s", epoch: "e", from: 71, to: 131, lost: 12, reason: "slow" };
const stretch = { stream: "health.s", epoch: "e", first: 71, last: 131, count: 12, reason: "slow", kind: "gap" };
const row = { ...stretch, times: 1, subscriber: "olga", instance: "health", at: 50, from: 20, to: 40 };
"""


class TestTheView:
    def test_zooms_with_the_moment_where_it_was_and_stays_within_the_whole(self, script: Script) -> None:
        assert script(
            VIEW
            + """
            const found = [[view.zoom(0.5, 20_000), ...shown()]];
            found.push([view.zoom(4, 20_000), ...shown()]);
            view.zoom(1e-9, 99_999);
            found.push([view.span, view.to <= 100_000]);
            view.whole();
            found.push([view.zoom(2), ...shown()]);
            return found;
            """
        ) == [[True, 10_000, 60_000, True], [True, 0, 100_000, False], [1_000, True], [False, 0, 100_000, False]]

    def test_pans_to_the_edges_and_no_further(self, script: Script) -> None:
        assert script(
            VIEW
            + """
            view.zoom(0.5, 50_000);
            const found = [[view.pan(-0.2), ...shown()], [view.pan(-5), ...shown()], [view.pan(-1), ...shown()]];
            return found;
            """
        ) == [[True, 15_000, 65_000, True], [True, 0, 50_000, True], [False, 0, 50_000, True]]

    def test_goes_on_with_the_whole_where_it_shows_its_end(self, script: Script) -> None:
        assert script(
            VIEW
            + """
            view.zoom(0.5, 100_000);
            view.within(1_000, 101_000);
            const following = shown();
            view.pan(-0.5);
            view.within(2_000, 102_000);
            const still = shown();
            view.within(40_000, 140_000);
            return [following, still, shown()];
            """
        ) == [[51_000, 101_000, True], [26_000, 76_000, True], [40_000, 90_000, True]]

    def test_has_round_ticks_and_not_too_many(self, script: Script) -> None:
        ticks = script(VIEW + "view.within(1_700_000_003_000, 1_700_000_603_000); return view.ticks(8);")

        assert [at % 120_000 for at in ticks] == [0] * 5
        assert all(1_700_000_003_000 <= at <= 1_700_000_603_000 for at in ticks)


class TestALane:
    def test_counts_every_event_of_the_view_once_into_marks(self, script: Script) -> None:
        assert script(
            LANE
            + """
            put([999, 6], [1000, 2], [1001, 2], [1002, 4], [51_000, 6], [101_000, 2], [101_001, 6]);
            const marks = lane.marks(view, 100);
            return [marks.map(({ column, count, level }) => [column, count, level]), marks[0].height > marks[1].height];
            """
        ) == [[[0, 3, "warn"], [50, 1, "bad"], [99, 1, ""]], True]

    def test_has_the_gravest_near_a_moment_and_of_equal_ones_the_newest(self, script: Script) -> None:
        assert script(
            LANE
            + """
            put([2000, 2], [2010, 5], [2020, 5], [2030, 3]);
            const near = [lane.near(2015, 20).at, lane.near(2000, 5).at, lane.near(9000, 5)];
            return [...near, lane.nearest(2026).at, lane.summary(view).count];
            """
        ) == [2020, 2000, None, 2030, 4]

    def test_tells_what_is_missing_each_stretch_by_its_gravest_reason(self, script: Script) -> None:
        assert script(
            LANE
            + """
            const found = [lane.missing(view)];
            lane.reach = { nothingBefore: 500, wholeSince: 900 };
            found.push(lane.missing(view));
            lane.reach = { nothingBefore: 11_000, wholeSince: 31_000 };
            lane.unloadedBefore = 21_000;
            found.push(lane.missing(view));
            lane.reach = { nothingBefore: 900_000, wholeSince: 900_000 };
            found.push(lane.missing(view));
            return found.map((some) => some.map(({ kind, from, to }) => [kind, from, to]));
            """
        ) == [
            [],
            [],
            [["nothing", 1_000, 11_000], ["unloaded", 11_000, 21_000], ["partly", 21_000, 31_000]],
            [["nothing", 1_000, 101_000]],
        ]


class TestHoles:
    def test_are_one_where_page_and_ledger_tell_of_the_same_stretch(self, script: Script) -> None:
        assert script(
            HOLES
            + """
            holes.told({ at: 45, instance: "health", gap });
            const told = holes.all.map(({ from, to, subscriber }) => [from, to, subscriber]);
            const closed = { ...row, first: null, last: null, kind: "closed", at: 60, from: 60, to: 60 };
            holes.show({ holes: [row, closed], more: false });
            return [told, holes.all.map(({ from, to, kind }) => [from, to, kind])];
            """
        ) == [[[45, 45, "this page"]], [[20, 40, "gap"], [60, 60, "closed"]]]

    def test_are_those_that_a_view_shows_any_of(self, script: Script) -> None:
        assert script(
            HOLES
            + """
            holes.show({ holes: [row], more: true });
            const of = (from, to, instance = "health") => holes.of(instance, { from, to }).length;
            const found = [of(0, 19), of(0, 20), of(30, 31), of(40, 90), of(41, 90), of(0, 90, "metrics")];
            holes.forget(40);
            found.push(holes.all.length);
            holes.forget(41);
            return [...found, holes.all.length];
            """
        ) == [0, 1, 1, 1, 0, 0, 1, 0]

    def test_say_how_many_events_of_what_and_why(self, script: Script) -> None:
        assert script(HOLES + "return [holeSentence(row), holeSentence({ ...row, count: null, last: null })];") == [
            "Gap: 12 events of health.s, #71 to #131. Reason: slow. Missed by olga.",
            "Gap: it is not known how many events of health.s, from #71 on. Reason: slow. Missed by olga.",
        ]


class TestWhatIsKept:
    def test_is_of_the_time_that_was_asked_for_last(self, script: Script) -> None:
        assert script(
            """
            const { Kept } = await import("/static/gaterhub/kept.js");
            const asked = [];
            const ask = (path) => new Promise((resolve, reject) => asked.push({ path, resolve, reject }));
            let changes = 0;
            const kept = new Kept({ ask, address: "/holes/", onChange: () => (changes += 1) });
            const reach = (since) => [{ instance: "health", nothing_before: since - 5, whole_since: since }];
            const told = (since) => JSON.stringify({ holes: [since], more: true, reach: reach(since) });
            await kept.load({ from: 0, to: 1 });
            kept.wanted = true;
            const first = kept.load({ from: 1.5, to: 2.5 });
            const second = kept.load({ from: 3, to: 4 });
            asked[1].resolve(told(50_000));
            asked[0].resolve(told(70_000));
            await Promise.all([first, second]);
            const found = [asked.map(({ path }) => path), kept.holes, kept.reachOf("health"), changes];
            const third = kept.load({ from: 3, to: 4 });
            asked[2].reject(new Error("It is out."));
            await third;
            found.push(kept.trouble, kept.holes);
            const late = kept.load({ from: 3, to: 4 });
            kept.clear();
            asked[3].resolve(told(90_000));
            await late;
            return [...found, kept.trouble, kept.holes, kept.reachOf("health").wholeSince];
            """
        ) == [
            ["/holes/?from=1&to=3", "/holes/?from=3&to=4"],
            [50_000],
            {"nothingBefore": 49_995, "wholeSince": 50_000},
            1,
            "Which holes there are is not known: It is out.",
            [50_000],
            "",
            [],
            None,
        ]

    def test_is_what_the_hub_keeps_the_page_asked_for_and_has_not_let_go(self, script: Script) -> None:
        assert script(
            """
            const { Kept } = await import("/static/gaterhub/kept.js");
            const reach = [{ instance: "metrics", nothing_before: 1_000, whole_since: 40_000 }];
            const answer = async () => JSON.stringify({ holes: [], more: false, reach });
            const kept = new Kept({ ask: answer, onChange() {} });
            kept.wanted = true;
            const of = [["health"], ["metrics"], ["health", "metrics"]];
            const since = () => of.map((each) => kept.since(each, 10_000));
            const found = [since()];
            await kept.load({ from: 10_000, to: 99_000 });
            found.push(since());
            kept.unloaded("health", 30_000);
            kept.unloaded("health", 20_000);
            found.push(since());
            kept.letGoBefore = 60_000;
            found.push(since(), kept.missesBefore("health"), kept.missesBefore("audit"));
            // So near to the beginning, nobody can tell.
            kept.letGoBefore = 10_900;
            return [...found, kept.since(["audit"], 10_000)];
            """
        ) == [
            [None, None, None],
            [None, {"at": 40_000, "who": "hub"}, {"at": 40_000, "who": "hub"}],
            [{"at": 30_000, "who": "page"}, {"at": 40_000, "who": "hub"}, {"at": 40_000, "who": "hub"}],
            [{"at": 60_000, "who": "page"}] * 3,
            60_000,
            60_000,
            None,
        ]
