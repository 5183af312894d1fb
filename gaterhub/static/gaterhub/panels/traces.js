/** The panel of traces: the slowest first, with a bar of what took the time. */

import { clockTime, plural, utcTime } from "../format.js";
import { KeyedRows, made, write } from "../keyed_rows.js";
import { Empty, Knowledge, drawn, field, isObject, milliseconds, number, percent, text } from "../panel_parts.js";
import { SortedRows } from "../sorted_rows.js";

const BAR_WIDTH = 1_000;
const SPANS_MAX = 8;

const finite = (value) => (typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0);
const listOf = (event, name) => (Array.isArray(field(event, name)) ? field(event, name).filter(isObject) : []);

/** How long each took, and of what: steps as they are told, shares of a profile as times. */
const TRACES = {
  slow_operation_traced: (event) => ({
    title: text(event, "operation"),
    ms: number(event, "duration_ms"),
    spans: listOf(event, "steps").map(({ name, duration_ms: ms }) => ({ name: String(name ?? ""), ms: finite(ms) })),
    said: number(event, "threshold_ms") === null ? "" : `slow from ${milliseconds(number(event, "threshold_ms"))} on`,
  }),
  profile_taken: (event) => ({
    title: "Profile",
    ms: number(event, "duration_ms"),
    spans: listOf(event, "hottest").map(({ function: name, self_ratio: ratio }) => ({ name: String(name ?? ""), ms: finite(ratio) * (number(event, "duration_ms") ?? 0) })),
    said: number(event, "samples") === null ? "" : plural(number(event, "samples"), "sample"),
  }),
  performance_trace: (event) => {
    const delay = field(event, "loop_delay");
    const used = number(event, "processors_used");
    return {
      title: "Event loop’s longest delay",
      ms: isObject(delay) && typeof delay.slowest_ms === "number" ? delay.slowest_ms : null,
      spans: [],
      said: used === null ? "" : `${used.toFixed(2)} processors used`,
    };
  },
};

export default class Traces {
  #options;
  #traces = new SortedRows();
  #list = made("ol", "", "traces");
  #items;
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;
  #changed = true;

  constructor(body, context) {
    this.#options = context.options;
    this.#list.setAttribute("role", "list");
    this.#list.setAttribute("aria-label", `${context.title}, the slowest first`);
    this.#empty = new Empty(body, context);
    body.append(this.#list, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["diagnostics"] });
    this.#items = new KeyedRows(this.#list, () => traceItem(context.openEvent));
  }

  take(rows) {
    const found = [];
    for (const row of rows) {
      this.#knowledge.take(row);
      const told = row.event?.instance === "diagnostics" ? TRACES[row.event.event_type]?.(row.event) : undefined;
      if (told && told.ms !== null && told.ms >= this.#options.least_ms) found.push({ at: row.at, number: row.number, row, ...told });
    }
    this.#traces.add(found);
    this.#changed ||= found.length > 0;
  }

  clear() {
    this.#traces.clear();
    this.#knowledge.clear();
    this.#changed = true;
  }

  forget(before) {
    this.#changed = this.#traces.forget(before).length > 0 || this.#changed;
    this.#knowledge.forget(before);
  }

  draw() {
    if (this.#changed) {
      const all = [...this.#traces].sort((one, other) => other.ms - one.ms || other.at - one.at);
      const shown = all.slice(0, this.#options.limit);
      const slowest = shown[0]?.ms ?? 1;
      this.#items.show(shown.map((each) => ({ ...each, slowest })), ({ number: place }) => place);
      this.#rest.hidden = all.length === shown.length;
      write(this.#rest, `and ${plural(all.length - shown.length, "other")}, all quicker`);
      this.#changed = false;
    }
    this.#empty.draw(this.#traces.length === 0, "No trace in this time. Services tell slow operations with slow_operation_traced, the hub’s processes their event loop with performance_trace.");
    this.#knowledge.draw();
  }
}

function traceItem(openEvent) {
  const item = document.createElement("li");
  const button = made("button", "", "trace");
  button.type = "button";
  const [title, process, said, time, figure] = [made("strong", ""), made("span", "", "muted"), made("span", "", "muted"), made("time", "", "muted"), made("span", "", "figure")];
  const bar = drawn("svg", { class: "spans", viewBox: `0 0 ${BAR_WIDTH} 12`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const legend = made("span", "", "spans-words");
  const head = made("span", "", "trace-head");
  head.append(title, " ", process, " ", said);
  button.append(head, " ", figure, bar, " ", legend, " ", time);
  item.append(button);
  let last = null;
  button.addEventListener("click", () => openEvent(last));
  return {
    row: item,
    update({ row, title: label, ms, spans, said: words, slowest, at }) {
      last = row;
      write(title, label);
      write(process, text(row.event, "process"));
      write(said, words);
      write(figure, milliseconds(ms));
      write(time, clockTime(at));
      time.dateTime = new Date(at).toISOString();
      time.title = utcTime(at);
      drawSpans(bar, spans, ms, slowest);
      write(legend, legendOf(spans, ms));
    },
  };
}

/** The longest spans have colours of their own; the rest of the time is grey. */
function drawSpans(bar, spans, ms, slowest) {
  const scale = BAR_WIDTH / Math.max(slowest, 1e-9);
  const parts = [drawn("rect", { class: "span-rest", x: 0, y: 0, width: (ms * scale).toFixed(1), height: 12 })];
  let x = 0;
  spans.slice(0, SPANS_MAX).forEach((span, place) => {
    const width = Math.min(span.ms, ms - x) * scale;
    if (width > 0) parts.push(drawn("rect", { class: `span-${place + 1}`, x: (x * scale).toFixed(1), y: 0, width: width.toFixed(1), height: 12 }));
    x = Math.min(ms, x + span.ms);
  });
  bar.replaceChildren(...parts);
}

function legendOf(spans, ms) {
  const longest = [...spans].sort((one, other) => other.ms - one.ms).slice(0, 3);
  return longest.map((span) => `${span.name} ${milliseconds(span.ms)}${ms > 0 ? ` (${percent(span.ms / ms)})` : ""}`).join(" · ");
}
