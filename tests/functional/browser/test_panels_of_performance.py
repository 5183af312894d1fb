"""The panels of Performance by themselves: figures that are right, and nothing said where nothing is known."""

import random
from typing import Any

import pytest

from tests.functional.browser.panel_script import PanelScript
from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

Event = tuple[Any, ...]
OBJECTIVE: dict[str, Any] = {
    "name": "Registrations within 100 ms",
    "instance": "metrics",
    "pattern": "subscription_metrics:*",
    "event_type": None,
    "good_event": "processing_time_ms below 100",
    "target_percent": 99.9,
    "window_days": 30,
    "state": "kept",
    "good": 9_995,
    "bad": 5,
    "good_ratio": 0.9995,
    "budget": {"allowed": 10, "left": 5, "left_ratio": 0.5, "burn_rate": 0.4, "time_left_seconds": None},
    "since": 1_699_000_000_000,
    "until": 1_700_000_000_000,
    "covered_minutes": 990,
    "uncovered_minutes": 10,
}


def latency(ago: float, operation: str, ms: float, **data: Any) -> Event:
    data = {"operation": operation, "duration_ms": ms, **data}
    return (ago, "metrics", "performance_metrics:order_api", "latency_measured", data)


def registration(ago: float, name: str, result: str | None, ms: float = 10) -> Event:
    metadata = {"processing_time_ms": ms} | ({} if result is None else {"result": result})
    return (ago, "metrics", f"subscription_metrics:prod:{name}", "registration_attempt", {}, metadata)


def throughput(ago: float, service: str, per_second: float) -> Event:
    data = {"service": service, "events_per_second": per_second}
    return (ago, "metrics", f"throughput_stats:{service}", "throughput", data)


def trace(ago: float, event_type: str, **data: Any) -> Event:
    return (ago, "diagnostics", "diagnostics:performance_trace", event_type, {"process": "shop", **data})


def usage(ago: float, what: str, ratio: float, host: str = "node-1", **data: Any) -> Event:
    data = {"utilisation_ratio": ratio, **data}
    return (ago, "metrics", f"performance_metrics:{what}", f"{what}_usage", data, {"host": host})


class TestPercentiles:
    def test_are_the_nearest_rank_of_all_values(self, script: Script) -> None:
        chance = random.Random(7)
        lists = [[chance.lognormvariate(3, 1) for _ in range(size)] for size in (1, 2, 3, 10, 99, 100, 101, 1_000)]
        percents = (0, 1, 50, 95, 99, 99.9, 100)

        told = script(
            """
            const { inOrder, percentile } = await import("/static/gaterhub/percentiles.js");
            return argument.lists.map((values) => argument.percents.map((each) => percentile(inOrder(values), each)));
            """,
            {"lists": lists, "percents": percents},
        )

        # The smallest value that at least so many percent of all values don't exceed.
        naive = [
            [
                next(at for at in sorted(values) if sum(v <= at for v in values) >= percent * len(values) / 100 - 1e-9)
                for percent in percents
            ]
            for values in lists
        ]
        assert told == naive

    def test_are_none_of_nothing(self, script: Script) -> None:
        assert script(
            """
            const { Samples, percentile } = await import("/static/gaterhub/percentiles.js");
            const samples = new Samples();
            samples.add(30, 3); samples.add(10, 1); samples.add(20, 2); samples.forget(20);
            const left = [...samples.sorted()];
            const parts = samples.parts(0, 40, 4).map((part) => [...part]);
            samples.forget(100);
            return [left, parts, percentile(samples.sorted(), 99)];
            """
        ) == [[2, 3], [[], [], [2], [3]], None]


class TestLatency:
    def test_has_exact_percentiles_of_each_operation_the_slowest_first(self, script: Script) -> None:
        read, note = PanelScript(script, "latency")(
            "draw(); return [rows(), note()];",
            *[latency(100 - number, "GET", number) for number in range(1, 101)],
            latency(5, "POST", 250),
            latency(4, "GET", 9_999, percentile=99),
            (3, "metrics", "subscription_metrics:prod:users", "subscription_measured", {"processing_time_ms": 9_999}),
            trace(2, "slow_operation_traced", operation="GET", duration_ms=9_999),
            registration(1, "users", "ok", 45),
        )

        assert read == [
            "order_api · POST 1 250 ms 250 ms 250 ms 250 ms",
            "order_api · GET 100 50 ms 95 ms 99 ms 100 ms",
            "prod:users 1 45 ms 45 ms 45 ms 45 ms",
        ]
        assert "2 events with an average or a percentile of its own left out." in note

    def test_lets_go_of_what_has_left_the_window(self, script: Script) -> None:
        assert PanelScript(script, "latency")(
            "draw(); panel.forget(NOW - 10_000); draw(2); return rows();",
            latency(20, "GET", 1_000),
            latency(5, "GET", 10),
            latency(30, "POST", 10),
        ) == ["order_api · GET 1 10 ms 10 ms 10 ms 10 ms"]

    def test_narrows_to_a_topic_and_says_what_is_missing(self, script: Script) -> None:
        empty, selected = PanelScript(script, "latency", fields=["duration_ms"])(
            """
            draw(); const empty = lines(".panel-empty");
            take([1, "metrics", "performance_metrics:order_api", "latency_measured", { duration_ms: 3 }]); draw(2);
            body.querySelector("tbody button").click();
            return [empty, told.selected];
            """
        )

        assert empty == ["No event in this time has a duration_ms."]
        assert selected == [{"topic": "performance_metrics:order_api"}]


