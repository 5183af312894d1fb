/** The panel of open alerts: those that were raised and aren't resolved, however old, as the hub knows them now. */

import { ago, clockTime, count, plural, utcTime } from "../format.js";
import { KeyedRows, made, write } from "../keyed_rows.js";
import { levelOf } from "../severity.js";

/** After an event of `alerts`, so that a flood of them asks once a second. */
const SETTLE_MS = 1_000;
const REFRESH_MS = 30_000;
/** A second click on what can't be taken back counts for so long. */
const SURE_MS = 5_000;

export default class OpenAlerts {
  #context;
  #summary = made("p", "", "alerts-summary");
  #list = made("ol", "", "alerts");
  #none = made("p", "", "panel-empty");
  #rest = made("p", "", "panel-note");
  #trouble = made("p", "", "panel-note error");
  #items;
  #known = null;
  #timer = 0;
  #askedAt = -Infinity;
  #asking = false;
  #again = false;

  constructor(body, context) {
    this.#context = context;
    this.#list.setAttribute("role", "list");
    this.#list.setAttribute("aria-label", context.title);
    this.#list.tabIndex = -1;
    this.#trouble.setAttribute("role", "status");
    body.append(this.#summary, this.#list, this.#none, this.#rest, this.#trouble);
    this.#items = new KeyedRows(this.#list, () => alertItem({
      open: (alert) => context.openPinned({ instance: "alerts", id: alert.latest_event }),
      around: (alert) => context.around(alert.raised),
      answer: (event) => this.#answer(event),
    }));
    this.#load();
  }

  take(rows) {
    if (rows.some(({ event }) => event?.instance === "alerts" && event.received > this.#askedAt)) this.#later();
  }

  clear() {}

  forget() {}

  draw(now) {
    if (now - this.#askedAt > REFRESH_MS) this.#load();
    const known = this.#known;
    if (known === null) {
      write(this.#none, this.#trouble.textContent ? "" : "Looking for open alerts…");
      return;
    }
    const shown = known.results.slice(0, this.#context.options.limit);
    this.#leaveGone(new Set(shown.map(({ event }) => event)));
    this.#items.show(shown.map((alert) => ({ alert, now })), ({ alert }) => alert.event);
    write(this.#none, known.total > 0 ? "" : known.whole ? "No alert is open." : "No alert is open among those that were read so far.");
    this.#none.hidden = this.#none.textContent === "";
    const others = known.total - shown.length;
    const reading = known.whole ? "" : `Reading the history of alerts: ${count(known.read)} of ${plural(known.size, "entry").replace("entrys", "entries")}.`;
    write(this.#rest, [others > 0 ? `and ${plural(others, "open alert")} more, less grave or newer.` : "", reading].filter(Boolean).join(" "));
    write(this.#summary, summaryOf(known.results, known.total));
  }

  /** Have the keyboard go on from an alert that is open no longer: a row that it stands on would stay. */
  #leaveGone(open) {
    const row = this.#list.querySelector(":focus")?.closest(".alert");
    if (!row || open.has(row.dataset.id)) return;
    const next = row.nextElementSibling ?? row.previousElementSibling;
    (next?.querySelector("button") ?? this.#list).focus();
  }

  #later() {
    if (this.#timer === 0) this.#timer = setTimeout(() => this.#load(), SETTLE_MS);
  }

  async #load() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#askedAt = this.#context.now();
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    try {
      this.#known = await this.#context.api(`${this.#context.own.alerts}?limit=${Math.max(100, this.#context.options.limit)}`);
      write(this.#trouble, "");
      // What isn't read yet may be open, too.
      if (!this.#known.whole) this.#later();
    } catch (error) {
      write(this.#trouble, `${error.message}${this.#known ? ` Shown is what was open at ${clockTime(this.#known.now)}.` : ""}`);
    }
    this.#asking = false;
    if (this.#again) {
      this.#again = false;
      this.#later();
    }
    this.#context.redraw();
  }

  async #answer(event) {
    try {
      await this.#context.publish("alerts", event);
      write(this.#trouble, "");
      this.#later();
    } catch (error) {
      write(this.#trouble, error.message);
    }
  }
}

function summaryOf(alerts, total) {
  if (total === 0) return "";
  const escalate = alerts.filter((alert) => alert.escalation_required && alert.state === "raised").length;
  const untaken = alerts.filter((alert) => alert.state === "raised").length;
  const parts = [plural(total, "open alert"), `${count(untaken)} not acknowledged`];
  if (escalate > 0) parts.push(`${count(escalate)} to be escalated`);
  return parts.join(", ");
}

function alertItem({ open, around, answer }) {
  const row = made("li", "", "alert");
  const severity = made("span", "", "alert-severity");
  const what = made("div", "", "alert-what");
  const message = made("button", "", "link alert-message");
  const where = made("p", "", "alert-where");
  const impact = made("p", "", "alert-impact");
  const state = made("div", "", "alert-state");
  const escalate = made("span", "", "alert-escalate");
  const word = made("span", "", "alert-word");
  const age = document.createElement("time");
  const acts = made("div", "", "alert-acts");
  const look = made("button", "Around this", "");
  const acknowledge = made("button", "Acknowledge", "");
  const resolve = new SureButton("Resolve", "Resolve for all?", () => answer(shown.answers.resolve));
  let shown = null;
  for (const button of [message, look, acknowledge]) button.type = "button";
  message.addEventListener("click", () => open(shown));
  look.addEventListener("click", () => around(shown));
  acknowledge.addEventListener("click", () => answer(shown.answers.acknowledge));
  what.append(message, where, impact);
  state.append(escalate, word, age);
  acts.append(look, acknowledge, resolve.element);
  row.append(severity, what, state, acts);
  return {
    row,
    update({ alert, now }) {
      shown = alert;
      row.dataset.level = levelOf(alert.rank);
      row.dataset.state = alert.state;
      row.dataset.id = alert.event;
      write(severity, alert.severity || "unstated");
      write(message, alert.message || alert.event_type);
      write(where, [alert.incident_id, alert.component, alert.affected, alert.rule, alert.publisher && `told by ${alert.publisher}`].filter(Boolean).join(" · "));
      write(impact, impactOf(alert));
      impact.dataset.known = String(Boolean(alert.estimated_impact));
      write(escalate, alert.escalation_required === null ? "Escalation not stated" : alert.escalation_required ? "Escalation required" : "No escalation required");
      escalate.dataset.required = String(alert.escalation_required === true);
      write(word, stateOf(alert));
      write(age, `open ${ago(now - alert.raised).replace(/ ago$/, "").replace(/^now$/, "since now")}`);
      age.title = `Raised ${utcTime(alert.raised)}${alert.times > 1 ? `, ${alert.times} times, last ${utcTime(alert.latest)}` : ""}`;
      age.dateTime = new Date(alert.raised).toISOString();
      look.setAttribute("aria-label", `Around this: ${alert.message || alert.event_type}`);
      acknowledge.hidden = !alert.answers?.acknowledge || alert.state === "acknowledged";
      resolve.element.hidden = !alert.answers?.resolve;
    },
  };
}

function impactOf({ estimated_impact: impact, affected_subscriptions: subscriptions }) {
  const affected = subscriptions === null ? "" : ` (${plural(subscriptions, "subscription")})`;
  return impact ? `Impact: ${impact}${affected}` : `Impact not stated${affected}`;
}

function stateOf({ state, acknowledged_by: by, escalated_to: to, times }) {
  const words = {
    raised: "not acknowledged",
    acknowledged: by ? `acknowledged by ${by}` : "acknowledged",
    escalated: to ? `escalated to ${to}` : "escalated",
  };
  return times > 1 ? `${words[state]}, raised ${count(times)} times` : words[state];
}

/** A button that asks once more before it acts. */
class SureButton {
  element;
  #timer = 0;

  constructor(text, question, act) {
    this.element = made("button", text);
    this.element.type = "button";
    const calm = () => {
      clearTimeout(this.#timer);
      this.#timer = 0;
      write(this.element, text);
    };
    this.element.addEventListener("click", () => {
      if (this.#timer !== 0) {
        calm();
        act();
        return;
      }
      write(this.element, question);
      this.#timer = setTimeout(calm, SURE_MS);
    });
    this.element.addEventListener("blur", calm);
  }
}
