/** The sentences of the rows between the events: what is missing in the list, and why. */

import { clockTime, plural } from "./format.js";

export function gapSentence({ stream, from, to, lost, reason }) {
  const stretch = to === null ? `from #${from} on` : `#${from} to #${to}`;
  return `Gap: ${stretch} of ${stream} did not reach this page${howMany(from, to, lost)}. Reason: ${reason}.`;
}

function howMany(from, to, lost) {
  if (lost !== null && lost !== undefined) return ` (${plural(lost, "event")} of this pattern)`;
  // Nobody knows any more which of them were of this pattern.
  return to === null ? "" : ` (${plural(to - from + 1, "event")} at most)`;
}

export function conflatedSentence(conflated) {
  return `Conflated: ${plural(conflated, "event")} replaced by newer ones of the same topic and type.`;
}

const seconds = (ms) => Math.max(1, Math.round(ms / 1000));

export function reconnectionSentence(since, { recovered, replayed }) {
  let meanwhile = replayed > 0 ? `${plural(replayed, "event")} came meanwhile, and can be seen here.` : "Nothing came meanwhile.";
  if (!recovered) meanwhile = `What is missing is told above; ${plural(replayed, "event")} of the time in between can be seen here.`;
  return `Reconnected after ${seconds(Date.now() - since)} s, not live since ${clockTime(since)}. ${meanwhile}`;
}

export function silenceSentence(silentForMs) {
  return `The hub did not answer for ${seconds(silentForMs)} s. The connection held: what came meanwhile follows.`;
}
