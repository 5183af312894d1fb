/** The panel of events that the reader has pinned on this console. */

import { clockTime, plural, utcTime } from "../format.js";
import { KeyedRows, made, write } from "../keyed_rows.js";

export default class Pinned {
  #pins;
  #limit;
  #list;
  #note;
  #drawn = -1;

  constructor(body, { options, pins, openPinned }) {
    this.#pins = pins;
    this.#limit = options.limit;
    const list = made("ol", "", "pinned");
    list.setAttribute("role", "list");
    list.setAttribute("aria-label", "Pinned events");
    list.tabIndex = -1;
    this.#note = made("p", "", "muted");
    body.append(list, this.#note);
    // A row with the keyboard on it would stay.
    const remove = (pin) => {
      list.focus();
      pins.remove(pin);
    };
    this.#list = new KeyedRows(list, (pin) => pinnedRow(pin, { open: () => openPinned(pin), remove: () => remove(pin) }));
  }

  take() {}

  clear() {}

  forget() {}

  draw() {
    const { rows, version, trouble } = this.#pins;
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#list.show(rows.slice(0, this.#limit), ({ instance, id }) => `${instance} ${id}`);
    const more = rows.length - this.#limit;
    let note = "Open an event and press “Pin” to keep it at hand here.";
    if (rows.length > 0) note = more > 0 ? `and ${plural(more, "older one")}` : "";
    write(this.#note, trouble || note);
    this.#note.hidden = this.#note.textContent === "";
  }
}

function pinnedRow(pin, { open, remove }) {
  const row = document.createElement("li");
  const button = made("button", "", "pinned-event");
  button.type = "button";
  button.addEventListener("click", open);
  const time = made("time", clockTime(pin.received));
  time.dateTime = new Date(pin.received).toISOString();
  time.title = utcTime(pin.received);
  button.append(time, " ", made("strong", pin.event_type), " ", made("span", pin.topic, "muted"));
  const off = made("button", "✕", "quiet-button");
  off.type = "button";
  off.setAttribute("aria-label", `Take ${pin.event_type} off`);
  off.addEventListener("click", remove);
  row.append(button, off);
  return { row, update() {} };
}
