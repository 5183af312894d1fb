/** The reader's pinned events of a console, as the hub keeps them. */

export class Pins {
  rows = [];
  /** A number that changes with them. */
  version = 0;
  trouble = "";
  #ask;
  #address;
  #onChange;

  constructor({ ask, address, onChange }) {
    this.#ask = ask;
    this.#address = address;
    this.#onChange = onChange;
  }

  has({ instance, id }) {
    return this.rows.some((pin) => pin.instance === instance && pin.id === id);
  }

  load() {
    return this.#try(async () => {
      this.rows = JSON.parse(await this.#ask(this.#address)).results;
    });
  }

  add({ instance, id }) {
    return this.#try(async () => {
      const pin = JSON.parse(await this.#ask(this.#address, { method: "POST", body: { instance, id } }));
      this.rows = [pin, ...this.rows.filter((each) => each.id !== pin.id)].sort((one, other) => other.received - one.received);
    });
  }

  remove({ instance, id }) {
    return this.#try(async () => {
      await this.#ask(`${this.#address}${instance}/${id}/`, { method: "DELETE" });
      this.rows = this.rows.filter((pin) => pin.instance !== instance || pin.id !== id);
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
  }
}