class TestThroughput:
    def test_tells_each_service_s_own_figures(self, script: Script) -> None:
        assert PanelScript(script, "throughput")(
            "draw(); return rows();",
            throughput(30, "gaterhub", 800),
            throughput(20, "gaterhub", 1_000),
            throughput(10, "gaterhub", 600),
            throughput(10, "mailer", 4.5),
        ) == ["gaterhub 600/s 800/s 1,000/s 10 s ago", "mailer 4.5/s 4.5/s 4.5/s 10 s ago"]

    def test_shows_another_measure_and_hosts_apart(self, script: Script) -> None:
        assert PanelScript(script, "throughput", measure="received_bytes_per_second")(
            "draw(); return rows();",
            *[
                (5, "metrics", "throughput_stats:network", "throughput", {"service": "network", **told}, {"host": host})
                for host, told in (
                    ("node-1", {"received_bytes_per_second": 1_500_000}),
                    ("node-2", {"received_bytes_per_second": 2_000}),
                    ("node-3", {"sent_bytes_per_second": 1}),
                )
            ],
        ) == [
            "network · node-1 1.5 MB/s 1.5 MB/s 1.5 MB/s 5 s ago",
            "network · node-2 2 kB/s 2 kB/s 2 kB/s 5 s ago",
        ]


class TestResources:
    def test_stand_the_fullest_first_by_host_and_go_stale(self, script: Script) -> None:
        read, levels, later = PanelScript(script, "resources")(
            """
            const all = () => [...body.querySelectorAll(".resources > li")].map((item) => item.dataset.level);
            draw(); const [read, fresh] = [lines(".resources > li"), all()];
            draw(100); return [read, fresh, all()];
            """,
            usage(20, "memory", 0.5),
            usage(10, "memory", 0.625, used_bytes=5_000_000_000, total_bytes=8_000_000_000),
            usage(10, "cpu", 0.97, "node-2", load_1m=3),
            usage(10, "disk", 0.86, mountpoint="/var"),
            (10, "metrics", "performance_metrics:shop", "resource_usage", {"resident_bytes": 268_435_456}),
        )

        assert read == [
            "processors node-2 97 % load 3 10 s ago",
            "disk /var node-1 86 % 10 s ago",
            "memory node-1 62.5 % 5 GB of 8 GB 10 s ago",
            "shop · memory 268 MB 10 s ago",
        ]
        assert levels == ["bad", "warn", "good", ""]
        assert later == ["stale"] * 4


class TestTraces:
    def test_stand_the_slowest_first_with_a_bar_of_their_steps(self, script: Script) -> None:
        read, widths = PanelScript(script, "traces")(
            """
            draw();
            const widths = [...body.querySelectorAll(".spans")].map((bar) =>
              [...bar.children].map((part) => Math.round(Number(part.getAttribute("width")))));
            const read = lines(".traces > li").map((line) => line.replace(/ [0-9:]{8}$/, ""));
            return [read, widths];
            """,
            trace(30, "performance_trace", loop_delay={"slowest_ms": 20}, processors_used=0.04),
            trace(20, "slow_operation_traced", operation="GET", duration_ms=1_000, steps=[]),
            trace(
                10,
                "slow_operation_traced",
                operation="POST",
                duration_ms=2_000,
                steps=[{"name": "load", "duration_ms": 1_500}, {"name": "render", "duration_ms": 900}],
            ),
            trace(5, "memory_snapshot", duration_ms=9),
        )

        assert read == [
            "POST shop 2,000 ms load 1,500 ms (75 %) · render 900 ms (45 %)",
            "GET shop 1,000 ms",
            "Event loop’s longest delay shop 0.04 processors used 20 ms",  # noqa: RUF001  As the page has it.
        ]
        # Steps that claim more than the whole are cut where it ends.
        assert widths == [[1_000, 750, 250], [500], [10]]


