/**
 * What a console keeps of what came: rows in the order of their time, each event once, and a pause's.
 *
 * A row is an event or a notice (a gap, a reconnection). It draws nothing.
 */

import { Pause, sizeOf } from "./pause.js";
import { severityOf } from "./severity.js";
import { SortedRows } from "./sorted_rows.js";

export const KEPT_MAX_ROWS = 20_000;
const KEPT_MAX_CHARACTERS = 64 * 2 ** 20;

export class ConsoleStore {
  paused = false;
  rows = new SortedRows();
  events = 0;
  /** Events that reached the page live, kept or not. */
  received = 0;
  #characters = 0;
  #keys = new Set();
  #nextNumber = 1;
  #held = new Pause();
  #floor = 0; // What is older has been let go.
  #columns;
  #byId;

  /** `columns` give who and from where; the events of the instances in `byId` have their place only a moment after their id. */
  constructor({ columns, byId }) {
    this.#columns = columns;
    this.#byId = new Set(byId);
  }

  /** Take events that come with the lines they came as; gives the rows that are new and shown now. */
  take(events, { live = false } = {}) {
    const fresh = [];
    for (const [event, line] of events) {
      const key = this.#keyOf(event);
      if (this.#keys.has(key) || event.received < this.#floor) continue;
      if (live) this.received += 1;
      const row = { number: this.#nextNumber++, at: event.received, event, line, key, ...severityOf(event) };
      row.actor = this.#columns.of(row, "actor");
      row.origin = this.#columns.of(row, "origin");
      if (!this.paused || !live) fresh.push(row);
      else if (!this.#held.hold(row)) continue;
      this.#keys.add(key);
    }
    return this.#keep(fresh);
  }

  /** Put a row of another kind between the events; gives it in a list, or none while it waits. */
  notice(kind, text, { at, instance = "", stream = "", gap = null }) {
    const row = { number: this.#nextNumber++, kind, text, at, instance, stream, gap };
    if (!this.paused) return this.#keep([row]);
    this.#held.hold(row);
    return [];
  }

  get waiting() {
    return this.#held.waiting;
  }

  get refused() {
    return this.#held.refused;
  }

  pause() {
    this.paused = true;
  }

  /** Go on; gives the rows that waited, and a row about what there was no room for. */
  resume(now) {
    this.paused = false;
    const { rows, lost } = this.#held.end();
    return [...this.#keep(rows), ...(lost ? this.notice("pause", lost, { at: now }) : [])];
  }

  clear() {
    this.rows.clear();
    this.#keys.clear();
    this.#held.clear();
    this.events = this.#characters = this.received = this.#floor = 0;
  }

  /** Let go of what is older than that moment. */
  forget(before) {
    this.#floor = Math.max(this.#floor, before);
    for (const row of this.rows.forget(before)) this.#gone(row);
  }

  /** Let go of the oldest until the rest fits; gives the time of the oldest that is left, null where all fitted. */
  trim() {
    if (this.rows.length <= KEPT_MAX_ROWS && this.#characters <= KEPT_MAX_CHARACTERS) return null;
    let more = Math.max(0, this.rows.length - KEPT_MAX_ROWS);
    let characters = this.#characters;
    for (let place = 0; place < more || characters > KEPT_MAX_CHARACTERS; place += 1) {
      characters -= sizeOf(this.rows.at(place));
      more = Math.max(more, place + 1);
    }
    const before = this.rows.at(more)?.at ?? Infinity;
    this.forget(before);
    return before;
  }

  find(id) {
    for (const row of this.rows) if (row.event?.id === id) return row;
    return null;
  }

  #keyOf({ instance, id, stream, epoch, offset }) {
    return this.#byId.has(instance) ? `${instance} ${id}` : `${stream} ${epoch}:${offset}`;
  }

  #keep(rows) {
    this.rows.add(rows);
    for (const row of rows) {
      this.#characters += sizeOf(row);
      if (row.event) this.events += 1;
    }
    return rows;
  }

  #gone(row) {
    this.#characters -= sizeOf(row);
    if (!row.event) return;
    this.events -= 1;
    this.#keys.delete(row.key);
  }
}
