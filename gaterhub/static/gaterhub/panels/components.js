/** The panel of components by state: the worst first, since when, and what was said last; a silent one goes stale. */

import { utcTime } from "../format.js";
import { KeyedRows, cell, made, write } from "../keyed_rows.js";
import { Empty, Knowledge, behindFamily, duration, number, table, text, writeAge } from "../panel_parts.js";
import { StateRuns } from "../state_runs.js";

/** The worst first; what is stale stands between what is bad and what is well. */
const RANKS = { failing: 0, degraded: 1, unknown: 2, ok: 4 };
const STALE_RANK = 3;
const KEPT_MAX = 2_000;
const LEVELS = { failing: "bad", degraded: "warn", unknown: "warn", ok: "good" };

/** How each event type tells a state, and in which words. */
const TOLD = {
  component_health: (event) => ({ state: text(event, "state"), message: text(event, "reason"), since: number(event, "since_ms") }),
  service_health: (event) => ({ state: text(event, "state"), message: partsOf(event), since: number(event, "since_ms") }),
  health_check_passed: (event) => ({ state: "ok", message: "", part: text(event, "check") }),
  health_check_failed: (event) => ({ state: "failing", message: text(event, "reason"), part: text(event, "check") }),
};

function partsOf(event) {
  const [healthy, total] = [number(event, "healthy"), number(event, "total")];
  const parts = healthy === null || total === null ? "" : `${healthy} of ${total} parts are well.`;
  return [text(event, "reason"), parts].filter(Boolean).join(" ");
}

export default class Components {
  #options;
  #known = new Map();
  #rows;
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;
  #summary = made("p", "", "panel-summary");
  #table;
  #forgotten = 0;

  constructor(body, context) {
    const { options, openEvent, title } = context;
    this.#options = options;
    this.#table = table(title, ["Component", "State", "Since", "Last told", "Message"]);
    this.#empty = new Empty(body, context);
    body.append(this.#summary, this.#table, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["health"] });
    this.#rows = new KeyedRows(this.#table, () => componentRow(openEvent));
  }

  take(rows) {
    for (const row of rows) {
      this.#knowledge.take(row);
      const told = row.event?.instance === "health" ? TOLD[row.event.event_type]?.(row.event) : undefined;
      if (told && Object.hasOwn(RANKS, told.state)) this.#note(row, told);
    }
  }

  clear() {
    this.#known.clear();
    this.#forgotten = 0;
    this.#knowledge.clear();
  }

  forget(before) {
    for (const { runs } of this.#known.values()) runs.forget(before);
    this.#knowledge.forget(before);
  }

  draw(now) {
    const staleMs = this.#options.stale_seconds * 1000;
    const all = [...this.#known.values()];
    for (const each of all) {
      each.stale = now - each.runs.toldAt > staleMs;
      each.rank = each.stale && each.runs.state === "ok" ? STALE_RANK : RANKS[each.runs.state];
    }
    all.sort((one, other) => one.rank - other.rank || one.since - other.since || (one.name < other.name ? -1 : 1));
    const shown = all.slice(0, this.#options.limit);
    this.#rows.show(shown.map((each) => ({ ...each, now })), ({ key }) => key);
    this.#table.hidden = shown.length === 0;
    write(this.#summary, summaryOf(all));
    this.#rest.hidden = all.length === shown.length;
    write(this.#rest, `and ${all.length - shown.length} more that are no worse than these`);
    this.#empty.draw(all.length === 0, "No component has told its state in this time. Agents and services do, every few seconds, with component_health.");
    const gone = this.#forgotten > 0 ? `${this.#forgotten} of more than ${KEPT_MAX} components were let go.` : "";
    this.#knowledge.draw(gone || `A state that nobody renews for ${this.#options.stale_seconds} s is stale.`);
  }

  #note(row, { state, message, part = "", since = null }) {
    const name = behindFamily(row.event);
    const key = `${name} ${part}`;
    let known = this.#known.get(key);
    if (!known) {
      if (this.#known.size >= KEPT_MAX) {
        this.#known.delete(this.#known.keys().next().value);
        this.#forgotten += 1;
      }
      known = { key, name, part, runs: new StateRuns(), message: "", since: 0 };
      this.#known.set(key, known);
    }
    if (known.runs.add(row.at, state, row)) [known.message, known.told] = [message, since];
    // What the publisher says of it may reach back further than what is shown.
    known.since = Math.min(known.told ?? Infinity, known.runs.since);
  }
}

function summaryOf(all) {
  const counts = new Map();
  for (const { runs, stale } of all) {
    const word = stale ? "stale" : runs.state;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return ["failing", "degraded", "unknown", "stale", "ok"]
    .filter((word) => counts.has(word))
    .map((word) => `${counts.get(word)} ${word}`)
    .join(" · ");
}

function componentRow(openEvent) {
  const row = document.createElement("tr");
  const name = cell(row, "", "th");
  const open = made("button", "", "link");
  open.type = "button";
  const part = made("span", "", "muted");
  name.append(open, " ", part);
  const state = made("span", "", "state-word");
  const stale = made("span", "stale", "stale-word");
  cell(row, "State").append(state, " ", stale);
  const since = cell(row, "Since");
  const told = cell(row, "Last told");
  const message = cell(row, "Message", "td", "message");
  let last = null;
  open.addEventListener("click", () => openEvent(last));
  return {
    row,
    update({ name: label, part: check, runs, since: at, stale: isStale, message: said, now }) {
      last = runs.row;
      write(open, label);
      write(part, check);
      row.dataset.level = isStale ? "stale" : LEVELS[runs.state];
      write(state, runs.state);
      stale.hidden = !isStale;
      write(since, duration(now - at));
      since.title = utcTime(at);
      writeAge(told, runs.toldAt, now);
      write(message, said);
    },
  };
}
