"""The panels of Health by themselves: what they make of events, in whatever order these come."""

from typing import Any

import pytest

from tests.functional.browser.panel_script import PanelScript
from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

Event = tuple[Any, ...]


def component(ago: float, name: str, state: str, **data: Any) -> Event:
    return (ago, "health", f"process_health:{name}", "component_health", {"component": name, "state": state, **data})


def subscription(ago: float, store: str, name: str, event_type: str, **data: Any) -> Event:
    data = {"store_id": store, "subscription_name": name, **data}
    return (ago, "health", f"subscription_health:{store}:{name}", event_type, data)


def breaker(ago: float, name: str, event_type: str, **data: Any) -> Event:
    return (ago, "health", f"circuit_breaker_status:{name}", event_type, {"service": name, **data})


def process(ago: float, name: str, event_type: str, data: dict[str, Any], **metadata: Any) -> Event:
    return (ago, "lifecycle", f"process_lifecycle:{name}", event_type, data, metadata)


class TestStateRuns:
    def test_are_the_same_in_whatever_order_words_come(self, script: Script) -> None:
        assert (
            script(
                """
            const { StateRuns } = await import("/static/gaterhub/state_runs.js");
            let seed = 7;
            const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
            const word = (at, number) => ({ at, number, state: "abc"[random(3)] });
            const sinceOf = (words) => {
              let place = words.length - 1;
              while (place > 0 && words[place - 1].state === words.at(-1).state) place -= 1;
              return words[place].at;
            };
            const wrong = [];
            for (let turn = 0; turn < 300; turn += 1) {
              const words = Array.from({ length: 1 + random(12) }, (_, at) => word(at * 10, at));
              const shuffled = [...words].sort(() => random(3) - 1);
              const runs = new StateRuns();
              for (const word of shuffled) runs.add(word.at, word.state, word);
              const last = words.at(-1);
              const told = [runs.state, runs.toldAt, runs.since, runs.row.number].join();
              const right = [last.state, last.at, sinceOf(words), last.number].join();
              if (told !== right) wrong.push([shuffled.map(({ at, state }) => at + state).join(), told, right]);
            }
            return wrong.slice(0, 3);
            """
            )
            == []
        )

    def test_know_since_when_also_where_the_words_of_then_are_gone(self, script: Script) -> None:
        assert script(
            """
            const { StateRuns } = await import("/static/gaterhub/state_runs.js");
            const runs = new StateRuns();
            for (let at = 1; at <= 500; at += 1) runs.add(at, at < 10 ? "a" : "b", { number: at });
            runs.add(450, "b", { number: 501 });
            const many = [runs.state, runs.since];
            runs.forget(10_000);
            return [...many, runs.state, runs.since];
            """
        ) == ["b", 10, "b", 10]


class TestComponents:
    def test_stand_the_worst_first_with_since_when_and_what_was_said(self, script: Script) -> None:
        read, summary, note = PanelScript(script, "components")(
            "draw(); return [rows(), lines('.panel-summary'), note()];",
            component(50, "database", "ok"),
            component(20, "database", "ok"),
            component(40, "cache", "degraded", reason="It took 812 ms.", since_ms=1_700_000_000_000 - 600_000),
            component(10, "cache", "degraded", reason="It took 900 ms."),
            (5, "health", "process_health:billing", "health_check_failed", {"check": "http", "reason": "No answer."}),
            (5, "health", "process_health:shop", "service_health", {"state": "unknown", "healthy": 2, "total": 3}),
        )

        assert read == [
            "billing http failing for 5 s 5 s ago No answer.",
            "cache degraded for 40 s 10 s ago It took 900 ms.",
            "shop unknown for 5 s 5 s ago 2 of 3 parts are well.",
            "database ok for 50 s 20 s ago",
        ]
        assert summary == ["1 failing · 1 degraded · 1 unknown · 1 ok"]
        assert note.startswith("Known from events since ")
        assert "no longer" not in note

    def test_say_since_when_all_is_known_and_who_has_no_more(self, script: Script) -> None:
        assert PanelScript(script, "components")(
            """
            const said = () => (draw(), note().split(". ")[0].replace(/\\d\\d:\\d\\d:\\d\\d/, "T"));
            const found = [said()];
            kept.unloaded("metrics", NOW - 60_000);
            found.push(said());
            kept.unloaded("health", NOW - 60_000);
            found.push(said());
            reach.push({ instance: "health", nothing_before: null, whole_since: NOW - 30_000 });
            await kept.load({ from: 0, to: 1 });
            found.push(said(), document.querySelector(".panel-note[title]").title);
            return found;
            """,
            component(50, "database", "ok"),
        ) == [
            "Known from events since T",
            "Known from events since T",
            "Known from events since T; what was before is more than this page has",
            "Known from events since T; the hub no longer has all that was before",
            "Since 2023-11-14 22:12:50.000 UTC",
        ]

    def test_go_stale_where_nobody_renews_them_and_stay_when_the_window_has_left_them(self, script: Script) -> None:
        fresh, stale, renewed = PanelScript(script, "components")(
            """
            draw(); const fresh = rows();
            panel.forget(NOW + 3_000_000); draw(3_600); const stale = rows();
            take([-3_600, "health", "process_health:mailer", "component_health", { state: "ok" }]); draw(3_601);
            return [fresh, stale, rows()];
            """,
            component(30, "mailer", "ok"),
            component(20, "search", "degraded"),
        )

        assert fresh == ["search degraded for 20 s 20 s ago", "mailer ok for 30 s 30 s ago"]
        assert stale == ["search degraded stale for 1 h 1 h ago", "mailer ok stale for 1 h 1 h ago"]
        assert renewed == ["search degraded stale for 1 h 1 h ago", "mailer ok for 1 h 1 s ago"]

    def test_take_a_late_event_for_what_it_was(self, script: Script) -> None:
        assert PanelScript(script, "components")(
            "draw(); return rows();",
            component(10, "database", "ok"),
            component(30, "database", "failing", reason="Gone."),
            component(20, "database", "ok"),
        ) == ["database ok for 20 s 10 s ago"]

    def test_tell_a_gap_and_where_there_is_nothing(self, script: Script) -> None:
        empty, gap = PanelScript(script, "components")(
            """
            draw(); const empty = lines(".panel-empty");
            panel.take([gap(30, "health"), gap(20, "audit")]); draw();
            return [empty, note()];
            """
        )

        assert empty[0].startswith("No component has told its state in this time.")
        assert "1 gap, the last at" in gap

    def test_open_the_event_that_told_last(self, script: Script) -> None:
        assert PanelScript(script, "components")(
            "draw(); body.querySelector('tbody button').click(); return told.opened;",
            component(20, "database", "ok"),
            component(10, "database", "failing"),
        ) == ["e2"]


