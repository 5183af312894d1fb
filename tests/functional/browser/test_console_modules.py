"""The modules of a console that draw nothing, by themselves."""

import pytest

from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

PLACES = {
    "actor": [["data", "actor"], ["data", "user_id"], ["metadata", "user_id"]],
    "origin": [["data", "ip_address"]],
}
STORE = f"""
const {{ Columns, mentions }} = await import("/static/gaterhub/columns.js");
const {{ ConsoleStore, KEPT_MAX_ROWS }} = await import("/static/gaterhub/console_store.js");
const columns = new Columns({PLACES});
const store = new ConsoleStore({{ columns, byId: ["audit"] }});
const event = (offset, more = {{}}) => ({{
  id: `id-${{offset}}`, instance: "health", topic: "a:b", stream: "s", epoch: "e", offset, received: offset,
  event_type: "t", data: null, metadata: {{}}, ...more,
}});
const pair = (...made) => {{ const one = event(...made); return [one, JSON.stringify({{ event: one }})]; }};
const shown = () => [...store.rows].map((row) => row.event?.offset ?? row.kind);
"""


class TestConsoleStore:
    def test_keeps_rows_in_the_order_of_the_hub_however_they_came(self, script: Script) -> None:
        assert script(
            STORE
            + """
            store.take([pair(30), pair(31)], { live: true });
            store.take([pair(20), pair(10)]);
            store.notice("gap", "a gap", { at: 25 });
            store.take([pair(29)], { live: true });
            return [shown(), store.events, store.received];
            """
        ) == [[10, 20, "gap", 29, 30, 31], 5, 3]

    def test_knows_an_event_that_comes_by_both_ways(self, script: Script) -> None:
        assert script(
            STORE
            + """
            const unnumbered = { instance: "audit", offset: null, epoch: null, id: "x", received: 5 };
            store.take([pair(1), pair(0, unnumbered)]);
            const again = store.take([pair(1), pair(0, { ...unnumbered, offset: 7, epoch: "e" })], { live: true });
            const other = store.take([pair(1, { epoch: "f" })], { live: true });
            return [again.length, other.length, store.events];
            """
        ) == [0, 1, 3]

    def test_holds_what_comes_live_in_a_pause_and_not_the_history(self, script: Script) -> None:
        assert script(
            STORE
            + """
            store.take([pair(10)], { live: true });
            store.pause();
            const held = store.take([pair(11), pair(12)], { live: true });
            const kept = store.take([pair(9)]);
            const during = [held.length, kept.length, shown(), store.waiting];
            const after = store.resume(13).map((row) => row.event.offset);
            return [during, after, shown()];
            """
        ) == [[0, 1, [9, 10], 2], [11, 12], [9, 10, 11, 12]]

    def test_tells_what_a_pause_could_not_hold(self, script: Script) -> None:
        assert script(
            STORE
            + """
            store.pause();
            store.take(Array.from({ length: 5_003 }, (_, number) => pair(number + 1)), { live: true });
            const rows = store.resume(9_000);
            return [rows.length, rows.at(-1).kind, rows.at(-1).text];
            """
        ) == [5_001, "pause", "Here the pause was full: 3 events that came after it were not kept."]

    def test_lets_the_oldest_go_and_takes_them_no_more(self, script: Script) -> None:
        assert script(
            STORE
            + """
            store.take(Array.from({ length: KEPT_MAX_ROWS + 5 }, (_, number) => pair(number + 1)));
            const before = store.trim();
            const late = store.take([pair(3, { epoch: "late" })]);
            const whole = store.rows.length === KEPT_MAX_ROWS && store.events === KEPT_MAX_ROWS;
            return [before, whole, late.length, store.trim()];
            """
        ) == [6, True, 0, None]


class TestColumns:
    def test_are_found_where_the_journal_finds_them(self, script: Script) -> None:
        assert script(
            STORE
            + """
            const of = (field, more) => columns.of({ event: event(1, more), severity: "high" }, field);
            return [
              of("actor", { data: { actor: "user:ada", user_id: "bob" } }),
              of("actor", { data: { actor: "[redacted]", user_id: 7 } }),
              of("actor", { data: ["ada"], metadata: { user_id: "eve" } }),
              of("actor", { data: null }),
              of("origin", { data: { ip_address: " " } }),
              of("severity", {}),
              of("topic", {}),
              of("data.a.b", { data: { a: { b: 5 } } }),
              of("data.a.b", { data: { a: "text" } }),
              of("data.ok", { data: { ok: false } }),
              of("metadata.constructor", {}),
              of("constructor", {}),
            ];
            """
        ) == ["ada", "7", "eve", "", "", "high", "a:b", "5", "", "false", "", ""]

    def test_say_whether_a_value_stands_anywhere_in_an_event(self, script: Script) -> None:
        assert script(
            STORE
            + """
            const has = (more) => {
              const [made, line] = pair(1, more);
              return mentions({ event: made, line }, "ada");
            };
            return [
              has({ data: { deep: [{ who: "ada" }] } }),
              has({ metadata: { actor: "user:ada" } }),
              has({ topic: "logs:ada:info" }),
              has({ publisher: "ada" }),
              has({ data: { ada: "a name of a field" } }),
              has({ data: { who: "adalbert" } }),
            ];
            """
        ) == [True, True, True, True, False, False]


