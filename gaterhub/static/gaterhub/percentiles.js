/** Percentiles of what was measured, exact: all values in view are sorted, and the nearest rank is taken. */

/** Give the value that so many percent of the sorted values don't exceed (nearest rank); null where there are none. */
export function percentile(sorted, percent) {
  if (sorted.length === 0) return null;
  // Of 1,000 values, 99.9 % are 999, and not the 999.0000000000001 of floating point.
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100 - 1e-9) - 1)];
}

/** Give numbers in their order; a typed array sorts by value, many times as fast as a list of objects. */
export const inOrder = (values) => Float64Array.from(values).sort();

/** What was measured of one thing, each value with its time, the oldest first once it is asked. */
export class Samples {
  #times = [];
  #values = [];
  #disorder = false;

  get length() {
    return this.#values.length;
  }

  add(at, value) {
    this.#disorder ||= this.#times.length > 0 && this.#times.at(-1) > at;
    this.#times.push(at);
    this.#values.push(value);
  }

  /** Take all of other samples, too. */
  join(other) {
    for (let place = 0; place < other.length; place += 1) this.add(other.#times[place], other.#values[place]);
  }

  /** Let go of what came before that moment. */
  forget(before) {
    this.#order();
    let gone = 0;
    while (gone < this.#times.length && this.#times[gone] < before) gone += 1;
    if (gone === 0) return;
    this.#times.splice(0, gone);
    this.#values.splice(0, gone);
  }

  sorted() {
    return inOrder(this.#values);
  }

  /** Give the values in so many equal parts of a time, each part sorted. */
  parts(from, to, number) {
    const parts = Array.from({ length: number }, () => []);
    this.#times.forEach((at, place) => {
      const part = Math.floor(((at - from) / (to - from)) * number);
      if (part >= 0 && part < number) parts[part].push(this.#values[place]);
    });
    return parts.map(inOrder);
  }

  #order() {
    if (!this.#disorder) return;
    this.#disorder = false;
    const order = this.#times.map((_, place) => place).sort((one, other) => this.#times[one] - this.#times[other]);
    this.#times = order.map((place) => this.#times[place]);
    this.#values = order.map((place) => this.#values[place]);
  }
}
