/** Events per second of the last five minutes, for each instance; filled from the hub's memory, then second by second. */

export const SECONDS = 300;
/** Asked for beyond what has passed, because the hub's samples and the page's clock keep a pace of their own. */
const OVERLAP_SECONDS = 5;

export class RateHistory {
  /** For each name SECONDS numbers, oldest first; null where nobody counted. */
  rates = new Map();
  /** When the newest second ended, in milliseconds since 1970; null before the first answer. */
  sampledAt = null;
  #mergedAt = 0;

  constructor(names, clock = () => performance.now()) {
    for (const name of names) this.rates.set(name, Array(SECONDS).fill(null));
    this.clock = clock;
  }

  /** How many seconds the next answer should hold, so that none is missing, however long the page slept. */
  get wanted() {
    if (this.sampledAt === null) return SECONDS;
    return Math.min(SECONDS, Math.ceil((this.clock() - this.#mergedAt) / 1000) + OVERLAP_SECONDS);
  }

  /** Take in `[{name, history}]`, whose histories end at `sampledAt`; return whether anything moved on. */
  merge(sampledAt, instances) {
    if (sampledAt === null) return false;
    const passed = this.sampledAt === null ? SECONDS : Math.round((sampledAt - this.sampledAt) / 1000);
    // Another process that answers may be a little behind the last one.
    if (passed <= 0 && passed > -OVERLAP_SECONDS) return false;
    const moved = passed < 0 ? SECONDS : Math.min(passed, SECONDS);
    for (const { name, history } of instances) {
      const known = this.rates.get(name);
      const news = (history ?? []).slice(-moved);
      const missing = Array(moved - news.length).fill(null);
      if (known) this.rates.set(name, [...known.slice(moved), ...missing, ...news]);
    }
    this.sampledAt = sampledAt;
    this.#mergedAt = this.clock();
    return true;
  }

  /** Return mean, peak and when the peak was, in milliseconds since 1970; null before anything was counted. */
  summary(name) {
    const rates = this.rates.get(name);
    const counted = rates.filter((rate) => rate !== null);
    if (counted.length === 0) return null;
    const peak = Math.max(...counted);
    const mean = counted.reduce((sum, rate) => sum + rate, 0) / counted.length;
    return { mean, peak, peakAt: this.sampledAt - (SECONDS - 1 - rates.lastIndexOf(peak)) * 1000 };
  }
}
