/**
 * What the page of an instance keeps of what came: the newest rows, which of them the filter shows, and a pause's.
 *
 * A row is an event or a notice (a gap, a reconnection). It draws nothing, so that a flood costs the same in a tab that
 * nobody looks at, where no frame is ever drawn.
 */

import { Fifo } from "./fifo.js";
import { count, plural } from "./format.js";
import { severityOf } from "./severity.js";

/** More rows than anybody reads. A pause's rows fit in, with some of those before it. */
const KEPT_MAX_ROWS = 6_000;
/** Of the frames as they came; events of 64 KiB would otherwise fill a telephone's memory. */
const KEPT_MAX_CHARACTERS = 64 * 2 ** 20;
export const PAUSE_MAX_ROWS = 5_000;
export const PAUSE_MAX_CHARACTERS = 32 * 2 ** 20;

const keyOf = ({ stream, epoch, offset }) => `${stream} ${epoch}:${offset}`;
const sizeOf = (row) => (row.line ?? row.text).length;

export class EventStore {
  /** Events that came since the last `clear`, kept or not. */
  received = 0;
  paused = false;
  /** Rows that were ever added to `shown`, and a number that changes when `shown` is made anew. */
  added = 0;
  generation = 0;
  shown = new Fifo();
  shownEvents = 0;
  keptEvents = 0;
  #kept = new Fifo();
  #characters = 0;
  #keys = new Set(); // The position of every event that is kept or waits: none is shown twice.
  #nextNumber = 1;
  #matches = () => true;
  #waiting = [];
  #waitingCharacters = 0;
  #full = false; // Once a pause has refused a row it refuses all: what it keeps has no holes.
  #refused = { events: 0, notices: 0 };

  /** Take an event; false for one that is here already. */
  add(event, line) {
    const key = keyOf(event);
    if (this.#keys.has(key)) return false;
    this.received += 1;
    this.#put({ number: this.#nextNumber++, event, line, key, ...severityOf(event) });
    return true;
  }

  /** Put a row of another kind between the events: a gap, a reconnection, what a pause lost. */
  notice(kind, text) {
    this.#put({ number: this.#nextNumber++, kind, text, at: Date.now() });
  }

  /** How many events a pause holds back, and how many more came than it can keep. */
  get waiting() {
    return this.#waiting.reduce((sum, row) => sum + (row.event ? 1 : 0), 0);
  }

  get refused() {
    return this.#refused.events;
  }

  pause() {
    this.paused = true;
  }

  /** Go on where the pause began: everything it kept, in order, then a row about what it could not keep. */
  resume() {
    this.paused = false;
    const { events, notices } = this.#refused;
    for (const row of this.#waiting) this.#keep(row);
    this.#forgetPause();
    if (events + notices === 0) return;
    const told = notices > 0 ? ` and ${plural(notices, "notice")}` : "";
    this.notice("pause", `Here the pause was full: ${plural(events, "event")}${told} that came after it were not kept.`);
  }

  clear() {
    this.received = this.keptEvents = this.#characters = 0;
    this.#kept = new Fifo();
    this.#keys.clear();
    this.#forgetPause();
    this.#show();
  }

  /** Show only the events for which the function is true; notices always. */
  filter(matches) {
    this.#matches = matches;
    this.#show();
  }

  /** Give the place in `shown` of a row, or of the first after it: the rows' numbers rise with the places. */
  placeOf({ number }) {
    let [low, high] = [0, this.shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shown.at(middle).number < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  find(id) {
    for (const row of this.#kept) if (row.event?.id === id) return row;
    return null;
  }

  #put(row) {
    if (!this.paused) return this.#keep(row);
    this.#waitingCharacters += sizeOf(row);
    this.#full ||= this.#waiting.length >= PAUSE_MAX_ROWS || this.#waitingCharacters > PAUSE_MAX_CHARACTERS;
    if (this.#full) this.#refused[row.event ? "events" : "notices"] += 1;
    else this.#waiting.push(row);
    if (row.key && !this.#full) this.#keys.add(row.key);
  }

  #keep(row) {
    this.#kept.push(row);
    this.#characters += sizeOf(row);
    if (row.event) {
      this.keptEvents += 1;
      this.#keys.add(row.key);
    }
    this.#append(row);
    while (this.#kept.length > KEPT_MAX_ROWS || this.#characters > KEPT_MAX_CHARACTERS) this.#evict();
  }

  #evict() {
    const row = this.#kept.shift();
    this.#characters -= sizeOf(row);
    if (this.shown.at(0) === row) {
      this.shown.shift();
      this.shownEvents -= row.event ? 1 : 0;
    }
    if (!row.event) return;
    this.keptEvents -= 1;
    this.#keys.delete(row.key);
  }

  #append(row) {
    if (row.event && !this.#matches(row)) return;
    this.shown.push(row);
    this.shownEvents += row.event ? 1 : 0;
    this.added += 1;
  }

  #show() {
    this.shown = new Fifo();
    this.shownEvents = this.added = 0;
    this.generation += 1;
    for (const row of this.#kept) this.#append(row);
  }

  #forgetPause() {
    this.#waiting = [];
    this.#waitingCharacters = 0;
    this.#full = false;
    this.#refused = { events: 0, notices: 0 };
  }
}

/** What a pause can keep, as a sentence on the page says it. */
export const PAUSE_BOUND = `${count(PAUSE_MAX_ROWS)} events or ${PAUSE_MAX_CHARACTERS / 2 ** 20} MiB`;
