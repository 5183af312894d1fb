/** The page of one instance: follow a pattern live. The modules beside this one do the parts of it. */

import { Hub } from "../consumers/hub.js";
import { Activity } from "./activity.js";
import { readAddress, writeAddress } from "./address.js";
import { EventList } from "./event_list.js";
import { EventStore } from "./event_store.js";
import { Filter } from "./filter.js";
import { clockTime, count, plural, rate } from "./format.js";
import { Inspector } from "./inspector.js";
import { Liveness } from "./liveness.js";
import { conflatedSentence, gapSentence, reconnectionSentence, silenceSentence } from "./notices.js";
import { PAUSE_BOUND } from "./pause.js";
import { watchTogether } from "./presence.js";
import { Status } from "./status.js";
import { TopicPanel } from "./topics.js";
import { TypeHelp } from "./type_help.js";

const FIGURES_MS = 200;
const RATES_MS = 1000;
/** Below this width the panels stand above the list, and the families begin folded. */
const WIDE = matchMedia("(min-width: 1024px)");

const element = (id) => document.getElementById(id);
const form = element("follow");
const input = element("pattern");
const { instance, login, livez, types: typesAddress } = form.dataset;

const store = new EventStore();
const activity = new Activity();
const list = new EventList({
  store,
  region: element("region"),
  template: element("row"),
  onOpen: (row) => inspector.open(row),
  onUnseen: showUnseen,
});
const inspector = new Inspector({
  types: new TypeHelp(typesAddress),
  onClose: () => list.closed(),
  onTopic: (topic) => follow(topic),
});
const filter = new Filter({ form: element("filter"), onChange: applyFilter });
const panel = new TopicPanel({
  activity,
  panel: element("topics"),
  template: element("topic-row"),
  onFollow: (pattern) => follow(pattern),
});

let following = null; // The confirmed subscription.
let asked = null; // The one that waits for the hub's word.
let wantedEvent = readAddress().event; // The event that the page's link names, until it is here.
let notLiveSince = null;

const status = new Status({ login, onReconnect: () => hub.connect() });
const liveness = new Liveness({
  address: livez,
  hubHeardAt: () => hub.heardAt,
  onChange(silentSince, silentForMs) {
    notLiveSince = silentSince;
    if (silentSince === null) notice("silent", silenceSentence(silentForMs));
    status.show({ state: "live", since: notLiveSince });
  },
});

/** Follow another pattern; the one before goes on until the hub has accepted the new one. */
function follow(pattern) {
  asked?.unsubscribe();
  input.value = pattern;
  asked = hub.subscribe(instance, pattern, {
    onSubscribed: (info) => (info.again ? reconnected(info) : begin(pattern)),
    onEvent: take,
    onGap: (gap) => notice("gap", gapSentence(gap)),
    onConflated: (conflated) => notice("conflated", conflatedSentence(conflated)),
    onError: refuse,
  });
}

function begin(pattern) {
  const first = following === null;
  following?.unsubscribe();
  following = asked;
  asked = null;
  notLiveSince = null;
  status.show({ state: "live", since: null });
  store.clear();
  activity.clear();
  list.schedule();
  showError("");
  if (!first) forgetWanted();
  writeAddress({ pattern: pattern === "*" ? "" : pattern });
  showEmpty(`Following ${pattern} since ${clockTime(Date.now())}.`, "Nothing has come yet; events appear here by themselves.");
  panel.follow(pattern);
  if (wantedEvent) fetchWanted();
}

function take(event, line) {
  if (!store.add(event, line)) return;
  filter.saw(event.event_type);
  activity.saw(event.topic);
  list.came();
  if (event.id === wantedEvent) openWanted();
}

function notice(kind, text) {
  store.notice(kind, text);
  list.came();
  element("announcement").textContent = text;
}

function refuse(error) {
  const forbidden = error.code === "forbidden";
  showError(error.retry ? `${error.message} Trying again.` : error.message);
  if (error.retry) return;
  asked = null;
  if (following) return;
  if (forbidden) showEmpty("You have no right to follow this.", "Who runs the hub can grant it. Nothing is followed.");
  else showEmpty("Nothing is followed.", "Correct the pattern above.");
}

function reconnected(info) {
  notice("reconnected", reconnectionSentence(notLiveSince ?? Date.now(), info));
  notLiveSince = null;
  status.show({ state: "live", since: null });
}

