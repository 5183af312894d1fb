/** Which time a console shows: the last so many seconds, or so many up to a moment that is over. In its address, too. */

import { readAddress, writeAddress } from "./address.js";

const SPAN_MIN_SECONDS = 60;
const SPAN_MAX_SECONDS = 604_800;
const TIME_MAX_MS = 8_640_000_000_000_000;

const whole = (text, least, most) => (/^\d{1,16}$/.test(text) && +text >= least && +text <= most ? Number(text) : null);

/** Write a moment as an input for date and time takes it, on the reader's clock. */
function localInput(ms) {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export class TimeWindow {
  #own;
  #now;
  #onMove;
  #span = document.getElementById("span");
  #until = document.getElementById("until");
  #live = document.getElementById("live");
  #later = document.getElementById("later");

  /** `own` is the console's own span in seconds, `now()` the hub's clock, `onMove()` called when another time is chosen. */
  constructor({ own, now, onMove }) {
    this.#own = own;
    this.#now = now;
    this.#onMove = onMove;
    const { span, at, around } = readAddress();
    this.seconds = whole(span, SPAN_MIN_SECONDS, SPAN_MAX_SECONDS) ?? own;
    this.at = whole(at, 0, TIME_MAX_MS);
    /** The moment that it is looked at around; null: none. */
    this.around = whole(around, 0, TIME_MAX_MS);
    this.#span.addEventListener("change", () => this.#set({ seconds: Number(this.#span.value) }));
    this.#until.addEventListener("change", () => this.#set({ at: Date.parse(this.#until.value) || null }));
    this.#live.addEventListener("click", () => this.goLive());
    document.getElementById("earlier").addEventListener("click", () => this.move(-1));
    this.#later.addEventListener("click", () => this.move(1));
    this.#show();
  }

  get live() {
    return this.at === null;
  }

  get from() {
    return (this.at ?? this.#now()) - this.seconds * 1000;
  }

  /** The end, exclusive; null where it goes on. */
  get to() {
    return this.at;
  }

  /** Go half a span back (-1) or on (1); on beyond now is live. */
  move(by) {
    if (this.live && by > 0) return;
    const at = Math.round((this.at ?? this.#now()) + by * this.seconds * 500);
    this.#set({ at: at >= this.#now() ? null : at });
  }

  goLive() {
    if (!this.live) this.#set({ at: null, around: null });
  }

  /** Mark a moment, and show it with as much before it as after it; null: mark none. What is live and has it, stays. */
  lookAround(ms) {
    const half = this.seconds * 500;
    if (ms !== null && (!this.live || ms < this.from)) {
      const at = Math.round(ms + half);
      this.#set({ around: Math.round(ms), at: at >= this.#now() ? null : at });
      return;
    }
    this.around = ms === null ? null : Math.round(ms);
    this.#write();
  }

  /** Show the time between two moments, as nearly as a span of whole seconds can. */
  show(from, to) {
    const seconds = Math.min(SPAN_MAX_SECONDS, Math.max(SPAN_MIN_SECONDS, Math.ceil((to - from) / 1000)));
    const at = Math.ceil(to);
    this.#set({ seconds, at: at >= this.#now() ? null : at });
  }

  #set(changes) {
    Object.assign(this, changes);
    this.#write();
    this.#show();
    this.#onMove();
  }

  #write() {
    const span = this.seconds === this.#own ? "" : String(this.seconds);
    writeAddress({ span, at: this.live ? "" : String(this.at), around: this.around === null ? "" : String(this.around) });
  }

  #show() {
    const value = String(this.seconds);
    if (![...this.#span.options].some((option) => option.value === value)) this.#span.add(new Option(`${value} s`, value));
    this.#span.value = value;
    this.#until.value = this.live ? "" : localInput(this.at);
    this.#live.hidden = this.live;
    this.#later.disabled = this.live;
  }
}