FEED = """
const { Feed } = await import("/static/gaterhub/console_feed.js");
const asked = [], taken = [], told = [], states = [], given = {}, gone = [];
const answers = {};
const hub = { subscribe: (instance, pattern, own) => {
  given[`${instance} ${pattern}`] = own;
  return { unsubscribe: () => gone.push(`${instance} ${pattern}`) };
} };
const api = async (path) => {
  asked.push(path);
  const page = answers[path.split("?")[0]] ?? { results: [], next: null };
  if (page instanceof Error) throw page;
  return JSON.stringify(page);
};
const feed = new Feed({
  hub, api, sealed: ["audit"],
  take: (events, live) => taken.push(...events.map(([event]) => [event.topic, live])),
  tell: (kind, text) => told.push([kind, text]),
  onState: ({ following, loading }) => states.push([following, loading]),
});
const row = { instance: "health", wanted: ["a:*"], live: ["a:*"], kept: ["a:*"] };
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
const queries = () => asked.map((path) => new URLSearchParams(path.split("?")[1]));
"""


class TestFeed:
    def test_asks_for_the_history_only_once_live_has_begun(self, script: Script) -> None:
        assert script(
            FEED
            + """
            const results = [{ topic: "a:kept", received: 5 }, { topic: "b:other", received: 4 }];
            answers["health/events/"] = { results, next: null };
            feed.begin({ rows: [row], from: 100.5, to: null, story: "" });
            await settled();
            const before = asked.length;
            given["health a:*"].onEvent({ topic: "a:live" }, "{}");
            given["health a:*"].onSubscribed({ again: false, recovered: false });
            await settled();
            const [query] = queries();
            return [before, Object.fromEntries(query), taken, states.at(-1)];
            """
        ) == [
            0,
            {"topic": "a:*", "order": "desc", "limit": "1000", "from": "100"},
            [["a:live", True], ["a:kept", False]],
            [True, False],
        ]

    def test_of_a_time_that_is_over_follows_nothing(self, script: Script) -> None:
        assert script(
            FEED
            + """
            feed.begin({ rows: [row], from: 100, to: 200, story: "" });
            await settled();
            return [Object.keys(given), queries().map((query) => query.get("to")), states.at(-1)];
            """
        ) == [[], ["200"], [False, False]]

    def test_asks_a_journal_for_a_story_by_its_own_columns(self, script: Script) -> None:
        assert script(
            FEED
            + """
            const audit = { instance: "audit", wanted: ["*"], live: [], kept: ["*"] };
            feed.begin({ rows: [audit], from: 1, to: null, story: "ada" });
            await settled();
            return queries().map((query) => ["actor", "origin", "resource"].find((name) => query.get(name) === "ada"));
            """
        ) == ["actor", "origin", "resource"]

    def test_says_once_that_it_is_back_and_fetches_what_could_not_be_replayed(self, script: Script) -> None:
        assert script(
            FEED
            + """
            const two = { ...row, wanted: ["a:*", "b:*"], live: ["a:*", "b:*"], kept: ["a:*"] };
            feed.begin({ rows: [two], from: 100, to: null, story: "" });
            for (const each of Object.values(given)) each.onSubscribed({ again: false });
            await settled();
            asked.length = 0;
            feed.lost(50_000);
            const lost = feed.following;
            given["health a:*"].onSubscribed({ again: true, recovered: true, replayed: 3 });
            const between = told.length;
            given["health b:*"].onSubscribed({ again: true, recovered: false, replayed: 4 });
            await settled();
            const [[kind, text], ...more] = told;
            const from = queries().map((each) => each.get("from"));
            return [lost, between, kind, text.includes("7 events"), more.length, from];
            """
        ) == [False, 0, "reconnected", True, 0, ["40000"]]

    def test_tells_a_gap_of_two_subscriptions_and_a_conflation_of_all_once(self, script: Script) -> None:
        assert script(
            FEED
            + """
            feed.begin({ rows: [{ ...row, live: ["a:*", "*"] }], from: 1, to: null, story: "" });
            const gap = { stream: "health.a", epoch: "e", from: 1, to: 9, lost: 4, reason: "slow" };
            for (const each of Object.values(given)) {
              each.onGap(gap);
              each.onConflated(3);
            }
            return told.map(([kind]) => kind);
            """
        ) == ["gap", "conflated"]

    def test_says_what_is_refused_and_goes_on_with_the_rest(self, script: Script) -> None:
        assert script(
            FEED
            + """
            answers["health/events/"] = new Error("Not granted.");
            feed.begin({ rows: [row], from: 1, to: null, story: "" });
            given["health a:*"].onError({ retry: true, message: "later" });
            given["health a:*"].onError({ retry: false, message: "Revoked." });
            await settled();
            return [told, states.at(-1)];
            """
        ) == [
            [["refused", "health a:* is not followed: Revoked."], ["refused", "Not granted."]],
            [False, False],
        ]

    def test_hears_nothing_more_of_a_time_that_it_left(self, script: Script) -> None:
        assert script(
            FEED
            + """
            answers["health/events/"] = { results: [{ topic: "a:old", received: 5 }], next: null };
            feed.begin({ rows: [row], from: 1, to: null, story: "" });
            const { onEvent, onSubscribed } = given["health a:*"];
            onSubscribed({ again: false });
            feed.begin({ rows: [], from: 1, to: 2, story: "" });
            onEvent({ topic: "a:late" }, "{}");
            await settled();
            return [gone, taken];
            """
        ) == [["health a:*"], []]

    def test_says_where_there_is_more_than_it_fetches(self, script: Script) -> None:
        assert script(
            FEED
            + """
            const results = Array.from({ length: 1000 }, (_, number) => ({ topic: "a:b", received: 9000 - number }));
            answers["health/events/"] = { results, next: "more" };
            feed.begin({ rows: [row], from: 1, to: 9001, story: "" });
            await settled();
            await settled();
            const [[kind, text]] = told;
            return [asked.length, queries().at(-1).get("after"), kind, text.includes("the newest 5000 events")];
            """
        ) == [5, "more", "bound", True]
