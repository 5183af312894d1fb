/** The panel of latencies: percentiles over the time shown, of all samples and of each topic and operation. */

import { count, plural } from "../format.js";
import { KeyedRows, cell, made, write } from "../keyed_rows.js";
import { PARTS, PanelChart } from "../panel_chart.js";
import { Empty, Knowledge, behindFamily, milliseconds, number, table, text } from "../panel_parts.js";
import { Samples, percentile } from "../percentiles.js";

const PERCENTS = [50, 95, 99];
/** Sorting is for the eye: more often than this nobody reads it. */
const CALM_MS = 1_000;
/** An average is no sample: percentiles of averages say nothing of single ones. */
const AVERAGES = new Set(["subscription_measured"]);
/** What is traced was chosen for being slow, which says nothing of the others. */
const CHOSEN = "diagnostics";

export default class Latency {
  #options;
  #groups = new Map();
  #averages = 0;
  #chart;
  #table;
  #rows;
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;
  #window;
  #drawnAt = -Infinity;
  #changed = true;

  constructor(body, context) {
    const { options, select, title, window } = context;
    this.#options = options;
    this.#window = window;
    this.#empty = new Empty(body, context);
    this.#chart = new PanelChart(body, { label: `${title}: percentiles of all samples`, unit: milliseconds });
    const numbers = ["Samples", ...PERCENTS.map((percent) => `p${percent}`), "Highest"];
    this.#table = table(title, ["Of what", ...numbers.map((head) => ({ text: head, className: "number" }))]);
    body.append(this.#table, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["metrics", "health"] });
    this.#rows = new KeyedRows(this.#table, (item) => latencyRow(() => select({ topic: item.topic })));
  }

  take(rows) {
    for (const row of rows) {
      this.#knowledge.take(row);
      if (!row.event || row.event.instance === CHOSEN) continue;
      const value = this.#valueOf(row.event);
      if (value === null) continue;
      // A percentile that its publisher has found, and an average, are no samples.
      if (AVERAGES.has(row.event.event_type) || number(row.event, "percentile") !== null) this.#averages += 1;
      else this.#groupOf(row.event).samples.add(row.at, value);
      this.#changed = true;
    }
  }

  clear() {
    this.#groups.clear();
    this.#averages = 0;
    this.#knowledge.clear();
    this.#chart.clear();
    this.#changed = true;
    this.#drawnAt = -Infinity;
  }

  forget(before) {
    for (const [key, { samples }] of this.#groups) {
      samples.forget(before);
      if (samples.length === 0) this.#groups.delete(key);
    }
    this.#knowledge.forget(before);
    this.#changed = true;
  }

  draw(now) {
    if (now - this.#drawnAt < CALM_MS && now >= this.#drawnAt) return;
    this.#drawnAt = now;
    const groups = [...this.#groups.values()];
    const isEmpty = groups.length === 0;
    this.#empty.draw(isEmpty, `No event in this time has a ${this.#options.fields.join(" or ")}.`);
    this.#table.hidden = isEmpty;
    this.#chart.hide(isEmpty);
    if (!isEmpty && this.#changed) this.#show(groups, now);
    this.#changed = false;
    const left = this.#averages === 0 ? "" : `${plural(this.#averages, "event")} with an average or a percentile of its own left out.`;
    this.#knowledge.draw(`Percentiles are exact: the nearest rank of all samples in view. ${left}`);
  }

  #show(groups, now) {
    const found = groups.map(({ key, name, topic, samples }) => {
      const sorted = samples.sorted();
      return { key, name, topic, samples: sorted.length, at: PERCENTS.map((percent) => percentile(sorted, percent)), highest: sorted.at(-1) };
    });
    found.sort((one, other) => other.at.at(-1) - one.at.at(-1) || (one.name < other.name ? -1 : 1));
    const shown = found.slice(0, this.#options.limit);
    this.#rows.show(shown, ({ key }) => key);
    this.#rest.hidden = found.length === shown.length;
    write(this.#rest, `and ${plural(found.length - shown.length, "other")}, all quicker`);
    const { from, to } = this.#window();
    const until = Math.max(from + PARTS, Math.min(to, now));
    this.#chart.draw(() => seriesOf(groups, from, until), from, until);
  }

  #valueOf(event) {
    for (const name of this.#options.fields) {
      const value = number(event, name);
      if (value !== null && value >= 0) return value;
    }
    return null;
  }

  #groupOf(event) {
    const operation = text(event, "operation");
    const key = `${event.instance} ${event.topic}\n${operation}`;
    let group = this.#groups.get(key);
    if (!group) {
      const name = [behindFamily(event) || event.topic, operation].filter(Boolean).join(" · ");
      this.#groups.set(key, (group = { key, name, topic: event.topic, samples: new Samples() }));
    }
    return group;
  }
}

/** Give the percentiles of all samples in each part of a time. */
function seriesOf(groups, from, until) {
  const all = new Samples();
  for (const { samples } of groups) all.join(samples);
  const parts = all.parts(from, until, PARTS);
  return PERCENTS.map((percent) => ({ label: `p${percent}`, values: parts.map((sorted) => percentile(sorted, percent)) }));
}

function latencyRow(onClick) {
  const row = document.createElement("tr");
  const button = made("button", "", "link");
  button.type = "button";
  button.addEventListener("click", onClick);
  cell(row, "", "th").append(button);
  const figures = ["Samples", ...PERCENTS.map((percent) => `p${percent}`), "Highest"].map((label) => cell(row, label, "td", "number"));
  return {
    row,
    update({ name, topic, samples, at, highest }) {
      write(button, name);
      button.title = `Show only ${topic}`;
      [count(samples), ...at.map(milliseconds), milliseconds(highest)].forEach((figure, place) => write(figures[place], figure));
    },
  };
}
