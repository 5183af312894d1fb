/** Rows in the order of their time, however they came: events of several instances, history after what is live. */

/** Earlier first; of one millisecond, what came first. */
const inOrder = (one, other) => one.at - other.at || one.number - other.number;

export class SortedRows {
  /** A number that changes when all of it is made anew. */
  generation = 0;
  #rows = [];

  get length() {
    return this.#rows.length;
  }

  /** The row at a place, the oldest at 0; undefined outside. */
  at(place) {
    return place < 0 ? undefined : this.#rows[place];
  }

  /** What the list of events reads. */
  get shown() {
    return this;
  }

  add(rows) {
    let disorder = false;
    let last = this.#rows.at(-1);
    for (const row of rows) {
      disorder ||= last !== undefined && inOrder(last, row) > 0;
      this.#rows.push(row);
      last = row;
    }
    // What is nearly in order, as it always is here, is sorted in about one walk.
    if (disorder) this.#rows.sort(inOrder);
  }

  /** Give the place of a row, or of the first after it. */
  placeOf(row) {
    return this.#firstPlace((each) => inOrder(each, row) >= 0);
  }

  /** Let go of what is older than that moment, and give it. */
  forget(before) {
    return this.#rows.splice(0, this.#firstPlace(({ at }) => at >= before));
  }

  /** Let go of the oldest. */
  shift() {
    return this.#rows.shift();
  }

  clear() {
    this.#rows = [];
    this.generation += 1;
  }

  [Symbol.iterator]() {
    return this.#rows[Symbol.iterator]();
  }

  #firstPlace(reached) {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (reached(this.#rows[middle])) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
