/** How grave an event is: the words and ranks of instances/severity.py, as the pages need them. */

export const RANKS = {
  trace: 0,
  debug: 1,
  low: 1,
  info: 2,
  information: 2,
  notice: 3,
  medium: 3,
  warn: 4,
  warning: 4,
  high: 5,
  error: 5,
  fatal: 6,
  critical: 6,
  alert: 7,
  emergency: 8,
};
const UNSTATED = RANKS.info;
const FIELDS = ["severity", "level"];

/** The colour that a rank has on the pages: none below a warning. */
export const levelOf = (rank) => (rank >= RANKS.error ? "bad" : rank >= RANKS.warning ? "warn" : "");

/** Give an event's severity as it names it, "" where it names none, and its rank; a word of its own has none. */
export function severityOf({ data, metadata }) {
  let own = "";
  for (const payload of [data, metadata]) {
    if (payload === null || typeof payload !== "object" || Array.isArray(payload)) continue;
    for (const field of FIELDS) {
      const named = payload[field];
      if (typeof named !== "string") continue;
      const word = named.toLowerCase();
      if (Object.hasOwn(RANKS, word)) return { severity: named, rank: RANKS[word] };
      own ||= named;
    }
  }
  return { severity: own, rank: UNSTATED };
}
