/** The panel that counts the commonest values of a field among the events in view. */

import { count, plural } from "../format.js";
import { KeyedRows, made, write } from "../keyed_rows.js";
import { SortedRows } from "../sorted_rows.js";

export default class Top {
  #options;
  #columns;
  #types;
  #rows = new SortedRows(); // One for each event that counts, so that it can be taken off again.
  #counts = new Map();
  #list;
  #none;
  #rest;
  #changed = true;

  constructor(body, { options, columns, select }) {
    this.#options = options;
    this.#columns = columns;
    this.#types = new Set(options.event_types);
    const list = made("ol", "", "top");
    list.setAttribute("role", "list");
    this.#none = made("p", "None in this time.", "muted");
    this.#rest = made("p", "", "muted");
    body.append(list, this.#none, this.#rest);
    this.#list = new KeyedRows(list, ({ value }) => topRow(value, () => select({ [options.field]: value })));
  }

  take(rows) {
    const counted = [];
    for (const row of rows) {
      const value = this.#valueOf(row);
      if (value === "") continue;
      counted.push({ at: row.at, number: row.number, value });
      this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    }
    this.#rows.add(counted);
    this.#changed ||= counted.length > 0;
  }

  clear() {
    this.#rows.clear();
    this.#counts.clear();
    this.#changed = true;
  }

  forget(before) {
    for (const { value } of this.#rows.forget(before)) {
      const left = this.#counts.get(value) - 1;
      if (left === 0) this.#counts.delete(value);
      else this.#counts.set(value, left);
      this.#changed = true;
    }
  }

  draw() {
    if (!this.#changed) return;
    this.#changed = false;
    const all = [...this.#counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1));
    const shown = all.slice(0, this.#options.limit);
    const most = shown[0]?.[1] ?? 1;
    this.#list.show(shown.map(([value, number]) => ({ value, number, most })), ({ value }) => value);
    this.#none.hidden = shown.length > 0;
    this.#rest.hidden = all.length === shown.length;
    write(this.#rest, `and ${plural(all.length - shown.length, "other")}`);
  }

  #valueOf(row) {
    if (!row.event || (this.#types.size > 0 && !this.#types.has(row.event.event_type))) return "";
    const { outcome, field } = this.#options;
    if (outcome && this.#columns.of(row, "outcome") !== outcome) return "";
    return this.#columns.of(row, field);
  }
}

function topRow(value, onClick) {
  const row = document.createElement("li");
  const button = made("button", "", "top-row");
  button.type = "button";
  button.title = `Show only ${value}`;
  button.addEventListener("click", onClick);
  const name = made("span", value, "top-name");
  const number = made("span", "", "top-number");
  const bar = document.createElement("meter");
  bar.min = 0;
  bar.setAttribute("aria-hidden", "true");
  button.append(name, number, bar);
  row.append(button);
  return {
    row,
    update(item) {
      write(number, count(item.number));
      if (bar.max !== item.most) bar.max = item.most;
      if (bar.value !== item.number) bar.value = item.number;
    },
  };
}
