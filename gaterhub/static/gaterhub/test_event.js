/** The form with which a reader of a type's page publishes an event of it, marked as a test. */

import { SchemaForm } from "./schema_form.js";
import { make } from "./schema_inputs.js";

const SEGMENT = /^[A-Za-z0-9_.\-@/]{1,128}$/;
const PARAMETER = /^\{(.+)\}$/;
const TIMEOUT_MS = 15_000;
/** So that readers can tell it from what really happened. */
const TEST_MARK = { test: true };
/** `data.a[1].b` as the hub's sentences write it, and what follows up to the next one. */
const MISFIT = /`((?:data|metadata)(?:[.[][^`]*)?)`(?= is |:)/g;

let forms = 0;

/** Read "data.items[1].name" as ["data", "items", 1, "name"]. */
export function pathOf(text) {
  return text.split(/\.|(?=\[)/).map((part) => (/^\[\d+\]$/.test(part) ? Number(part.slice(1, -1)) : part));
}

/** Take the hub's sentence about a misfit apart: `{path, message}` for each field that it names. */
export function misfitsIn(detail) {
  const found = [...detail.matchAll(MISFIT)];
  return found.map((match, place) => {
    const end = found[place + 1]?.index ?? detail.length;
    const message = detail.slice(match.index, end).replace(/\.?\s*$/, ".").replaceAll("`", "");
    return { path: pathOf(match[1]), message };
  });
}

export class TestEvent {
  #type;
  #place;
  #form;
  #version;
  #topicInputs = new Map();
  #data;
  #metadata;
  #busy = false;

