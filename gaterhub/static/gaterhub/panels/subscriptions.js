/** The panel of subscription health: stores across, subscriptions down, and in each cell the last state and its age. */

import { ago, count, plural, utcTime } from "../format.js";
import { made, write } from "../keyed_rows.js";
import { Empty, Knowledge, number, text } from "../panel_parts.js";
import { StateRuns } from "../state_runs.js";

/** What each event type says of a subscription: the word, how grave it is, and in which order the worst come first. */
const TOLD = {
  registration_failure: ["failed", "bad", 0],
  subscription_lagging: ["lagging", "warn", 1],
  registration_attempt: ["registering", "warn", 2],
  subscription_restarted: ["restarted", "warn", 3],
  subscription_unregistered: ["unregistered", "off", 4],
  registration_success: ["registered", "good", 5],
  subscription_caught_up: ["caught up", "good", 5],
};
const STORES_MAX = 12;
/** An attempt is answered at once, or somebody has to know. */
const UNANSWERED_MS = 60_000;

export default class Subscriptions {
  #options;
  #select;
  #known = new Map();
  #scroll = made("div", "", "matrix-scroll");
  #table = made("table", "", "matrix");
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;
  #shape = "";
  #cells = new Map();

  constructor(body, context) {
    this.#options = context.options;
    this.#select = context.select;
    this.#table.setAttribute("aria-label", `${context.title}: stores across, subscriptions down`);
    // What scrolls is reached by the keyboard, too.
    this.#scroll.tabIndex = 0;
    this.#scroll.setAttribute("role", "region");
    this.#scroll.setAttribute("aria-label", context.title);
    this.#scroll.append(this.#table);
    this.#empty = new Empty(body, context);
    body.append(this.#scroll, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["health"] });
  }

  take(rows) {
    for (const row of rows) {
      this.#knowledge.take(row);
      if (row.event?.instance === "health" && Object.hasOwn(TOLD, row.event.event_type)) this.#note(row);
    }
  }

  clear() {
    this.#known.clear();
    this.#cells.clear();
    this.#table.replaceChildren();
    this.#shape = "";
    this.#knowledge.clear();
  }

  forget(before) {
    for (const { runs } of this.#known.values()) runs.forget(before);
    this.#knowledge.forget(before);
  }

  draw(now) {
    const { stores, names, left } = this.#layout();
    this.#draw(stores, names);
    for (const [key, parts] of this.#cells) this.#show(this.#known.get(key), parts, now);
    this.#scroll.hidden = names.length === 0;
    this.#rest.hidden = left === 0;
    write(this.#rest, `and ${plural(left, "subscription")} more that are no worse than these`);
    this.#empty.draw(names.length === 0, "No subscription has told anything in this time. They tell when they register, fall behind or end.");
    this.#knowledge.draw(`What has told nothing for ${ago(this.#options.stale_seconds * 1000).replace(" ago", "")} is faded.`);
  }

  #note(row) {
    const { event } = row;
    const [, storeTold = "", nameTold = ""] = event.topic.split(":");
    const store = text(event, "store_id") || storeTold;
    const name = text(event, "subscription_name") || nameTold;
    const key = `${store}\n${name}`;
    const known = this.#known.get(key) ?? { store, name, runs: new StateRuns(), row: null };
    if (known.runs.add(row.at, event.event_type, row)) known.row = row;
    this.#known.set(key, known);
  }

  /** Give which stores and subscriptions are shown: those with the worst state first, where there is no room for all. */
  #layout() {
    const worst = (kept, key, rank) => kept.set(key, Math.min(kept.get(key) ?? 9, rank));
    const [stores, names] = [new Map(), new Map()];
    for (const { store, name, runs } of this.#known.values()) {
      const rank = TOLD[runs.state][2];
      worst(stores, store, rank);
      worst(names, name, rank);
    }
    const chosen = (ranks, most) =>
      [...ranks].sort(([one, rank], [other, its]) => rank - its || (one < other ? -1 : 1)).slice(0, most).map(([key]) => key);
    // Once chosen, columns keep their places by name; rows stand by how grave they are.
    const across = chosen(stores, STORES_MAX).sort();
    const down = chosen(names, this.#options.limit);
    const within = new Set(across);
    const below = new Set(down);
    const shown = [...this.#known.values()].filter(({ store, name }) => within.has(store) && below.has(name)).length;
    return { stores: across, names: down, left: this.#known.size - shown };
  }

  /** Make the table anew where its rows or columns are others than before. */
  #draw(stores, names) {
    const shape = JSON.stringify([stores, names]);
    // While the keyboard is in it, rows stay where they are.
    if (shape === this.#shape || (this.#table.contains(document.activeElement) && this.#cells.size > 0)) return;
    this.#shape = shape;
    this.#cells.clear();
    const head = document.createElement("thead");
    const across = head.insertRow();
    across.append(made("th", "Subscription"), ...stores.map((store) => made("th", store)));
    for (const cell of across.cells) cell.scope = "col";
    const body = document.createElement("tbody");
    for (const name of names) {
      const row = body.insertRow();
      const label = made("th", name);
      label.scope = "row";
      row.append(label);
      for (const store of stores) {
        const cell = row.insertCell();
        const key = `${store}\n${name}`;
        if (this.#known.has(key)) this.#cells.set(key, this.#button(cell, key));
        else cell.append(made("span", "–", "muted"));
      }
    }
    this.#table.replaceChildren(head, body);
  }

  #button(cell, key) {
    const button = made("button", "", "matrix-cell");
    button.type = "button";
    const [state, age] = [made("strong", ""), made("span", "", "matrix-age")];
    button.append(state, " ", age);
    button.addEventListener("click", () => this.#select({ topic: this.#known.get(key).row.event.topic }));
    cell.append(button);
    return { button, state, age };
  }

  #show({ runs, row, store, name }, { button, state, age }, now) {
    const [word, level] = TOLD[runs.state];
    const silent = now - runs.toldAt;
    const unanswered = runs.state === "registration_attempt" && silent > UNANSWERED_MS;
    button.dataset.level = unanswered ? "bad" : level;
    button.classList.toggle("stale", silent > this.#options.stale_seconds * 1000);
    const lag = number(row.event, "lag_events");
    const said = unanswered ? "no answer" : runs.state === "subscription_lagging" && lag !== null ? `${word} ${count(lag)}` : word;
    write(state, said);
    write(age, ago(silent));
    const title = `${name} of ${store}: ${said}, told ${utcTime(runs.toldAt)}. Show only its events.`;
    if (button.title !== title) button.title = title;
  }
}
