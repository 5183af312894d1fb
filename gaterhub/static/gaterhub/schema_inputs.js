/** The inputs of a form that is made from a schema, one for each kind of value. */

import { parseExactly } from "./format.js";

export const TIMESTAMP_UNIT = "ms since 1970 UTC";

/** A text this long gets several lines. */
const ONE_LINE_CHARACTERS = 70;

const WHOLE = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

let lastId = 0;
export const newId = () => `field~${++lastId}`;

/** Make an element; text children become text, whatever they hold. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

export const typesOf = (schema) => [schema.type ?? []].flat().filter((name) => name !== "null");
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Write a sentence, with what stands between backticks as code, as the server's pages do. */
function sentence(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, place) => (place % 2 ? make("code", { textContent: part }) : part));
}

const asJson = (value) => JSON.stringify(value, null, 2);

/** Say what the field is for, and what it may hold. */
export function hintOf(schema) {
  const { description = "", minimum, maximum, pattern, maxLength } = schema;
  const said = [description];
  if (minimum !== undefined && maximum !== undefined) said.push(`From ${minimum} to ${maximum}.`);
  else if (minimum !== undefined && schema["x-unit"] !== TIMESTAMP_UNIT) said.push(`At least ${minimum}.`);
  else if (maximum !== undefined) said.push(`At most ${maximum}.`);
  if (maxLength !== undefined) said.push(`At most ${maxLength} characters.`);
  if (pattern !== undefined) said.push(`Must match ${pattern}`);
  return sentence(said.filter(Boolean).join(" "));
}

export function marksOf({ required, schema, plain }) {
  const marks = [];
  if (required && !plain) marks.push(make("span", { className: "mark", textContent: "required" }));
  if (schema["x-personal"]) {
    const title = "It says something about a person: take an invented one.";
    marks.push(make("span", { className: "mark personal", title, textContent: "personal" }));
  }
  if (schema["x-severity"]) marks.push(make("span", { className: "mark", textContent: "severity" }));
  // The spaces are for those who hear the label.
  return marks.flatMap((mark) => [" ", mark]);
}

/** One input with its label, unit, help and error. */
export class InputNode {
  constructor(options) {
    Object.assign(this, options);
    this.input = this.makeInput(this.value === null ? undefined : this.value);
    this.input.id = newId();
    this.name = make("span", { textContent: options.name });
    const label = make("label", { for: this.input.id }, this.name, ...marksOf(options));
    this.error = make("p", { className: "error", id: newId(), hidden: true });
    const unit = make("span", { className: "unit", id: newId(), hidden: !this.unit }, this.unit ?? "");
    const hint = make("p", { className: "hint", id: newId() }, ...hintOf(options.schema));
    hint.hidden = hint.textContent === "";
    const described = [unit, hint, this.error].filter((element) => element === this.error || !element.hidden);
    this.input.setAttribute("aria-describedby", described.map((element) => element.id).join(" "));
    const line = make("div", { className: "with-unit" }, this.input, unit, ...(this.extras ?? []));
    if (options.required) this.input.setAttribute("aria-required", "true");
    this.element = make("div", { className: "field" }, label, line, hint, this.error);
  }

  get unit() {
    return this.schema["x-unit"];
  }

  makeInput(value) {
    const text = value === undefined ? "" : String(value);
    const long = text.length > ONE_LINE_CHARACTERS || text.includes("\n");
    const input = long ? make("textarea", { rows: 3 }) : make("input", { type: "text" });
    input.value = text;
    input.autocomplete = "off";
    input.spellcheck = false;
    return input;
  }

  rename(name) {
    this.name.textContent = name;
  }

  read(path, problems) {
    if (this.input.validity.badInput) return this.refuse(path, problems, "Not complete.");
    const text = this.input.value;
    if (text !== "") return this.parse(text, (message) => this.refuse(path, problems, message));
    const remedy = this.plain && this.depth > 0 ? "Fill this in, or remove it." : "Fill this in: it is required.";
    if (this.required) problems.push({ path, message: remedy, blank: true });
    return undefined;
  }

  refuse(path, problems, message) {
    problems.push({ path, message });
    return undefined;
  }

  parse(text) {
    return text;
  }

  find() {
    return this;
  }

