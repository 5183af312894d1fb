/** What several panels are made of: a note of since when they know, tables of figures, small curves. */

import { ago, clockTime, count, plural, utcTime } from "./format.js";
import { made, write } from "./keyed_rows.js";

const SVG = "http://www.w3.org/2000/svg";

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Give a field of an event's data, else of its metadata; undefined where neither has it. */
export function field({ data, metadata }, name) {
  if (isObject(data) && data[name] !== undefined) return data[name];
  return isObject(metadata) ? metadata[name] : undefined;
}

/** Give a field as a text, "" where it says nothing. */
export function text(event, name) {
  const value = field(event, name);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Give a field as a number, null where it is none. */
export function number(event, name) {
  const value = field(event, name);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Give what stands behind the family in a topic, such as the component. */
export const behindFamily = ({ topic }) => topic.split(":").slice(1).join(":");

/** Make an SVG element with attributes. */
export function drawn(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}

/** Write a number with a noun whose plural has a form of its own: "2 crashes". */
export const many = (number, one, more) => `${count(number)} ${number === 1 ? one : more}`;

/** Write for how long something has been so: "for 12 s", "for 3 min". */
export function duration(ms) {
  const word = ago(ms);
  return word === "now" ? "just now" : `for ${word.replace(/ ago$/, "")}`;
}

/** Write milliseconds as people read them: "0.84 ms", "41.7 ms", "2,410 ms", "61 s". */
export function milliseconds(ms) {
  if (ms === null) return "–";
  if (ms >= 60_000) return `${Math.round(ms / 1000).toLocaleString("en")} s`;
  return `${ms.toLocaleString("en", { maximumSignificantDigits: ms >= 100 ? 4 : 3 })} ms`;
}

/** Write a share as a percentage, with the digits that matter near all of it. */
export function percent(ratio) {
  if (ratio === null) return "–";
  const digits = ratio < 0.995 ? 1 : ratio < 0.9995 ? 2 : 3;
  // All but one of a million are not 100 %.
  const shown = ratio < 1 ? Math.min(ratio * 100, 99.999) : 100;
  return `${shown.toLocaleString("en", { maximumFractionDigits: digits })} %`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

export function bytes(size) {
  let [left, unit] = [size, 0];
  while (left >= 1000 && unit < UNITS.length - 1) [left, unit] = [left / 1000, unit + 1];
  return `${left.toLocaleString("en", { maximumSignificantDigits: 3 })} ${UNITS[unit]}`;
}

const NO_MORE = { hub: "the hub no longer has all that was before", page: "what was before is more than this page has" };

/** The sentence below a panel that says since when it knows, and what it may have missed. */
export class Knowledge {
  #note = made("p", "", "panel-note");
  #instances;
  #gaps = [];
  #kept;
  #window;

  /** `instances` are those whose events matter to the panel. */
  constructor(body, { kept, window, instances }) {
    this.#kept = kept;
    kept.wanted = true;
    this.#window = window;
    this.#instances = new Set(instances);
    body.append(this.#note);
  }

  take(row) {
    if (row.kind === "gap" && (row.instance === "" || this.#instances.has(row.instance))) this.#gaps.push(row.at);
  }

  clear() {
    this.#gaps = [];
  }

  forget(before) {
    this.#gaps = this.#gaps.filter((at) => at >= before);
  }

  /** `more` is a sentence of the panel's own. */
  draw(more = "") {
    const { from, narrowed } = this.#window();
    const later = this.#kept.since(this.#instances, from);
    const since = later?.at ?? from;
    const gaps = this.#gaps.length;
    const last = gaps > 0 ? clockTime(Math.max(...this.#gaps)) : "";
    const known = `Known from events since ${clockTime(since)}${narrowed ? " that pass the filter" : ""}`;
    const parts = [`${known}${later ? `; ${NO_MORE[later.who]}` : ""}.`, more];
    if (gaps > 0) parts.push(`${plural(gaps, "gap")}, the last at ${last}: something newer may be missing.`);
    write(this.#note, parts.filter(Boolean).join(" "));
    this.#note.title = `Since ${utcTime(since)}`;
    this.#note.classList.toggle("gaps", gaps > 0);
  }
}

/** Show a time as how long ago it was; its title has it in full. */
export function writeAge(element, at, now) {
  write(element, ago(now - at));
  const full = utcTime(at);
  if (element.title !== full) element.title = full;
}

/** A table of figures whose head stays; it becomes cards where there is no room. */
export function table(label, heads) {
  const whole = made("table", "", "panel-table");
  whole.setAttribute("aria-label", label);
  const row = whole.createTHead().insertRow();
  for (const head of heads) {
    const cell = made("th", head.text ?? head, head.className ?? "");
    cell.scope = "col";
    if (head.title) cell.title = head.title;
    row.append(cell);
  }
  whole.createTBody();
  return whole;
}

/** A small curve, the newest value at its right edge. */
export class Curve {
  #line = drawn("polyline", { points: "" });
  #points;

  constructor(points) {
    this.#points = points;
    this.svg = drawn("svg", { class: "curve", viewBox: `0 0 ${points - 1} 20`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.svg.append(this.#line);
  }

  /** `values` may hold null where nothing is known; `highest` is what reaches the top. */
  show(values, highest = Math.max(1e-9, ...values)) {
    const shift = this.#points - values.length;
    const points = values.map((value, place) =>
      value === null ? "" : `${place + shift},${(19 - (Math.min(value, highest) / highest) * 18).toFixed(1)}`,
    );
    this.#line.setAttribute("points", points.filter(Boolean).join(" "));
  }
}

/** Say what to expect where there is nothing. */
export class Empty {
  #place = made("p", "", "panel-empty");
  #window;

  constructor(body, { window }) {
    this.#window = window;
    body.append(this.#place);
  }

  /** `expected` says what would be shown, and who tells it. */
  draw(isEmpty, expected) {
    this.#place.hidden = !isEmpty;
    if (!isEmpty) return;
    const { loading, narrowed } = this.#window();
    if (loading) write(this.#place, "Looking for events…");
    else write(this.#place, narrowed ? "No event passes the filter. “Show everything” takes it off." : expected);
  }
}
