/** The panel of crashes and restarts: marks on a strip of time, and below each of the newest what came before it. */

import { clockTime, plural, utcTime } from "../format.js";
import { KeyedRows, made, write } from "../keyed_rows.js";
import { Empty, Knowledge, behindFamily, drawn, many, number, text } from "../panel_parts.js";
import { SortedRows } from "../sorted_rows.js";

const STRIP_WIDTH = 1_000;
const MARKS_MAX = 400;
const BEFORE_MAX = 20;
const COUNTED_MAX = 100;

/** What is told of each, and how grave it is. */
const KINDS = {
  process_crashed: (event) => ["crashed", "bad", text(event, "reason") || text(event, "signal") || exitOf(event)],
  process_unresponsive: (event) => ["gives no answer", "bad", text(event, "consequence")],
  process_restarted: (event) => ["restarted", "warn", text(event, "reason")],
  subscription_restarted: (event) => ["restarted", "warn", text(event, "reason")],
  process_stopped: (event) => (number(event, "exit_code") ? ["ended", "warn", exitOf(event)] : null),
};

function exitOf(event) {
  const code = number(event, "exit_code");
  return code === null ? "" : `exit code ${code}`;
}

/** Give the names under which an event is about something: what stands behind its family, and what it names itself. */
function namesOf(event) {
  const names = new Set([behindFamily(event)]);
  for (const name of ["component", "service", "subscription_name"]) names.add(text(event, name));
  names.delete("");
  return names;
}

export default class Crashes {
  #options;
  #crashes = new SortedRows();
  #byName = new Map();
  #strip = drawn("svg", { class: "strip", viewBox: `0 0 ${STRIP_WIDTH} 34`, preserveAspectRatio: "none", role: "img" });
  #edges = made("p", "", "strip-edges");
  #begin = made("span", "");
  #end = made("span", "");
  #list;
  #items;
  #rest = made("p", "", "panel-note");
  #knowledge;
  #empty;
  #window;

