/**
 * A form made from a JSON Schema (2020-12), such as what an event type says of its data.
 *
 *     const form = new SchemaForm("data", schema, example);
 *     host.append(form.element);
 *     const { value, problems } = form.read();
 *     form.mark(["store_id"], "it must be text");
 *
 * Each part of a schema becomes a node (one that is `plain` isn't marked as required: it needn't be said): `read(path, problems)` gives its value, undefined where it is left out, and
 * `find(path)` the node at a path. A part for which there is no input of its own is written as JSON.
 */

import {
  ChoiceNode,
  InputNode,
  JsonNode,
  NumberNode,
  TIMESTAMP_UNIT,
  TimestampNode,
  hintOf,
  isObject,
  make,
  marksOf,
  newId,
  typesOf,
} from "./schema_inputs.js";

/** Deeper parts are written as JSON: nobody fills in a form that deep, and a schema may refer to itself. */
const DEEPEST = 6;
/** The name of the input for fields that the type doesn't declare. */
const MORE = Symbol("further fields");

/** Follow a reference within the schema, as instances/schemas/description.py does. */
function resolved(schema, root) {
  if (!isObject(schema)) return {};
  if (typeof schema.$ref !== "string") return schema;
  if (!schema.$ref.startsWith("#/")) return {};
  let target = root;
  for (const part of schema.$ref.slice(2).split("/")) target = target?.[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  const { $ref, ...beside } = schema;
  return isObject(target) ? { ...target, ...beside } : {};
}

/** What holds others: a fieldset with its own error. */
class GroupNode {
  constructor(options) {
    Object.assign(this, options);
    this.error = make("p", { className: "error", id: newId(), hidden: true });
    this.body = make("div", { className: "inputs" });
    this.legend = make("span", { textContent: options.name });
    const hint = make("p", { className: "hint" }, ...hintOf(options.schema));
    hint.hidden = hint.textContent === "";
    this.element = make(
      "fieldset",
      { tabIndex: -1, "aria-describedby": this.error.id },
      make("legend", {}, this.legend, ...marksOf(options)),
      hint,
      this.body,
      this.error,
    );
    this.input = this.element;
  }

  rename(name) {
    this.legend.textContent = name;
  }

  mark(message) {
    this.error.textContent = message;
    this.error.hidden = message === "";
    this.element.classList.toggle("invalid", message !== "");
  }

  clear() {
    this.mark("");
    for (const node of this.nodes) node.clear();
  }
}

class ObjectNode extends GroupNode {
  constructor(options) {
    super(options);
    const { schema, depth, root } = options;
    const value = isObject(options.value) ? options.value : {};
    const required = schema.required ?? [];
    const names = Object.keys(schema.properties ?? {});
    this.children = new Map(
      names.map((name) => [
        name,
        nodeFor(schema.properties[name], { name, root, depth: depth + 1, required: required.includes(name), value: value[name] }),
      ]),
    );
    // What the example holds beyond its declared fields is sent too.
    const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
    this.kept = rest;
    if (depth === 0 && schema.additionalProperties !== false) {
      this.kept = {};
      const description = "Further fields, which the type doesn't declare.";
      const undeclared = { type: "object", description };
      this.more = nodeFor(undeclared, {
        name: `more ${options.name}`, root, depth: depth + 1, required: false, value: Object.keys(rest).length ? rest : undefined,
      });
    }
    this.nodes = [...this.children.values(), ...(this.more ? [this.more] : [])];
    this.body.append(...this.nodes.map((node) => node.element));
  }

  read(path, problems) {
    const own = [];
    const value = { ...this.kept };
    for (const [name, node] of this.children) {
      const read = node.read([...path, name], own);
      if (read !== undefined) value[name] = read;
    }
    const more = this.more?.read([...path, MORE], own);
    for (const [name, read] of Object.entries(more ?? {})) {
      if (name in value || this.children.has(name)) {
        own.push({ path: [...path, MORE], message: `${name} has a field of its own above.` });
      } else value[name] = read;
    }
    const empty = Object.keys(value).length === 0;
    // An optional object that nobody began to fill in is left out, whatever it would require.
    if (!this.required && empty && own.every((problem) => problem.blank)) return undefined;
    problems.push(...own);
    return value;
  }

  find([name, ...rest]) {
    if (name === undefined) return this;
    if (name === MORE) return this.more ?? this;
    return this.children.get(name)?.find(rest) ?? this.more ?? this;
  }
}

class ListNode extends GroupNode {
  constructor(options) {
    super(options);
    this.items = [];
    this.list = make("ol", { className: "items" });
    const add = make("button", { type: "button", textContent: `Add to ${options.name}` });
    add.addEventListener("click", () => {
      this.add(undefined).input.focus();
      this.changed();
    });
    this.addButton = add;
    this.body.append(this.list, add);
    for (const value of Array.isArray(options.value) ? options.value : []) this.add(value);
  }

  get nodes() {
    return this.items.map(({ node }) => node);
  }

  add(value) {
    const { root, depth, schema } = this;
    const node = nodeFor(schema.items, { name: "", root, depth: depth + 1, required: true, plain: true, value });
    const remove = make("button", { type: "button", className: "remove", textContent: "Remove" });
    const item = { node, remove, row: make("li", {}, node.element, remove) };
    remove.addEventListener("click", () => {
      this.items.splice(this.items.indexOf(item), 1);
      item.row.remove();
      this.renumber();
      this.addButton.focus();
      this.changed();
    });
    this.items.push(item);
    this.list.append(item.row);
    this.renumber();
    return node;
  }

  renumber() {
    this.items.forEach(({ node, remove }, place) => {
      const name = `${this.name} ${place + 1}`;
      node.rename(name);
      remove.setAttribute("aria-label", `Remove ${name}`);
    });
  }

  changed() {
    this.list.dispatchEvent(new Event("input", { bubbles: true }));
  }

  read(path, problems) {
    const values = this.items.map(({ node }, place) => node.read([...path, place], problems));
    const said = values.filter((value) => value !== undefined);
    return said.length || this.required ? said : undefined;
  }

  find([place, ...rest]) {
    return this.items[place]?.node.find(rest) ?? this;
  }
}

/** The first that fits makes the node. */
const KINDS = [
  [({ depth }) => depth > DEEPEST, JsonNode],
  [({ schema }) => "enum" in schema || "const" in schema, ChoiceNode],
  [({ schema, only }) => only === "object" && (Object.keys(schema.properties ?? {}).length > 0), ObjectNode],
  [({ depth, only }) => only === "object" && depth === 0, ObjectNode],
  [({ schema, only }) => only === "array" && isObject(schema.items) && Object.keys(schema.items).length > 0, ListNode],
  [({ only }) => only === "boolean", ChoiceNode],
  [({ schema, only }) => only === "integer" && schema["x-unit"] === TIMESTAMP_UNIT, TimestampNode],
  [({ only }) => only === "integer" || only === "number", NumberNode],
  [({ only }) => only === "string", InputNode],
  [() => true, JsonNode],
];

function nodeFor(said, options) {
  const schema = resolved(said, options.root);
  const types = typesOf(schema);
  const only = types.length === 1 ? types[0] : !types.length && isObject(schema.properties) ? "object" : null;
  const [, Node] = KINDS.find(([fits]) => fits({ schema, only, depth: options.depth }));
  return new Node({ ...options, schema });
}

export class SchemaForm {
  #root;

  /** `place` is what the whole is called, such as "data"; `value` fills it in. */
  constructor(place, schema, value) {
    this.place = place;
    this.#root = nodeFor(schema, { name: place, root: schema, depth: 0, required: true, plain: true, value });
    this.element = this.#root.element;
  }

  /** Return the value, and what keeps it from being sent: `{path, message}`. */
  read() {
    const problems = [];
    const value = this.#root.read([], problems);
    return { value, problems };
  }

  /** Tell an error at the field it concerns, or the nearest around it; returns what to focus. */
  mark(path, message) {
    const node = this.#root.find(path);
    node.mark(message);
    return node.input;
  }

  clear() {
    this.#root.clear();
  }

  /** Return the input of a field of the first level, if it has one. */
  input(name) {
    const node = this.#root.children?.get(name);
    return node instanceof InputNode ? node.input : undefined;
  }
}
