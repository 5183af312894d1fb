/** The panel of notes: what people wrote about moments of the time shown, and a form for another. */

import { ago, clockTime, plural, utcTime } from "../format.js";
import { KeyedRows, made, write } from "../keyed_rows.js";

export default class NotesPanel {
  #context;
  #notes;
  #list;
  #items;
  #none = made("p", "No note is about a moment of this time.", "muted");
  #rest = made("p", "", "muted");
  #form = null;

  constructor(body, context) {
    this.#context = context;
    this.#notes = context.notes;
    if (!this.#notes.mayRead) {
      body.append(made("p", "Notes are not granted to your account. Ask an administrator for the permission to view notes.", "muted"));
      return;
    }
    this.#list = made("ol", "", "notes");
    this.#list.setAttribute("role", "list");
    if (this.#notes.mayWrite) {
      this.#form = new NoteForm({ notes: this.#notes, moment: context.moment, title: context.title });
      body.append(this.#form.element);
    }
    body.append(this.#list, this.#none, this.#rest);
    this.#items = new KeyedRows(this.#list, () => noteItem({ around: context.around, correct: (note) => this.#form?.correct(note) }));
  }

  take() {}

  clear() {}

  forget() {}

  draw(now) {
    if (!this.#notes.mayRead) return;
    this.#form?.draw();
    const all = this.#notes.rows;
    const corrected = new Map(all.filter((note) => note.corrects !== null).map((note) => [note.corrects, note]));
    const shown = all.slice(0, this.#context.options.limit);
    this.#items.show(shown.map((note) => ({ note, correction: corrected.get(note.id), now, mayWrite: this.#notes.mayWrite })), ({ note }) => String(note.id));
    this.#none.hidden = all.length > 0;
    const others = all.length - shown.length;
    write(this.#rest, others > 0 ? `and ${plural(others, "older one")} of this time` : "");
  }
}

class NoteForm {
  element = made("form", "", "note-form");
  #notes;
  #moment;
  #text = document.createElement("textarea");
  #about = made("span", "", "muted note-about");
  #trouble = made("p", "", "error");
  #corrected = null;
  #leave;

  constructor({ notes, moment, title }) {
    this.#notes = notes;
    this.#moment = moment;
    const label = made("label", "", "note-text");
    label.append(made("span", "Write a note", "unseen"), this.#text);
    Object.assign(this.#text, { rows: 2, maxLength: 2000, required: true, placeholder: "What you see, and what you do about it" });
    const add = made("button", "Add note", "primary");
    this.#leave = made("button", "Don’t correct", "link");
    this.#leave.type = "button";
    this.#leave.addEventListener("click", () => this.correct(null));
    this.#trouble.setAttribute("role", "alert");
    const bar = made("div", "", "note-bar");
    bar.append(add, this.#about, this.#leave);
    this.element.setAttribute("aria-label", title);
    this.element.append(label, bar, this.#trouble);
    this.element.addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#add();
    });
    this.draw();
  }

  /** Have the next note correct another one; null: none. */
  correct(note) {
    this.#corrected = note;
    if (note) {
      this.#text.value = note.text;
      this.#text.focus();
    }
    this.draw();
  }

  draw() {
    this.#leave.hidden = this.#corrected === null;
    const at = this.#moment();
    const about = at === null ? "about now" : `about ${clockTime(at)}`;
    write(this.#about, this.#corrected === null ? about : `corrects note ${this.#corrected.id}, which stays`);
  }

  async #add() {
    const at = this.#moment() ?? this.#notes.now();
    const kept = await this.#notes.add({ text: this.#text.value, at, corrects: this.#corrected?.id ?? null });
    write(this.#trouble, kept ? "" : this.#notes.trouble);
    if (!kept) return;
    this.#text.value = "";
    this.correct(null);
  }
}

function noteItem({ around, correct }) {
  const row = document.createElement("li");
  const head = made("p", "", "note-head");
  const moment = made("button", "", "link");
  const author = made("strong", "");
  const written = made("span", "", "muted");
  const fix = made("button", "Correct", "link");
  const text = made("p", "", "note-said");
  const correction = made("p", "", "muted");
  let shown = null;
  for (const button of [moment, fix]) button.type = "button";
  moment.addEventListener("click", () => around(shown.at));
  fix.addEventListener("click", () => correct(shown));
  head.append(moment, author, written, fix);
  row.append(head, text, correction);
  return {
    row,
    update({ note, correction: by, now, mayWrite }) {
      shown = note;
      write(moment, clockTime(note.at));
      moment.title = `Show the time around ${utcTime(note.at)}`;
      write(author, note.author);
      write(written, `note ${note.id}, ${ago(now - note.written)}`);
      written.title = utcTime(note.written);
      fix.hidden = !mayWrite || Boolean(by);
      fix.setAttribute("aria-label", `Correct note ${note.id}`);
      write(text, note.text);
      row.dataset.corrected = String(Boolean(by));
      const about = note.corrects === null ? "" : `Corrects note ${note.corrects}.`;
      write(correction, by ? `${about} Corrected by note ${by.id}.`.trim() : about);
    },
  };
}
