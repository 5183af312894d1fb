/** The panel of registrations: how many tries there were, how many succeeded, and how long they took. */

import { count, plural } from "../format.js";
import { KeyedRows, cell, made, write } from "../keyed_rows.js";
import { Empty, Knowledge, behindFamily, milliseconds, number, percent, table, text, writeAge } from "../panel_parts.js";
import { inOrder, percentile } from "../percentiles.js";
import { SortedRows } from "../sorted_rows.js";

const CALM_MS = 1_000;

export default class Registrations {
  #options;
  #groups = new Map();
  #figures = made("dl", "", "panel-figures");
  #values = new Map();
  #table;
  #rows;
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;
  #drawnAt = -Infinity;

  constructor(body, context) {
    const { options, select, title } = context;
    this.#options = options;
    this.#empty = new Empty(body, context);
    for (const name of ["Tries", "Success", "Median time", "p95"]) {
      const [box, value] = [made("div", ""), made("dd", "")];
      box.append(made("dt", name), value);
      this.#figures.append(box);
      this.#values.set(name, value);
    }
    this.#table = table(title, ["Subscription", ...["Tries", "Success", "p95"].map((head) => ({ text: head, className: "number" })), "Last failure"]);
    body.append(this.#figures, this.#table, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["metrics"] });
    this.#rows = new KeyedRows(this.#table, (item) => registrationRow(() => select({ topic: item.topic })));
  }

  take(rows) {
    for (const row of rows) {
      this.#knowledge.take(row);
      const { event } = row;
      if (event?.instance !== "metrics" || event.event_type !== "registration_attempt") continue;
      if (!this.#groups.has(event.topic)) this.#groups.set(event.topic, { topic: event.topic, name: behindFamily(event), tries: new SortedRows() });
      const result = text(event, "result");
      this.#groups.get(event.topic).tries.add([{ at: row.at, number: row.number, result, ms: number(event, "processing_time_ms") }]);
    }
  }

  clear() {
    this.#groups.clear();
    this.#knowledge.clear();
    this.#drawnAt = -Infinity;
  }

  forget(before) {
    for (const [key, { tries }] of this.#groups) {
      tries.forget(before);
      if (tries.length === 0) this.#groups.delete(key);
    }
    this.#knowledge.forget(before);
  }

  draw(now) {
    if (now - this.#drawnAt < CALM_MS && now >= this.#drawnAt) return;
    this.#drawnAt = now;
    const found = [...this.#groups.values()].map((group) => ({ ...group, ...figuresOf(group.tries), now }));
    found.sort((one, other) => (one.success ?? 2) - (other.success ?? 2) || other.p95 - one.p95 || (one.name < other.name ? -1 : 1));
    const shown = found.slice(0, this.#options.limit);
    const isEmpty = shown.length === 0;
    for (const part of [this.#figures, this.#table]) part.hidden = isEmpty;
    this.#empty.draw(isEmpty, "No registration was measured in this time. Stores tell each try with registration_attempt on subscription_metrics.");
    this.#rows.show(shown, ({ topic }) => topic);
    this.#rest.hidden = found.length === shown.length;
    write(this.#rest, `and ${plural(found.length - shown.length, "other")} with no less success`);
    const all = figuresOf([...this.#groups.values()].flatMap(({ tries }) => [...tries]));
    const values = { Tries: count(all.tried), Success: percent(all.success), "Median time": milliseconds(all.median), p95: milliseconds(all.p95) };
    for (const [name, value] of Object.entries(values)) write(this.#values.get(name), value);
    this.#knowledge.draw(all.unknown > 0 ? `${count(all.unknown)} of the tries don’t say how they ended, and count neither way.` : "");
  }
}

/** A try that says nothing of its result is neither a success nor a failure. */
function figuresOf(tries) {
  let [tried, good, bad] = [0, 0, 0];
  let failure = null;
  const times = [];
  for (const each of tries) {
    tried += 1;
    if (each.result === "ok") good += 1;
    else if (each.result !== "") [bad, failure] = [bad + 1, failure && failure.at > each.at ? failure : each];
    if (each.ms !== null) times.push(each.ms);
  }
  const sorted = inOrder(times);
  return {
    tried,
    unknown: tried - good - bad,
    success: good + bad === 0 ? null : good / (good + bad),
    median: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    failure,
  };
}

function registrationRow(onClick) {
  const row = document.createElement("tr");
  const button = made("button", "", "link");
  button.type = "button";
  button.addEventListener("click", onClick);
  cell(row, "", "th").append(button);
  const [tries, success, p95] = ["Tries", "Success", "p95"].map((label) => cell(row, label, "td", "number"));
  const last = cell(row, "Last failure", "td", "message");
  const [why, when] = [made("span", ""), made("span", "", "muted")];
  last.append(why, " ", when);
  return {
    row,
    update(item) {
      write(button, item.name);
      button.title = `Show only ${item.topic}`;
      write(tries, count(item.tried));
      write(success, percent(item.success));
      row.dataset.level = item.success !== null && item.success < 1 ? "warn" : "";
      write(p95, milliseconds(item.p95));
      write(why, item.failure ? item.failure.result : "–");
      if (item.failure) writeAge(when, item.failure.at, item.now);
      else write(when, "");
    },
  };
}
