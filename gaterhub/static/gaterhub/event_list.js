/** The list of events of an instance's page: the newest first, a bounded number, drawn once per frame. */

import { count, localTime, preview, utcTime } from "./format.js";

/** More rows than anybody reads, few enough for a telephone to draw. */
export const MAX_ROWS = 500;
/** What a pause keeps: a list full, less the row that tells what it couldn't keep. */
const MAX_WAITING = MAX_ROWS - 1;

const LEVELS = {
  emergency: "bad", alert: "bad", critical: "bad", fatal: "bad", error: "bad", high: "bad",
  warning: "warn", warn: "warn", medium: "warn",
};

function severityOf(data) {
  const said = data?.severity ?? data?.level;
  return typeof said === "string" ? said : "";
}

export class EventList {
  received = 0;
  paused = false;
  #list;
  #region;
  #template;
  #onOpen;
  #queue = []; // What came since the last drawing, oldest first.
  #dropped = 0; // Rows that a pause could not keep.
  #frame = 0;
  #entries = new WeakMap(); // Row's button → its {event, line}.
  #opened = null;
  #current = null; // The one row that the Tab key reaches; arrows move on from there.

  /** `region` scrolls, `list` is the `<ol>` in it; `onOpen(event, line)` is called for a row that is opened. */
  constructor({ list, region, template, onOpen }) {
    this.#list = list;
    this.#region = region;
    this.#template = template.content.firstElementChild;
    this.#onOpen = onOpen;
    list.addEventListener("click", (click) => this.#open(click.target.closest("button.row")));
    list.addEventListener("keydown", (key) => this.#move(key));
  }

  /** How many rows a pause holds back. */
  get waiting() {
    return this.paused ? Math.min(this.#queue.length, MAX_WAITING) : 0;
  }

  /** How many more came during the pause than it can keep. */
  get dropped() {
    return this.paused ? this.#dropped + Math.max(0, this.#queue.length - MAX_WAITING) : 0;
  }

  get empty() {
    return this.#list.childElementCount === 0 && this.#queue.length === 0;
  }

  add(event, line) {
    this.received += 1;
    this.#put({ event, line });
  }

  /** Put a row of another kind between the events: a gap, a reconnection, what a pause lost. */
  notice(kind, text) {
    this.#put({ kind, text });
  }

  pause() {
    this.paused = true;
    this.#dropped = 0;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  resume() {
    this.#cut();
    this.paused = false;
    // At the top, where it is seen even in a flood that fills the list many times over.
    if (this.#dropped > 0) {
      this.notice("pause", `Resumed. Of the pause's events, the first ${count(this.#dropped)} were not kept.`);
    }
    this.#schedule();
  }

  clear() {
    this.received = 0;
    this.#dropped = 0;
    this.#queue = [];
    this.#current = null;
    this.#list.replaceChildren();
  }

  #put(entry) {
    this.#queue.push(entry);
    // Only the newest rows are ever shown, so no more need be kept, in a pause or in a tab nobody looks at.
    // Cutting in larger steps keeps the cost of an event constant.
    if (this.#queue.length >= 2 * MAX_ROWS) this.#cut();
    this.#schedule();
  }

  #cut() {
    const over = this.#queue.splice(0, Math.max(0, this.#queue.length - MAX_WAITING));
    if (this.paused) this.#dropped += over.length;
  }

  #schedule() {
    if (!this.paused && this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const rows = document.createDocumentFragment();
    for (const entry of this.#queue.splice(0).slice(-MAX_ROWS).reverse()) rows.append(this.#row(entry));
    const first = this.#list.firstElementChild;
    const reading = first !== null && this.#region.scrollTop > 0;
    const before = reading ? first.offsetTop : 0;
    this.#list.prepend(rows);
    // Whoever has scrolled down to read keeps the same rows before their eyes.
    if (reading) this.#region.scrollTop += first.offsetTop - before;
    this.#evict();
    // The Tab key leads to the newest row, and for who is in the list already, back to theirs.
    const taken = this.#list.contains(document.activeElement) || this.#opened !== null;
    if (!this.#current || !taken) this.#reach(this.#list.querySelector("button.row"));
  }

  #evict() {
    while (this.#list.childElementCount > MAX_ROWS) {
      const last = this.#list.lastElementChild;
      const lostFocus = last.contains(document.activeElement);
      const lostCurrent = last.contains(this.#current);
      last.remove();
      if (!lostCurrent) continue;
      const rows = this.#list.querySelectorAll("button.row");
      this.#reach(rows[rows.length - 1] ?? null);
      if (lostFocus) this.#current?.focus({ preventScroll: true });
    }
  }

  #row(entry) {
    if (entry.kind) {
      const item = document.createElement("li");
      item.className = "notice";
      item.dataset.kind = entry.kind;
      item.textContent = entry.text;
      return item;
    }
    const { event, line } = entry;
    const item = this.#template.cloneNode(true);
    const button = item.firstElementChild;
    const [time, severity, topic, type, publisher, offset, data] = button.children;
    time.textContent = localTime(event.received);
    time.dateTime = new Date(event.received).toISOString();
    time.title = `received ${utcTime(event.received)}, happened ${utcTime(event.timestamp)}`;
    severity.textContent = severityOf(event.data);
    const level = LEVELS[severity.textContent.toLowerCase()];
    if (level) severity.dataset.level = level;
    topic.textContent = topic.title = event.topic;
    type.textContent = type.title = event.event_type;
    publisher.textContent = publisher.title = event.publisher ?? "";
    offset.textContent = `#${event.offset}`;
    data.textContent = preview(event, line);
    this.#entries.set(button, entry);
    return item;
  }

  #open(button) {
    if (!button) return;
    this.#reach(button);
    this.#opened?.removeAttribute("aria-current");
    this.#opened = button;
    button.setAttribute("aria-current", "true");
    const { event, line } = this.#entries.get(button);
    this.#onOpen(event, line);
  }

  /** Give the keyboard its way back to the row that was opened, or to the one that took its place. */
  closed() {
    this.#opened?.removeAttribute("aria-current");
    this.#opened = null;
    this.#current?.focus();
  }

  #reach(button) {
    if (this.#current) this.#current.tabIndex = -1;
    this.#current = button;
    if (button) button.tabIndex = 0;
  }

  #move(key) {
    const rows = [...this.#list.querySelectorAll("button.row")];
    const at = rows.indexOf(document.activeElement);
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key.key];
    if (at < 0 || target === undefined || !rows[target]) return;
    key.preventDefault();
    this.#reach(rows[target]);
    rows[target].focus();
  }
}
