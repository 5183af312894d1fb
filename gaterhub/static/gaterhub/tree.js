/** A JSON value as a tree that the keyboard walks (WAI-ARIA's tree pattern), with the schema's help beside each field. */

import { count, utcTime } from "./format.js";

/** Entries drawn at once under one branch; a list of thousands would hold the page up. */
const BATCH = 100;
/** Branches deeper than this are closed at first. */
const OPEN_LEVELS = 2;
/** And so is a branch with more entries. */
const OPEN_MAX_ENTRIES = 20;

const isRaw = (value) => JSON.isRawJSON?.(value) ?? false;
const isBranch = (value) => value !== null && typeof value === "object" && !isRaw(value);
const kindOf = (value) => (value === null ? "null" : isRaw(value) ? "number" : typeof value);

/** Write a leaf; a number that JavaScript would round is written as it came. */
const written = (value) => (isRaw(value) ? value.rawJSON : JSON.stringify(value));

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

export class Tree {
  #root;
  #fields = {};

  /** `root` is an element that becomes the tree; `label` says of what. */
  constructor(root, label) {
    this.#root = root;
    root.setAttribute("role", "tree");
    root.setAttribute("aria-label", label);
    root.addEventListener("click", (click) => this.#clicked(click));
    root.addEventListener("keydown", (key) => this.#move(key));
  }

  /** Show the values by their names; `fields` gives for each name what the schema says, by path. */
  show(values, fields = {}) {
    this.#fields = fields;
    const items = Object.entries(values).map(([name, value]) => {
      return this.#item({ name, value, level: 1, path: "", fields: fields[name] ?? new Map() });
    });
    this.#root.replaceChildren(...items);
    this.#reach(items[0]);
  }

  #item({ name, value, level, path, fields }) {
    const item = element("li", "node");
    item.setAttribute("role", "treeitem");
    item.setAttribute("aria-level", level);
    item.tabIndex = -1;
    const line = element("div", "node-line");
    line.append(element("span", "key", name));
    item.append(line);
    if (isBranch(value)) this.#makeBranch(item, line, { value, level, path, fields });
    else line.append(leaf(value));
    const field = fields.get(path);
    if (field) describe(line, value, field);
    return item;
  }

  #makeBranch(item, line, { value, level, path, fields }) {
    const entries = Object.entries(value);
    const list = Array.isArray(value);
    line.append(element("span", "size", list ? `[${count(entries.length)}]` : `{${count(entries.length)}}`));
    if (entries.length === 0) return;
    const group = document.createElement("ul");
    group.setAttribute("role", "group");
    item.append(group);
    const pathOf = (key) => (list ? `${path}[]` : path === "" ? key : `${path}.${key}`);
    let drawn = 0;
    const more = () => {
      const batch = entries.slice(drawn, drawn + BATCH).map(([key, below]) => {
        return this.#item({ name: key, value: below, level: level + 1, path: pathOf(key), fields });
      });
      drawn += batch.length;
      group.append(...batch);
      if (drawn < entries.length) group.append(this.#more(entries.length - drawn, level + 1, more));
      return batch[0];
    };
    // What is closed is drawn when it is opened: an event may have thousands of fields.
    item.unfold = () => drawn === 0 && more();
    this.#open(item, level <= OPEN_LEVELS && entries.length <= OPEN_MAX_ENTRIES);
  }

  #more(left, level, more) {
    const item = element("li", "node more");
    item.setAttribute("role", "treeitem");
    item.setAttribute("aria-level", level);
    item.tabIndex = -1;
    item.append(element("div", "node-line", `… ${count(left)} more: show the next ${count(Math.min(left, BATCH))}`));
    item.more = () => {
      const first = more();
      item.remove();
      this.#focus(first);
    };
    return item;
  }

  #open(item, open) {
    item.setAttribute("aria-expanded", String(open));
    if (open) item.unfold();
    item.querySelector("ul").hidden = !open;
  }

  #toggle(item) {
    if (item.more) item.more();
    else if (item.hasAttribute("aria-expanded")) this.#open(item, item.getAttribute("aria-expanded") !== "true");
  }

  #clicked(click) {
    // Whoever marks a text with the mouse doesn't want the branch closed under it.
    if (!getSelection().isCollapsed) return;
    const line = click.target.closest(".node-line");
    if (!line) return;
    const item = line.parentElement;
    this.#focus(item);
    this.#toggle(item);
  }

  #move(key) {
    const item = key.target.closest?.("[role=treeitem]");
    if (!item || key.altKey || key.ctrlKey || key.metaKey) return;
    const items = this.#visible();
    const at = items.indexOf(item);
    const expanded = item.getAttribute("aria-expanded");
    const acts = {
      ArrowDown: () => this.#focus(items[at + 1]),
      ArrowUp: () => this.#focus(items[at - 1]),
      Home: () => this.#focus(items[0]),
      End: () => this.#focus(items.at(-1)),
      ArrowRight: () => (expanded === "false" ? this.#open(item, true) : expanded && this.#focus(items[at + 1])),
      ArrowLeft: () => (expanded === "true" ? this.#open(item, false) : this.#focus(parentOf(item))),
      Enter: () => this.#toggle(item),
      " ": () => this.#toggle(item),
    };
    if (!Object.hasOwn(acts, key.key)) return;
    key.preventDefault();
    acts[key.key]();
  }

  #visible() {
    return [...this.#root.querySelectorAll("[role=treeitem]")].filter((item) => !item.parentElement.closest("[hidden]"));
  }

  #reach(item) {
    for (const each of this.#root.querySelectorAll("[tabindex='0']")) each.tabIndex = -1;
    if (item) item.tabIndex = 0;
  }

  #focus(item) {
    if (!item) return;
    this.#reach(item);
    item.focus();
  }
}

const parentOf = (item) => item.parentElement.closest("[role=treeitem]");

function leaf(value) {
  const made = element("span", "value", written(value));
  made.dataset.kind = kindOf(value);
  return made;
}

/** Say beside a field what its schema says about it. */
function describe(line, value, { help, unit, required, personal, choices, type }) {
  if (unit) line.append(element("span", "unit", unit));
  if (type === "timestamp" && typeof value === "number") line.append(element("span", "note", utcTime(value)));
  if (required) line.append(element("span", "note", "required"));
  if (personal) line.append(element("span", "note personal", "personal data"));
  const choice = choices?.length ? `One of: ${choices.join(", ")}.` : "";
  const text = [help, choice].filter(Boolean).join(" ");
  if (text) line.after(element("div", "node-help", text));
}
