/** The panel beside the list: the families of the instance and the topics seen lately, each to be followed by a click. */

import { ago, plural, rate } from "./format.js";

const SHOWN_MAX_TOPICS = 200;

export class TopicPanel {
  #activity;
  #families;
  #topics;
  #more;
  #none;
  #template;
  #rows = new Map(); // Pattern → its <li>, of the families that the catalog doesn't declare and of the topics.

  constructor({ activity, panel, template, onFollow }) {
    this.#activity = activity;
    this.#families = panel.querySelector("#families");
    this.#topics = panel.querySelector("#topics-seen");
    this.#more = panel.querySelector("#topics-more");
    this.#none = panel.querySelector("#topics-none");
    this.#template = template.content.firstElementChild;
    panel.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-pattern]");
      if (button) onFollow(button.dataset.pattern);
    });
  }

  /** Mark the pattern that is followed. */
  follow(pattern) {
    for (const list of [this.#families, this.#topics]) {
      for (const button of list.querySelectorAll("[data-pattern]")) mark(button, pattern);
    }
  }

  /** Write the figures; called once a second. */
  show(pattern, nowMs = Date.now()) {
    this.#showFamilies(pattern, nowMs);
    // Rows don't change their places under a pointer or the keyboard's focus: a click hits what was aimed at.
    const held = this.#topics.matches(":hover, :focus-within");
    const { topics, more } = this.#activity.busiest(SHOWN_MAX_TOPICS, nowMs);
    const wanted = new Map(topics.map((topic) => [topic.name, topic]));
    for (const [name, item] of this.#rows) {
      if (wanted.has(name) || item.parentElement !== this.#topics || held) continue;
      item.remove();
      this.#rows.delete(name);
    }
    for (const topic of topics) {
      const item = this.#rows.get(topic.name) ?? this.#row(topic.name, topic.name, pattern);
      write(item, topic, nowMs);
      if (!held || !item.isConnected) this.#topics.append(item);
    }
    this.#more.hidden = more === 0;
    this.#more.textContent = `and ${plural(more, "quieter topic")}`;
    this.#none.hidden = topics.length > 0;
  }

  #showFamilies(pattern, nowMs) {
    for (const family of this.#activity.families(nowMs)) {
      const name = `${family.name}:*`;
      let item = this.#families.querySelector(`[data-pattern="${CSS.escape(name)}"]`)?.closest("li");
      if (!item) {
        item = this.#row(name, name, pattern);
        item.querySelector("button").title = "This family is not declared; a mistyped one would look the same.";
        item.dataset.undeclared = "";
        this.#families.append(item);
      }
      write(item, family, nowMs);
    }
  }

  #row(name, text, pattern) {
    const item = this.#template.cloneNode(true);
    const button = item.querySelector("button");
    button.dataset.pattern = name;
    button.querySelector(".name").textContent = button.title = text;
    mark(button, pattern);
    this.#rows.set(name, item);
    return item;
  }
}

const mark = (button, pattern) => button.setAttribute("aria-pressed", String(button.dataset.pattern === pattern));

function write(item, { perSecond, lastSeen }, nowMs) {
  const texts = { ".rate": `${rate(perSecond)}/s`, ".seen": ago(nowMs - lastSeen) };
  for (const [part, text] of Object.entries(texts)) {
    const element = item.querySelector(part);
    if (element.textContent !== text) element.textContent = text;
  }
}
