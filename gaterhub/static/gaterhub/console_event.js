/** What a console says of an open event beside its fields: who, from where, their story, the stored entry, and the pin. */

import { made } from "./keyed_rows.js";
import { TypeHelp } from "./type_help.js";

const EVENT = "EVENT";
const INSTANCE = "INSTANCE";

/** The event types of all instances, of each when it is first asked for. */
export class TypesOfAll {
  #address;
  #known = new Map();

  constructor(address) {
    this.#address = address;
  }

  of(event) {
    if (!this.#known.has(event.instance)) {
      this.#known.set(event.instance, new TypeHelp(this.#address.replace(INSTANCE, event.instance)));
    }
    return this.#known.get(event.instance).of(event);
  }
}

/** Give pairs of a name and an element. */
export function moreOf({ event, actor, origin }, { settings, pins, narrowing, storyLink }) {
  const pairs = [["Instance", narrower(event.instance, () => narrowing.select({ instance: event.instance }))]];
  for (const [name, field, value] of [["Who", "actor", actor], ["From", "origin", origin]]) {
    if (!value) continue;
    const both = document.createElement("span");
    const story = made("a", "whole story");
    story.href = storyLink(value);
    story.setAttribute("aria-label", `Whole story of ${value}`);
    both.append(narrower(value, () => narrowing.select({ [field]: value })), " · ", story);
    pairs.push([name, both]);
  }
  if (settings.proven.includes(event.instance)) {
    const link = made("a", "stored entry and its proof");
    link.href = settings.proof.replace(INSTANCE, event.instance).replace(EVENT, event.id);
    pairs.push(["Record", link]);
  }
  pairs.push(["Pinned", pinButton(event, pins)]);
  return pairs;
}

function narrower(text, onClick) {
  const button = made("button", text, "link");
  button.type = "button";
  button.title = `Show only ${text}`;
  button.addEventListener("click", onClick);
  return button;
}

function pinButton(event, pins) {
  const both = document.createElement("span");
  const button = made("button", "", "link pin");
  const trouble = made("span", "", "error");
  button.type = "button";
  const show = () => (button.textContent = pins.has(event) ? "Take it off" : "Pin");
  button.addEventListener("click", async () => {
    await (pins.has(event) ? pins.remove(event) : pins.add(event));
    show();
    trouble.textContent = pins.trouble && ` ${pins.trouble}`;
  });
  show();
  both.append(button, trouble);
  return both;
}