class TestBreakers:
    def test_tell_state_failures_and_when_they_try_again(self, script: Script) -> None:
        soon, overdue = PanelScript(script, "breakers")(
            "draw(); const soon = rows(); draw(600); return [soon, levels()];",
            breaker(90, "redis", "circuit_breaker_changed", state="open", failures=3),
            breaker(60, "redis", "circuit_breaker_closed"),
            breaker(40, "search", "circuit_breaker_half_opened"),
            breaker(
                20, "pay", "circuit_breaker_opened", reason="timeout", failures=5, threshold=5, retry_after_ms=30_000
            ),
        )

        assert [each.split(" It tries again")[0] for each in soon] == [
            "pay open for 20 s 5 of 5 timeout.",
            "search half-open for 40 s -",
            "redis closed for 1 min -",
        ]
        assert "It tries again at" in soon[0]
        assert overdue == ["stale", "warn", "good"]


class TestSubscriptions:
    def test_are_a_matrix_of_stores_and_subscriptions(self, script: Script) -> None:
        heads, read = PanelScript(script, "subscriptions")(
            "draw(); return [lines('thead th'), rows()];",
            subscription(50, "prod", "users", "registration_attempt"),
            subscription(49, "prod", "users", "registration_success"),
            subscription(40, "prod", "orders", "subscription_lagging", lag_events=4_200),
            subscription(30, "stage", "orders", "registration_failure", reason="store_unavailable"),
            subscription(120, "stage", "audit", "registration_attempt"),
        )

        assert heads == ["Subscription", "prod", "stage"]
        assert read == [
            "orders lagging 4,200 40 s ago failed 30 s ago",
            "audit - no answer 2 min ago",
            "users registered 49 s ago -",
        ]

    def test_narrow_to_a_subscription_and_fade_what_is_silent(self, script: Script) -> None:
        assert PanelScript(script, "subscriptions", stale_seconds=60)(
            """
            draw(); const cell = body.querySelector(".matrix-cell"); const fresh = cell.classList.contains("stale");
            draw(60); cell.click();
            return [fresh, cell.classList.contains("stale"), told.selected];
            """,
            subscription(20, "prod", "users", "registration_success"),
        ) == [False, True, [{"topic": "subscription_health:prod:users"}]]

    def test_show_the_worst_where_there_is_no_room_for_all(self, script: Script) -> None:
        read, note = PanelScript(script, "subscriptions", limit=1)(
            "draw(); return [rows(), note()];",
            subscription(20, "prod", "aardvark", "registration_success"),
            subscription(20, "prod", "zebra", "registration_failure"),
        )

        assert read == ["zebra failed 20 s ago"]
        assert "and 1 subscription more" in note

    def test_begin_anew_while_the_keyboard_is_in_a_cell(self, script: Script) -> None:
        assert PanelScript(script, "subscriptions")(
            """
            draw(); body.querySelector(".matrix-cell").focus(); panel.clear(); draw();
            take([1, "health", "subscription_health:stage:orders", "registration_success"]); draw();
            return rows();
            """,
            subscription(20, "prod", "users", "registration_success"),
        ) == ["orders registered 1 s ago"]


