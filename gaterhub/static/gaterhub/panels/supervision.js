/** The panel of the supervision tree: who starts whom again, as far as lifecycle's events tell parents. */

import { utcTime } from "../format.js";
import { made, write } from "../keyed_rows.js";
import { Empty, Knowledge, behindFamily, duration, field, many, number, text } from "../panel_parts.js";

const KEPT_MAX = 2_000;
const CHILDREN_MAX = 100;
/** Branches with more children are closed at first. */
const OPEN_MAX_CHILDREN = 20;

const LEVELS = { running: "good", restarted: "warn", ended: "off", crashed: "bad", "no answer": "bad", known: "" };
const STATES = {
  process_started: "running",
  process_restarted: "restarted",
  process_stopped: "ended",
  process_crashed: "crashed",
  process_unresponsive: "no answer",
};

export default class Supervision {
  #nodes = new Map();
  #list = made("ul", "", "supervision");
  #items = new Map();
  #knowledge;
  #empty;
  #rest = made("p", "", "panel-note");
  #openEvent;
  #changed = true;
  #closed = new Map(); // What the reader has opened or closed, by key.

  constructor(body, context) {
    this.#openEvent = context.openEvent;
    this.#list.setAttribute("aria-label", context.title);
    this.#empty = new Empty(body, context);
    body.append(this.#list, this.#rest);
    this.#knowledge = new Knowledge(body, { ...context, instances: ["lifecycle"] });
  }

  take(rows) {
    for (const row of rows) {
      this.#knowledge.take(row);
      if (row.event?.instance !== "lifecycle") continue;
      if (row.event.event_type === "supervisor_changed") this.#supervisor(row);
      else if (Object.hasOwn(STATES, row.event.event_type)) this.#process(row);
    }
  }

  clear() {
    this.#nodes.clear();
    this.#items.clear();
    this.#list.replaceChildren();
    this.#knowledge.clear();
    this.#changed = true;
  }

  forget(before) {
    this.#knowledge.forget(before);
    // What ended that long ago is no part of the tree any more.
    for (const [key, node] of this.#nodes) {
      if (node.at < before && node.state === "ended") this.#changed = this.#nodes.delete(key);
    }
  }

  draw(now) {
    if (this.#changed) this.#rebuild();
    this.#changed = false;
    for (const [key, item] of this.#items) if (!item.branch.hidden) item.update(this.#nodes.get(key), now);
    this.#empty.draw(this.#items.size === 0, "No event in this time tells who supervises whom. Processes tell it with supervisor or parent_pid, supervisors with supervisor_changed.");
    this.#knowledge.draw();
  }

  #node(host, name) {
    const key = `${host}\n${name}`;
    let node = this.#nodes.get(key);
    if (!node) {
      if (this.#nodes.size >= KEPT_MAX) this.#nodes.delete(this.#nodes.keys().next().value);
      node = { key, name, label: name, parent: null, state: "known", at: 0, restarts: 0, since: 0, more: "", row: null, goesBy: "" };
      this.#nodes.set(key, node);
    }
    return node;
  }

  #supervisor(row) {
    const { event } = row;
    const host = text(event, "host");
    const node = this.#node(host, text(event, "supervisor"));
    const change = text(event, "change");
    const child = text(event, "child");
    this.#changed = true;
    if (child && change !== "child_removed") this.#node(host, child).parent ??= node.key;
    if (child && change === "child_removed") this.#say(this.#node(host, child), row, "ended");
    const parent = text(event, "parent");
    if (parent) node.parent = this.#node(host, parent).key;
    const children = number(event, "children");
    node.more = [text(event, "strategy"), children === null ? "" : many(children, "child", "children")].filter(Boolean).join(", ") || node.more;
    this.#say(node, row, change === "stopped" ? "ended" : "running");
  }

  #process(row) {
    const { event } = row;
    const host = text(event, "host");
    const pid = text(event, "pid");
    const supervisor = text(event, "supervisor") || text(event, "parent_pid");
    // A process of which nobody says who started it is in no tree.
    if (!pid || (!supervisor && !this.#nodes.has(`${host}\n${pid}`))) return;
    const node = this.#node(host, pid);
    const label = text(event, "name") || text(event, "subscription_name") || text(event, "process_type");
    node.goesBy = label;
    node.label = [label, behindFamily(event)].filter((part, place, parts) => part && parts.indexOf(part) === place).join(" · ");
    if (supervisor && supervisor !== pid) node.parent = this.#node(host, supervisor).key;
    this.#changed = true;
    if (event.event_type === "process_restarted") {
      node.restarts += 1;
      const before = field(event, "previous_pid");
      const gone = before === undefined ? null : this.#nodes.get(`${host}\n${before}`);
      if (gone && gone !== node) {
        node.restarts += gone.restarts;
        this.#nodes.delete(gone.key);
      }
    }
    node.restarts = Math.max(node.restarts, number(event, "restart_count") ?? 0);
    this.#say(node, row, STATES[event.event_type]);
  }

  #say(node, row, state) {
    if (row.at < node.at) return;
    if (node.state !== state) node.since = row.at;
    [node.at, node.state, node.row] = [row.at, state, row];
  }

  /** Put the items where they belong; those that are there stay, so that the keyboard keeps its place. */
  #rebuild() {
    const children = new Map();
    const roots = [];
    for (const node of this.#nodes.values()) {
      const parent = this.#reachable(node) ? this.#nodes.get(node.parent) : null;
      if (parent) children.set(parent.key, [...(children.get(parent.key) ?? []), node]);
      else roots.push(node);
    }
    // What nobody supervises and that supervises nobody tells nothing here.
    const shown = roots.filter(({ key }) => children.has(key));
    for (const [key, below] of children) children.set(key, below.filter((node) => children.has(node.key) || !isNamed(node, below)));
    const placed = new Set();
    let left = 0;
    const place = (list, nodes) => {
      nodes.sort((one, other) => badness(other) - badness(one) || (one.label < other.label ? -1 : 1));
      left += Math.max(0, nodes.length - CHILDREN_MAX);
      const items = nodes.slice(0, CHILDREN_MAX).map((node) => {
        placed.add(node.key);
        const item = this.#items.get(node.key) ?? this.#item(node);
        const below = children.get(node.key) ?? [];
        item.below(below, this.#closed.get(node.key) ?? below.length > OPEN_MAX_CHILDREN);
        place(item.list, below);
        return item.branch;
      });
      if (items.some((each, number) => list.children[number] !== each) || list.children.length !== items.length) {
        const held = list.contains(document.activeElement) ? document.activeElement : null;
        list.replaceChildren(...items);
        held?.focus();
      }
    };
    place(this.#list, shown);
    for (const key of [...this.#items.keys()]) if (!placed.has(key)) this.#items.delete(key);
    this.#rest.hidden = left === 0;
    write(this.#rest, `and ${many(left, "process", "processes")} more that do no worse than these`);
  }

  /** Tell whether the way up from a node ends; a circle of parents is broken where it is met. */
  #reachable(node) {
    const seen = new Set([node.key]);
    for (let above = this.#nodes.get(node.parent); above; above = this.#nodes.get(above.parent)) {
      if (seen.has(above.key)) return false;
      seen.add(above.key);
    }
    return true;
  }

  #item(node) {
    const branch = document.createElement("li");
    const line = made("div", "", "process");
    const toggle = made("button", "", "twig");
    toggle.type = "button";
    const name = made("button", "", "link");
    name.type = "button";
    const [state, since, restarts, more] = [made("span", "", "state-word"), made("span", "", "muted"), made("span", "", "restarts"), made("span", "", "muted")];
    const list = document.createElement("ul");
    for (const part of [toggle, name, state, restarts, since, more]) line.append(part, " ");
    branch.append(line, list);
    const open = (closed) => {
      toggle.setAttribute("aria-expanded", String(!closed));
      write(toggle, closed ? "▸" : "▾");
      list.hidden = closed;
    };
    toggle.addEventListener("click", () => {
      this.#closed.set(node.key, !list.hidden);
      open(!list.hidden);
    });
    name.addEventListener("click", () => this.#nodes.get(node.key)?.row && this.#openEvent(this.#nodes.get(node.key).row));
    const item = {
      branch,
      list,
      below(nodes, closed) {
        toggle.hidden = nodes.length === 0;
        toggle.setAttribute("aria-label", `${node.label}: ${many(nodes.length, "child", "children")}`);
        open(closed);
      },
      update({ label, name: id, state: word, since: at, restarts: times, more: said, row }, now) {
        write(name, label);
        name.title = label === id ? "" : id;
        name.disabled = row === null;
        line.dataset.level = LEVELS[word];
        write(state, word);
        write(restarts, times > 0 ? `restarted ${times}×` : "");
        write(since, at > 0 ? duration(now - at) : "");
        since.title = at > 0 ? utcTime(at) : "";
        write(more, said);
      },
    };
    this.#items.set(node.key, item);
    return item;
  }
}

/** Tell whether a child that a supervisor only named is a process beside it, which told more under its own id. */
const isNamed = ({ state, name }, siblings) => state === "known" && siblings.some(({ goesBy }) => goesBy === name);

const badness = ({ state }) => ["known", "ended", "running", "restarted", "no answer", "crashed"].indexOf(state);
