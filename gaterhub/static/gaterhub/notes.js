/** The notes of a console about moments of the time shown, as the hub keeps them. */

export class Notes {
  rows = [];
  /** A number that changes with them. */
  version = 0;
  trouble = "";
  total = 0;
  #ask;
  #own;
  #onChange;
  #time = { from: 0, to: 0 };

  /** `own` are the address, and whether the reader may read and write them; `now()` is the hub's clock. */
  constructor({ ask, own, now, onChange }) {
    this.#ask = ask;
    this.now = now;
    this.#own = own;
    this.#onChange = onChange;
  }

  get mayRead() {
    return this.#own.read;
  }

  get mayWrite() {
    return this.#own.write;
  }

  /** Show those of another time, or the same anew. */
  async load({ from, to }) {
    if (!this.mayRead) return;
    this.#time = { from: Math.floor(from), to: Math.ceil(to) };
    const time = this.#time;
    await this.#try(async () => {
      const { results, total } = JSON.parse(await this.#ask(`${this.#own.address}?${new URLSearchParams(time)}`));
      if (time === this.#time) [this.rows, this.total] = [results, total];
    });
  }

  /** Write one about a moment, or one that corrects another; gives whether it is kept. */
  add({ text, at, corrects = null }) {
    return this.#try(async () => {
      const body = { text, at: Math.round(at), ...(corrects === null ? {} : { corrects }) };
      const note = JSON.parse(await this.#ask(this.#own.address, { method: "POST", body }));
      this.rows = [note, ...this.rows].sort((one, other) => other.at - one.at || other.id - one.id);
      this.total += 1;
    });
  }

  async #try(act) {
    try {
      await act();
      this.trouble = "";
    } catch (error) {
      this.trouble = error.message;
    }
    this.version += 1;
    this.#onChange();
    return this.trouble === "";
  }
}
