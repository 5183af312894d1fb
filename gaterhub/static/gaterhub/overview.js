/** The overview: the figures of the ten instances and of the hub, fetched once a second while somebody looks. */

import { Hub } from "../consumers/hub.js";
import "./first_event.js";
import { plural, rate } from "./format.js";
import { showHub } from "./overview_hub.js";
import { Rows, inWords, showNumbers } from "./overview_rows.js";
import { watchTogether } from "./presence.js";
import { RateChart } from "./rate_chart.js";
import { RateHistory } from "./rate_history.js";

const POLL_MS = 1000;
const POLL_MAX_MS = 30_000;
const TIMEOUT_MS = 10_000;

const element = (id) => document.getElementById(id);
const { api, login } = element("figures").dataset;
const rows = new Rows(element("instances"));
const history = new RateHistory(rows.names);
const chart = new RateChart(element("chart"), document.querySelector(".legend"), history);
const numbers = element("numbers");
const hub = document.querySelector(".hub");
const pause = element("pause");
const trouble = element("trouble");

let failures = 0;
let timer = 0;
let refreshedAt = null;
let latest = null;
let asking = false;

async function poll() {
  clearTimeout(timer);
  if (document.hidden || asking || isPaused()) return;
  asking = true;
  try {
    const response = await fetch(`${api}?history=${history.wanted}`, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401 || response.status === 403) return endOfSession();
    if (!response.ok) throw new Error(`it answered ${response.status}.`);
    const figures = await response.json();
    failures = 0;
    if (!isPaused()) show(figures);
  } catch (error) {
    failures += 1;
    complain(error);
  } finally {
    asking = false;
  }
  clearTimeout(timer);
  timer = setTimeout(poll, Math.min(POLL_MAX_MS, POLL_MS * 2 ** failures));
}

function show(figures) {
  refreshedAt = new Date();
  latest = figures;
  const moved = history.merge(figures.sampled_at, figures.instances);
  rows.show(figures, history);
  showHub(hub, figures);
  if (moved) chart.draw();
  if (numbers.open) showNumbers(numbers, figures, history);
  describeChart();
  const up = figures.instances.filter((each) => each.up).length;
  const sum = (name) => figures.instances.reduce((total, each) => total + each[name], 0);
  say("live", "Live");
  element("totals").textContent =
    `${up} of ${figures.instances.length} up · ${rate(sum("rate_1s"))} events/s · ${plural(sum("total"), "event")} in all`;
  element("totals").classList.toggle("error", up < figures.instances.length);
  trouble.hidden = true;
}

function describeChart() {
  const empty = element("plot-empty");
  empty.hidden = chart.possible && history.sampledAt !== null;
  if (!chart.possible) empty.textContent = "The chart could not be loaded. The figures as a table, below, have the same.";
  element("chart-words").textContent = inWords(latest, history);
}

function say(state, word) {
  const pill = element("state");
  pill.dataset.state = state;
  if (pill.textContent !== word) pill.textContent = word;
}

function complain(error) {
  const reason = error.name === "TimeoutError" ? "it did not answer in time." : error.message;
  const last = refreshedAt ? ` The figures below are from ${refreshedAt.toLocaleTimeString()}.` : "";
  say("offline", "No answer");
  const sentence = `The hub gives no figures: ${reason}${last} Trying again by itself.`;
  if (trouble.textContent !== sentence) trouble.textContent = sentence;
  trouble.hidden = false;
}

function endOfSession() {
  say("offline", "Logged out");
  const link = document.createElement("a");
  link.href = login;
  link.textContent = "Log in again";
  trouble.replaceChildren("Your log-in has ended. ", link, ".");
  trouble.hidden = false;
}

function isPaused() {
  return pause.getAttribute("aria-pressed") === "true";
}

pause.addEventListener("click", () => {
  pause.setAttribute("aria-pressed", String(!isPaused()));
  if (isPaused()) say("connecting", "Paused");
  else poll();
});
numbers.addEventListener("toggle", () => numbers.open && latest && showNumbers(numbers, latest, history));
element("processes").addEventListener("toggle", () => latest && showHub(hub, latest));
document.addEventListener("visibilitychange", poll);
poll();
watchTogether(new Hub());
