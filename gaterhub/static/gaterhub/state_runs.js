/** How the state of one thing went: what was told of it, in the order of time, however its events came. */

/** A word that comes later than so many newer ones changes nothing that anybody would see. */
const KEPT_WORDS = 100;

export class StateRuns {
  /** The row that told last. */
  row = null;
  /** Since when it has been in its state, as far as events tell. */
  since = 0;
  #words = [];
  #before = null; // The run that the words which were let go ended with.

  /** Take what a row told; gives whether that is the newest word. */
  add(at, state, row) {
    const word = { at, state, number: row.number };
    let place = this.#words.length;
    while (place > 0 && isLater(this.#words[place - 1], word)) place -= 1;
    const newest = place === this.#words.length;
    if (newest) {
      if (this.state !== state) this.since = at;
      this.row = row;
    }
    this.#words.splice(place, 0, word);
    if (!newest) this.since = this.#find();
    if (this.#words.length > KEPT_WORDS) this.#drop();
    return newest;
  }

  get state() {
    return this.#words.at(-1)?.state ?? "";
  }

  /** When it was told last. */
  get toldAt() {
    return this.#words.at(-1)?.at ?? 0;
  }

  /** Let go of what is older than that moment; the last word stays, however old it is. */
  forget(before) {
    while (this.#words.length > 1 && this.#words[0].at < before) this.#drop();
  }

  #drop() {
    const { at, state } = this.#words.shift();
    if (this.#before?.state !== state) this.#before = { at, state };
  }

  #find() {
    let place = this.#words.length - 1;
    while (place > 0 && this.#words[place - 1].state === this.state) place -= 1;
    const reachesBack = place === 0 && this.#before?.state === this.state;
    return reachesBack ? Math.min(this.#before.at, this.#words[0].at) : this.#words[place].at;
  }
}

const isLater = (one, other) => one.at > other.at || (one.at === other.at && one.number > other.number);
