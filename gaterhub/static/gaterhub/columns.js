/** What an event is counted and narrowed by: who, from where, what was done to what, and any field of it by its path. */

/** What stands where something was taken out, as in instances/journal/columns.py: it says nothing. */
const REDACTED = new Set(["***REDACTED***", "[redacted]", "[erased]"]);
/** `user:ada` and `ada` are one person. */
const KIND = /^user:/;

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

const says = (value) =>
  (typeof value === "string" && value.trim() !== "" && !REDACTED.has(value)) || Number.isSafeInteger(value);

export class Columns {
  #places;

  /** `places` are those of instances/journal/columns.py: where each column stands in an event, the first that says something counts. */
  constructor(places) {
    this.#places = places;
  }

  /** Give the text that a field has in a row, "" where it has none. */
  of(row, field) {
    const { event } = row;
    if (Object.hasOwn(this.#places, field)) return this.#column(event, field);
    if (field === "severity") return row.severity;
    const [payload, ...path] = field.split(".");
    if (path.length === 0) return typeof event[field] === "string" ? event[field] : "";
    let value = payload === "data" || payload === "metadata" ? event[payload] : undefined;
    for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    return says(value) || typeof value === "boolean" ? String(value) : "";
  }

  #column(event, column) {
    for (const [payload, name] of this.#places[column]) {
      const values = event[payload];
      if (!isObject(values) || !says(values[name])) continue;
      const text = String(values[name]);
      return column === "actor" ? text.replace(KIND, "") : text;
    }
    return column === "action" ? event.event_type : "";
  }
}

/** Tell whether a value stands anywhere in an event: as a text of its data or metadata, a segment of its topic, its publisher. */
export function mentions({ event, line }, value) {
  if (event.publisher === value || event.topic.split(":").includes(value)) return true;
  // A look at the frame spares the walk through most events.
  const quoted = JSON.stringify(value).slice(1, -1);
  return line.includes(quoted) && (holds(event.data, value) || holds(event.metadata, value));
}

function holds(node, value) {
  if (typeof node === "string") return node === value || node.replace(KIND, "") === value;
  if (node === null || typeof node !== "object") return false;
  return Object.values(node).some((each) => holds(each, value));
}
