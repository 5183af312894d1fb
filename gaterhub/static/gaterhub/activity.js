/** How much came lately of each topic and each family, as this page saw it. */

/** The rate is the mean over so many seconds: one that a person can still follow. */
export const SPAN_SECONDS = 10;
/** Topics remembered at once; the one that was silent longest goes first. */
const REMEMBERED_MAX_TOPICS = 2_000;

class Rate {
  lastSeen = 0;
  #counts = new Array(SPAN_SECONDS).fill(0);
  #second = 0;

  count(nowMs) {
    this.#moveTo(Math.floor(nowMs / 1000));
    this.#counts[this.#second % SPAN_SECONDS] += 1;
    this.lastSeen = nowMs;
  }

  /** Events a second, over the last whole seconds and the present one. */
  perSecond(nowMs) {
    this.#moveTo(Math.floor(nowMs / 1000));
    return this.#counts.reduce((sum, number) => sum + number, 0) / SPAN_SECONDS;
  }

  #moveTo(second) {
    const empty = Math.min(SPAN_SECONDS, second - this.#second);
    for (let back = 0; back < empty; back += 1) this.#counts[(second - back) % SPAN_SECONDS] = 0;
    this.#second = Math.max(second, this.#second);
  }
}

export class Activity {
  #topics = new Map(); // In the order in which they were last heard of, the longest silent first.
  #families = new Map();

  saw(topic, nowMs = Date.now()) {
    const rate = this.#topics.get(topic) ?? new Rate();
    this.#topics.delete(topic);
    this.#topics.set(topic, rate);
    rate.count(nowMs);
    if (this.#topics.size > REMEMBERED_MAX_TOPICS) this.#topics.delete(this.#topics.keys().next().value);
    this.#count(this.#families, topic.split(":", 1)[0], nowMs);
  }

  /** Give the busiest topics, and those heard of last among the equally busy; and how many more there are. */
  busiest(most, nowMs = Date.now()) {
    const all = list(this.#topics, nowMs);
    all.sort((a, b) => b.perSecond - a.perSecond || b.lastSeen - a.lastSeen);
    return { topics: all.slice(0, most), more: Math.max(0, all.length - most) };
  }

  families(nowMs = Date.now()) {
    return list(this.#families, nowMs);
  }

  clear() {
    this.#topics.clear();
    this.#families.clear();
  }

  #count(rates, name, nowMs) {
    if (!rates.has(name)) {
      if (rates.size >= REMEMBERED_MAX_TOPICS) return;
      rates.set(name, new Rate());
    }
    rates.get(name).count(nowMs);
  }
}

const list = (rates, nowMs) =>
  [...rates].map(([name, rate]) => ({ name, perSecond: rate.perSecond(nowMs), lastSeen: rate.lastSeen }));