function stateChanged(state, detail) {
  if (state === "live") liveness.start();
  else if (following && notLiveSince === null) notLiveSince = liveness.stop();
  else liveness.stop();
  // Live again is what follows its events again; until the hub has confirmed that, it is a connection and no more.
  if (state === "live" && notLiveSince !== null) status.show({ state: "connecting", since: notLiveSince });
  else status.show({ state, detail, since: notLiveSince });
  if (!following && state === "offline") showEmpty("There is no connection to the hub.", "Trying again by itself.");
}

/** Have the link's event here, where the hub still keeps it; else say that it is not, for as long as it isn't. */
async function fetchWanted() {
  const id = wantedEvent;
  const answer = await fetch(`/api/v1/instances/${instance}/events/${encodeURIComponent(id)}/`).catch(() => null);
  const text = answer?.ok ? await answer.text() : "";
  if (id !== wantedEvent) return; // It came meanwhile, or nobody wants it any more.
  if (text) take(JSON.parse(text), `{"event":${text}}`);
  else tellWanted();
}

function tellWanted() {
  element("wanted-id").textContent = wantedEvent;
  element("wanted-since").textContent = clockTime(Date.now());
  element("wanted").hidden = false;
}

function openWanted() {
  const row = store.find(wantedEvent);
  if (!row) return; // It waits in a pause, and is opened when that ends.
  forgetWanted();
  list.open(row);
}

function forgetWanted() {
  wantedEvent = "";
  element("wanted").hidden = true;
  writeAddress({ event: "" });
}

function applyFilter() {
  store.filter(filter.matches);
  list.schedule();
  showFigures();
  element("announcement").textContent = element("shown").textContent;
}

function showUnseen(unseen) {
  element("unseen").hidden = unseen === 0;
  element("unseen-count").textContent = `${count(unseen)} new`;
}

/** Say at the panels' common parent what is open: asking for it by `:has()` would cost every drawing of the list. */
function showFolding() {
  element("topics").parentElement.dataset.topics = element("topics").open ? "open" : "folded";
}

function showError(message) {
  const error = element("pattern-error");
  error.textContent = message;
  error.hidden = message === "";
  input.setAttribute("aria-invalid", String(message !== ""));
}

function showEmpty(what, more) {
  element("empty-what").textContent = what;
  element("empty-more").textContent = more;
}

let receivedBefore = 0;
let perSecond = 0;

const write = (id, text) => element(id).textContent !== text && (element(id).textContent = text);

function showFigures() {
  write("count", plural(store.received, "event"));
  write("rate", `${rate(perSecond)}/s`);
  write("shown", `${count(store.shownEvents)} of ${count(store.keptEvents)} shown`);
  element("waiting").hidden = !store.paused;
  const refused = store.refused > 0 ? `, ${count(store.refused)} not kept` : "";
  if (store.paused) write("waiting", `paused, ${count(store.waiting)} waiting${refused}`);
  element("pause-full").hidden = store.refused === 0;
  // Notices are always shown; below a few of them there is room for the sentence.
  const filteredOut = store.keptEvents > 0 && store.shownEvents === 0 && store.shown.length <= 3;
  element("filtered").hidden = !filteredOut;
  element("empty").hidden = store.keptEvents > 0 || store.shown.length > 0;
  element("filter-clear").hidden = !filter.active;
}

function showRates() {
  perSecond = Math.max(0, store.received - receivedBefore);
  receivedBefore = store.received;
  if (document.hidden) return;
  filter.offer();
  if (element("topics").open) panel.show(following?.pattern);
}

function togglePause() {
  if (store.paused) store.resume();
  else store.pause();
  element("pause").textContent = store.paused ? "Go on" : "Pause";
  element("region").dataset.paused = String(store.paused);
  list.schedule();
  showFigures();
  if (wantedEvent) openWanted();
}

form.addEventListener("submit", (submit) => {
  submit.preventDefault();
  follow(input.value.trim());
});
element("pause").addEventListener("click", togglePause);
element("clear").addEventListener("click", () => {
  store.clear();
  receivedBefore = 0;
  list.schedule();
  showFigures();
});
element("unseen").addEventListener("click", () => list.toNewest());
for (const id of ["filter-clear", "filtered-clear"]) {
  element(id).addEventListener("click", () => {
    filter.clear();
    element("filter-text").focus();
  });
}
element("wanted-close").addEventListener("click", forgetWanted);

element("pause-full").textContent = `A pause keeps ${PAUSE_BOUND}; what comes now is counted and not kept.`;
element("topics").open = WIDE.matches;
element("topics").addEventListener("toggle", showFolding);
showFolding();
store.filter(filter.matches);
setInterval(showFigures, FIGURES_MS);
setInterval(showRates, RATES_MS);

const hub = new Hub({ onState: stateChanged });
follow(input.value.trim() || "*");
watchTogether(hub);
