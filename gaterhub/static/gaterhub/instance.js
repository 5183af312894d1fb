/** The page of one instance: follow a pattern live. */

import { Hub } from "../consumers/hub.js";
import { EventList, MAX_ROWS } from "./event_list.js";
import { count, plural, rate } from "./format.js";
import { Inspector } from "./inspector.js";

const element = (id) => document.getElementById(id);
const form = element("follow");
const input = element("pattern");
const instance = form.dataset.instance;

const inspector = new Inspector({ onClose: () => list.closed(), onTopic: (topic) => follow(topic) });
const list = new EventList({
  list: element("events"),
  region: element("region"),
  template: element("row"),
  onOpen: (event, line) => inspector.open(event, line),
});

let following = null; // The confirmed subscription.
let asked = null; // The one that waits for the hub's word.
let lastState = "";
let offlineSince = 0;
let countdown = 0;

/** Follow another pattern; the one before goes on until the hub has accepted the new one. */
function follow(pattern) {
  asked?.unsubscribe();
  input.value = pattern;
  asked = hub.subscribe(instance, pattern, {
    onSubscribed: (info) => (info.again ? tellReconnection(info.missed) : begin(pattern)),
    onEvent: (event, line) => list.add(event, line),
    onGap: (gap) => list.notice("gap", gapSentence(gap)),
    onError: (error) => refuse(error),
  });
}

function begin(pattern) {
  following?.unsubscribe();
  following = asked;
  asked = null;
  list.clear();
  showError("");
  // A pattern needs no escapes: whatever it is made of may stand in a query as it is.
  history.replaceState(null, "", pattern === "*" ? location.pathname : `?pattern=${pattern}`);
  const since = new Date().toLocaleTimeString();
  showEmpty(`Following ${pattern} since ${since}. Nothing has come yet; events appear here by themselves.`);
  for (const button of form.querySelectorAll("[data-pattern]")) {
    button.setAttribute("aria-pressed", String(button.dataset.pattern === pattern));
  }
}

function refuse(error) {
  showError(error.retry ? `${error.message} Trying again.` : error.message);
  if (error.retry) return;
  asked = null;
  if (!following) showEmpty("Nothing is followed. Correct the pattern above.");
}

function gapSentence({ stream, from, to, lost, reason }) {
  const stretch = to === null ? `from #${from} on` : `#${from} to #${to}`;
  const many = lost === null || lost === undefined ? "" : ` (${plural(lost, "event")} of this pattern)`;
  return `Gap: ${stretch} of ${stream} did not reach this page${many}. Reason: ${reason}.`;
}

function tellReconnection(missed) {
  const seconds = Math.max(1, Math.round((Date.now() - offlineSince) / 1000));
  let meanwhile = `Up to ${plural(missed ?? 0, "event")} published in between may be missing here.`;
  if (missed === null) meanwhile = "Events published in between may be missing here.";
  if (missed === 0) meanwhile = "Nothing was published in between.";
  list.notice("reconnected", `Reconnected after ${seconds} s. ${meanwhile}`);
}

const AUTHENTICATION_FAILED = 4500;

function showState(state, { code, reason, retryInMs } = {}) {
  clearInterval(countdown);
  if (lastState === "live") offlineSince = Date.now();
  lastState = state;
  const detail = element("detail");
  const button = element("reconnect");
  element("state").dataset.state = state;
  element("state").textContent = { connecting: "Connecting…", live: "Live", offline: "Offline" }[state];
  detail.textContent = "";
  button.hidden = state !== "offline";
  button.textContent = retryInMs === null ? "Connect again" : "Try now";
  if (state !== "offline") return;
  if (code === AUTHENTICATION_FAILED) {
    const login = document.createElement("a");
    login.href = `${form.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
    login.textContent = "Log in again";
    detail.append("Your log-in has ended. ", login);
    button.hidden = true;
  } else if (retryInMs === null) {
    detail.textContent = `The hub closed this connection: ${reason || "no reason given"} (${code}).`;
  } else {
    const until = Date.now() + retryInMs;
    const show = () => {
      detail.textContent = `Trying again in ${Math.max(0, Math.ceil((until - Date.now()) / 1000))} s.`;
    };
    show();
    countdown = setInterval(show, 500);
  }
  if (!following) showEmpty("There is no connection to the hub.");
}

function showError(message) {
  const error = element("pattern-error");
  error.textContent = message;
  error.hidden = message === "";
  input.setAttribute("aria-invalid", String(message !== ""));
}

function showEmpty(sentence) {
  element("empty").firstElementChild.textContent = sentence;
}

let receivedBefore = 0;
let perSecond = 0;

function showFigures() {
  const shown = list.received > MAX_ROWS ? `, the newest ${MAX_ROWS} kept` : "";
  element("count").textContent = `${plural(list.received, "event")}${shown}`;
  if (perSecond > 0) element("count").textContent += ` · ${rate(perSecond)}/s`;
  const waiting = element("waiting");
  waiting.hidden = !list.paused;
  waiting.textContent = ` · paused, ${count(list.waiting)} waiting`;
  if (list.dropped > 0) waiting.textContent += `, ${count(list.dropped)} not kept`;
  element("empty").hidden = !list.empty;
}

setInterval(() => {
  perSecond = Math.max(0, list.received - receivedBefore);
  receivedBefore = list.received;
}, 1000);
setInterval(showFigures, 200);

form.addEventListener("submit", (submit) => {
  submit.preventDefault();
  follow(input.value.trim());
});
form.addEventListener("click", (click) => {
  const button = click.target.closest("[data-pattern]");
  if (button) follow(button.dataset.pattern);
});
element("pause").addEventListener("click", (click) => {
  if (list.paused) list.resume();
  else list.pause();
  click.target.setAttribute("aria-pressed", String(list.paused));
  click.target.textContent = list.paused ? "Resume" : "Pause";
  showFigures();
});
element("clear").addEventListener("click", () => {
  list.clear();
  receivedBefore = 0;
  showFigures();
});
element("reconnect").addEventListener("click", () => hub.connect());

const hub = new Hub({ onState: showState });
follow(input.value.trim() || "*");
