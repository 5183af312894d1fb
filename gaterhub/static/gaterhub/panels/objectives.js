/** The panel of service level objectives: what is left of each budget, how fast it goes, and how long it lasts. */

import { count, utcTime } from "../format.js";
import { KeyedRows, cell, made, write } from "../keyed_rows.js";
import { drawn, many, percent, table } from "../panel_parts.js";

const ASK_MS = 15_000;
const WORDS = { no_data: "no data", kept: "kept", burning: "burning", missed: "missed" };
const LEVELS = { no_data: "off", kept: "good", burning: "warn", missed: "bad" };
const RANKS = { missed: 0, burning: 1, no_data: 2, kept: 3 };
const METER_WIDTH = 100;

export default class Objectives {
  #options;
  #api;
  #table;
  #rows;
  #empty = made("p", "", "panel-empty");
  #note = made("p", "", "panel-note");
  #trouble = made("p", "", "problem");
  #told = null;
  #askedAt = -Infinity;
  #asking = false;
  #changed = false;
  #window;

  constructor(body, { options, api, title, window }) {
    this.#options = options;
    this.#api = api;
    this.#window = window;
    this.#trouble.setAttribute("role", "alert");
    this.#trouble.hidden = true;
    this.#table = table(title, ["Objective", "State", { text: "Good", className: "number" }, "Budget left", { text: "Burn rate", className: "number", title: "Over the last hour: 1 uses up the budget in exactly one window." }, "Lasts"]);
    body.append(this.#trouble, this.#empty, this.#table, this.#note);
    this.#rows = new KeyedRows(this.#table, () => objectiveRow());
  }

  take() {}

  clear() {}

  forget() {}

  draw() {
    if (performance.now() - this.#askedAt > ASK_MS) this.#ask();
    if (this.#told === null) return write(this.#empty, this.#trouble.hidden ? "Asking the hub…" : "");
    if (!this.#changed) return undefined;
    this.#changed = false;
    const { instance } = this.#options;
    const all = this.#told.results.filter((row) => instance === "" || row.instance === instance);
    all.sort((one, other) => RANKS[one.state] - RANKS[other.state] || left(one) - left(other) || (one.name < other.name ? -1 : 1));
    this.#rows.show(all.slice(0, this.#options.limit), ({ name }) => name);
    this.#table.hidden = all.length === 0;
    this.#empty.hidden = all.length > 0;
    write(this.#empty, "No objective is set for what you may read. Operators set them in the admin: a metric, a bound, a share of events, and a window.");
    write(this.#note, this.#noteOf(all));
    return undefined;
  }

  #noteOf(all) {
    const parts = [];
    if (!this.#window().live) parts.push("Objectives stand as of now, whatever time is shown.");
    if (this.#told.recorder === null && all.length > 0) parts.push("Nobody counts at the moment: no serving process records, or the database can’t be written to.");
    if (all.length > this.#options.limit) parts.push(`${count(all.length - this.#options.limit)} more stand no worse.`);
    return parts.join(" ");
  }

  async #ask() {
    if (this.#asking) return;
    [this.#asking, this.#askedAt] = [true, performance.now()];
    try {
      this.#told = await this.#api("/api/v1/objectives/");
      this.#trouble.hidden = true;
    } catch (error) {
      // What was told before still stands, with the time up to which it was counted.
      write(this.#trouble, `Objectives could not be asked for: ${error.message}`);
      this.#trouble.hidden = false;
    }
    [this.#asking, this.#changed] = [false, true];
  }
}

const left = ({ budget }) => budget.left_ratio ?? 1;

/** Write how long a budget lasts, in the two largest units. */
export function lasting(seconds) {
  const units = [["d", 86_400], ["h", 3_600], ["min", 60]];
  for (const [place, [unit, size]] of units.entries()) {
    if (seconds < size) continue;
    const whole = Math.floor(seconds / size);
    const next = units[place + 1];
    const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
    return rest > 0 ? `${whole} ${unit} ${rest} ${next[0]}` : `${whole} ${unit}`;
  }
  return "less than a minute";
}

function objectiveRow() {
  const row = document.createElement("tr");
  const head = cell(row, "", "th");
  const [name, about] = [made("strong", ""), made("span", "", "objective-about")];
  head.append(name, " ", about);
  const state = made("span", "", "state-word");
  cell(row, "State").append(state);
  const good = cell(row, "Good", "td", "number");
  const [share, counts] = [made("span", "", "figure"), made("span", "", "objective-about")];
  good.append(share, " ", counts);
  const budget = cell(row, "Budget left");
  const meter = drawn("svg", { class: "budget", viewBox: `0 0 ${METER_WIDTH} 6`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const used = drawn("rect", { class: "used", x: 0, y: 0, height: 6, width: 0 });
  meter.append(drawn("rect", { class: "track", x: 0, y: 0, width: METER_WIDTH, height: 6 }), used);
  const [ratio, events] = [made("span", "", "figure"), made("span", "", "objective-about")];
  budget.append(ratio, " ", meter, events);
  const burn = cell(row, "Burn rate", "td", "number");
  const lasts = cell(row, "Lasts");
  const covered = made("span", "", "objective-about uncovered");
  head.append(" ", covered);
  return {
    row,
    update(told) {
      const { budget: figures } = told;
      row.dataset.level = LEVELS[told.state];
      write(name, told.name);
      write(about, `${told.target_percent} % of ${told.event_type ?? "events"} on ${told.instance} ${told.pattern} with ${told.good_event}, over ${many(told.window_days, "day", "days")}`);
      write(state, WORDS[told.state]);
      write(share, percent(told.good_ratio));
      write(counts, told.good_ratio === null ? "no events yet" : `${count(told.bad)} bad of ${count(told.good + told.bad)}`);
      write(ratio, ratioWords(figures.left_ratio));
      used.setAttribute("width", String(Math.max(0, Math.min(1, figures.left_ratio ?? 0)) * METER_WIDTH));
      write(events, figures.left_ratio === null ? "" : leftWords(figures, told.bad));
      write(burn, figures.burn_rate === null ? "–" : figures.burn_rate.toLocaleString("en", { maximumFractionDigits: 2 }));
      write(lasts, lastsWords(told));
      write(covered, coverage(told));
      covered.hidden = covered.textContent === "";
      covered.title = told.since === null ? "" : `Counted from ${utcTime(told.since)} to ${utcTime(told.until)}`;
    },
  };
}

function ratioWords(ratio) {
  if (ratio === null) return "–";
  return ratio < 0 ? "none" : `${(ratio * 100).toLocaleString("en", { maximumFractionDigits: 1 })} %`;
}

function leftWords({ left: rest, allowed }, bad) {
  // Whole events: half of one can't be bad.
  if (rest < 0) return `${count(bad)} bad where ${count(Math.floor(allowed))} may be`;
  return `${count(Math.floor(rest))} of ${count(Math.floor(allowed))} bad events left`;
}

function lastsWords({ state, budget: { burn_rate: burn, time_left_seconds: seconds } }) {
  if (state === "no_data" || state === "missed") return "–";
  if (burn === null) return "nothing seen in the last hour";
  return seconds === null ? "at this rate it lasts" : `${lasting(seconds)} at this rate`;
}

function coverage({ since, uncovered_minutes: missing, covered_minutes: covered }) {
  if (since === null) return "Not counted yet: the recorder takes it up within ten seconds.";
  if (missing === 0) return "";
  return `${many(missing, "minute", "minutes")} of ${count(missing + covered)} not covered: events may be missing there.`;
}
