"""Runs JavaScript beside hub.js, in a Chromium whose page lends it a world that belongs to the test."""

from typing import Any

from playwright.sync_api import Page

PRELUDE = """
const { Hub, HubError, backoffMs, canonicalInstance, matches } = await import("/static/consumers/hub.js");
const world = makeWorld();
const seen = [];
const handlers = (name) => ({
  onEvent: (event) => seen.push([name, event.offset]),
  onGap: (gap) => seen.push([name, "gap", gap.from, gap.to]),
  onSubscribed: ({ again, missed }) => seen.push([name, "subscribed", again, missed]),
  onError: ({ code, retry }) => seen.push([name, code, retry]),
});
// Promises that are settled by now have had their say after this.
const settle = () => new Promise((resolve) => setTimeout(resolve));
// What became of a promise; one that nothing settles is told, where waiting for it would never end.
const outcome = (promise) => Promise.race([
  promise.catch((error) => [error instanceof HubError, error.code, error.retry]),
  settle().then(settle).then(() => "pending"),
]);
"""


class Script:
    """Runs JavaScript beside hub.js and gives back what it returns."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __call__(self, body: str, argument: Any = None) -> Any:
        return self._page.evaluate(f"async (argument) => {{ {PRELUDE} {body} }}", argument)