  constructor(body, context) {
    this.#options = context.options;
    this.#window = context.window;
    this.#list = made("ol", "", "crashes");
    this.#list.setAttribute("role", "list");
    this.#edges.append(this.#begin, this.#end);
    this.#empty = new Empty(body, context);
    body.append(this.#strip, this.#edges, this.#list, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["lifecycle", "health"] });
    this.#items = new KeyedRows(this.#list, () => crashItem({ open: context.openEvent, before: (row) => this.#before(row) }));
  }

  take(rows) {
    const found = [];
    for (const row of rows) {
      this.#knowledge.take(row);
      if (!row.event) continue;
      for (const name of namesOf(row.event)) {
        if (!this.#byName.has(name)) this.#byName.set(name, new SortedRows());
        this.#byName.get(name).add([row]);
      }
      if (KINDS[row.event.event_type]?.(row.event)) found.push(row);
    }
    this.#crashes.add(found);
  }

  clear() {
    this.#crashes.clear();
    this.#byName.clear();
    this.#knowledge.clear();
  }

  forget(before) {
    this.#crashes.forget(before);
    for (const [name, rows] of this.#byName) {
      rows.forget(before);
      if (rows.length === 0) this.#byName.delete(name);
    }
    this.#knowledge.forget(before);
  }

  draw(now) {
    const all = [...this.#crashes];
    const shown = all.slice(-this.#options.limit).reverse();
    this.#drawStrip(all, now);
    this.#items.show(shown, ({ key, number: place }) => key ?? String(place));
    const isEmpty = all.length === 0;
    for (const part of [this.#strip, this.#edges, this.#list]) part.toggleAttribute("hidden", isEmpty);
    this.#rest.hidden = all.length === shown.length;
    write(this.#rest, `and ${plural(all.length - shown.length, "older one")}; the strip has the newest ${MARKS_MAX}`);
    this.#empty.draw(isEmpty, "No process has crashed or was restarted in this time.");
    this.#knowledge.draw();
  }

  #drawStrip(all, now) {
    const { from, to } = this.#window();
    const until = Math.max(Math.min(to, now), from + 1);
    const marks = all.slice(-MARKS_MAX).map((row) => {
      const [word, level, why] = KINDS[row.event.event_type](row.event);
      const at = ((row.at - from) / (until - from)) * (STRIP_WIDTH - 4);
      const height = level === "bad" ? 30 : 18;
      const mark = drawn("rect", { class: `mark ${level}`, x: Math.max(0, at).toFixed(1), y: 32 - height, width: 4, height });
      const title = drawn("title");
      title.textContent = `${behindFamily(row.event)} ${word} at ${clockTime(row.at)}${why ? `: ${why}` : ""}`;
      mark.append(title);
      return mark;
    });
    this.#strip.replaceChildren(drawn("rect", { class: "ground", x: 0, y: 32, width: STRIP_WIDTH, height: 2 }), ...marks);
    const bad = all.filter(({ event }) => KINDS[event.event_type](event)[1] === "bad").length;
    this.#strip.setAttribute("aria-label", `${many(bad, "crash", "crashes")} and ${plural(all.length - bad, "restart")} from ${clockTime(from)} to ${clockTime(until)}`);
    write(this.#begin, clockTime(from));
    write(this.#end, clockTime(until));
  }

  /** Give what else is known of the same component from the minute before, the newest first. */
  #before(row) {
    const since = row.at - this.#options.before_seconds * 1000;
    const found = new Map();
    for (const name of namesOf(row.event)) {
      const rows = this.#byName.get(name);
      if (!rows) continue;
      for (let place = rows.placeOf(row) - 1; place >= 0 && rows.at(place).at >= since; place -= 1) {
        found.set(rows.at(place).number, rows.at(place));
        if (found.size > COUNTED_MAX) break;
      }
    }
    return [...found.values()].sort((one, other) => other.at - one.at || other.number - one.number);
  }
}

function crashItem({ open, before }) {
  const row = document.createElement("li");
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const time = document.createElement("time");
  const what = made("strong", "");
  const word = made("span", "", "state-word");
  const why = made("span", "", "message");
  const number = made("span", "", "muted");
  const list = made("ol", "", "before");
  list.setAttribute("role", "list");
  const more = made("p", "", "panel-note");
  const look = made("button", "Open the event", "link");
  look.type = "button";
  summary.append(time, " ", what, " ", word, " ", why, " ", number);
  details.append(summary, list, more, look);
  row.append(details);
  let shown = null;
  let drawnNumbers = "";
  look.addEventListener("click", () => open(shown));
  const fill = () => {
    const rows = before(shown);
    write(number, wordsOf(rows.length));
    const numbers = rows.map((each) => each.number).join();
    if (!details.open || numbers === drawnNumbers) return;
    drawnNumbers = numbers;
    list.replaceChildren(...rows.slice(0, BEFORE_MAX).map((each) => beforeItem(each, shown, open)));
    more.hidden = rows.length <= BEFORE_MAX;
    write(more, `and ${plural(rows.length - BEFORE_MAX, "event")} more before these`);
  };
  details.addEventListener("toggle", fill);
  return {
    row,
    update(crash) {
      shown = crash;
      const [said, level, reason] = KINDS[crash.event.event_type](crash.event);
      row.dataset.level = level;
      write(time, clockTime(crash.at));
      time.dateTime = new Date(crash.at).toISOString();
      time.title = utcTime(crash.at);
      write(what, behindFamily(crash.event));
      write(word, said);
      write(why, reason);
      fill();
    },
  };
}

function wordsOf(events) {
  if (events === 0) return "nothing before it";
  return events > COUNTED_MAX ? `more than ${COUNTED_MAX} events before it` : `${plural(events, "event")} before it`;
}

function beforeItem(row, crash, open) {
  const item = document.createElement("li");
  const button = made("button", "", "before-event");
  button.type = "button";
  const earlier = ((crash.at - row.at) / 1000).toFixed(1);
  button.append(made("span", `−${earlier} s`, "muted"), " ", made("strong", row.event.event_type), " ", made("span", row.event.topic, "muted"));
  button.addEventListener("click", () => open(row));
  item.append(button);
  return item;
}
