/** What came while the reader held a list still: kept up to a bound, in order, and counted beyond it. */

import { count, plural } from "./format.js";

export const PAUSE_MAX_ROWS = 5_000;
export const PAUSE_MAX_CHARACTERS = 32 * 2 ** 20;

/** How much of memory a row takes, about: a frame as it came, or a notice's text. */
export const sizeOf = (row) => (row.line ?? row.text).length;

export class Pause {
  #rows = [];
  #characters = 0;
  #full = false; // Once it has refused a row it refuses all: what it keeps has no holes.
  #refused = { events: 0, notices: 0 };

  /** How many events it holds back. */
  get waiting() {
    return this.#rows.reduce((sum, row) => sum + (row.event ? 1 : 0), 0);
  }

  /** How many more events came than it can keep. */
  get refused() {
    return this.#refused.events;
  }

  /** Hold a row back; false where there is no room for it. */
  hold(row) {
    this.#characters += sizeOf(row);
    this.#full ||= this.#rows.length >= PAUSE_MAX_ROWS || this.#characters > PAUSE_MAX_CHARACTERS;
    if (this.#full) this.#refused[row.event ? "events" : "notices"] += 1;
    else this.#rows.push(row);
    return !this.#full;
  }

  /** End: give what it kept, in order, and a sentence about what it could not keep, "" where it kept all. */
  end() {
    const rows = this.#rows;
    const { events, notices } = this.#refused;
    this.clear();
    if (events + notices === 0) return { rows, lost: "" };
    const told = notices > 0 ? ` and ${plural(notices, "notice")}` : "";
    return { rows, lost: `Here the pause was full: ${plural(events, "event")}${told} that came after it were not kept.` };
  }

  clear() {
    this.#rows = [];
    this.#characters = 0;
    this.#full = false;
    this.#refused = { events: 0, notices: 0 };
  }
}

/** What a pause can keep, as a sentence on the page says it. */
export const PAUSE_BOUND = `${count(PAUSE_MAX_ROWS)} events or ${PAUSE_MAX_CHARACTERS / 2 ** 20} MiB`;
