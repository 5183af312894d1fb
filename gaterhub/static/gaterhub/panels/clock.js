/** The panel of one clock: a lane for each instance on one axis of time, with every hole drawn as a hole. */

import { MISSING, dayTime, hatches, titled } from "../clock_drawing.js";
import { ClockHoles, holeSentence } from "../clock_holes.js";
import { ClockLane } from "../clock_lane.js";
import { ClockTable } from "../clock_table.js";
import { ClockView } from "../clock_view.js";
import { clockTime, count, plural, utcTime } from "../format.js";
import { made, write } from "../keyed_rows.js";
import { drawn } from "../panel_parts.js";

const LANE_PX = 26;
const TOP_PX = 18; // The notes' and the moment's flags.
const AXIS_PX = 20;
const MARK_PX = 4;
const HOLE_LEAST_PX = 5;
/** A click this near to a mark means it. */
const NEAR_PX = 5;
/** Moved less, a pointer that was down has clicked. */
const DRAG_PX = 4;
const LEVELS = ["", "warn", "bad"];
const FORMS = { json: "JSON", csv: "CSV", md: "Text" };

export default class Clock {
  #context;
  #view = new ClockView();
  #holes = new ClockHoles();
  #lanes;
  #byInstance;
  #plot = made("div", "", "clock-plot");
  #svg = drawn("svg", { class: "clock-lanes", role: "img" });
  #labels = made("div", "", "clock-labels");
  #said = made("p", "", "unseen");
  #range = made("span", "", "clock-range");
  #note = made("p", "", "panel-note");
  #buttons = {};
  #table;
  #selected = 0;
  #width = 0;
  #version = -1; // Of what the hub told that is drawn.
  #drag = null;

