/** What of the time shown is not here: kept by the hub no longer, never asked for by this page, or let go by it. */

/** Nearer to the beginning of the time shown than this, it goes back that far for all that a reader can tell. */
const NEAR_MS = 1_000;
const ALWAYS = { nothingBefore: null, wholeSince: null };

export class Kept {
  /** Of the gap ledger, oldest first, and whether there are older ones in the time shown. */
  holes = [];
  more = false;
  /** Why the hub could not be asked. */
  trouble = "";
  /** Whether any panel shows it; set by those that do. The hub is not asked for nobody. */
  wanted = false;
  /** A number that changes with what the hub told. */
  version = 0;
  /** What is older, the page had to let go; null: nothing. */
  letGoBefore = null;
  #ask;
  #address;
  #onChange;
  #reach = new Map();
  #unloaded = new Map();
  #asked = null;

  constructor({ ask, address, onChange }) {
    this.#ask = ask;
    this.#address = address;
    this.#onChange = onChange;
  }

  /** Know nothing, as at the beginning of another time. */
  clear() {
    [this.holes, this.more, this.trouble, this.letGoBefore, this.#asked] = [[], false, "", null, null];
    this.#reach.clear();
    this.#unloaded.clear();
    this.version += 1;
  }

  /** Ask the hub for the holes of a time, and for how far back each instance is kept. */
  async load({ from, to }) {
    if (!this.wanted) return;
    const asked = (this.#asked = Symbol("question"));
    try {
      const known = JSON.parse(await this.#ask(`${this.#address}?from=${Math.floor(from)}&to=${Math.ceil(to)}`));
      if (asked !== this.#asked) return;
      [this.holes, this.more, this.trouble] = [known.holes, known.more, ""];
      for (const { instance, nothing_before: nothingBefore, whole_since: wholeSince } of known.reach) this.#reach.set(instance, { nothingBefore, wholeSince });
    } catch (error) {
      if (asked !== this.#asked) return;
      this.trouble = `Which holes there are is not known: ${error.message}`;
    }
    this.version += 1;
    this.#onChange();
  }

  /** Of an instance, what is older was not asked for. */
  unloaded(instance, before) {
    this.#unloaded.set(instance, Math.max(this.#unloaded.get(instance) ?? 0, before));
  }

  /** Give `{nothingBefore, wholeSince}` of an instance in milliseconds, null where the hub keeps all. */
  reachOf(instance) {
    return this.#reach.get(instance) ?? ALWAYS;
  }

  /** Give before when nothing of an instance is on this page; null where all is that the hub keeps. */
  missesBefore(instance) {
    const before = Math.max(this.#unloaded.get(instance) ?? 0, this.letGoBefore ?? 0);
    return before === 0 ? null : before;
  }

  /**
   * Give since when all of these instances is here, and who has no more: `{at, who}`, `hub` or `page`.
   * Null where that is since the beginning of the time shown, for all that is known.
   */
  since(instances, from) {
    const latest = (told) => Math.max(0, ...[...instances].map((instance) => told(instance) ?? 0));
    const [hub, page] = [latest((name) => this.reachOf(name).wholeSince), latest((name) => this.missesBefore(name))];
    const at = Math.max(hub, page);
    return at <= from + NEAR_MS ? null : { at, who: hub >= page ? "hub" : "page" };
  }
}
