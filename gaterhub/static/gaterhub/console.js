/** A console: several instances on one page, what was and what comes. The modules beside this one do the parts of it. */

import { Hub } from "../consumers/hub.js";
import { queryOf, readAddress, writeAddress } from "./address.js";
import { copyText } from "./clipboard.js";
import { Columns, mentions } from "./columns.js";
import { Feed } from "./console_feed.js";
import { KEPT_MAX_ROWS, ConsoleStore } from "./console_store.js";
import { listenToKeys } from "./console_keys.js";
import { SavedViews } from "./console_views.js";
import { TimeWindow } from "./console_window.js";
import { moreOf, TypesOfAll } from "./console_event.js";
import { Filter } from "./filter.js";
import { clockTime, count, plural, rate } from "./format.js";
import { Inspector } from "./inspector.js";
import { Kept } from "./kept.js";
import { Liveness } from "./liveness.js";
import { Narrowing } from "./narrowing.js";
import { silenceSentence } from "./notices.js";
import { PanelBoard } from "./panel_board.js";
import { PAUSE_BOUND } from "./pause.js";
import { Notes } from "./notes.js";
import { Pins } from "./pins.js";
import { watchTogether } from "./presence.js";
import { ask } from "./request.js";
import { Status } from "./status.js";

const FIGURES_MS = 200;
const TICK_MS = 1000;
const NOTES_MS = 30_000;
const KEPT_MS = 20_000;
/** Of a time that goes on: what others write meanwhile about its newest moments belongs to it. */
const NOTES_AHEAD_MS = 60_000;

const element = (id) => document.getElementById(id);
const settings = JSON.parse(element("console-settings").textContent);
/** Times are the hub's: a browser's clock may be wrong. */
const ahead = settings.now - Date.now();
const now = () => Date.now() + ahead;
const write = (id, text) => element(id).textContent !== text && (element(id).textContent = text);

const columns = new Columns(settings.places);
const store = new ConsoleStore({ columns, byId: settings.journaled });
const shown = new TimeWindow({ own: settings.span, now, onMove: begin });
const filter = new Filter({ form: element("filter"), onChange: refill });
const narrowing = new Narrowing({ list: element("chips"), columns, onChange: refill });
const notes = new Notes({ ask, own: settings.own.notes, now, onChange: () => board.schedule() });
const kept = new Kept({ ask, address: settings.own.holes, onChange: () => board.schedule() });
const pins = new Pins({ ask, address: settings.own.pins, onChange: () => board.schedule() });

let loading = true;
let hubState = ["connecting", {}];
let notLiveSince = null;
let following = false;
let everFollowed = false;
let frozenAt = null; // When the pause began: the time shown stands still in it.
let onClosed = () => {};

const inspector = new Inspector({
  types: new TypesOfAll(settings.types),
  onClose: () => onClosed(),
  onTopic: (topic) => narrowing.select({ topic }),
  link: ({ instance, id }) => linkHere({ event: `${instance}/${id}` }),
  more: (row) => moreOf(row, { settings, pins, narrowing, storyLink }),
});
const board = new PanelBoard({
  panels: settings.panels,
  places: document.querySelectorAll("#panels .panel"),
  now: () => frozenAt ?? now(),
  context: {
    api: async (path) => JSON.parse(await ask(path)),
    columns,
    pins,
    kept,
    notes,
    own: settings.own,
    instances: settings.rows.map(({ instance }) => instance),
    around: lookAround,
    moment: () => shown.around ?? shown.at,
    move: (by) => shown.move(by),
    showTime: (from, to) => shown.show(from, to),
    publish: (instance, event) => ask(`${settings.api}${instance}/events/`, { method: "POST", body: event }),
    timeline: timelineAddress,
    redraw: () => board.schedule(),
    select: (values) => narrowing.select(values),
    openEvent: open,
    openPinned: ({ instance, id }) => openById(instance, id),
    now,
    window: () => ({ from: shown.from, to: shown.to ?? now(), live: shown.live, around: shown.around, loading, narrowed: filtered() }),
  },
});
const feed = new Feed({
  hub: { subscribe: (...wish) => hub.subscribe(...wish) },
  api: (path, timeoutMs) => ask(settings.api + path, { timeoutMs }),
  sealed: settings.sealed,
  take: (events, live) => {
    for (const [event] of events) filter.saw(event.event_type);
    hand(store.take(events, { live }));
  },
  tell: (kind, text, more) => {
    hand(store.notice(kind, text, { at: now(), ...more }));
    if (kind === "bound") kept.unloaded(more.instance, more.at);
    // Meanwhile the hub may have dropped some of what it had.
    if (kind === "reconnected") loadKept();
    element("announcement").textContent = text;
  },
  onState: (state) => {
    loading = state.loading;
    // A hub that is silent is followed all the same; only what is followed again is live again.
    if (state.following && !following) [notLiveSince, everFollowed] = [null, true];
    following = state.following;
    showState();
    board.schedule();
  },
});
const status = new Status({ login: settings.login, onReconnect: () => hub.connect() });
const liveness = new Liveness({
  address: settings.livez,
  hubHeardAt: () => hub.heardAt,
  onChange(silentSince, silentForMs) {
    notLiveSince = silentSince;
    if (silentSince === null) hand(store.notice("silent", silenceSentence(silentForMs), { at: now() }));
    showState();
  },
});

