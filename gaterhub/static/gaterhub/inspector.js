/** The panel that shows one event whole. It keeps its event while the list beside it moves on. */

import { parseExactly, utcTime } from "./format.js";

export class Inspector {
  #panel = document.getElementById("inspector");
  #heading = document.getElementById("inspector-heading");
  #facts = document.getElementById("inspector-facts");
  #json = document.querySelector("#inspector-json code");
  #onClose;
  #onTopic;

  /** `onTopic(topic)` is called when the reader wants to follow that topic; `onClose()` after closing. */
  constructor({ onClose, onTopic }) {
    this.#onClose = onClose;
    this.#onTopic = onTopic;
    document.getElementById("inspector-close").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (key) => key.key === "Escape" && this.close());
  }

  open(event, line) {
    this.#heading.textContent = event.event_type;
    const topic = document.createElement("button");
    topic.type = "button";
    topic.className = "link";
    topic.textContent = event.topic;
    topic.title = "Follow this topic only";
    topic.addEventListener("click", () => this.#onTopic(event.topic));
    this.#facts.replaceChildren(
      ...fact("Topic", topic),
      ...fact("Received", utcTime(event.received)),
      ...fact("Happened", utcTime(event.timestamp)),
      ...fact("Publisher", event.publisher ?? "–"),
      ...fact("Position", `${event.stream} ${event.epoch}:${event.offset}`),
    );
    this.#json.textContent = JSON.stringify(parseExactly(line).event, null, 2);
    this.#panel.hidden = false;
    this.#heading.focus();
  }

  close() {
    if (this.#panel.hidden) return;
    this.#panel.hidden = true;
    this.#onClose();
  }
}

function fact(name, value) {
  const term = document.createElement("dt");
  const description = document.createElement("dd");
  term.textContent = name;
  description.append(value);
  return [term, description];
}
