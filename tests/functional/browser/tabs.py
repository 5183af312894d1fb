"""Tabs of one browser that follow the hub, and what the server says about their sockets."""

from contextlib import suppress
from typing import Any, Self

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page

from tests.functional.conftest import Server
from tests.functional.subscriber import Frame, Subscriber

PATIENCE_MS = 30_000
"""Generous: a shared machine may be busy with something else."""

FOLLOW = """async ([options, instance, patterns]) => {
  const { Hub } = await import("/static/consumers/hub.js");
  globalThis.seen = [];
  globalThis.states = [];
  globalThis.lag = 0;
  globalThis.busyMs = 0;
  globalThis.busyOnceMs = 0;
  const onState = (state, detail) => states.push([state, detail.code ?? null]);
  globalThis.hub = new Hub({ ...options, onState });
  globalThis.follow = (instance, pattern, more) => hub.subscribe(instance, pattern, {
    ...more,
    onEvent: (event) => {
      seen.push(["event", pattern, event.offset]);
      lag = Math.max(lag, Date.now() - event.received);
      for (const until = performance.now() + busyMs + busyOnceMs; performance.now() < until; );
      busyOnceMs = 0;
    },
    onGap: (gap) => seen.push(["gap", pattern, gap.from, gap.to, gap.lost, gap.reason]),
    onSubscribed: ({ again, missed }) => seen.push(["subscribed", pattern, again, missed]),
    onError: ({ code, retry }) => seen.push(["error", pattern, code, retry]),
  });
  globalThis.subs = patterns.map((pattern) => follow(instance, pattern));
}"""
UNTIL = """([condition, patience]) => new Promise((resolve, reject) => {
  const end = performance.now() + patience;
  const look = () => {
    if (%s) resolve();
    else if (performance.now() > end) reject(new Error(JSON.stringify({ states, seen, state: hub.state })));
    else setTimeout(look, 5);
  };
  look();
})"""


class Tab:
    """One tab with a hub of its own: `hub`, `subs`, and what it has `seen`."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.complaints: list[str] = []
        """What a page must not do: uncaught errors, violations of its policy."""
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._on_console)
        # A light page of the hub's own, which has no hub itself; before the log-in it leads there.
        self.page.goto(f"{server.url}accounts/password/")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def follow(self, instance: str, *patterns: str, confirmed: bool = True, **options: Any) -> Self:
        self.page.evaluate(FOLLOW, [options, instance, patterns])
        if confirmed:
            self.until(f"seen.length >= {len(patterns)}")
        return self

    def until(self, condition: str) -> None:
        """Wait until a condition of JavaScript holds in the page."""
        self.page.evaluate(UNTIL % condition, [condition, PATIENCE_MS])

    def run(self, script: str) -> Any:
        return self.page.evaluate(f"async () => {{ {script} }}")

    @property
    def seen(self) -> list[list[Any]]:
        seen: list[list[Any]] = self.page.evaluate("seen")
        return seen

    @property
    def offsets(self) -> list[int]:
        return [each[2] for each in self.seen if each[0] == "event"]

    @property
    def states(self) -> list[str]:
        states: list[str] = self.page.evaluate("states.map(([state]) => state)")
        return states

    def crash(self) -> None:
        """End the tab's process, as a lack of memory would."""
        with self.page.expect_event("crash"), suppress(Error):
            self.page.goto("chrome://crash")


class Observer:
    """What the server says of subscriptions to this test's patterns."""

    def __init__(self, server: Server, mark: str) -> None:
        self._subscriber = Subscriber(server)
        self._subscriber.subscribe("events", "event_stream:subscriptions")
        self._mark = mark

    def close(self) -> None:
        self._subscriber.close()

    def _told(self, change: str) -> list[Frame]:
        told = [event["data"] for event in self._subscriber.events if event["event_type"] == f"subscription_{change}"]
        return [data for data in told if self._mark in data.get("pattern", "")]

    @property
    def opened(self) -> list[Frame]:
        """All subscriptions that the server has opened so far: connection, principal, pattern."""
        self._subscriber.settled("events")
        return self._told("opened")

    @property
    def connections(self) -> set[str]:
        return {data["connection"] for data in self.opened}

    @property
    def standing(self) -> list[str]:
        """The patterns that are followed now."""
        patterns = [data["pattern"] for data in self.opened]
        for data in self._told("closed"):
            patterns.remove(data["pattern"])
        return patterns

    def until_closed(self, pattern: str) -> None:
        """Wait until the server has closed the subscription."""
        if any(data["pattern"] == pattern for data in self._told("closed")):
            return
        self._subscriber.expect(
            lambda frame: (
                frame.get("event", {}).get("event_type") == "subscription_closed"
                and frame["event"]["data"]["pattern"] == pattern
            )
        )

    def until_opened(self, pattern: str, times: int) -> None:
        """Wait until the server has opened the subscription so many times."""
        while sum(data["pattern"] == pattern for data in self._told("opened")) < times:
            self._subscriber.expect(
                lambda frame: (
                    frame.get("event", {}).get("event_type") == "subscription_opened"
                    and frame["event"]["data"]["pattern"] == pattern
                )
            )
