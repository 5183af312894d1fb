/**
 * The list of events as it is drawn: the newest first, and only the rows in view, however many there are.
 *
 * Rows are of one height, so a row's place tells where it stands; their elements are used again. It draws once per frame
 * at most, and what comes in batches. Whoever reads further down, or stands on a row with the keyboard, keeps the same
 * rows before their eyes.
 */

import { EventRow } from "./event_row.js";

/** Heights of a row in rem, by the room that the list has: from this many pixels on, in this layout. */
const LAYOUTS = [
  { from: 960, name: "wide", rem: 2 },
  { from: 700, name: "medium", rem: 2 },
  { from: 0, name: "narrow", rem: 5.2 },
];
/** What comes is drawn so often at most: more than anybody can read, and most frames are left to what the reader does. */
const BATCH_MS = 100;
/** Rows beyond either edge, so that a quick scroll doesn't show an empty strip before the next frame. */
const OVERSCAN_ROWS = 6;

export class EventList {
  /** Rows that came while the reader was further down and has not gone up to. */
  unseen = 0;
  #store;
  #region;
  #list;
  #head;
  #template;
  #onOpen;
  #onUnseen;
  #frame = 0;
  #timer = 0;
  #drawnAt = 0;
  #height = 30;
  #viewport = 0;
  #headHeight = 0;
  #drawn = new Map(); // Row of the store → its EventRow.
  #anchor = null; // The first row in view when it last drew, and its place then.
  #anchorPlace = 0;
  #generation = -1;
  #current = null; // The row on which the keyboard stands.
  #opened = null;

