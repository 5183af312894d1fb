/** Which part of a console's time the clock shows, and where on it a moment stands. It draws nothing. */

export const SPAN_MIN_MS = 1_000;

/** Between two ticks, in milliseconds: what people count time in. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800].map((seconds) => seconds * 1000);
const DAY_MS = 86_400_000;

export class ClockView {
  from = 0;
  to = 1;
  #whole = { from: 0, to: 1 };
  #isPart = false;

  /** Whether it shows less than the console's whole time. */
  get isPart() {
    return this.#isPart;
  }

  get span() {
    return this.to - this.from;
  }

  /** The console's time is another one. A part stays where it is, as far as that is within it. */
  within(from, to) {
    const atItsEnd = this.to === this.#whole.to;
    const moved = to - this.#whole.to;
    this.#whole = { from, to: Math.max(to, from + SPAN_MIN_MS) };
    if (!this.#isPart) this.#show(from, this.#whole.to);
    // Whoever looks at the last minute goes on with it.
    else if (atItsEnd) this.#fit(this.from + moved, this.to + moved);
    else this.#fit(this.from, this.to);
  }

  /** Show a part that is `factor` times as long, with that moment where it was. Gives whether anything changed. */
  zoom(factor, around = (this.from + this.to) / 2) {
    const span = Math.max(SPAN_MIN_MS, this.span * factor);
    const share = (around - this.from) / this.span;
    return this.#fit(around - share * span, around + (1 - share) * span);
  }

  /** Move by a share of what is shown. Gives whether anything changed. */
  pan(share) {
    const by = this.span * share;
    return this.#fit(this.from + by, this.to + by);
  }

  /** Show everything again. */
  whole() {
    return this.#show(this.#whole.from, this.#whole.to);
  }

  /** Give the share of the width at which a moment stands; beyond 0 and 1 is outside. */
  shareOf(at) {
    return (at - this.from) / this.span;
  }

  momentAt(share) {
    return this.from + share * this.span;
  }

  /** Give the moments of ticks, round ones on the reader's clock, at most so many. */
  ticks(most) {
    const step = STEPS.find((each) => this.span / each <= most) ?? Math.ceil(this.span / most / DAY_MS) * DAY_MS;
    const offset = new Date(this.from).getTimezoneOffset() * 60_000;
    const first = Math.ceil((this.from - offset) / step) * step + offset;
    const found = [];
    for (let at = first; at < this.to; at += step) found.push(at);
    return found;
  }

  #fit(from, to) {
    const span = Math.min(to - from, this.#whole.to - this.#whole.from);
    const begin = Math.min(Math.max(from, this.#whole.from), this.#whole.to - span);
    return this.#show(begin, begin + span);
  }

  #show(from, to) {
    const changed = from !== this.from || to !== this.to;
    this.from = from;
    this.to = to;
    this.#isPart = from !== this.#whole.from || to !== this.#whole.to;
    return changed;
  }
}
