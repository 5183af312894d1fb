/** The panel of throughput: how much each service carries, over the time shown. */

import { plural, rate } from "../format.js";
import { KeyedRows, cell, made, write } from "../keyed_rows.js";
import { PARTS, PanelChart, SERIES_MAX } from "../panel_chart.js";
import { Empty, Knowledge, behindFamily, bytes, number, table, text, writeAge } from "../panel_parts.js";
import { SortedRows } from "../sorted_rows.js";

const CALM_MS = 1_000;

export default class Throughput {
  #options;
  #groups = new Map();
  #chart;
  #table;
  #rows;
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;
  #window;
  #unit;
  #drawnAt = -Infinity;

  constructor(body, context) {
    const { options, select, title, window } = context;
    this.#options = options;
    this.#window = window;
    const { measure } = options;
    this.#unit = measure.includes("bytes") ? (value) => `${bytes(value)}/s` : (value) => `${rate(value)}/s`;
    this.#empty = new Empty(body, context);
    this.#chart = new PanelChart(body, { label: `${title}: ${measure.replaceAll("_", " ")}`, unit: this.#unit });
    this.#table = table(title, ["Service", ...["Now", "Mean", "Highest"].map((head) => ({ text: head, className: "number" })), "Told"]);
    body.append(this.#table, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["metrics"] });
    this.#rows = new KeyedRows(this.#table, (item) => throughputRow(this.#unit, () => select({ topic: item.topic })));
  }

  take(rows) {
    for (const row of rows) {
      this.#knowledge.take(row);
      if (row.event?.instance !== "metrics") continue;
      const value = number(row.event, this.#options.measure);
      if (value === null) continue;
      const { event } = row;
      // A host's disks and networks are told by each host under the same topic.
      const host = text(event, "host");
      const key = `${event.topic}\n${host}`;
      if (!this.#groups.has(key)) {
        this.#groups.set(key, { key, name: [text(event, "service") || behindFamily(event), host].filter(Boolean).join(" · "), topic: event.topic, told: new SortedRows() });
      }
      this.#groups.get(key).told.add([{ at: row.at, number: row.number, value }]);
    }
  }

  clear() {
    this.#groups.clear();
    this.#chart.clear();
    this.#knowledge.clear();
    this.#drawnAt = -Infinity;
  }

  forget(before) {
    for (const [key, { told }] of this.#groups) {
      told.forget(before);
      if (told.length === 0) this.#groups.delete(key);
    }
    this.#knowledge.forget(before);
  }

  draw(now) {
    if (now - this.#drawnAt < CALM_MS && now >= this.#drawnAt) return;
    this.#drawnAt = now;
    const found = [...this.#groups.values()].map((group) => ({ ...group, ...figuresOf(group.told), now }));
    found.sort((one, other) => other.mean - one.mean || (one.name < other.name ? -1 : 1));
    const shown = found.slice(0, this.#options.limit);
    const isEmpty = shown.length === 0;
    this.#empty.draw(isEmpty, `Nothing in this time has told its ${this.#options.measure}. Services tell it with throughput on throughput_stats.`);
    this.#table.hidden = isEmpty;
    this.#chart.hide(isEmpty);
    this.#rows.show(shown, ({ key }) => key);
    this.#rest.hidden = found.length === shown.length;
    write(this.#rest, `and ${plural(found.length - shown.length, "other")} with less`);
    if (!isEmpty) this.#draw(shown.slice(0, SERIES_MAX), now);
    this.#knowledge.draw();
  }

  #draw(shown, now) {
    const { from, to } = this.#window();
    const until = Math.max(from + PARTS, Math.min(to, now));
    // By name, so that a colour stays with its service.
    const series = [...shown].sort((one, other) => (one.name < other.name ? -1 : 1));
    this.#chart.draw(() => series.map(({ name, told }) => ({ label: name, values: means(told, from, until) })), from, until);
  }
}

function figuresOf(told) {
  let [sum, highest] = [0, 0];
  for (const { value } of told) [sum, highest] = [sum + value, Math.max(highest, value)];
  const last = told.at(told.length - 1);
  return { last: last.value, at: last.at, mean: sum / told.length, highest };
}

/** Give the mean of what was told in each part of a time, null where nothing was. */
function means(told, from, to) {
  const [sums, counts] = [new Float64Array(PARTS), new Uint32Array(PARTS)];
  for (const { at, value } of told) {
    const part = Math.floor(((at - from) / (to - from)) * PARTS);
    if (part >= 0 && part < PARTS) [sums[part], counts[part]] = [sums[part] + value, counts[part] + 1];
  }
  return Array.from(sums, (sum, part) => (counts[part] === 0 ? null : sum / counts[part]));
}

function throughputRow(unit, onClick) {
  const row = document.createElement("tr");
  const button = made("button", "", "link");
  button.type = "button";
  button.addEventListener("click", onClick);
  cell(row, "", "th").append(button);
  const [last, mean, highest] = ["Now", "Mean", "Highest"].map((label) => cell(row, label, "td", "number"));
  const told = cell(row, "Told");
  return {
    row,
    update(item) {
      write(button, item.name);
      button.title = `Show only ${item.topic}`;
      write(last, unit(item.last));
      write(mean, unit(item.mean));
      write(highest, unit(item.highest));
      writeAge(told, item.at, item.now);
    },
  };
}
