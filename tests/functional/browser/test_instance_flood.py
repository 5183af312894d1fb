"""An instance's page under 500 events a second: it loses none of them and goes on answering whoever uses it."""

import json
import threading
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.functional.browser.follower import Follower
from tests.functional.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.alone]

EVENTS_PER_SECOND = 500
SECONDS = 10
BATCHES_PER_SECOND = 20
FRAME_MOST_MS = 50.0
ROUNDS = 3
"""The machine may be busy with something else: the best of so many rounds counts."""

MEASURE = """() => {
  globalThis.frames = [];
  globalThis.longTasks = [];
  globalThis.measuring = true;
  let before = performance.now();
  const frame = () => {
    const now = performance.now();
    frames.push(now - before);
    before = now;
    if (measuring) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({ type: "longtask" });
}"""


@dataclass(frozen=True)
class Frames:
    """How long the frames of a round took, in milliseconds, and the tasks of more than 50 ms."""

    times: list[float]
    long_tasks: list[float]

    def at(self, part: float) -> float:
        return sorted(self.times)[int(part * (len(self.times) - 1))]

    def __str__(self) -> str:
        figures = {"p50": self.at(0.5), "p95": self.at(0.95), "p99": self.at(0.99), "max": self.at(1)}
        told = ", ".join(f"{name} {value:.1f} ms" for name, value in figures.items())
        longest = max(self.long_tasks, default=0)
        return f"{len(self.times)} frames: {told}; {len(self.long_tasks)} long tasks, the longest {longest:.0f} ms"


def flood(server: Server, topic: str) -> None:
    """Publish at an even pace, in small batches, as many publishers together would."""
    size = EVENTS_PER_SECOND // BATCHES_PER_SECOND
    begun = time.monotonic()
    for number in range(BATCHES_PER_SECOND * SECONDS):
        events: list[dict[str, Any]] = [
            {
                "topic": f"{topic}:{each % 40}",
                "event_type": f"measured_{each % 5}",
                "data": {"severity": ("info", "warning", "error")[each % 3], "value": each, "text": "x" * 200},
            }
            for each in range(size)
        ]
        headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
        address = f"{server.url}api/v1/instances/metrics/events/"
        request = urllib.request.Request(address, json.dumps(events).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert len(json.load(answer)["events"]) == size
        # The pace of the flood is what is tested; nothing waits for it.
        time.sleep(max(0.0, begun + (number + 1) / BATCHES_PER_SECOND - time.monotonic()))


def use(page: Page, follower: Follower, until: threading.Thread) -> None:
    """Do what a person does meanwhile: scroll, go back to the newest, filter, open an event and close it."""
    while until.is_alive():
        follower.region.hover()
        for _ in range(8):
            page.mouse.wheel(0, 250)
            page.wait_for_timeout(50)
        page.locator("#unseen").dispatch_event("click")
        page.get_by_label("Severity").select_option("error")
        page.wait_for_timeout(300)
        page.get_by_label("Severity").select_option("")
        follower.rows.first.dispatch_event("click")
        expect(follower.inspector).to_be_visible()
        page.wait_for_timeout(300)
        page.keyboard.press("Escape")
        page.locator("#region").evaluate("(region) => { document.activeElement.blur(); region.scrollTop = 0; }")


class TestFlood:
    def test_leaves_the_page_answering_and_loses_nothing(
        self, page: Page, follower: Follower, server: Server, mark: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rounds: list[Frames] = []
        for number in range(ROUNDS):
            topic = f"performance_metrics:{mark}{number}"
            follower.open("metrics", f"{topic}:*")
            page.evaluate(MEASURE)
            publisher = threading.Thread(target=flood, args=(server, topic))

            publisher.start()
            use(page, follower, publisher)
            publisher.join()
            measured = page.evaluate("() => { measuring = false; return [frames, longTasks]; }")

            rounds.append(Frames(*measured))
            with capsys.disabled():
                print(f"\n{EVENTS_PER_SECOND} events/s for {SECONDS} s, {rounds[-1]}")  # noqa: T201 - the figures asked for
            expect(follower.count).to_have_text(f"{EVENTS_PER_SECOND * SECONDS:,} events")
            expect(follower.notices).to_have_count(0)
            if rounds[-1].at(0.95) <= FRAME_MOST_MS:
                break

        assert min(each.at(0.95) for each in rounds) <= FRAME_MOST_MS
