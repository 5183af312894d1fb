"""Health and Performance as somebody on call works with them, on a hub that takes the events in."""

import pytest
from playwright.sync_api import expect

from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Publish, sent_bytes
from tests.functional.browser.console_page import ConsolePage
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser

SENT_MOST_BYTES = 300_000
TAKEN_UP = """async ([address, name]) => {
  for (;;) {
    const { results } = await (await fetch(address)).json();
    if (results.some((row) => row.name === name && row.since !== null)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}"""
"""Done once the hub counts an objective: what came before is none of its events."""
COUNTED_MS = 40_000
"""A recorder takes an objective up within ten seconds, and writes what it counted within ten more."""


def check_whole(console: ConsolePage) -> None:
    """See that the page is small enough, and whole for everybody in both schemes and at both ends of its width."""
    assert sum(sent_bytes(console.page)) <= SENT_MOST_BYTES
    for width, scheme in ((360, "dark"), (1440, "light")):
        console.page.set_viewport_size({"width": width, "height": 900})
        console.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        # Colours that are still on their way from the other scheme would be found too faint.
        console.page.wait_for_function("() => document.getAnimations().length === 0")
        assert serious_findings(console.page, within="#panels") == [], f"{width} px, {scheme}"
        assert console.page.evaluate("document.documentElement.scrollWidth") <= width


class TestHealth:
    def test_shows_the_worst_first_what_came_before_a_crash_and_narrows_to_a_subscription(
        self, console: ConsolePage, publish: Publish, mark: str
    ) -> None:
        def component(name: str, state: str, reason: str = "") -> None:
            data = {"component": f"{mark}-{name}", "state": state, "reason": reason}
            publish("health", f"process_health:{mark}-{name}", "component_health", data=data)

        component("cache", "ok")
        component("shop", "failing", "No answer within 2 s.")
        topic = f"circuit_breaker_status:{mark}-pay"
        publish("health", topic, "circuit_breaker_opened", data={"service": f"{mark}-pay", "failures": 5})
        named = {"store_id": mark, "subscription_name": "users"}
        publish("health", f"subscription_health:{mark}:users", "registration_failure", data={**named, "attempt": 3})
        process = {"pid": f"{mark}-1", "name": f"{mark}-shop", "signal": "SIGSEGV"}
        supervisor = {"supervisor": f"{mark}-supervisor"}
        publish("lifecycle", f"process_lifecycle:{mark}-shop", "process_crashed", data=process, metadata=supervisor)
        console.follow("health", f"?text={mark}")

        components = console.panel("Components by state").locator("tbody tr")
        expect(components).to_contain_text([f"{mark}-shop", f"{mark}-cache"])
        expect(components.first).to_contain_text("No answer within 2 s.")
        expect(console.panel("Circuit breakers").locator("tbody tr")).to_contain_text([f"{mark}-pay"])
        expect(console.panel("Supervision tree").locator(".process")).to_contain_text([supervisor["supervisor"], mark])
        # It is told live that the component is well again, and goes behind the other.
        component("cache", "degraded", "Slow.")
        component("shop", "ok")
        expect(components).to_contain_text([f"{mark}-cache", f"{mark}-shop"])
        check_whole(console)

        crashes = console.panel("Crashes and restarts")
        crashes.locator("summary").click()
        before = crashes.locator(".before-event")
        expect(before).to_contain_text(["component_health"])
        before.click()
        expect(console.inspector).to_be_visible()
        expect(console.inspector).to_contain_text("No answer within 2 s.")
        console.press("Escape")
        console.panel("Subscription health").locator(".matrix-cell").click()
        expect(console.chips).to_have_text(f"topic: subscription_health:{mark}:users ✕")
        expect(console.rows).to_have_count(1)
        expect(console.panel("Circuit breakers")).to_contain_text("No event passes the filter.")


class TestPerformance:
    def test_counts_an_objective_from_its_setting_to_the_budget_that_is_left(
        self, console: ConsolePage, publish: Publish, server: Server, mark: str
    ) -> None:
        page, name = console.page, f"Registrations of {mark}"
        page.goto(f"{server.url}admin/gaterhub/objective/add/")
        said = {"Name": name, "Target": "90", "Pattern": f"subscription_metrics:{mark}:*", "Bound": "100"}
        for label, value in (said | {"Metric": "processing_time_ms"}).items():
            page.get_by_label(label, exact=False).first.fill(value)
        page.get_by_label("Instance").select_option("metrics")
        page.get_by_label("Comparison").select_option("below")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".success")).to_contain_text(name)
        console.follow("performance", f"?text={mark}")
        row = console.panel("Service level objectives").locator("tbody tr").filter(has_text=name)
        expect(row).to_contain_text("no data")

        page.evaluate(TAKEN_UP, [f"{server.url}api/v1/objectives/", name])
        for ms, count in ((45, 19), (450, 1)):
            metadata = {"result": "ok", "processing_time_ms": ms}
            topic = f"subscription_metrics:{mark}:users"
            publish("metrics", topic, "registration_attempt", count=count, data={}, metadata=metadata)
        service = {"service": mark, "events_per_second": 12}
        publish("metrics", f"throughput_stats:{mark}", "throughput", data=service)
        usage = {"utilisation_ratio": 0.97, "mountpoint": f"/{mark}"}
        publish("metrics", f"performance_metrics:disk:{mark}", "disk_usage", data=usage)
        slow = {"operation": mark, "duration_ms": 900, "steps": [{"name": "load", "duration_ms": 700}]}
        publish("diagnostics", "diagnostics:performance_trace", "slow_operation_traced", data=slow)

        expect(console.panel("Latency").locator("tbody tr")).to_contain_text([f"{mark}:users"])
        expect(console.panel("Latency").locator("tbody .number")).to_have_text(
            ["20", "45 ms", "45 ms", "450 ms", "450 ms"]
        )
        expect(console.panel("Latency").locator("canvas")).to_be_visible()
        expect(console.panel("Registrations").locator("dd").first).to_have_text("20")
        expect(console.panel("Throughput").locator("tbody tr")).to_contain_text([mark])
        expect(console.panel("Resources").locator("li")).to_contain_text(["97 %"])
        expect(console.panel("Traces").locator("li")).to_contain_text(["900 ms"])
        # 1 of 20 is bad where 2 may be.
        expect(row).to_contain_text("1 bad of 20", timeout=COUNTED_MS)
        expect(row).to_contain_text("50 %")
        expect(row).to_contain_text("1 of 2 bad events left")
        expect(row.locator(".state-word")).to_have_text("kept")
        check_whole(console)