  constructor(body, context) {
    this.#context = context;
    context.kept.wanted = true;
    this.#lanes = context.instances.map((instance) => new ClockLane(instance));
    this.#byInstance = new Map(this.#lanes.map((lane) => [lane.instance, lane]));
    this.#table = new ClockTable();
    this.#said.setAttribute("role", "status");
    body.append(this.#bar(), this.#stage(), this.#said, this.#note, this.#table.element);
    new ResizeObserver(() => {
      this.#width = this.#plot.clientWidth;
      context.redraw();
    }).observe(this.#plot);
  }

  take(rows) {
    const fresh = new Map();
    for (const row of rows) {
      if (row.event) {
        if (!fresh.has(row.event.instance)) fresh.set(row.event.instance, []);
        fresh.get(row.event.instance).push(row);
      } else if (row.gap) this.#holes.told(row);
    }
    for (const [instance, some] of fresh) this.#byInstance.get(instance)?.rows.add(some);
  }

  clear() {
    for (const lane of this.#lanes) lane.rows.clear();
    // What was told to this page goes with the rows that are taken anew.
    this.#holes.clear();
    this.#version = -1;
  }

  forget(before) {
    for (const lane of this.#lanes) lane.rows.forget(before);
    this.#holes.forget(before);
  }

  draw() {
    const { from, to, loading } = this.#context.window();
    this.#view.within(from, Math.max(to, from + 1));
    this.#learn();
    if (this.#width > 0) this.#drawLanes();
    this.#drawWords(loading);
  }

  /** Zoom, pan and walk by keys while the keyboard is on the lanes; gives whether the key was one of these. */
  press(key) {
    const { from, to } = this.#context.window();
    const acts = {
      ArrowLeft: () => this.#pan(-0.2),
      ArrowRight: () => this.#pan(0.2),
      "+": () => this.#zoom(0.5),
      "=": () => this.#zoom(0.5),
      "-": () => (this.#view.isPart ? this.#zoom(2) : this.#context.showTime(from - (to - from) / 2, to + (to - from) / 2)),
      0: () => this.#whole(),
      Home: () => this.#whole(),
      ArrowUp: () => this.#select(this.#selected - 1),
      ArrowDown: () => this.#select(this.#selected + 1),
      Enter: () => this.#openNearest(),
    };
    if (!Object.hasOwn(acts, key)) return false;
    acts[key]();
    return true;
  }

  #bar() {
    const bar = made("div", "", "clock-bar");
    const zoom = made("span", "", "clock-zoom");
    for (const [name, text, label, act] of [
      ["out", "−", "Zoom out", () => this.press("-")],
      ["in", "+", "Zoom in", () => this.#zoom(0.5)],
      ["whole", "Whole time", "Show the console’s whole time", () => this.#whole()],
      ["only", "Only this time", "Have the whole console show only this time", () => this.#context.showTime(this.#view.from, this.#view.to)],
      ["around", "✕", "No longer mark this moment", () => this.#context.around(null)],
    ]) {
      const button = made("button", text);
      button.type = "button";
      button.title = label;
      button.setAttribute("aria-label", label);
      button.addEventListener("click", act);
      this.#buttons[name] = button;
      if (name !== "around") zoom.append(button);
    }
    const files = made("span", "", "clock-files");
    files.append(made("span", "Take it along:", "muted"));
    for (const [form, text] of Object.entries(FORMS)) files.append(" ", this.#file(form, text));
    bar.append(zoom, this.#range, this.#buttons.around, files);
    return bar;
  }

  /** A link to the timeline of what is shown: made when it is followed, since the time moves on. */
  #file(form, text) {
    const link = made("a", text);
    const address = () => this.#context.timeline(form, { from: this.#view.from, to: this.#view.to });
    link.href = "#";
    link.download = "";
    link.setAttribute("aria-label", `The timeline of this time as ${text}`);
    for (const kind of ["pointerdown", "focus", "click"]) link.addEventListener(kind, () => (link.href = address()));
    return link;
  }

  #stage() {
    const stage = made("div", "", "clock");
    this.#plot.tabIndex = 0;
    this.#plot.setAttribute("role", "group");
    this.#plot.setAttribute("aria-label", "One clock. Left and right move, plus and minus zoom, 0 shows the whole time, up and down choose an instance, Enter opens the event nearest to the middle.");
    this.#plot.append(this.#svg);
    this.#plot.addEventListener("keydown", (pressed) => {
      if (pressed.ctrlKey || pressed.altKey || pressed.metaKey || !this.press(pressed.key)) return;
      pressed.preventDefault();
      pressed.stopPropagation();
    });
    this.#plot.addEventListener("wheel", (turned) => this.#turned(turned), { passive: false });
    this.#plot.addEventListener("dblclick", (clicked) => this.#zoom(0.25, this.#momentOf(clicked)));
    this.#plot.addEventListener("pointerdown", (down) => this.#down(down));
    this.#plot.addEventListener("pointermove", (moved) => this.#moved(moved));
    this.#plot.addEventListener("pointerup", (up) => this.#up(up));
    this.#plot.addEventListener("pointercancel", () => (this.#drag = null));
    for (const lane of this.#lanes) {
      const label = made("button", lane.instance, "clock-label");
      label.type = "button";
      label.title = `Show only ${lane.instance}`;
      label.addEventListener("click", () => this.#context.select({ instance: lane.instance }));
      this.#labels.append(label);
    }
    stage.append(this.#labels, this.#plot);
    return stage;
  }

  #turned(turned) {
    // A plain turn of the wheel scrolls the page.
    if (turned.ctrlKey || turned.metaKey) this.#zoom(turned.deltaY > 0 ? 1.25 : 0.8, this.#momentOf(turned));
    else if (Math.abs(turned.deltaX) > Math.abs(turned.deltaY) || turned.shiftKey) this.#pan((turned.deltaX || turned.deltaY) / this.#width);
    else return;
    turned.preventDefault();
  }

  #down(down) {
    if (down.button !== 0) return;
    this.#drag = { x: down.clientX, from: down.clientX, moved: false };
    this.#plot.setPointerCapture(down.pointerId);
  }

  #moved(moved) {
    if (!this.#drag) return this.#point(moved);
    this.#drag.moved ||= Math.abs(moved.clientX - this.#drag.from) > DRAG_PX;
    if (!this.#drag.moved) return;
    this.#view.pan((this.#drag.x - moved.clientX) / this.#width);
    this.#drag.x = moved.clientX;
    this.#context.redraw();
  }

  #up(up) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag || drag.moved) return;
    const row = this.#rowAt(up);
    if (row) this.#context.openEvent(row, () => this.#plot.focus());
  }

  /** Say what is under the pointer, and that a click would open it. */
  #point(moved) {
    const row = this.#rowAt(moved);
    this.#plot.dataset.over = String(Boolean(row));
    const hole = row ? null : this.#holeAt(moved);
    this.#plot.title = row ? `${clockTime(row.at)} ${row.event.instance}: ${row.severity} ${row.event.event_type}, ${row.event.topic}` : hole ? holeSentence(hole) : "";
  }

  #rowAt(pointer) {
    const lane = this.#laneAt(pointer);
    return lane ? lane.near(this.#momentOf(pointer), (NEAR_PX / this.#width) * this.#view.span) : null;
  }

  #holeAt(pointer) {
    const lane = this.#laneAt(pointer);
    const at = this.#momentOf(pointer);
    const within = (NEAR_PX / this.#width) * this.#view.span;
    return lane ? this.#holes.of(lane.instance, { from: at - within, to: at + within })[0] : undefined;
  }

  #laneAt({ clientY }) {
    return this.#lanes[Math.floor((clientY - this.#svg.getBoundingClientRect().top - TOP_PX) / LANE_PX)];
  }

  #momentOf({ clientX }) {
    return this.#view.momentAt((clientX - this.#svg.getBoundingClientRect().left) / Math.max(1, this.#width));
  }

  #zoom(factor, around = this.#middle()) {
    if (this.#view.zoom(factor, around)) this.#moveSaid();
  }

  /** The marked moment, where it is shown: what somebody looks at stays where it is. */
  #middle() {
    const { around } = this.#context.window();
    const share = around === null ? -1 : this.#view.shareOf(around);
    return share >= 0 && share <= 1 ? around : (this.#view.from + this.#view.to) / 2;
  }

  #pan(share) {
    // At an edge of what is loaded the console itself goes on.
    if (this.#view.pan(share)) this.#moveSaid();
    else this.#context.move(Math.sign(share));
  }

  #whole() {
    if (this.#view.whole()) this.#moveSaid();
  }

  #moveSaid() {
    write(this.#said, `${clockTime(this.#view.from)} to ${clockTime(this.#view.to)}`);
    this.#context.redraw();
  }

  #select(place) {
    this.#selected = Math.min(Math.max(place, 0), this.#lanes.length - 1);
    const lane = this.#lanes[this.#selected];
    const holes = this.#holes.of(lane.instance, this.#view).length;
    write(this.#said, `${lane.instance}: ${plural(lane.summary(this.#view).count, "event")}, ${plural(holes, "hole")}`);
    this.#context.redraw();
  }

  #openNearest() {
    const row = this.#lanes[this.#selected]?.nearest(this.#middle());
    if (row) this.#context.openEvent(row, () => this.#plot.focus());
  }

  /** Take over what is known of what is missing. */
  #learn() {
    const { kept } = this.#context;
    if (this.#version !== kept.version) this.#holes.show(kept);
    this.#version = kept.version;
    for (const lane of this.#lanes) [lane.reach, lane.unloadedBefore] = [kept.reachOf(lane.instance), kept.missesBefore(lane.instance)];
  }

  #drawLanes() {
    const [width, height] = [this.#width, TOP_PX + this.#lanes.length * LANE_PX + AXIS_PX];
    for (const [name, value] of [["viewBox", `0 0 ${width} ${height}`], ["width", width], ["height", height]]) this.#svg.setAttribute(name, value);
    const x = (at) => this.#view.shareOf(at) * width;
    this.#svg.replaceChildren(hatches(), ...this.#axis(x), ...this.#lanes.flatMap((lane, place) => this.#drawLane(lane, place, x)), ...this.#flags(x));
    this.#svg.setAttribute("aria-label", this.#inWords());
    [...this.#labels.children].forEach((label, place) => label.toggleAttribute("data-selected", place === this.#selected));
  }

  #drawLane(lane, place, x) {
    const top = TOP_PX + place * LANE_PX;
    const parts = [drawn("rect", { class: place === this.#selected ? "lane selected" : "lane", x: 0, y: top + 1, width: this.#width, height: LANE_PX - 2 })];
    for (const { kind, from, to } of lane.missing(this.#view)) {
      parts.push(titled(drawn("rect", { class: `reach ${kind}`, fill: `url(#clock-${kind})`, x: x(from), y: top + 1, width: x(to) - x(from), height: LANE_PX - 2 }), MISSING[kind](lane.instance, to)));
    }
    const paths = { "": "", warn: "", bad: "" };
    for (const { column, level, height } of lane.marks(this.#view, Math.max(1, Math.floor(this.#width / MARK_PX)))) {
      const high = Math.round(height * (LANE_PX - 6));
      paths[level] += `M${column * MARK_PX} ${top + LANE_PX - 3}v-${high}h${MARK_PX - 1}v${high}z`;
    }
    for (const level of LEVELS) if (paths[level]) parts.push(drawn("path", { class: `marks ${level}`, d: paths[level] }));
    for (const hole of this.#holes.of(lane.instance, this.#view)) {
      const [left, right] = [Math.max(0, x(hole.from)), Math.min(this.#width, x(hole.to))];
      const wide = Math.max(HOLE_LEAST_PX, right - left);
      parts.push(titled(drawn("rect", { class: `hole ${hole.kind}`, fill: "url(#clock-hole)", x: Math.min(left, this.#width - wide), y: top + 2, width: wide, height: LANE_PX - 4 }), holeSentence(hole)));
    }
    return parts;
  }

  #axis(x) {
    const bottom = TOP_PX + this.#lanes.length * LANE_PX;
    const hours = this.#view.span > 7_200_000;
    return this.#view.ticks(Math.max(2, this.#width / 90)).flatMap((at) => {
      const text = drawn("text", { class: "tick-time", x: Math.min(Math.max(x(at), 24), this.#width - 24), y: bottom + 14, "text-anchor": "middle" });
      text.textContent = hours ? dayTime(at, this.#view.span) : clockTime(at);
      return [drawn("path", { class: "tick", d: `M${x(at)} ${TOP_PX}V${bottom}` }), text];
    });
  }

  #flags(x) {
    const bottom = TOP_PX + this.#lanes.length * LANE_PX;
    const flags = this.#context.notes.rows.filter(({ at }) => at >= this.#view.from && at <= this.#view.to).map((note) =>
      titled(drawn("path", { class: "note-flag", d: `M${x(note.at)} ${TOP_PX}v-12h9l-3 3l3 3h-9z` }), `Note by ${note.author}: ${note.text}`),
    );
    const { around } = this.#context.window();
    if (around !== null && around >= this.#view.from && around <= this.#view.to) {
      flags.push(titled(drawn("path", { class: "moment", d: `M${x(around)} 2V${bottom}` }), `The marked moment, ${utcTime(around)}`));
    }
    return flags;
  }

  #drawWords(loading) {
    const { narrowed, around } = this.#context.window();
    const days = this.#view.span > 86_400_000;
    const time = (at) => (days ? dayTime(at, this.#view.span) : clockTime(at));
    write(this.#range, `${time(this.#view.from)} to ${time(this.#view.to)}${around === null ? "" : `, around ${clockTime(around)}`}`);
    this.#buttons.around.hidden = around === null;
    this.#buttons.whole.hidden = this.#buttons.only.hidden = !this.#view.isPart;
    const holes = this.#lanes.flatMap((lane) => this.#holes.of(lane.instance, this.#view));
    const sentences = [loading ? "Looking for events…" : "", narrowed ? "Only what passes the filter is marked." : ""];
    sentences.push(holes.length > 0 ? `${plural(holes.length, "hole")}${this.#holes.more ? " and more before them" : ""}.` : "");
    sentences.push(this.#context.kept.trouble);
    write(this.#note, sentences.filter(Boolean).join(" "));
    this.#note.classList.toggle("gaps", holes.length > 0 || this.#context.kept.trouble !== "");
    this.#table.draw({ lanes: this.#lanes, holes, view: this.#view });
  }

  #inWords() {
    const sums = this.#lanes.map((lane) => lane.summary(this.#view).count);
    const holes = this.#lanes.reduce((sum, lane) => sum + this.#holes.of(lane.instance, this.#view).length, 0);
    const busy = this.#lanes.filter((_, place) => sums[place] > 0).map(({ instance }, place) => instance).join(", ");
    return `From ${clockTime(this.#view.from)} to ${clockTime(this.#view.to)}: ${plural(sums.reduce((one, other) => one + other, 0), "event")}${busy && ` of ${busy}`}, ${plural(holes, "hole")}. The table below has the same.`;
  }
}