class TestRegistrations:
    def test_tell_tries_success_and_time(self, script: Script) -> None:
        figures, read, note = PanelScript(script, "registrations")(
            "draw(); return [lines('.panel-figures dd'), rows(), note()];",
            *[registration(30 - number, "users", "ok", number) for number in range(1, 9)],
            registration(20, "users", "timeout", 900),
            registration(10, "users", None, 100),
            registration(10, "orders", "ok", 50),
        )

        assert figures == ["11", "90 %", "6 ms", "900 ms"]
        assert read == [
            "prod:users 10 88.9 % 900 ms timeout 20 s ago",
            "prod:orders 1 100 % 50 ms -",
        ]
        assert "1 of the tries don’t say how they ended" in note  # noqa: RUF001  As the page has it.

    def test_never_rounds_up_to_all(self, script: Script) -> None:
        shares = [0.5, 0.9994, 0.99996, 1 - 1e-9, 1]

        told = script(
            """
            const { percent } = await import("/static/gaterhub/panel_parts.js");
            return argument.map(percent);
            """,
            shares,
        )

        assert told == ["50 %", "99.94 %", "99.996 %", "99.999 %", "100 %"]

    def test_say_nothing_of_no_tries(self, script: Script) -> None:
        assert PanelScript(script, "registrations")("draw(); return [rows(), lines('.panel-figures')];") == [[], []]


class TestObjectives:
    def ask(self, script: Script, *objectives: dict[str, Any], recorder: str | None = "web-1", **options: Any) -> Any:
        return PanelScript(script, "objectives", **options)(
            """
            draw(); await settle(); draw();
            return { asked: told.asked, rows: rows(), levels: levels(), notes: lines(".panel-note, .panel-empty") };
            """,
            answer={"recorder": recorder, "results": [OBJECTIVE | each for each in objectives]},
        )

    def budget(self, **different: Any) -> dict[str, Any]:
        budget: dict[str, Any] = {**OBJECTIVE["budget"], **different}
        return budget

    def test_tell_what_is_left_and_how_long_it_lasts(self, script: Script) -> None:
        answered = self.ask(
            script,
            {},
            {
                "name": "B",
                "state": "burning",
                "budget": self.budget(left=2.5, left_ratio=0.25, burn_rate=12.345, time_left_seconds=93_700),
            },
        )

        assert answered["asked"] == ["/api/v1/objectives/"]
        about = (
            "99.9 % of events on metrics subscription_metrics:* with processing_time_ms below 100, over 30 days "
            "10 minutes of 1,000 not covered: events may be missing there."
        )
        assert answered["rows"] == [
            f"B {about} burning 99.95 % 5 bad of 10,000 25 % 2 of 10 bad events left 12.35 1 d 2 h at this rate",
            f"Registrations within 100 ms {about} kept 99.95 % 5 bad of 10,000 50 % 5 of 10 bad events left 0.4 "
            "at this rate it lasts",
        ]
        assert answered["levels"] == ["warn", "good"]

    def test_say_no_data_where_there_is_none_and_never_all(self, script: Script) -> None:
        nothing = {"good": 0, "bad": 0, "good_ratio": None, "since": None, "covered_minutes": 0, "uncovered_minutes": 0}
        budget = self.budget(allowed=0, left=0, left_ratio=None, burn_rate=None)

        answered = self.ask(script, nothing | {"state": "no_data", "budget": budget}, recorder=None)

        (row,) = answered["rows"]
        assert row.endswith("no data - no events yet - - -")
        assert "Not counted yet" in row
        assert "100 %" not in row
        assert answered["notes"][0].startswith("Nobody counts at the moment")

    def test_say_how_far_a_budget_is_overspent(self, script: Script) -> None:
        budget = self.budget(allowed=1.7, left=-3.3, left_ratio=-1.94, burn_rate=None, time_left_seconds=0)

        (row,) = self.ask(script, {"state": "missed", "uncovered_minutes": 0, "budget": budget})["rows"]

        assert row.endswith("missed 99.95 % 5 bad of 10,000 none 5 bad where 1 may be - -")

    def test_are_narrowed_to_an_instance_and_say_where_none_is_set(self, script: Script) -> None:
        answered = self.ask(script, {}, instance="health")

        assert answered["rows"] == []
        assert answered["notes"][0].startswith("No objective is set for what you may read.")

    def test_write_how_long_in_two_units(self, script: Script) -> None:
        seconds = [0, 59, 60, 3_599, 3_600, 3_660, 86_399, 86_400, 30 * 86_400 + 7_200]

        told = script(
            """
            const { lasting } = await import("/static/gaterhub/panels/objectives.js");
            return argument.map(lasting);
            """,
            seconds,
        )

        assert told == [
            "less than a minute",
            "less than a minute",
            "1 min",
            "59 min",
            "1 h",
            "1 h 1 min",
            "23 h 59 min",
            "1 d",
            "30 d 2 h",
        ]
