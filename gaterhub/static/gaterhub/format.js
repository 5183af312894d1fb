/** How numbers, times and events are written on the pages. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export const count = (number) => whole.format(number);

/** Write events per second: tenths where they matter, none from ten upwards. */
export const rate = (perSecond) => (perSecond < 9.95 ? tenths : whole).format(perSecond);

/** Write a number with its noun: "1 event", "2 events". */
export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

const two = (number) => String(number).padStart(2, "0");

/** Write the reader's own time of day, to the millisecond. */
export function localTime(ms) {
  const at = new Date(ms);
  const seconds = `${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}:${seconds}`;
}

/** Write the time in UTC, with its date; a publisher's clock may claim a time that no calendar has. */
export function utcTime(ms) {
  const at = new Date(ms);
  return Number.isNaN(at.valueOf()) ? String(ms) : at.toISOString().replace("T", " ").replace("Z", " UTC");
}

/** Write the reader's own time of day, to the second. */
export const clockTime = (ms) => localTime(ms).slice(0, 8);

/** Write a time both as the reader's own and in UTC. */
export function bothTimes(ms) {
  const utc = utcTime(ms);
  return Number.isNaN(new Date(ms).valueOf()) ? utc : `${localTime(ms)} here, ${utc}`;
}

/** Write how long ago something was, in the largest unit that fits. */
export function ago(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Parse JSON and keep every number as it was written, where the browser can: its own end at 2^53. */
export function parseExactly(text) {
  if (!JSON.rawJSON) return JSON.parse(text);
  const keep = (_key, value, context) =>
    typeof value === "number" && String(value) !== context.source ? JSON.rawJSON(context.source) : value;
  return JSON.parse(text, keep);
}

const PREVIEW_MAX_CHARACTERS = 240;

/** Write an event's data on one line, cut to what a row can show. */
export function preview(event, line) {
  // Only a number of sixteen digits or more can be one that JavaScript would round.
  const { data } = /\d{16}/.test(line) ? parseExactly(line).event : event;
  const text = JSON.stringify(data);
  return text.length > PREVIEW_MAX_CHARACTERS ? `${text.slice(0, PREVIEW_MAX_CHARACTERS)}…` : text;
}
