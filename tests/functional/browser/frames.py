"""A flood of events, and how long a page's frames take meanwhile."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.functional.conftest import Server

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


def unregistered(topic: str, number: int) -> dict[str, Any]:
    """Make an event of a type that nobody has registered, on one of forty topics below this one."""
    data = {"severity": ("info", "warning", "error")[number % 3], "value": number, "text": "x" * 200}
    return {"topic": f"{topic}:{number % 40}", "event_type": f"measured_{number % 5}", "data": data}


@dataclass(frozen=True)
class Flood:
    """What floods a page: an instance, and an event of a batch by the word of its round and its number."""

    instance: str
    event: Callable[[str, int], dict[str, Any]]


def flood(server: Server, word: str, of: Flood) -> None:
    """Publish at an even pace, in small batches, as many publishers together would."""
    size = EVENTS_PER_SECOND // BATCHES_PER_SECOND
    begun = time.monotonic()
    for number in range(BATCHES_PER_SECOND * SECONDS):
        events = [of.event(word, each) for each in range(size)]
        headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
        address = f"{server.url}api/v1/instances/{of.instance}/events/"
        request = urllib.request.Request(address, json.dumps(events).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert len(json.load(answer)["events"]) == size
        # The pace of the flood is what is tested; nothing waits for it.
        time.sleep(max(0.0, begun + (number + 1) / BATCHES_PER_SECOND - time.monotonic()))


def measured(page: Page, server: Server, word: str, of: Flood, use: Callable[[threading.Thread], None]) -> Frames:
    """Flood it while a person uses the page, and return how long its frames took."""
    page.evaluate(MEASURE)
    publisher = threading.Thread(target=flood, args=(server, word, of))
    publisher.start()
    use(publisher)
    publisher.join()
    return Frames(*page.evaluate("() => { measuring = false; return [frames, longTasks]; }"))