  /** `region` scrolls; `onOpen(row)` is called for a row that is opened, `onUnseen(n)` when that figure changes. */
  constructor({ store, region, template, onOpen, onUnseen }) {
    this.#store = store;
    this.#region = region;
    this.#list = region.querySelector("ol");
    this.#head = region.querySelector(".columns");
    this.#template = template.content.firstElementChild;
    this.#onOpen = onOpen;
    this.#onUnseen = onUnseen;
    this.#list.addEventListener("click", (click) => this.#clicked(click.target.closest("button.row")));
    this.#list.addEventListener("keydown", (key) => this.#move(key));
    this.#list.addEventListener("focusin", ({ target }) => (this.#current = this.#rowOf(target) ?? this.#current));
    region.addEventListener("scroll", () => this.schedule(), { passive: true });
    new ResizeObserver(() => this.#measure()).observe(region);
    this.#measure();
  }

  /** Draw in the next frame: what the reader did has changed something. */
  schedule() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Draw soon: something came. */
  came() {
    if (this.#frame !== 0 || this.#timer !== 0) return;
    const left = this.#drawnAt + BATCH_MS - performance.now();
    if (left <= 0) this.schedule();
    else this.#timer = setTimeout(() => this.schedule(), left);
  }

  /** Open a row as a click on it does. */
  open(row) {
    this.#current = this.#opened = row;
    this.#mark();
    this.#onOpen(row);
  }

  /** Give the keyboard its way back to the row that was opened, or to the one that took its place. */
  closed() {
    const row = this.#opened;
    this.#opened = null;
    this.#mark();
    if (row && this.#store.shown.length > 0) this.#go(this.#placeOf(row));
  }

  /** Go to the row so many further down: open it, where one is open; else with the keyboard, at first to one in view. */
  step(by) {
    if (this.#size === 0) return;
    const from = this.#opened ?? (this.#hasFocus ? this.#current : null);
    const place = from ? this.#placeOf(from) + by : Math.ceil(this.#region.scrollTop / this.#height);
    const within = Math.max(0, Math.min(this.#size - 1, place));
    if (!this.#opened) return this.#go(within);
    this.#reveal(within);
    this.open(this.#rowAt(within));
    this.schedule();
  }

  toNewest() {
    this.#region.scrollTop = 0;
    this.#current = null;
    this.#draw();
    this.#region.focus({ preventScroll: true });
  }

  get #size() {
    return this.#store.shown.length;
  }

  get #hasFocus() {
    return this.#list.contains(document.activeElement);
  }

  #rowAt(place) {
    return this.#store.shown.at(this.#size - 1 - place);
  }

  /** The place of a row from the top; of one that is gone, the place nearest to where it was. */
  #placeOf(row) {
    return Math.max(0, Math.min(this.#size - 1, this.#size - 1 - this.#store.placeOf(row)));
  }

  #measure() {
    const width = this.#region.clientWidth;
    const { name, rem } = LAYOUTS.find(({ from }) => width >= from);
    const height = Math.round(rem * parseFloat(getComputedStyle(document.documentElement).fontSize));
    const row = this.#region.scrollTop / this.#height;
    this.#region.dataset.layout = name;
    this.#list.style.setProperty("--row-height", `${height}px`);
    this.#headHeight = this.#head.offsetHeight;
    this.#list.style.setProperty("--head-height", `${this.#headHeight}px`);
    this.#viewport = this.#region.clientHeight - this.#headHeight;
    if (height !== this.#height) {
      this.#height = height;
      this.#list.style.height = `${this.#size * height}px`;
      this.#region.scrollTop = row * height;
    }
    this.schedule();
  }

  /**
   * 1. Keep what is read in place: move down by as much as came above it.
   * 2. Find the rows in view, and the one on which the keyboard stands, wherever it is.
   * 3. Take away the elements of others, and use them for rows that have none.
   * 4. Put each at its place, in the order in which a screen reader meets them.
   */
  #draw() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = this.#timer = 0;
    this.#drawnAt = performance.now();
    const focused = this.#hasFocus;
    this.#holdPlace(focused);
    const places = this.#placesInView(focused);
    const wanted = new Set(places.map((place) => this.#rowAt(place)));
    const free = [];
    for (const [row, drawn] of this.#drawn) {
      if (wanted.has(row)) continue;
      drawn.item.remove();
      this.#drawn.delete(row);
      free.push(drawn);
    }
    let next = this.#list.firstElementChild;
    for (const place of places) {
      const row = this.#rowAt(place);
      let drawn = this.#drawn.get(row);
      if (!drawn) {
        drawn = free.pop() ?? new EventRow(this.#template);
        drawn.fill(row);
        this.#drawn.set(row, drawn);
      }
      if (drawn.item === next) next = next.nextElementSibling;
      else this.#list.insertBefore(drawn.item, next);
      drawn.stand(place, this.#size, this.#height);
    }
    this.#mark();
    // The row with the keyboard's focus may have left the list: the nearest to it takes over.
    if (focused && !this.#hasFocus) this.#drawn.get(this.#current)?.button.focus({ preventScroll: true });
  }

  #holdPlace(focused) {
    const { generation } = this.#store;
    const afresh = generation !== this.#generation;
    const came = afresh || !this.#anchor || this.#size === 0 ? 0 : this.#placeOf(this.#anchor) - this.#anchorPlace;
    this.#generation = generation;
    this.#list.style.height = `${this.#size * this.#height}px`;
    let top = afresh ? 0 : this.#region.scrollTop;
    const reading = top > 0 || (focused && came > 0);
    if (afresh) this.#region.scrollTop = 0;
    else if (reading && came > 0) this.#region.scrollTop = top += came * this.#height;
    this.#anchorPlace = Math.max(0, Math.min(this.#size - 1, Math.floor(top / this.#height)));
    this.#anchor = this.#rowAt(this.#anchorPlace) ?? null;
    const unseen = reading && !afresh ? Math.max(0, Math.min(this.unseen + came, Math.floor(top / this.#height))) : 0;
    if (unseen === this.unseen) return;
    this.unseen = unseen;
    this.#onUnseen(unseen);
  }

  #placesInView(focused) {
    const top = this.#region.scrollTop;
    const first = Math.max(0, Math.floor(top / this.#height) - OVERSCAN_ROWS);
    const last = Math.min(this.#size, Math.ceil((top + this.#viewport) / this.#height) + OVERSCAN_ROWS);
    const places = [];
    for (let place = Math.min(first, last); place < last; place += 1) places.push(place);
    if (!focused || !this.#current || this.#size === 0) return places;
    const place = this.#placeOf(this.#current);
    this.#current = this.#rowAt(place);
    if (place < first) places.unshift(place);
    else if (place >= last) places.push(place);
    return places;
  }

  /** Write which row is open, and which one the Tab key reaches: where the keyboard was, else the first in view. */
  #mark() {
    let stop = this.#drawn.get(this.#current);
    if (!stop) {
      const first = Math.ceil(this.#region.scrollTop / this.#height);
      stop = this.#drawn.get(this.#rowAt(first));
    }
    for (const drawn of this.#drawn.values()) {
      const tabIndex = drawn === stop ? 0 : -1;
      if (drawn.button.tabIndex !== tabIndex) drawn.button.tabIndex = tabIndex;
      if (drawn.row === this.#opened) drawn.button.setAttribute("aria-current", "true");
      else drawn.button.removeAttribute("aria-current");
    }
  }

  #clicked(button) {
    const row = this.#rowOf(button);
    if (row) this.open(row);
  }

  #rowOf(button) {
    for (const drawn of this.#drawn.values()) if (drawn.button === button) return drawn.row;
    return null;
  }

  #move(key) {
    if (key.altKey || key.ctrlKey || key.metaKey || !this.#current) return;
    const page = Math.max(1, Math.floor(this.#viewport / this.#height) - 1);
    const here = this.#placeOf(this.#current);
    const places = {
      ArrowDown: here + 1,
      ArrowUp: here - 1,
      PageDown: here + page,
      PageUp: here - page,
      Home: 0,
      End: this.#size - 1,
    };
    if (!Object.hasOwn(places, key.key)) return;
    key.preventDefault();
    this.#go(Math.max(0, Math.min(this.#size - 1, places[key.key])));
  }

  /** Bring the row at a place into view, with the keyboard on it. */
  #go(place) {
    const row = this.#rowAt(place);
    this.#current = row;
    this.#reveal(place);
    this.#draw();
    const drawn = this.#drawn.get(row);
    drawn?.button.focus({ preventScroll: true });
    // The list itself may reach beyond the window.
    drawn?.item.scrollIntoView({ block: "nearest" });
  }

  #reveal(place) {
    const top = place * this.#height;
    const region = this.#region;
    if (top < region.scrollTop) region.scrollTop = top;
    else if (top + this.#height > region.scrollTop + this.#viewport) region.scrollTop = top + this.#height - this.#viewport;
  }
}
