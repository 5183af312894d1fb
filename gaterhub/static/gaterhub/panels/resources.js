/** The panel of resources: how full hosts and components are, with the way there as a small curve. */

import { count, plural } from "../format.js";
import { KeyedRows, made, write } from "../keyed_rows.js";
import { Curve, Empty, Knowledge, behindFamily, bytes, number, percent, text, writeAge } from "../panel_parts.js";
import { SortedRows } from "../sorted_rows.js";

const POINTS = 60;
const CALM_MS = 1_000;

const share = (name) => (event) => number(event, name);
const of = (used, total) => (event) => [number(event, used), number(event, total)].every((each) => each !== null)
  ? `${bytes(number(event, used))} of ${bytes(number(event, total))}`
  : "";

/** What each event type measures: a share of something that can be full, or an amount that has no end. */
const MEASURES = {
  cpu_usage: [{ what: () => "processors", share: share("utilisation_ratio"), words: (event) => (number(event, "load_1m") === null ? "" : `load ${count(number(event, "load_1m"))}`) }],
  memory_usage: [{ what: () => "memory", share: share("utilisation_ratio"), words: of("used_bytes", "total_bytes") }],
  swap_usage: [{ what: () => "swap", share: share("utilisation_ratio"), words: of("used_bytes", "total_bytes") }],
  disk_usage: [{ what: (event) => `disk ${text(event, "mountpoint") || behindFamily(event)}`, share: share("utilisation_ratio"), words: of("used_bytes", "total_bytes") }],
  disk_io: [{ what: (event) => `disk ${text(event, "device") || behindFamily(event)}`, share: share("busy_ratio"), words: both("read_bytes_per_second", "read", "written_bytes_per_second", "written") }],
  network_interface: [{ what: (event) => `network ${text(event, "interface") || behindFamily(event)}`, amount: sumOf("received_bytes_per_second", "sent_bytes_per_second"), words: both("received_bytes_per_second", "in", "sent_bytes_per_second", "out") }],
  resource_usage: [
    { what: (event) => `${behindFamily(event)} · processors`, amount: share("processors_used"), words: (event) => `${number(event, "processors_used").toFixed(2)} in use` },
    { what: (event) => `${behindFamily(event)} · memory`, amount: share("resident_bytes"), words: (event) => bytes(number(event, "resident_bytes")) },
  ],
  capacity_measured: [{ what: (event) => [behindFamily(event), text(event, "resource")].filter(Boolean).join(" · "), share: ratioOf("used", "limit"), words: (event) => `${count(number(event, "used"))} of ${count(number(event, "limit"))} ${text(event, "unit")}` }],
};

function both(one, oneWord, other, otherWord) {
  return (event) =>
    [[one, oneWord], [other, otherWord]]
      .filter(([name]) => number(event, name) !== null)
      .map(([name, word]) => `${bytes(number(event, name))}/s ${word}`)
      .join(", ");
}

function sumOf(one, other) {
  return (event) => (number(event, one) === null && number(event, other) === null ? null : (number(event, one) ?? 0) + (number(event, other) ?? 0));
}

function ratioOf(part, whole) {
  return (event) => (number(event, part) === null || !number(event, whole) ? null : number(event, part) / number(event, whole));
}

export default class Resources {
  #options;
  #known = new Map();
  #list = made("ol", "", "resources");
  #items;
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;
  #window;
  #drawnAt = -Infinity;

  constructor(body, context) {
    this.#options = context.options;
    this.#window = context.window;
    this.#list.setAttribute("role", "list");
    this.#list.setAttribute("aria-label", context.title);
    this.#empty = new Empty(body, context);
    body.append(this.#list, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["metrics"] });
    this.#items = new KeyedRows(this.#list, () => resourceItem(context.openEvent, this.#options));
  }

  take(rows) {
    for (const row of rows) {
      this.#knowledge.take(row);
      if (row.event?.instance !== "metrics") continue;
      for (const measure of MEASURES[row.event.event_type] ?? []) this.#note(row, measure);
    }
  }

  clear() {
    this.#known.clear();
    this.#knowledge.clear();
    this.#drawnAt = -Infinity;
  }

  forget(before) {
    for (const [key, { told }] of this.#known) {
      told.forget(before);
      if (told.length === 0) this.#known.delete(key);
    }
    this.#knowledge.forget(before);
  }

  draw(now) {
    if (now - this.#drawnAt < CALM_MS && now >= this.#drawnAt) return;
    this.#drawnAt = now;
    const { from, to } = this.#window();
    const until = Math.max(from + POINTS, Math.min(to, now));
    const all = [...this.#known.values()];
    // Where shares are, the fullest first; amounts follow by name.
    all.sort((one, other) => other.full - one.full || (one.name < other.name ? -1 : 1));
    const shown = all.slice(0, this.#options.limit);
    this.#items.show(shown.map((each) => ({ ...each, from, until, now })), ({ key }) => key);
    this.#rest.hidden = all.length === shown.length;
    write(this.#rest, `and ${plural(all.length - shown.length, "other")}, none fuller`);
    this.#empty.draw(all.length === 0, "Nothing in this time has told what it uses. The host agent does, and services with resource_usage.");
    this.#knowledge.draw();
  }

  #note(row, { what, share: shareOf, amount, words }) {
    const { event } = row;
    const value = (shareOf ?? amount)(event);
    if (value === null) return;
    const host = text(event, "host") || (event.publisher ?? "");
    const name = what(event);
    const key = `${host}\n${name}`;
    let known = this.#known.get(key);
    if (!known) this.#known.set(key, (known = { key, host, name, isShare: Boolean(shareOf), told: new SortedRows(), full: -1, row: null, said: "" }));
    known.told.add([{ at: row.at, number: row.number, value }]);
    if (known.row === null || row.at >= known.row.at) {
      known.row = row;
      known.said = words(event);
      if (shareOf) known.full = value;
    }
  }
}

/** Give the highest value of each part of a time, null where nothing was told. */
function curveOf(told, from, until) {
  const parts = Array.from({ length: POINTS }, () => null);
  for (const { at, value } of told) {
    const part = Math.min(POINTS - 1, Math.floor(((at - from) / (until - from)) * POINTS));
    if (part >= 0) parts[part] = Math.max(parts[part] ?? 0, value);
  }
  return parts;
}

function resourceItem(openEvent, options) {
  const item = document.createElement("li");
  const button = made("button", "", "resource");
  button.type = "button";
  const [name, host, figure, said, told] = [made("strong", ""), made("span", "", "muted"), made("span", "", "figure"), made("span", "", "said-of"), made("span", "", "muted")];
  const curve = new Curve(POINTS);
  const names = made("span", "", "names");
  names.append(name, " ", host);
  button.append(names, " ", curve.svg, figure, " ", said, " ", told);
  item.append(button);
  let last = null;
  button.addEventListener("click", () => openEvent(last));
  return {
    row: item,
    update({ name: label, host: where, isShare, full, row, said: words, told: values, from, until, now }) {
      last = row;
      const percentFull = full * 100;
      let level = "";
      if (isShare) level = percentFull >= options.bad_percent ? "bad" : percentFull >= options.warn_percent ? "warn" : "good";
      if (now - row.at > options.stale_seconds * 1000) level = "stale";
      item.dataset.level = level;
      write(name, label);
      write(host, where);
      write(figure, isShare ? percent(full) : "");
      write(said, words);
      writeAge(told, row.at, now);
      curve.show(curveOf(values, from, until), isShare ? 1 : undefined);
    },
  };
}