  /**
   * @param {object} type as `GET types/` describes it
   * @param {object} place `{url, live, login, kept, template, dialog}`: where to publish, the live page, the log-in,
   *   whether what is published stays, and the elements to make the form and the question from
   */
  constructor(type, place) {
    this.#type = type;
    this.#place = place;
    this.element = place.template.content.firstElementChild.cloneNode(true);
    this.element.setAttribute("aria-label", `Publish a test event of ${type.event_type}`);
    this.#form = (name) => this.element.querySelector(`[data-part="${name}"]`);
    this.#chooseVersions();
    this.element.addEventListener("input", () => this.#preview());
    this.element.addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#submit();
    });
    this.element.addEventListener("reset", (reset) => {
      reset.preventDefault();
      this.#build();
    });
    this.#build();
  }

  #chooseVersions() {
    const { versions, current } = this.#type;
    const select = this.#form("version");
    select.id = `version~${++forms}`;
    this.#form("version-label").htmlFor = select.id;
    for (const { version, deprecated } of [...versions].reverse()) {
      const note = version === current ? " (current)" : deprecated ? " (deprecated)" : "";
      select.append(new Option(`${version}${note}`, String(version), version === current, version === current));
    }
    select.addEventListener("change", () => this.#build());
  }

  /** Make the inputs of the chosen version, filled in with its example. */
  #build() {
    const number = Number(this.#form("version").value);
    this.#version = this.#type.versions.find(({ version }) => version === number);
    const { deprecated, example, data_schema: data, metadata_schema: metadata } = this.#version;
    this.#form("deprecated").textContent = deprecated ?? "";
    this.#form("deprecated").hidden = !deprecated;
    this.#data = new SchemaForm("data", data, example.data);
    this.#metadata = new SchemaForm("metadata", metadata, example.metadata);
    this.#form("data").replaceChildren(this.#data.element);
    this.#form("metadata").replaceChildren(this.#metadata.element);
    this.#buildTopic(example.topic ?? "");
    this.#form("outcome").replaceChildren();
    this.#tell("");
    this.#preview();
  }

  #buildTopic(example) {
    const { topic, parameters } = this.#type;
    const segments = topic === "" ? ["{topic}"] : topic.split(":");
    const examples = topic === "" ? [example] : example.split(":");
    this.#topicInputs.clear();
    const fields = segments.flatMap((segment, place) => {
      const name = PARAMETER.exec(segment)?.[1];
      if (!name) return [];
      const id = `topic~${forms}~${name}`;
      const error = make("p", { className: "error", id: `${id}~error`, hidden: true });
      const input = make("input", { id, type: "text", autocomplete: "off", spellcheck: false, "aria-required": "true" });
      input.value = examples[place] ?? "";
      input.setAttribute("aria-describedby", error.id);
      this.#topicInputs.set(name, { input, error });
      this.#together(name, input);
      const label = make("label", { for: id }, name, " ", make("span", { className: "mark", textContent: "required" }));
      return [make("div", { className: "field" }, label, make("div", { className: "with-unit" }, input), error)];
    });
    const none = make("p", { className: "hint", textContent: "Every event of this type goes to the same topic." });
    this.#form("parameters").replaceChildren(...(fields.length || parameters.length ? fields : [none]));
  }

  /** A parameter and the field of the same name say the same, until somebody makes them differ. */
  #together(name, input) {
    const twin = this.#data.input(name);
    if (!twin) return;
    let before = input.value;
    input.addEventListener("input", () => {
      if (twin.value === before) twin.value = input.value;
      before = input.value;
    });
  }

  #topic() {
    const { topic } = this.#type;
    const value = (name) => this.#topicInputs.get(name).input.value.trim();
    if (topic === "") return value("topic");
    return topic
      .split(":")
      .map((segment) => (PARAMETER.test(segment) ? value(PARAMETER.exec(segment)[1]) || segment : segment))
      .join(":");
  }

  /** Return the event as the form has it, and what keeps it from being sent. */
  #read() {
    const problems = [];
    for (const [name, { input }] of this.#topicInputs) {
      const text = input.value.trim();
      const free = this.#type.topic === "";
      if (text === "") problems.push({ path: ["topic", name], message: "Fill this in: it is part of the topic." });
      else if (!(free ? text.split(":") : [text]).every((segment) => SEGMENT.test(segment))) {
        const message = "Only A-Z a-z 0-9 _ . - @ / can stand here, up to 128 of them.";
        problems.push({ path: ["topic", name], message });
      }
    }
    const data = this.#data.read();
    const metadata = this.#metadata.read();
    problems.push(...data.problems.map(({ path, message }) => ({ path: ["data", ...path], message })));
    problems.push(...metadata.problems.map(({ path, message }) => ({ path: ["metadata", ...path], message })));
    const closed = this.#version.metadata_schema.additionalProperties === false;
    const event = {
      topic: this.#topic(),
      event_type: this.#type.event_type,
      schema_version: this.#version.version,
      data: data.value ?? null,
      metadata: { ...metadata.value, ...(closed ? {} : TEST_MARK) },
    };
    return { event, problems };
  }

  #preview() {
    const { event, problems } = this.#read();
    this.#form("topic").textContent = event.topic;
    this.#form("preview").textContent = JSON.stringify(event, null, 2);
    const open = this.#form("incomplete");
    open.hidden = problems.length === 0;
    open.textContent = `${problems.length} ${problems.length === 1 ? "field is" : "fields are"} not filled in right, and left out here.`;
  }

  async #submit() {
    if (this.#busy) return;
    this.#clear();
    const { event, problems } = this.#read();
    if (problems.length) return this.#refuse("Nothing was sent.", problems);
    if (this.#place.kept && !(await this.#confirmed(event))) return;
    this.#setBusy(true);
    try {
      await this.#send(event);
    } finally {
      this.#setBusy(false);
    }
  }

  #setBusy(busy) {
    this.#busy = busy;
    const button = this.#form("publish");
    // Not `disabled`, which would take the focus away from whoever pressed it.
    button.setAttribute("aria-disabled", String(busy));
    button.textContent = busy ? "Publishing…" : "Publish test event";
  }

  /** Ask whether to publish what stays for good. */
  #confirmed({ topic }) {
    const { dialog } = this.#place;
    dialog.querySelector("[data-part=topic]").textContent = topic;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "publish"), { once: true });
    });
  }

  async #send(event) {
    let response;
    let answer;
    try {
      response = await fetch(this.#place.url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": document.querySelector("input[name=csrfmiddlewaretoken]").value,
        },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer = await response.json();
    } catch {
      const unknown = "The hub did not answer, so it is not known whether the event was published. ";
      return this.#tell(unknown, this.#link(event.topic, null, "Look at the topic live"), " before you try again.");
    }
    if (response.ok) return this.#receipt(event, answer);
    const detail = answer.detail ?? `The hub answered ${response.status}.`;
    if (answer.code === "unauthorized" || answer.code === "forbidden") {
      const login = make("a", { textContent: "Log in again" });
      login.href = `${this.#place.login}?next=${encodeURIComponent(location.pathname + location.hash)}`;
      return this.#tell(`Nothing was published: ${detail} `, login, " if your log-in has ended.");
    }
    if (answer.code === "bad_topic") {
      const [first] = this.#topicInputs.keys();
      return this.#refuse("Nothing was published.", [{ path: ["topic", first], message: detail }]);
    }
    const misfits = answer.code === "bad_schema" ? misfitsIn(detail) : [];
    if (misfits.length) return this.#refuse("Nothing was published: the hub checked the event.", misfits);
    return this.#tell(`Nothing was published: ${detail}`);
  }

  #link(topic, id, text) {
    const query = `?pattern=${topic}${id ? `&event=${id}` : ""}`;
    return make("a", { href: `${this.#place.live}${query}`, textContent: text });
  }

  #receipt(event, answer) {
    const receipt = answer.events?.[0] ?? answer;
    const row = (term, ...said) => make("div", {}, make("dt", { textContent: term }), make("dd", {}, ...said));
    const offset = receipt.offset ?? null;
    const facts = make(
      "dl",
      { className: "receipt" },
      ...(receipt.stream ? [row("Stream", make("code", { textContent: receipt.stream }))] : []),
      row("Offset", offset === null ? "given in a moment" : `#${offset}`),
      row("Id", make("code", { textContent: receipt.id })),
    );
    const warnings = (answer.warnings ?? []).map((text) => make("p", { className: "warning", textContent: text }));
    this.#form("outcome").replaceChildren(
      make("p", { className: "good", textContent: "Published." }),
      facts,
      ...warnings,
      make("p", {}, this.#link(event.topic, receipt.id, "See it on the live page")),
    );
  }

  /** Tell each problem at its field, and go to the first. */
  #refuse(lead, problems) {
    let first = null;
    const elsewhere = [];
    for (const { path, message } of problems) {
      const focus = this.#mark(path, message);
      first ??= focus;
      if (!focus) elsewhere.push(message);
    }
    const many = problems.length === 1 ? "One field needs" : `${problems.length} fields need`;
    this.#tell(`${lead} ${elsewhere.length < problems.length ? `${many} another look. ` : ""}${elsewhere.join(" ")}`);
    first?.focus();
  }

  #mark([place, ...path], message) {
    if (place === "data") return this.#data.mark(path, message);
    if (place === "metadata") return this.#metadata.mark(path, message);
    const parameter = this.#topicInputs.get(path[0]);
    if (!parameter) return null;
    parameter.input.setAttribute("aria-invalid", "true");
    parameter.error.textContent = message;
    parameter.error.hidden = false;
    return parameter.input;
  }

  #clear() {
    this.#data.clear();
    this.#metadata.clear();
    for (const { input, error } of this.#topicInputs.values()) {
      input.removeAttribute("aria-invalid");
      error.hidden = true;
    }
    this.#tell("");
    this.#form("outcome").replaceChildren();
  }

  #tell(...sentences) {
    const top = this.#form("problem");
    top.replaceChildren(...sentences);
    top.hidden = sentences.join("") === "";
  }
}
