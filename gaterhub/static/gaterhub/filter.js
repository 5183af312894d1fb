/** Which of the events that came are shown: by text, by type, by severity. */

import { readAddress, writeAddress } from "./address.js";
import { RANKS } from "./severity.js";

/** Between the last key and the filtering, so that a word that is being typed is looked for once. */
const TYPING_PAUSE_MS = 150;
/** Types offered for choice; an instance has some dozens, and a publisher that makes them up may have no end. */
const OFFERED_MAX_TYPES = 300;

/** Write what the text filter searches in an event, in small letters. */
function searchable({ event }) {
  const { topic, event_type: eventType, publisher, data } = event;
  return `${topic}\n${eventType}\n${publisher ?? ""}\n${JSON.stringify(data)}`.toLowerCase();
}

/** Make the function that tells whether a row passes. */
export function matcherOf({ text, type, severity }) {
  const wanted = text.trim().toLowerCase();
  const least = Object.hasOwn(RANKS, severity) ? RANKS[severity] : -1;
  if (!wanted && !type && least < 0) return () => true;
  return (row) =>
    row.rank >= least && (!type || row.event.event_type === type) && (!wanted || searchable(row).includes(wanted));
}

export class Filter {
  #form;
  #onChange;
  #types = new Set();
  #offered = 0;
  #timer = 0;

  /** Take the form's state from the address; `onChange(matches, active)` is called at every change. */
  constructor({ form, onChange }) {
    this.#form = form;
    this.#onChange = onChange;
    const { text, type, severity } = readAddress();
    if (type) this.#offer([type]);
    Object.assign(form.elements.text, { value: text });
    form.elements.type.value = type;
    form.elements.severity.value = Object.hasOwn(RANKS, severity) ? severity : "";
    // A severity that the choice doesn't name would leave it empty.
    if (form.elements.severity.selectedIndex < 0) form.elements.severity.value = "";
    form.addEventListener("input", ({ target }) => this.#later(target === form.elements.text ? TYPING_PAUSE_MS : 0));
    form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#later(0);
    });
    form.addEventListener("reset", () => this.#later(0));
  }

  get state() {
    const { text, type, severity } = this.#form.elements;
    return { text: text.value, type: type.value, severity: severity.value };
  }

  get active() {
    return Object.values(this.state).some((value) => value.trim() !== "");
  }

  get matches() {
    return matcherOf(this.state);
  }

  /** Note a type that came, to offer it for choice. */
  saw(type) {
    if (this.#types.size < OFFERED_MAX_TYPES) this.#types.add(type);
  }

  /** Offer the types that came since; not while somebody is choosing, under whose hand the list would move. */
  offer() {
    if (this.#types.size > this.#offered && document.activeElement !== this.#form.elements.type) this.#offer([]);
  }

  clear() {
    this.#form.reset();
  }

  #offer(more) {
    for (const type of more) this.#types.add(type);
    this.#offered = this.#types.size;
    const choice = this.#form.elements.type;
    const chosen = choice.value;
    const options = [...this.#types].sort().map((type) => new Option(type, type));
    choice.replaceChildren(choice.options[0], ...options);
    choice.value = chosen;
  }

  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      writeAddress(this.state);
      this.#onChange();
    }, ms);
  }
}
