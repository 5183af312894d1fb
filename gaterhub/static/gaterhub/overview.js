/** The overview: the figures of the ten instances, fetched once a second while somebody looks. */

import { ago, count, plural, rate } from "./format.js";

const POLL_MS = 1000;
const POLL_MAX_MS = 30_000;
const TIMEOUT_MS = 10_000;
/** One point of the small curve per poll: the last minute, when nothing is missed. */
const CURVE_POINTS = 60;
const CURVE_HEIGHT = 20;

const table = document.getElementById("instances");
const rows = new Map([...table.tBodies[0].rows].map((row) => [row.dataset.instance, { row, curve: [] }]));
let failures = 0;
let timer = 0;
let refreshedAt = null;

async function poll() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const response = await fetch(table.dataset.api, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401 || response.status === 403) return endOfSession();
    if (!response.ok) throw new Error(`it answered ${response.status}.`);
    show((await response.json()).results);
    failures = 0;
  } catch (error) {
    failures += 1;
    complain(error);
  }
  timer = setTimeout(poll, Math.min(POLL_MAX_MS, POLL_MS * 2 ** failures));
}

function show(instances) {
  refreshedAt = new Date();
  for (const instance of instances) showRow(instance);
  const up = instances.filter(({ live }) => live.up).length;
  const perSecond = instances.reduce((sum, { live }) => sum + live.rate_1s, 0);
  const total = instances.reduce((sum, { live }) => sum + live.total, 0);
  say("live", "Live");
  document.getElementById("totals").textContent =
    `${up} of ${instances.length} up · ${rate(perSecond)} events/s · ${plural(total, "event")} in all`;
  trouble.hidden = true;
}

function showRow({ name, configuration, live }) {
  const { row, curve } = rows.get(name);
  const write = (selector, text) => (row.querySelector(selector).textContent = text);
  row.classList.toggle("quiet", live.rate_10s === 0);
  write(".now", rate(live.rate_1s));
  write(".ten", rate(live.rate_10s));
  write(".total", count(live.total));
  curve.push(live.rate_1s);
  if (curve.length > CURVE_POINTS) curve.shift();
  draw(row.querySelector("polyline"), curve);
  if (live.last_event) showNewest(row.querySelector(".newest"), live.last_event);
  else write(".newest", "nothing yet");
  const state = !live.up ? "down" : configuration.enabled ? "up" : "disabled";
  row.querySelector(".state").dataset.state = state;
  write(".state .word", state);
}

/** Draw the newest value at the right edge, on a scale of its own: the figures stand beside it. */
function draw(line, curve) {
  const highest = Math.max(1, ...curve);
  const from = CURVE_POINTS - curve.length;
  const height = (value) => (CURVE_HEIGHT - 1 - (value / highest) * (CURVE_HEIGHT - 2)).toFixed(1);
  line.setAttribute("points", curve.map((value, place) => `${from + place},${height(value)}`).join(" "));
}

function showNewest(cell, { topic, event_type: eventType, received }) {
  const box = document.createElement("div");
  for (const [name, text] of Object.entries({ type: eventType, when: ago(Date.now() - received), topic })) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = part.title = text;
    box.append(part);
  }
  cell.replaceChildren(box);
}

const trouble = document.getElementById("trouble");

function say(state, word) {
  const pill = document.getElementById("state");
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
  const login = document.createElement("a");
  login.href = table.dataset.login;
  login.textContent = "Log in again";
  trouble.replaceChildren("Your log-in has ended. ", login, ".");
  trouble.hidden = false;
}

document.addEventListener("visibilitychange", poll);
poll();