/** Show another time, or the same anew: from the hub, in every panel. */
function begin() {
  if (store.paused) togglePause();
  store.clear();
  board.clear();
  kept.clear();
  feed.begin({ rows: settings.rows, from: shown.from, to: shown.to, story: settings.story });
  if (!shown.live) notLiveSince = null;
  loadNotes();
  loadKept();
  showState();
}

function lookAround(moment) {
  shown.lookAround(moment);
  board.schedule();
  if (moment === null) return;
  say(`Around ${clockTime(moment)}.`);
  document.querySelector('.panel[data-kind="clock"]')?.scrollIntoView({ block: "nearest" });
}

/** Where the timeline of a time is had as a file, with what the console is filtered and narrowed to. */
function timelineAddress(form, { from, to }) {
  const { text, type, severity, only } = readAddress();
  const asked = { from: Math.floor(from), to: Math.ceil(to), text, type, severity, only };
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ""));
  return `${settings.own.timeline.replace("FORM", form)}?${query}`;
}

const loadNotes = () => notes.load({ from: shown.from, to: shown.to ?? now() + NOTES_AHEAD_MS });

const loadKept = () => kept.load({ from: shown.from, to: shown.to ?? now() });

const filtered = () => filter.active || narrowing.active;

let matches = () => true;

function hand(rows) {
  const some = rows.filter(matches);
  if (some.length > 0) board.take(some);
  if (store.rows.length > KEPT_MAX_ROWS * 1.1) trim();
}

/** Another filter: what is here goes through it anew. */
function refill() {
  remember();
  board.clear();
  board.take([...store.rows].filter(matches));
  showFigures();
  element("announcement").textContent = element("count").textContent;
}

/** The filter's own function reads the form; it is asked for once, not for each event. */
function remember() {
  const own = filter.matches;
  matches = (row) => !row.event || ((!settings.story || mentions(row, settings.story)) && narrowing.matches(row) && own(row));
}

function trim() {
  const before = store.trim();
  if (before === null) return;
  kept.letGoBefore = before;
  board.forget(before);
}

function open(row, closed = () => {}) {
  onClosed = closed;
  inspector.open(row);
}

/** Open an event that may not be among those shown, as the hub still keeps it. */
async function openById(instance, id) {
  const row = store.find(id);
  if (row) return open(row);
  try {
    const text = await ask(`${settings.api}${instance}/events/${encodeURIComponent(id)}/`);
    const event = JSON.parse(text);
    const apart = new ConsoleStore({ columns, byId: settings.journaled });
    open(apart.take([[event, `{"event":${text}}`]])[0]);
  } catch (error) {
    say(error.message);
  }
}

/** Give the address of exactly this view at this time. */
function linkHere(more = {}) {
  return location.origin + location.pathname + queryOf({ ...readAddress(), at: String(shown.at ?? Math.round(now())), ...more });
}

function storyLink(value) {
  return location.pathname + queryOf({ story: value, span: "86400", at: shown.live ? "" : String(shown.at) });
}

async function copyView() {
  try {
    await copyText(linkHere());
    say("Link to this view at this time copied.");
  } catch {
    say("Not copied: the browser does not allow it here.");
  }
}

