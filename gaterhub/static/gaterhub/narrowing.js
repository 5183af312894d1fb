/** What a console is narrowed to: values of fields, as chips that take themselves off again, and in the address. */

import { readAddress, writeAddress } from "./address.js";
import { made } from "./keyed_rows.js";

const SEPARATOR = "\n";
const WORDS = { actor: "who", origin: "from", event_type: "type" };

export class Narrowing {
  #list;
  #columns;
  #onChange;
  #wanted = new Map();

  constructor({ list, columns, onChange }) {
    this.#list = list;
    this.#columns = columns;
    this.#onChange = onChange;
    for (const part of readAddress().only.split(SEPARATOR)) {
      const colon = part.indexOf(":");
      if (colon > 0) this.#wanted.set(part.slice(0, colon), part.slice(colon + 1));
    }
    this.#show();
  }

  get active() {
    return this.#wanted.size > 0;
  }

  /** Tell whether an event's row passes. */
  matches(row) {
    for (const [field, value] of this.#wanted) if (this.#columns.of(row, field) !== value) return false;
    return true;
  }

  /** Narrow to these values too; null takes a field's off. */
  select(filter) {
    for (const [field, value] of Object.entries(filter)) {
      if (value === null) this.#wanted.delete(field);
      else this.#wanted.set(field, value);
    }
    this.#changed();
  }

  clear() {
    if (this.#wanted.size === 0) return;
    this.#wanted.clear();
    this.#changed();
  }

  #changed() {
    writeAddress({ only: [...this.#wanted].map((each) => each.join(":")).join(SEPARATOR) });
    this.#show();
    this.#onChange();
  }

  #show() {
    const chips = [...this.#wanted].map(([field, value]) => {
      const item = document.createElement("li");
      const chip = made("button", `${WORDS[field] ?? field}: ${value} ✕`, "chip");
      chip.type = "button";
      chip.setAttribute("aria-label", `No longer only ${WORDS[field] ?? field} ${value}`);
      chip.addEventListener("click", () => this.select({ [field]: null }));
      item.append(chip);
      return item;
    });
    this.#list.replaceChildren(...chips);
  }
}
