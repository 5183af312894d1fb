/** The panel of circuit breakers: which are open, since when, after how many failures. */

import { clockTime, count, utcTime } from "../format.js";
import { KeyedRows, cell, made, write } from "../keyed_rows.js";
import { Empty, Knowledge, behindFamily, duration, number, table, text } from "../panel_parts.js";
import { StateRuns } from "../state_runs.js";

const RANKS = { open: 0, half_open: 1, closed: 2 };
const LEVELS = { open: "bad", half_open: "warn", closed: "good" };
const STATES = { circuit_breaker_opened: "open", circuit_breaker_half_opened: "half_open", circuit_breaker_closed: "closed" };
/** A breaker that is due to try again and says nothing for longer is told: whoever ran it may be gone. */
const OVERDUE_MS = 60_000;

export default class Breakers {
  #options;
  #known = new Map();
  #rows;
  #table;
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;

  constructor(body, context) {
    const { options, openEvent, title } = context;
    this.#options = options;
    this.#table = table(title, ["Service", "State", "Since", { text: "Failures", className: "number" }, "Why"]);
    this.#empty = new Empty(body, context);
    body.append(this.#table, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["health"] });
    this.#rows = new KeyedRows(this.#table, () => breakerRow(openEvent));
  }

  take(rows) {
    for (const row of rows) {
      this.#knowledge.take(row);
      if (row.event?.instance !== "health") continue;
      const { event } = row;
      const state = event.event_type === "circuit_breaker_changed" ? text(event, "state") : STATES[event.event_type];
      if (Object.hasOwn(RANKS, state ?? "")) this.#note(row, state);
    }
  }

  clear() {
    this.#known.clear();
    this.#knowledge.clear();
  }

  forget(before) {
    for (const { runs } of this.#known.values()) runs.forget(before);
    this.#knowledge.forget(before);
  }

  draw(now) {
    const all = [...this.#known.values()].sort(
      (one, other) => RANKS[one.runs.state] - RANKS[other.runs.state] || other.runs.since - one.runs.since || (one.name < other.name ? -1 : 1),
    );
    const shown = all.slice(0, this.#options.limit);
    this.#rows.show(shown.map((each) => ({ ...each, now })), ({ name }) => name);
    this.#table.hidden = shown.length === 0;
    this.#rest.hidden = all.length === shown.length;
    write(this.#rest, `and ${all.length - shown.length} more, all ${all.at(-1)?.runs.state.replace("_", "-") ?? ""}`);
    this.#empty.draw(all.length === 0, "No circuit breaker has opened or closed in this time; those that stayed as they were tell nothing.");
    this.#knowledge.draw();
  }

  #note(row, state) {
    const { event } = row;
    const name = text(event, "service") || behindFamily(event);
    const known = this.#known.get(name) ?? { name, runs: new StateRuns(), failures: null, reason: "", retryAt: null };
    if (known.runs.add(row.at, state, row)) {
      const wait = number(event, "retry_after_ms");
      known.failures = state === "closed" ? null : (number(event, "failures") ?? known.failures);
      known.threshold = number(event, "threshold");
      known.reason = state === "closed" ? "" : text(event, "reason") || known.reason;
      known.retryAt = state === "open" && wait !== null ? row.at + wait : null;
    }
    this.#known.set(name, known);
  }
}

function breakerRow(openEvent) {
  const row = document.createElement("tr");
  const open = made("button", "", "link");
  open.type = "button";
  cell(row, "", "th").append(open);
  const state = made("span", "", "state-word");
  cell(row, "State").append(state);
  const since = cell(row, "Since");
  const failures = cell(row, "Failures", "td", "number");
  const why = cell(row, "Why", "td", "message");
  let last = null;
  open.addEventListener("click", () => openEvent(last));
  return {
    row,
    update({ name, runs, failures: failed, threshold, reason, retryAt, now }) {
      last = runs.row;
      const overdue = retryAt !== null && now - retryAt > OVERDUE_MS;
      row.dataset.level = overdue ? "stale" : LEVELS[runs.state];
      write(open, name);
      write(state, runs.state.replace("_", "-"));
      write(since, duration(now - runs.since));
      since.title = utcTime(runs.since);
      write(failures, failed === null ? "–" : threshold ? `${count(failed)} of ${count(threshold)}` : count(failed));
      const retry = retryAt === null ? "" : overdue ? `It was to try again at ${clockTime(retryAt)}; nothing was heard since.` : `It tries again at ${clockTime(retryAt)}.`;
      write(why, [reason && `${reason}.`.replace(/([.!?])\.$/, "$1"), retry].filter(Boolean).join(" "));
    },
  };
}