let saidUntil = 0;
function say(sentence) {
  clearTimeout(saidUntil);
  write("said", sentence);
  saidUntil = setTimeout(() => write("said", ""), 6000);
}

function stateChanged(state, detail) {
  hubState = [state, detail];
  if (state === "live") {
    liveness.start();
    if (!shown.live) notLiveSince = null;
  } else {
    const since = liveness.stop();
    if (everFollowed) notLiveSince ??= since;
    if (everFollowed) feed.lost(notLiveSince);
  }
  showState();
}

function showState() {
  const [state, detail] = hubState;
  let word = state;
  if (state === "live") word = !shown.live ? "past" : following ? "live" : "connecting";
  status.show({ state: word, detail, since: notLiveSince });
}

function togglePause() {
  if (store.paused) {
    frozenAt = null;
    hand(store.resume(now()));
  } else {
    store.pause();
    frozenAt = now();
  }
  write("pause", store.paused ? "Go on" : "Pause");
  element("panels").dataset.paused = String(store.paused);
  showFigures();
}

function showEverything() {
  narrowing.clear();
  filter.clear();
}

function showFigures() {
  const since = kept.letGoBefore > shown.from ? ` since ${clockTime(kept.letGoBefore)}` : "";
  write("count", filtered() ? `${count(board.events)} of ${plural(store.events, "event")}${since}` : plural(store.events, "event") + since);
  element("waiting").hidden = !store.paused;
  const refused = store.refused > 0 ? `, ${count(store.refused)} not kept` : "";
  if (store.paused) write("waiting", `paused, ${count(store.waiting)} waiting${refused}`);
  element("pause-full").hidden = store.refused === 0;
  element("filter-clear").hidden = !filtered();
}

let receivedBefore = 0;

function tick() {
  write("rate", `${rate(Math.max(0, store.received - receivedBefore))}/s`);
  receivedBefore = store.received;
  if (shown.live && !store.paused) {
    store.forget(shown.from);
    board.forget(shown.from);
  }
  trim();
  if (document.hidden) return;
  filter.offer();
  board.schedule();
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
}
const views = new SavedViews({ ask, address: settings.own.views, query: () => queryOf({ ...readAddress(), event: "" }).slice(1) });

listenToKeys(
  {
    j: { does: "the next event; opens it, while one is open", act: () => board.step(1) },
    k: { does: "the event before", act: () => board.step(-1) },
    Enter: { does: "open the event" },
    Escape: { does: "close it, back to its row; leave a field" },
    i: { does: "pin the open event, or take it off", act: () => document.querySelector("#inspector:not([hidden]) .pin")?.click() },
    p: { does: "pause and go on", act: togglePause },
    "/": { does: "search", act: () => element("filter-text").focus() },
    x: { does: "show everything: no filter", act: showEverything },
    "[": { does: "half a span back in time", act: () => shown.move(-1) },
    "]": { does: "half a span on", act: () => shown.move(1) },
    l: { does: "live", act: () => shown.goLive() },
    c: { does: "copy a link to this view at this time", act: copyView },
    v: { does: "saved views", act: () => views.open() },
    n: { does: "write a note, where there is a panel of notes", act: () => document.querySelector(".note-form textarea")?.focus() },
    "?": { does: "these keys", act: () => element("keys").showModal() },
  },
  { dialog: element("keys"), rows: element("key-rows") },
);
element("pause").addEventListener("click", togglePause);
element("copy-view").addEventListener("click", copyView);
element("filter-clear").addEventListener("click", showEverything);
element("pause-full").textContent = `A pause keeps ${PAUSE_BOUND}; what comes now is counted and not kept.`;

remember();
const hub = new Hub({ onState: stateChanged });
await board.load();
begin();
hub.connect();
watchTogether(hub);
pins.load();
setInterval(showFigures, FIGURES_MS);
setInterval(tick, TICK_MS);
setInterval(() => document.hidden || loadNotes(), NOTES_MS);
setInterval(() => document.hidden || loadKept(), KEPT_MS);
const wanted = readAddress().event;
if (wanted.includes("/")) {
  writeAddress({ event: "" });
  openById(...wanted.split("/", 2));
}
