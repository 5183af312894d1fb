/** What subscribers were told that they missed, from the gap ledger and from this page's own connection, each once. */

import { plural } from "./format.js";

export class ClockHoles {
  more = false;
  #ledger = new Map();
  #live = new Map(); // The ledger has them, too, a moment later, if the reader may see it.

  get all() {
    const both = new Map([...this.#live, ...this.#ledger]);
    return [...both.values()].sort((one, other) => one.from - other.from);
  }

  /** Take what the hub's ledger has of the time shown, instead of what it had before. */
  show({ holes, more }) {
    this.more = more;
    this.#ledger = new Map(holes.map((hole) => [keyOf(hole), hole]));
  }

  /** Take a gap that was told to this page at that moment. */
  told({ at, instance, gap }) {
    const { stream, epoch, from: first, to: last, lost, reason } = gap;
    const hole = { instance, stream, epoch, first, last, reason, at, from: at, to: at, kind: "gap", count: lost ?? null, times: 1, subscriber: "this page" };
    this.#live.set(keyOf(hole), hole);
  }

  clear() {
    this.#ledger.clear();
    this.#live.clear();
    this.more = false;
  }

  forget(before) {
    for (const table of [this.#ledger, this.#live]) {
      for (const [key, hole] of table) if (hole.to < before) table.delete(key);
    }
  }

  /** Give those of an instance that a view shows any of. */
  of(instance, view) {
    return this.all.filter((hole) => hole.instance === instance && hole.to >= view.from && hole.from <= view.to);
  }
}

/** A stretch of a stream is one hole, however many missed it; what is no stretch is one each time. */
const keyOf = ({ stream, epoch, first, last, at, kind, subscriber }) =>
  first === null ? `${kind} ${stream} ${at} ${subscriber}` : `${stream} ${epoch} ${first} ${last}`;

const KINDS = { gap: "Gap", conflated: "Conflated", closed: "Disconnected as too slow" };

/** Say what is missing there, why, and for whom. */
export function holeSentence({ kind, stream, first, last, count, times, reason, subscriber }) {
  const word = KINDS[kind] ?? kind;
  if (kind === "closed") return `${word}: ${subscriber}, at ${stream}.`;
  const many = count === null ? "it is not known how many events" : plural(count, "event");
  const stretch = first === null ? "" : last === null ? `, from #${first} on` : `, #${first} to #${last}`;
  const again = times > 1 ? `, ${plural(times, "time")}` : "";
  return `${word}: ${many} of ${stream}${stretch}${again}. Reason: ${reason}. Missed by ${subscriber}.`;
}
