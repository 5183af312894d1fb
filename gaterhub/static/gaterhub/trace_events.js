/** The steps of a trace, gathered by their events, and in words. */

import { localTime, utcTime } from "./format.js";
import { made } from "./keyed_rows.js";

const WORDS = {
  accepted: ["Accepted", "checked, and let in"],
  refused: ["Refused", ""],
  stored: ["Stored", "the history has it, and its publisher is told"],
  repeated: ["Known", "it came before under the same id, and got the first answer"],
  committed: ["On record", "the journal's database has it, and its publisher is told"],
  spooled: ["Spooled", "the database is out; it waits on this host's disk"],
  numbered: ["Numbered", "it has its place in its stream"],
  broadcast: ["Broadcast", "on its way to all processes that follow the stream"],
  not_broadcast: ["Not broadcast", "followers find it in the history"],
  arrived: ["Arrived", ""],
  delivered: ["Delivered", "handed to the socket of"],
  dropped: ["Dropped", "given up for, because the queue was full:"],
  conflated: ["Conflated", "a newer one took its place for"],
  closed: ["Disconnected", "too slow for what must not be dropped:"],
  gap: ["Gap told", "to"],
};
const GRAVE = new Set(["refused", "not_broadcast", "dropped", "closed", "gap"]);

/** Gather steps by event, the event of the latest step first; what belongs to no event stands alone. */
export function gathered(steps) {
  const events = new Map();
  for (const [index, step] of steps.entries()) {
    const key = step.event ?? `${step.process} ${step.at} ${step.step} ${step.stream} ${step.position} ${step.message} ${index - steps.length}`;
    if (!events.has(key)) events.set(key, { key, steps: [] });
    events.get(key).steps.push(step);
  }
  const latest = ({ steps: own }) => own.at(-1).at;
  return [...events.values()].sort((one, other) => latest(other) - latest(one));
}

function who({ connections, more_connections: more }) {
  const named = connections.map(({ id, principal }) => `${principal} (${id})`).join(", ");
  return more > 0 ? `${named} and ${more} more` : named;
}

function stepItem(step) {
  const [title, about] = WORDS[step.step] ?? [step.step, ""];
  const row = document.createElement("li");
  row.className = "step";
  const time = made("time", localTime(step.at));
  time.dateTime = new Date(step.at).toISOString();
  time.title = utcTime(step.at);
  const place = step.position ? `${step.stream} ${step.position}` : "";
  const words = [about, step.connections.length > 0 && who(step), step.code, step.message].filter(Boolean).join(" ");
  const told = made("span", "", "told");
  told.append(made("strong", title, GRAVE.has(step.step) ? "error" : ""), ` ${words}`);
  if (place) told.append(" ", made("code", place));
  row.append(time, told, made("span", step.process, "muted process"));
  return row;
}

/** Make the card of one event; it is written anew only where something came to it. */
export function eventItem(event) {
  const row = document.createElement("li");
  row.className = "card traced";
  let told = "";
  const update = ({ steps }) => {
    const now = JSON.stringify(steps);
    if (now === told) return;
    told = now;
    const [first] = steps;
    const known = steps.find(({ topic }) => topic) ?? first;
    const head = document.createElement("header");
    const title = made("h2", known.event_type || (known.step === "gap" ? "Gap" : "An event that could not be read"));
    const about = made("p", "", "muted small");
    if (known.topic) about.append(made("code", `${known.instance} ${known.topic}`), " ");
    else about.append(`${known.instance} `);
    about.append([known.publisher && `by ${known.publisher}`, known.event].filter(Boolean).join(", "));
    head.append(title, about);
    const list = document.createElement("ol");
    list.append(...steps.map(stepItem));
    row.replaceChildren(head, list);
  };
  return { row, update };
}
