/** The page of a trace: its steps, fetched once a second while it runs and somebody looks. */

import { clockTime, count, plural } from "./format.js";
import { KeyedRows, write } from "./keyed_rows.js";
import { eventItem, gathered } from "./trace_events.js";

const POLL_MS = 1000;
const POLL_MAX_MS = 30_000;
const TIMEOUT_MS = 10_000;
const EVENTS_MAX = 100;

const element = (id) => document.getElementById(id);
const { api, login } = element("trace").dataset;
const pause = element("pause");
const stopping = element("stopping");
const trouble = element("trouble");
const rows = new KeyedRows(element("timeline"), eventItem);

let failures = 0;
let timer = 0;
let asking = false;
let over = false;

async function poll() {
  clearTimeout(timer);
  if (document.hidden || asking || over || isPaused()) return;
  asking = true;
  let wait = POLL_MS;
  try {
    const response = await fetch(api, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.json().catch(() => ({}));
    if (response.status === 401) return endOfSession();
    if (response.status === 403 || response.status === 404) return end("Not found", body.detail);
    if (!response.ok) throw new Error(body.detail ?? `it answered ${response.status}.`);
    failures = 0;
    if (!isPaused()) show(body);
  } catch (error) {
    failures += 1;
    wait = Math.min(POLL_MAX_MS, POLL_MS * 2 ** failures);
    say("offline", "No answer");
    complain(`The hub tells nothing of the trace: ${error.message} Trying again by itself.`);
  } finally {
    asking = false;
  }
  clearTimeout(timer);
  if (!over) timer = setTimeout(poll, wait);
}

function show({ trace, at, steps, more, processes, silent }) {
  const events = gathered(steps);
  rows.show(events.slice(0, EVENTS_MAX), ({ key }) => key);
  element("none").hidden = events.length > 0 || !trace.running;
  const left = Math.max(0, Math.ceil((trace.ends - at) / 1000));
  const what = trace.publisher ? `publisher ${trace.publisher}` : `${trace.instances.join(", ")} ${trace.pattern}`;
  write(
    element("totals"),
    `${what} · ${trace.by}: ${trace.reason} · begun ${clockTime(trace.started)}` +
      (trace.running ? ` · ends in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : " · over") +
      ` · ${processes === 1 ? "1 process" : `${processes} processes`}`,
  );
  const hidden = events.length - EVENTS_MAX;
  const notes = [
    more > 0 && `${plural(more, "more step")} not shown: they came before these.`,
    hidden > 0 && `${count(hidden)} more events not shown.`,
    silent.length > 0 && `No answer came from ${silent.join(", ")}.`,
    "Times are those of the clocks of the processes, which may differ by a few milliseconds.",
  ].filter(Boolean);
  write(element("notes"), notes.join(" "));
  element("notes").hidden = events.length === 0;
  stopping.hidden = !trace.running;
  trouble.hidden = true;
  if (trace.running) say("live", "Running");
  else {
    over = true;
    say("connecting", "Over");
    pause.hidden = true;
  }
}

function say(state, word) {
  element("state").dataset.state = state;
  write(element("state"), word);
}

function complain(sentence) {
  write(trouble, sentence);
  trouble.hidden = false;
}

function end(word, sentence) {
  over = true;
  say("offline", word);
  stopping.hidden = true;
  pause.hidden = true;
  complain(sentence ?? "There is no such trace.");
}

function endOfSession() {
  over = true;
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
stopping.addEventListener("submit", async (submit) => {
  submit.preventDefault();
  try {
    const response = await fetch(`${api}?${new URLSearchParams({ reason: stopping.reason.value })}`, {
      method: "DELETE",
      headers: { "X-CSRFToken": stopping.csrfmiddlewaretoken.value },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail ?? `the hub answered ${response.status}.`);
    if (isPaused()) pause.click();
    else poll();
  } catch (error) {
    complain(`It was not stopped: ${error.message}`);
  }
});
document.addEventListener("visibilitychange", poll);
poll();