class TestCrashes:
    EVENTS = (
        component(100, "order_service", "ok"),
        component(40, "order_service", "degraded"),
        component(35, "mailer", "degraded"),
        process(10, "order_service", "process_crashed", {"pid": 4711, "signal": "SIGSEGV"}),
        process(9, "order_service", "process_restarted", {"pid": 4712, "reason": "crash"}),
        process(8, "web", "process_stopped", {"pid": 1, "exit_code": 0}),
        process(7, "batch", "process_stopped", {"pid": 2, "exit_code": 3}),
    )

    def test_are_marks_in_time_with_what_came_before_each(self, script: Script) -> None:
        marks, label, read, before, opened = PanelScript(script, "crashes")(
            """
            draw();
            const [crash] = [...body.querySelectorAll("details")].slice(2);
            crash.open = true; await settle(); await settle();
            crash.querySelector(".before-event").click();
            return [
              [...body.querySelectorAll(".mark")].map((mark) => mark.getAttribute("class")),
              body.querySelector(".strip").getAttribute("aria-label"),
              lines("summary").map((line) => line.slice(9)),
              lines(".before li"),
              told.opened,
            ];
            """,
            *self.EVENTS,
        )

        assert marks == ["mark bad", "mark warn", "mark warn"]
        assert label.startswith("1 crash and 2 restarts from ")
        assert read == [
            "batch ended exit code 3 nothing before it",
            "order_service restarted crash 2 events before it",
            "order_service crashed SIGSEGV 1 event before it",
        ]
        assert before == ["-30.0 s component_health process_health:order_service"]
        assert opened == ["e2"]

    def test_leave_with_the_window(self, script: Script) -> None:
        assert PanelScript(script, "crashes")(
            """
            draw(); const all = lines("summary").length;
            panel.forget(NOW - 8_000); draw();
            return [all, lines("summary").length];
            """,
            *self.EVENTS,
        ) == [3, 1]


class TestSupervision:
    def supervisor(self, ago: float, name: str, child: str, **metadata: Any) -> Event:
        data = {"supervisor": name, "change": "child_added", "child": child, "strategy": "one_for_one", "children": 2}
        return process(ago, "supervisors", "supervisor_changed", data, **metadata)

    def tree(self, script: Script, *events: Event, code: str = "") -> Any:
        return PanelScript(script, "supervision")(
            f"""
            draw(); {code}
            const walk = (list) => [...list.children].filter(isShown).map((item) => {{
              const own = words(item.querySelector(".process")).replace(/^[\u25be\u25b8] ?/, "");
              const below = walk(item.querySelector("ul"));
              return below.length > 0 ? [own, below] : [own];
            }});
            return walk(body.querySelector(".supervision"));
            """,
            *events,
        )

    def test_is_a_tree_of_whom_events_name_as_parents(self, script: Script) -> None:
        started = {"pid": "#PID<0.1.0>", "process_type": "proxy"}
        tree = self.tree(
            script,
            self.supervisor(90, "subscriptions", "users", parent="application"),
            process(80, "proxies", "process_started", started, supervisor="subscriptions", subscription_name="users"),
            process(70, "web", "process_crashed", {"pid": 12, "parent_pid": 10, "name": "worker"}),
            process(60, "alone", "process_started", {"pid": 99}),
        )

        assert tree == [
            ["10 known", [["worker · web crashed for 1 min"]]],
            [
                "application known",
                [
                    [
                        "subscriptions running for 1 min one_for_one, 2 children",
                        [["users · proxies running for 1 min"]],
                    ]
                ],
            ],
        ]

    def test_counts_restarts_across_the_processes_that_took_the_place(self, script: Script) -> None:
        (root,) = self.tree(
            script,
            process(80, "proxies", "process_started", {"pid": 1, "name": "users"}, supervisor="sup"),
            process(
                70, "proxies", "process_restarted", {"pid": 2, "previous_pid": 1, "name": "users"}, supervisor="sup"
            ),
            process(
                60, "proxies", "process_restarted", {"pid": 3, "previous_pid": 2, "name": "users"}, supervisor="sup"
            ),
        )

        assert root == ["sup known", [["users · proxies restarted restarted 2x for 1 min"]]]

    def test_closes_a_branch_and_keeps_it_closed(self, script: Script) -> None:
        (root,) = self.tree(
            script,
            process(80, "proxies", "process_started", {"pid": 1, "name": "users"}, supervisor="sup"),
            code="""
            body.querySelector(".twig").click();
            const more = [{ pid: 5, name: "more" }, { supervisor: "sup" }];
            take([1, "lifecycle", "process_lifecycle:proxies", "process_started", ...more]);
            draw();
            """,
        )

        assert root == ["sup known"]

    def test_bears_parents_in_a_circle(self, script: Script) -> None:
        assert (
            self.tree(
                script,
                self.supervisor(90, "a", "b", parent="b"),
                self.supervisor(80, "b", "a", parent="a"),
            )
            == []
        )
