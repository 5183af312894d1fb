/** A queue that is read by place: added to at one end and let go at the other, each in constant time on average. */

/** As many left places are carried along before the rest is moved up. */
const SLACK = 1024;

export class Fifo {
  #items = [];
  #head = 0;

  get length() {
    return this.#items.length - this.#head;
  }

  /** The item at a place, the oldest at 0; undefined outside. */
  at(place) {
    return place < 0 ? undefined : this.#items[this.#head + place];
  }

  push(item) {
    this.#items.push(item);
  }

  shift() {
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > SLACK && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  *[Symbol.iterator]() {
    for (let place = this.#head; place < this.#items.length; place += 1) yield this.#items[place];
  }
}
