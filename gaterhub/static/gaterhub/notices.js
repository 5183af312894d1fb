/** The sentences of the rows between the events: what is missing in the list, and why. */

import { clockTime, plural } from "./format.js";

export function gapSentence({ stream, from, to, lost, reason }) {
  const stretch = to === null ? `from #${from} on` : `#${from} to #${to}`;
  const many = lost === null || lost === undefined ? "" : ` (${plural(lost, "event")} of this pattern)`;
  return `Gap: ${stretch} of ${stream} did not reach this page${many}. Reason: ${reason}.`;
}

export function conflatedSentence(conflated) {
  return `Conflated: ${plural(conflated, "event")} replaced by newer ones of the same topic and type.`;
}

const seconds = (ms) => Math.max(1, Math.round(ms / 1000));

export function reconnectionSentence(since, missed) {
  let meanwhile = `Up to ${plural(missed ?? 0, "event")} published in between may be missing here.`;
  if (missed === null) meanwhile = "Events published in between may be missing here.";
  if (missed === 0) meanwhile = "Nothing was published in between.";
  return `Reconnected after ${seconds(Date.now() - since)} s, not live since ${clockTime(since)}. ${meanwhile}`;
}

export function silenceSentence(silentForMs) {
  return `The hub did not answer for ${seconds(silentForMs)} s. The connection held: what came meanwhile follows.`;
}
