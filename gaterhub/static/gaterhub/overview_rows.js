/** The rows of the overview: what the ten carry, who follows them, what was lost. */

import { ago, count, localTime, rate, utcTime } from "./format.js";
import { SECONDS } from "./rate_history.js";

const CURVE_HEIGHT = 20;
const compact = new Intl.NumberFormat("en", { notation: "compact", minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** For how long a loss that grew stands out. */
const RECENT_MS = 60_000;

const states = (row) => (!row.up ? "down" : row.enabled ? "up" : "disabled");
const noted = (parts) => parts.filter(([number]) => number > 0).map(([number, word]) => `${count(number)} ${word}`).join(", ");
/** Beyond a hundred million the last digits only flicker. */
const short = (number) => (number < 1e8 ? count(number) : compact.format(number));
const clock = (ms) => localTime(ms).slice(0, 8);

/** What stands small below a figure, where there is any of it. */
const BELOW = {
  total: (row) => noted([[row.refused, "refused"], [row.failed, "failed"], [row.waiting, "waiting"]]),
  dropped: (row) => noted([[row.conflated, "conflated"]]),
  gaps: (row) => noted([[row.closed, "closed"]]),
};
/** What is lost, and where it stands: it is marked while it grows. */
const LOSSES = {
  dropped: ".dropped .figure",
  gaps: ".gaps .figure",
  closed: ".gaps .more",
  failed: ".total .more",
};

export class Rows {
  #rows = new Map();
  #lost = new Map();

  constructor(table) {
    for (const row of table.tBodies[0].rows) this.#rows.set(row.dataset.instance, row);
  }

  get names() {
    return [...this.#rows.keys()];
  }

  show(figures, history) {
    for (const each of figures.instances) this.#showRow(each, history, figures.at);
  }

  #showRow(figures, history, now) {
    const row = this.#rows.get(figures.name);
    if (!row) return;
    const write = (selector, text) => {
      const place = row.querySelector(selector);
      if (place.textContent !== text) place.textContent = text;
    };
    row.classList.toggle("quiet", figures.rate_60s === 0);
    write(".now", rate(figures.rate_1s));
    write(".minute", rate(figures.rate_60s));
    write(".subscribers", count(figures.subscribers));
    for (const name of ["total", "dropped", "gaps"]) {
      write(`.${name} .figure`, short(figures[name]));
      row.querySelector(`.${name} .figure`).title = count(figures[name]);
      write(`.${name} .more`, BELOW[name](figures));
    }
    for (const [name, place] of Object.entries(LOSSES)) {
      row.querySelector(place).classList.toggle("some", figures[name] > 0);
      row.querySelector(place).classList.toggle("recent", this.#grewLately(figures, name));
    }
    draw(row.querySelector("polyline"), history.rates.get(figures.name));
    const summary = history.summary(figures.name);
    write(".peak", summary === null ? "" : `peak ${rate(summary.peak)}`);
    showNewest(row.querySelector(".newest"), figures.last_event, now);
    const state = states(figures);
    row.querySelector(".state").dataset.state = state;
    write(".state .word", state);
  }

  /** Whether the loss has grown in the last minute, as far as this page has seen. */
  #grewLately(figures, name) {
    const key = `${figures.name} ${name}`;
    const lost = figures[name];
    const known = this.#lost.get(key) ?? { lost, grewAt: -Infinity };
    // A process that ends takes its counts along, which is no growth when it is back.
    const grewAt = lost > known.lost ? performance.now() : known.grewAt;
    this.#lost.set(key, { lost, grewAt });
    return performance.now() - grewAt < RECENT_MS;
  }
}

/** Draw the newest value at the right edge, on a scale of its own; the peak stands beside it. */
function draw(line, rates) {
  const highest = Math.max(1, ...rates);
  const height = (value) => (CURVE_HEIGHT - 1 - (value / highest) * (CURVE_HEIGHT - 2)).toFixed(1);
  const points = rates.map((value, place) => (value === null ? "" : `${place},${height(value)}`));
  line.setAttribute("points", points.filter(Boolean).join(" "));
}

function showNewest(cell, newest, now) {
  if (!newest) {
    if (cell.textContent !== "nothing yet") cell.textContent = "nothing yet";
    return;
  }
  const { topic, event_type: eventType, received } = newest;
  const parts = { type: eventType, when: ago(now - received), topic, clock: clock(received) };
  let box = cell.querySelector("div");
  if (!box) {
    box = document.createElement("div");
    for (const name of Object.keys(parts)) box.append(Object.assign(document.createElement("span"), { className: name }));
    cell.replaceChildren(box);
  }
  for (const span of box.children) {
    const text = parts[span.className];
    if (span.textContent !== text) span.textContent = span.title = text;
  }
  box.querySelector(".clock").title = utcTime(received);
}

/** Fill the table that says in figures what the chart shows. */
export function showNumbers(place, figures, history) {
  const rows = new Map([...place.querySelectorAll("tbody tr")].map((row) => [row.dataset.instance, row]));
  for (const each of figures.instances) {
    const row = rows.get(each.name);
    if (!row) continue;
    const summary = history.summary(each.name);
    const received = each.last_event?.received;
    const texts = [
      rate(each.rate_1s),
      rate(each.rate_10s),
      summary === null ? "–" : rate(summary.mean),
      summary === null ? "–" : rate(summary.peak),
      summary === null || summary.peak === 0 ? "–" : clock(summary.peakAt),
      received ? clock(received) : "–",
      received ? utcTime(received).replace(/\.\d+/, "") : "–",
    ];
    texts.forEach((text, place) => (row.cells[place + 1].textContent = text));
  }
}

/** Say in a sentence what the chart shows, for whoever doesn't see it. */
export function inWords(figures, history) {
  const found = figures.instances.map(({ name }) => ({ name, ...history.summary(name) })).filter(({ peak }) => peak > 0);
  if (found.length === 0) return `No events in the last ${SECONDS / 60} minutes.`;
  found.sort((one, other) => other.mean - one.mean);
  const said = found.map(({ name, mean, peak }) => `${name} ${rate(mean)} on average, at most ${rate(peak)}`);
  return `Events per second, the busiest first: ${said.join("; ")}. The table below has the same.`;
}
