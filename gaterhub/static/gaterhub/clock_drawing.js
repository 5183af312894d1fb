/** Pieces of the clock's drawing: patterns for what is missing, shapes that say what they are, times of long spans. */

import { clockTime } from "./format.js";
import { drawn } from "./panel_parts.js";

export const MISSING = {
  nothing: (instance, to) => `Of ${instance}, nothing is kept before ${clockTime(to)}`,
  partly: (instance, to) => `Of ${instance}, some streams are not kept before ${clockTime(to)}`,
  unloaded: (instance, to) => `Of ${instance}, this page does not have what is before ${clockTime(to)}: choose a shorter time`,
};

/** Patterns by which what is missing is told from what is empty, without colour, too. */
export function hatches() {
  const defs = drawn("defs");
  for (const [name, size, path] of [
    ["nothing", 7, "M-1 1l2 -2M0 7l7 -7M6 8l2 -2"],
    ["partly", 12, "M-1 1l2 -2M0 12l12 -12M11 13l2 -2"],
    ["unloaded", 8, "M4 3.2v1.6M0 7.2v1.6"],
    ["hole", 5, "M-1 4l2 2M0 0l5 5M4 -1l2 2"],
  ]) {
    const pattern = drawn("pattern", { id: `clock-${name}`, width: size, height: size, patternUnits: "userSpaceOnUse" });
    pattern.append(drawn("path", { class: `hatch ${name}`, d: path }));
    defs.append(pattern);
  }
  return defs;
}

export function titled(shape, text) {
  const title = drawn("title");
  title.textContent = text;
  shape.append(title);
  return shape;
}

export function dayTime(at, span) {
  const date = new Date(at);
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return span > 2 * 86_400_000 || (date.getHours() === 0 && date.getMinutes() === 0) ? `${day} ${clockTime(at).slice(0, 5)}` : clockTime(at).slice(0, 5);
}
