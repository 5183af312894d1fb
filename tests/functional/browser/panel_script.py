"""A panel of a console by itself, in a page of the hub that lends it a time and events."""

from typing import Any, Final

from gaterhub.consoles.options import checked_options
from gaterhub.consoles.panels import KINDS
from tests.functional.browser.script import Script

PRELUDE: Final = """
const { default: Panel } = await import(`/static/gaterhub/panels/${argument.kind}.js`);
const { Kept } = await import("/static/gaterhub/kept.js");
const reach = [];
const answer = async () => JSON.stringify({ holes: [], more: false, reach });
const kept = new Kept({ ask: answer, address: "", onChange() {} });
const body = document.createElement("div");
document.body.append(body);
const NOW = 1_700_000_000_000;
const told = { selected: [], opened: [], asked: [] };
const context = {
  options: argument.options,
  title: "The panel",
  select: (filter) => told.selected.push(filter),
  kept,
  openEvent: (row) => told.opened.push(row?.event.id ?? null),
  api: async (path) => { told.asked.push(path); return argument.answer; },
  now: () => NOW,
  window: () => ({ from: NOW - 3_600_000, to: NOW, live: true, loading: false, narrowed: false }),
};
const panel = new Panel(body, context);
let number = 0;
// Seconds before now, instance, topic, type, and what the event carries.
const row = ([ago, instance, topic, event_type, data = {}, metadata = {}]) => ({
  number: ++number,
  key: String(number),
  at: NOW - ago * 1000,
  event: { id: `e${number}`, instance, topic, event_type, data, metadata, received: NOW - ago * 1000 },
});
const gap = (ago, instance) =>
  ({ number: ++number, kind: "gap", text: "gap", at: NOW - ago * 1000, instance, stream: "" });
const take = (...events) => panel.take(events.map(row));
const draw = (later = 0) => panel.draw(NOW + later * 1000);
const isShown = (element) => element.checkVisibility();
// What a reader reads, one row of the table on each line; what is left out is not shown.
const words = (element) =>
  element.innerText.replace(/\\s+/g, " ").replace(/[\u2013\u2212]/g, "-").replace(/\u00d7/g, "x").trim();
const levels = () => [...body.querySelectorAll("tbody tr")].map((row) => row.dataset.level);
const lines = (selector) => [...body.querySelectorAll(selector)].filter(isShown).map(words);
const rows = () => lines("tbody tr");
const note = () => lines(".panel-note").join(" ");
try {
  panel.take(argument.events.map(row));
"""
EPILOGUE: Final = "\n} finally { body.remove(); }"


class PanelScript:
    """Runs JavaScript beside a panel that has taken events, and gives back what it returns."""

    def __init__(self, script: Script, kind: str, **options: Any) -> None:
        """Make a panel of that kind, with these options and the defaults of the others."""
        self._script, self._kind = script, kind
        self._options = checked_options(KINDS[kind].options, options)

    def __call__(self, code: str, *events: tuple[Any, ...], answer: Any = None) -> Any:
        argument = {"kind": self._kind, "options": self._options, "events": events, "answer": answer}
        return self._script(PRELUDE + code + EPILOGUE, argument)
