/** What the lanes of the clock show, as tables: for who can't see them, and for who wants the figures. */

import { clockTime, count, plural, utcTime } from "./format.js";
import { holeSentence } from "./clock_holes.js";
import { cell, KeyedRows, made, write } from "./keyed_rows.js";
import { table } from "./panel_parts.js";

const HOLES_MAX = 100;

export class ClockTable {
  element = made("details", "", "clock-table");
  #lanes = table("Instances", ["Instance", { text: "Events", className: "number" }, "Gravest", { text: "Holes", className: "number" }, "Kept"]);
  #holes = table("Holes", ["When", "Instance", "What is missing"]);
  #none = made("p", "No hole is known of in this time.", "panel-note");
  #rest = made("p", "", "panel-note");
  #rows = { lanes: new KeyedRows(this.#lanes, laneRow), holes: new KeyedRows(this.#holes, holeRow) };
  #last = null;

  constructor() {
    const summary = made("summary", "The same as a table");
    this.element.append(summary, this.#lanes, this.#holes, this.#none, this.#rest);
    this.element.addEventListener("toggle", () => this.#last && this.draw(this.#last));
  }

  draw(what) {
    this.#last = what;
    if (!this.element.open) return;
    const { lanes, holes, view } = what;
    const per = (instance) => holes.filter((hole) => hole.instance === instance).length;
    this.#rows.lanes.show(lanes.map((lane) => ({ lane, view, holes: per(lane.instance) })), ({ lane }) => lane.instance);
    const shown = holes.slice(-HOLES_MAX);
    this.#rows.holes.show(shown, (hole) => `${hole.stream} ${hole.epoch} ${hole.first} ${hole.at} ${hole.subscriber}`);
    this.#holes.hidden = shown.length === 0;
    this.#none.hidden = shown.length > 0;
    write(this.#rest, holes.length > shown.length ? `and ${plural(holes.length - shown.length, "older hole")}` : "");
  }
}

function laneRow({ lane }) {
  const row = document.createElement("tr");
  const name = cell(row, "", "th");
  const events = cell(row, "Events", "td", "number");
  const gravest = cell(row, "Gravest", "td", "message");
  const holes = cell(row, "Holes", "td", "number");
  const kept = cell(row, "Kept", "td", "message");
  write(name, lane.instance);
  return {
    row,
    update(item) {
      const sum = item.lane.summary(item.view);
      write(events, count(sum.count));
      write(gravest, sum.gravest ? `${sum.gravest.severity} ${sum.gravest.event.event_type}, ${clockTime(sum.gravest.at)}`.trim() : "");
      write(holes, count(item.holes));
      write(kept, keptWords(item.lane, item.view));
    },
  };
}

function keptWords({ reach: { nothingBefore, wholeSince }, unloadedBefore }, view) {
  const words = [];
  if (nothingBefore !== null && nothingBefore > view.from) words.push(`nothing before ${clockTime(nothingBefore)}`);
  if (wholeSince !== null && wholeSince > Math.max(view.from, nothingBefore ?? 0)) words.push(`some streams not before ${clockTime(wholeSince)}`);
  if (unloadedBefore !== null && unloadedBefore > view.from) words.push(`not on this page before ${clockTime(unloadedBefore)}`);
  return words.join("; ") || "whole in this time";
}

function holeRow() {
  const row = document.createElement("tr");
  const when = cell(row, "", "th");
  const instance = cell(row, "Instance");
  const what = cell(row, "What is missing", "td", "message");
  return {
    row,
    update(hole) {
      write(when, hole.from === hole.to ? clockTime(hole.at) : `${clockTime(hole.from)} to ${clockTime(hole.to)}`);
      when.title = `Told ${utcTime(hole.at)}`;
      write(instance, hole.instance);
      write(what, holeSentence(hole));
    },
  };
}
