/** The panel that shows one event whole. It keeps its event while the list beside it moves on. */

import { linkTo } from "./address.js";
import { copyText } from "./clipboard.js";
import { bothTimes, parseExactly } from "./format.js";
import { Tree } from "./tree.js";

const UNREGISTERED =
  "This event type is not registered in this instance, so nothing has checked the data, and there is no help to its fields.";
const NOTICES = {
  gap: ["Gap", "Events that the hub published did not reach this page. The hub says which, and why; the page “Losses” still tells of it for 30 days."],
  conflated: ["Conflated", "This page was slower than the events came. Newer events took the place of waiting ones of the same topic and type."],
  reconnected: ["Reconnected", "The connection was lost and stands again. What came in between was replayed, as far as the hub keeps it; what it doesn't keep is told as a gap."],
  silent: ["Silence", "The hub did not answer for a while, but the connection held. What came meanwhile followed after it."],
  bound: ["More than fits", "A page keeps only so much. Narrow the console, or choose a shorter time, to see what lies before."],
  refused: ["Not shown", "The hub declined this part of what the console asks for, and says why."],
  pause: ["Full pause", "A pause keeps only so much. What came after it was full has been counted and let go."],
};

const element = (id) => document.getElementById(id);

export class Inspector {
  #panel = element("inspector");
  #heading = element("inspector-heading");
  #event = element("inspector-event");
  #notice = element("inspector-notice");
  #marks = element("inspector-marks");
  #facts = element("inspector-facts");
  #json = element("inspector-json").querySelector("code");
  #said = element("inspector-said");
  #tree = new Tree(element("inspector-tree"), "Data and metadata");
  #types;
  #onClose;
  #onTopic;
  #link;
  #more;
  #row = null;
  #reset = 0;

  /**
   * `onTopic(topic)` is called when the reader wants to follow that topic; `onClose()` after closing. `link(event)` gives
   * what "Copy link" copies; `more(row)` what a page has to say of a row beside it: pairs of a name and a text or element.
   */
  constructor({ types, onClose, onTopic, link = linkTo, more = () => [] }) {
    this.#types = types;
    this.#onClose = onClose;
    this.#onTopic = onTopic;
    this.#link = link;
    this.#more = more;
    element("inspector-close").addEventListener("click", () => this.close());
    // Escape closes one thing at a time: an open help text goes first.
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && !document.querySelector(":popover-open, dialog[open]")) this.close();
    });
    for (const view of ["tree", "json"]) element(`view-${view}`).addEventListener("click", () => this.#view(view));
    element("copy-json").addEventListener("click", () => this.#copy(this.#json.textContent, "Copied as JSON."));
    element("copy-link").addEventListener("click", () => this.#copy(this.#link(this.#row.event), "Link copied."));
  }

  /** Show a row of the list: an event, or a notice with what it means. */
  open(row) {
    this.#row = row;
    this.#say("");
    this.#event.hidden = !row.event;
    this.#notice.hidden = Boolean(row.event);
    if (row.event) this.#openEvent(row);
    else this.#openNotice(row);
    this.#panel.hidden = false;
    this.#panel.parentElement.dataset.inspecting = "";
    this.#panel.scrollTop = 0;
    this.#heading.focus();
  }

  get row() {
    return this.#row;
  }

  close() {
    if (this.#panel.hidden) return;
    this.#panel.hidden = true;
    delete this.#panel.parentElement.dataset.inspecting;
    this.#row = null;
    this.#onClose();
  }

  #openNotice({ kind, text, at }) {
    const [name, meaning] = NOTICES[kind];
    this.#heading.textContent = name;
    this.#marks.replaceChildren();
    this.#notice.replaceChildren(paragraph(text), paragraph(meaning, "muted"), paragraph(bothTimes(at), "muted"));
  }

  #openEvent(row) {
    const { event, line } = row;
    this.#heading.textContent = event.event_type;
    const topic = document.createElement("button");
    topic.type = "button";
    topic.className = "link";
    topic.textContent = event.topic;
    topic.title = "Follow this topic only";
    topic.addEventListener("click", () => this.#onTopic(event.topic));
    this.#facts.replaceChildren(
      ...this.#more(row).flatMap(([name, value]) => fact(name, value)),
      ...fact("Topic", topic),
      ...fact("Received", bothTimes(event.received)),
      ...fact("Happened", bothTimes(event.timestamp)),
      ...fact("Publisher", event.publisher ?? "–"),
      ...fact("Version", String(event.schema_version ?? "–")),
      ...fact("Position", event.offset === null ? `${event.stream}, not numbered yet` : `${event.stream} ${event.epoch}:${event.offset}`),
      ...fact("Id", event.id),
    );
    const exact = parseExactly(line).event;
    this.#json.textContent = JSON.stringify(exact, null, 2);
    const values = { data: exact.data, metadata: exact.metadata ?? {} };
    this.#tree.show(values);
    this.#showMarks(event.unregistered ? [mark("unregistered", UNREGISTERED)] : []);
    this.#describe(event, values);
  }

  /** Bring in what the registry knows, once it is here; the event may be another by then. */
  async #describe(event, values) {
    const known = await this.#types.of(event);
    if (!known || this.#row?.event !== event) return;
    const focused = element("inspector-tree").contains(document.activeElement);
    this.#tree.show(values, known.fields);
    if (focused) element("inspector-tree").querySelector("[tabindex='0']")?.focus();
    const { type, version } = known;
    const marks = [mark("", [type.title, type.purpose].filter(Boolean).join(". "))];
    if (!version) {
      marks.push(mark("unknown version", `Version ${event.schema_version} is not registered; the newest is ${type.current}.`));
    } else if (version.version !== type.current) {
      marks.push(mark("old version", `This is version ${version.version}, the newest is ${type.current}.`));
    }
    if (version?.deprecated) marks.push(mark("deprecated", version.deprecated));
    if (event.unregistered) marks.push(mark("unregistered", UNREGISTERED));
    this.#showMarks(marks);
  }

  #showMarks(marks) {
    this.#marks.replaceChildren(...marks);
  }

  #view(view) {
    for (const each of ["tree", "json"]) {
      element(`view-${each}`).setAttribute("aria-pressed", String(each === view));
      element(`inspector-${each}`).hidden = each !== view;
    }
  }

  async #copy(text, done) {
    try {
      await copyText(text);
      this.#say(done);
    } catch {
      this.#say("Not copied: the browser does not allow it here.");
    }
  }

  #say(sentence) {
    clearTimeout(this.#reset);
    this.#said.textContent = sentence;
    if (sentence) this.#reset = setTimeout(() => this.#say(""), 4000);
  }
}

function paragraph(text, className = "") {
  const made = document.createElement("p");
  made.className = className;
  made.textContent = text;
  return made;
}

function mark(word, sentence) {
  const made = paragraph("", "mark");
  if (word) {
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = word;
    made.dataset.mark = word;
    made.append(tag, " ");
  }
  made.append(sentence);
  return made;
}

function fact(name, value) {
  const term = document.createElement("dt");
  const description = document.createElement("dd");
  term.textContent = name;
  description.append(value);
  return [term, description];
}
