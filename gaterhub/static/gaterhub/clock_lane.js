/** One instance on the clock: its events by time, counted into marks; what of its time is missing. It draws nothing. */

import { levelOf } from "./severity.js";
import { SortedRows } from "./sorted_rows.js";

/** Events in one mark that make it as high as it can be; between one and so many it grows with each doubling. */
const FULL_EVENTS = 64;

export class ClockLane {
  instance;
  rows = new SortedRows();
  /** `{nothingBefore, wholeSince}` in milliseconds, null where all is kept. */
  reach = { nothingBefore: null, wholeSince: null };
  /** What is older, the page does not have; null where it has all that is kept. */
  unloadedBefore = null;

  constructor(instance) {
    this.instance = instance;
  }

  /** Give the marks of a view of so many columns: `{column, count, level, height}`; the height is a share of the lane. */
  marks(view, columns) {
    const found = new Map();
    for (const row of this.#within(view.from, view.to)) {
      const column = Math.min(columns - 1, Math.floor(view.shareOf(row.at) * columns));
      const mark = found.get(column);
      if (mark) {
        mark.count += 1;
        mark.rank = Math.max(mark.rank, row.rank);
      } else found.set(column, { column, count: 1, rank: row.rank });
    }
    return [...found.values()].map(({ column, count, rank }) => ({ column, count, level: levelOf(rank), height: heightOf(count) }));
  }

  /** Give how many events there are in a view, and the gravest of them: of equal ones the newest, null of none. */
  summary(view) {
    let count = 0;
    let gravest = null;
    for (const row of this.#within(view.from, view.to)) {
      count += 1;
      if (gravest === null || row.rank >= gravest.rank) gravest = row;
    }
    return { count, gravest };
  }

  /** Give the gravest event within so many milliseconds of a moment, else null. */
  near(at, within) {
    return this.summary({ from: at - within, to: at + within }).gravest;
  }

  /** Give the event that is nearest to a moment, else null. */
  nearest(at) {
    const place = this.rows.placeOf({ at, number: 0 });
    const [before, after] = [this.rows.at(place - 1), this.rows.at(place)];
    if (!before || !after) return before ?? after ?? null;
    return at - before.at <= after.at - at ? before : after;
  }

  /**
   * Give the stretches of a view of which events are missing for all that is known: `{kind, from, to}`, none within
   * another. `nothing`: nothing is kept; `partly`: some of its streams are not; `unloaded`: the page does not have it.
   */
  missing(view) {
    const found = [];
    let from = view.from;
    const until = (kind, end) => {
      if (end === null || end <= from) return;
      const to = Math.min(end, view.to);
      if (to > from) found.push({ kind, from, to });
      from = Math.max(from, to);
    };
    until("nothing", this.reach.nothingBefore);
    until("unloaded", this.unloadedBefore);
    until("partly", this.reach.wholeSince);
    return found;
  }

  *#within(from, to) {
    for (let place = this.rows.placeOf({ at: from, number: 0 }); place < this.rows.length; place += 1) {
      const row = this.rows.at(place);
      if (row.at > to) return;
      yield row;
    }
  }
}

const heightOf = (count) => 0.3 + 0.7 * Math.min(1, Math.log2(count) / Math.log2(FULL_EVENTS));
