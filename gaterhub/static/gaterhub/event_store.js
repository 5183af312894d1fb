/**
 * What the page of an instance keeps of what came: the newest rows, which of them the filter shows, and a pause's.
 *
 * A row is an event or a notice (a gap, a reconnection). It draws nothing, so that a flood costs the same in a tab that
 * nobody looks at, where no frame is ever drawn.
 */

import { Fifo } from "./fifo.js";
import { Pause, sizeOf } from "./pause.js";
import { severityOf } from "./severity.js";

/** More rows than anybody reads. A pause's rows fit in, with some of those before it. */
const KEPT_MAX_ROWS = 6_000;
/** Of the frames as they came; events of 64 KiB would otherwise fill a telephone's memory. */
const KEPT_MAX_CHARACTERS = 64 * 2 ** 20;

const keyOf = ({ stream, epoch, offset }) => `${stream} ${epoch}:${offset}`;

export class EventStore {
  /** Events that came since the last `clear`, kept or not. */
  received = 0;
  paused = false;
  /** A number that changes when `shown` is made anew. */
  generation = 0;
  shown = new Fifo();
  shownEvents = 0;
  keptEvents = 0;
  #kept = new Fifo();
  #characters = 0;
  #keys = new Set(); // The position of every event that is kept or waits: none is shown twice.
  #nextNumber = 1;
  #matches = () => true;
  #held = new Pause();

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
    return this.#held.waiting;
  }

  get refused() {
    return this.#held.refused;
  }

  pause() {
    this.paused = true;
  }

  /** Go on where the pause began: everything it kept, in order, then a row about what it could not keep. */
  resume() {
    this.paused = false;
    const { rows, lost } = this.#held.end();
    for (const row of rows) this.#keep(row);
    if (lost) this.notice("pause", lost);
  }

  clear() {
    this.received = this.keptEvents = this.#characters = 0;
    this.#kept = new Fifo();
    this.#keys.clear();
    this.#held.clear();
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
    if (!this.paused) this.#keep(row);
    else if (this.#held.hold(row) && row.key) this.#keys.add(row.key);
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
  }

  #show() {
    this.shown = new Fifo();
    this.shownEvents = 0;
    this.generation += 1;
    for (const row of this.#kept) this.#append(row);
  }
}
