/** One row of the list of events: an event on one line, or a notice between them. */

import { localTime, preview, utcTime } from "./format.js";
import { levelOf } from "./severity.js";

export class EventRow {
  row = null; // What is shown at present: an event or a notice of the store.
  item;
  button;
  #place = -1;
  #size = -1;
  #top = -1;
  #parts;

  constructor(template) {
    this.item = template.cloneNode(true);
    this.button = this.item.querySelector("button");
    this.#parts = Object.fromEntries([...this.button.children].map((part) => [part.className, part]));
  }

  /** Show a row of the store; the element may have shown another before. */
  fill(row) {
    this.row = row;
    const { time } = this.#parts;
    if (row.kind) this.button.dataset.kind = row.kind;
    else delete this.button.dataset.kind;
    const at = row.event?.received ?? row.at;
    time.textContent = localTime(at);
    time.dateTime = new Date(at).toISOString();
    this.item.dataset.id = row.event?.id ?? "";
    if (row.event) this.#fillEvent(row);
    else this.#fillNotice(row);
  }

  #fillNotice({ text, at }) {
    const { time, notice } = this.#parts;
    time.title = utcTime(at);
    notice.textContent = notice.title = text;
  }

  #fillEvent({ event, line, severity, rank, actor, origin }) {
    const { time, severity: grave, type } = this.#parts;
    time.title = `received ${utcTime(event.received)}, happened ${utcTime(event.timestamp)}`;
    grave.textContent = severity;
    grave.dataset.level = levelOf(rank);
    this.#write("topic", event.topic);
    this.#write("type", event.event_type);
    if (event.unregistered) {
      type.dataset.unregistered = "";
      type.title += ": this type is not registered";
    } else delete type.dataset.unregistered;
    this.#write("instance", event.instance);
    this.#write("actor", actor ?? "");
    this.#write("origin", origin ?? "");
    this.#write("publisher", event.publisher ?? "");
    if (this.#parts.offset) this.#parts.offset.textContent = `#${event.offset}`;
    this.#parts.data.textContent = preview(event, line);
  }

  /** Write a part that the page's rows may have, whole in the tip of the mouse. */
  #write(name, text) {
    const part = this.#parts[name];
    if (part && part.title !== text) part.textContent = part.title = text;
  }

  /** Put it at its place of `size` rows, the first being 0 and `height` pixels each. */
  stand(place, size, height) {
    if (this.#top !== place * height) {
      this.#top = place * height;
      this.item.style.transform = `translateY(${this.#top}px)`;
    }
    if (this.#place !== place) {
      this.#place = place;
      this.item.setAttribute("aria-posinset", place + 1);
    }
    if (this.#size !== size) {
      this.#size = size;
      this.item.setAttribute("aria-setsize", size);
    }
  }
}