  mark(message) {
    this.error.textContent = message;
    this.error.hidden = message === "";
    if (message === "") this.input.removeAttribute("aria-invalid");
    else this.input.setAttribute("aria-invalid", "true");
  }

  clear() {
    this.mark("");
  }
}

export class NumberNode extends InputNode {
  makeInput(value) {
    const input = super.makeInput(value);
    // No type=number: it loses what it can't read, and turns with the wheel.
    input.inputMode = this.whole ? "numeric" : "decimal";
    return input;
  }

  get whole() {
    return typesOf(this.schema)[0] === "integer";
  }

  parse(text, refuse) {
    const said = text.trim();
    if (!(this.whole ? WHOLE : DECIMAL).test(said)) {
      return refuse(this.whole ? "This must be a whole number, such as 42." : "This must be a number, such as 0.5.");
    }
    const value = Number(said);
    const { minimum, maximum } = this.schema;
    if (!Number.isFinite(value)) return refuse("This number is too large.");
    if (minimum !== undefined && value < minimum) return refuse(`This must be at least ${minimum}.`);
    if (maximum !== undefined && value > maximum) return refuse(`This must be at most ${maximum}.`);
    if (!WHOLE.test(said) || Number.isSafeInteger(value)) return value;
    // JavaScript would round it; where the browser can't keep it as written, it isn't sent.
    return JSON.rawJSON ? JSON.rawJSON(String(BigInt(said))) : refuse("This number is too large for this browser.");
  }
}

/** Milliseconds since 1970, as a date and a time in UTC. */
export class TimestampNode extends InputNode {
  get unit() {
    return "UTC";
  }

  makeInput(value) {
    const input = make("input", { type: "datetime-local", step: "0.001", max: "9999-12-31T23:59:59.999" });
    const show = (ms) => {
      const at = new Date(ms);
      if (!Number.isNaN(at.valueOf())) input.value = at.toISOString().slice(0, -1);
    };
    if (typeof value === "number") show(value);
    const now = make("button", { type: "button", textContent: "Now" });
    now.setAttribute("aria-label", `Now, for ${this.name}`);
    now.addEventListener("click", () => {
      show(Date.now());
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    this.extras = [now];
    return input;
  }

  parse(text, refuse) {
    // The field has no zone, so without the Z it would be the reader's own time.
    const ms = Date.parse(`${text}Z`);
    return Number.isNaN(ms) ? refuse("This is no date and time.") : ms;
  }
}

/** One of the values that are allowed. */
export class ChoiceNode extends InputNode {
  makeInput(value) {
    const { schema } = this;
    const boolean = typesOf(schema)[0] === "boolean" && !schema.enum;
    this.choices = ("const" in schema ? [schema.const] : schema.enum ?? (boolean ? [true, false] : [])).filter(
      (choice) => choice !== null,
    );
    const select = make("select");
    if (!this.required || value === undefined) select.append(new Option(this.required ? "Choose…" : "Left out", ""));
    this.choices.forEach((choice, place) => {
      const text = typeof choice === "string" ? choice : JSON.stringify(choice);
      const chosen = JSON.stringify(choice) === JSON.stringify(value);
      select.append(new Option(text, String(place), chosen, chosen));
    });
    return select;
  }

  parse(place) {
    return this.choices[Number(place)];
  }
}

/** Whatever has no input of its own. */
export class JsonNode extends InputNode {
  makeInput(value) {
    const area = make("textarea", { className: "json", rows: 2, spellcheck: false });
    area.value = value === undefined ? "" : asJson(value);
    area.rows = Math.min(8, Math.max(2, area.value.split("\n").length));
    return area;
  }

  get unit() {
    return [this.schema["x-unit"], "JSON"].filter(Boolean).join(", ");
  }

  parse(text, refuse) {
    let value;
    try {
      value = parseExactly(text);
    } catch (error) {
      return refuse(`This is no JSON: ${error.message}`);
    }
    const [only, ...others] = typesOf(this.schema);
    if (only === "object" && !others.length && !isObject(value)) return refuse('This must be an object, such as {"a": 1}.');
    if (only === "array" && !others.length && !Array.isArray(value)) return refuse('This must be a list, such as ["a"].');
    return value;
  }
}
