/** The explorer: topics and families of an instance, fetched every two seconds while somebody looks. */

import { queryOf } from "./address.js";
import { showListeners } from "./explorer_listeners.js";
import { showPreview } from "./explorer_preview.js";
import { familyRows, kilobytes, topicRows } from "./explorer_rows.js";
import { count, plural, rate } from "./format.js";
import { write } from "./keyed_rows.js";

const POLL_MS = 2000;
const POLL_MAX_MS = 30_000;
const TIMEOUT_MS = 10_000;
const TYPING_MS = 250;

const element = (id) => document.getElementById(id);
const { api, subscribers, login, page } = element("explorer").dataset;
const form = element("asking");
const pause = element("pause");
const trouble = element("trouble");

const asked = () => ({ instance: form.instance.value, pattern: form.pattern.value.trim() || "*", order: form.order.value });
const pageOf = (instance, state) => `/instances/${instance}/${queryOf(state)}`;

const families = familyRows(element("families"), narrow);
const topics = topicRows(element("topics"), {
  narrow,
  address: (topic, id) => pageOf(form.instance.value, { pattern: topic, event: id }),
  ask: (topic) => showListeners(subscribers, form.instance.value, topic),
});

let failures = 0;
let timer = 0;
let controller = new AbortController();

class Refused extends Error {}

async function fetched(path, parameters) {
  const { instance } = asked();
  const query = new URLSearchParams(parameters);
  const response = await fetch(`${api}${instance}/${path}/?${query}`, {
    headers: { Accept: "application/json" },
    signal: AbortSignal.any([controller.signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  if (response.status === 401) throw new Refused("");
  const body = await response.json().catch(() => ({}));
  if (response.status === 400 || response.status === 403) throw new Refused(body.detail ?? "It was refused.");
  if (!response.ok) throw new Error(body.detail ?? `it answered ${response.status}.`);
  return body;
}

async function poll() {
  clearTimeout(timer);
  if (document.hidden || isPaused()) return;
  const { pattern, order } = asked();
  const mine = controller;
  let wait = POLL_MS;
  try {
    const [told, preview] = await Promise.all([fetched("topics", { pattern, order }), fetched("pattern", { pattern })]);
    if (mine !== controller || isPaused()) return;
    failures = 0;
    show(told, preview);
  } catch (error) {
    if (mine !== controller) return;
    if (error instanceof Refused) {
      refused(error.message);
      // What is wrong stays wrong until something else is asked; whoever was logged out is told so.
      return;
    }
    failures += 1;
    wait = Math.min(POLL_MAX_MS, POLL_MS * 2 ** failures);
    complain(error);
  }
  clearTimeout(timer);
  timer = setTimeout(poll, wait);
}

function show(told, preview) {
  const now = told.at;
  families.show(told.families.map((family) => ({ family, now })), ({ family }) => `${told.instance} ${family.name}`);
  topics.show(told.results.map((topic) => ({ topic, now })), ({ topic }) => `${told.instance} ${topic.topic}`);
  const policy = form.instance.selectedOptions[0].dataset.policy;
  showPreview(preview, policy, pageOf(told.instance, { pattern: preview.pattern }));
  element("topics").hidden = told.results.length === 0;
  element("topics-none").hidden = told.results.length > 0;
  const more = told.matched.topics - told.results.length;
  note("topics-more", [
    more > 0 && `${plural(more, "more topic")} not shown; a narrower pattern finds them.`,
    told.forgotten > 0 && `${plural(told.forgotten, "topic")} of this instance seen earlier had to be forgotten: there were too many.`,
  ]);
  note("families-more", [told.more_families > 0 && `${count(told.more_families)} more undeclared families not shown.`]);
  write(
    element("totals"),
    `${plural(told.matched.topics, "topic")} · ${rate(told.matched.events_per_second)} events/s · ` +
      `${kilobytes(told.matched.bytes_per_second)} KB/s · ${told.processes === 1 ? "1 process" : `${told.processes} processes`}`,
  );
  say("live", "Live");
  trouble.hidden = true;
  complainOfPattern("");
}

function note(id, sentences) {
  const text = sentences.filter(Boolean).join(" ");
  write(element(id), text);
  element(id).hidden = !text;
}

function say(state, word) {
  element("state").dataset.state = state;
  write(element("state"), word);
}

function complainOfPattern(message) {
  write(element("pattern-error"), message);
  form.pattern.setAttribute("aria-invalid", String(message !== ""));
}

function refused(message) {
  if (message) {
    say("offline", "Not asked");
    complainOfPattern(message);
    return;
  }
  say("offline", "Logged out");
  const link = document.createElement("a");
  link.href = login;
  link.textContent = "Log in again";
  trouble.replaceChildren("Your log-in has ended. ", link, ".");
  trouble.hidden = false;
}

function complain(error) {
  const reason = error.name === "TimeoutError" ? "it did not answer in time." : error.message;
  say("offline", "No answer");
  write(trouble, `The hub tells no topics: ${reason} Trying again by itself.`);
  trouble.hidden = false;
}

function isPaused() {
  return pause.getAttribute("aria-pressed") === "true";
}

/** Ask anew at once, and let go of what was asked before. */
function ask() {
  controller.abort();
  controller = new AbortController();
  const { instance, pattern, order } = asked();
  const query = new URLSearchParams({ instance, pattern, order });
  history.replaceState(null, "", `${page}?${String(query).replaceAll("%3A", ":").replaceAll("%2A", "*")}`);
  if (isPaused()) setPaused(false);
  else poll();
}

function narrow(pattern) {
  form.pattern.value = pattern;
  ask();
  form.pattern.focus();
}

function setPaused(paused) {
  pause.setAttribute("aria-pressed", String(paused));
  if (paused) say("connecting", "Paused");
  else poll();
}

let typing = 0;
form.pattern.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(ask, TYPING_MS);
});
form.addEventListener("change", ({ target }) => target !== form.pattern && ask());
form.addEventListener("submit", (submit) => {
  submit.preventDefault();
  clearTimeout(typing);
  ask();
});
pause.addEventListener("click", () => setPaused(!isPaused()));
document.addEventListener("visibilitychange", poll);
poll();
