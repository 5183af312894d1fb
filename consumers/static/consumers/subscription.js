/** What a page follows: one pattern of one instance, and how far along each stream it has been served. */

/** Tell whether `pattern` matches `topic`. A `*` is one segment; as the last segment, one or more. */
export function matches(pattern, topic) {
  return matchesSegments(pattern.split(":"), topic.split(":"));
}

function matchesSegments(pattern, topic) {
  const open = pattern[pattern.length - 1] === "*";
  if (open ? topic.length < pattern.length : topic.length !== pattern.length) return false;
  return pattern.every((segment, place) => segment === "*" || segment === topic[place]);
}

/** Give the instance's own name for it or for the specification's alias (`:ex_esdb_health` is `health`). */
export function canonicalInstance(name) {
  return name.replace(/^:/, "").replace(/^ex_esdb_/, "");
}

function parsePosition(text) {
  const colon = text.lastIndexOf(":");
  return { epoch: text.slice(0, colon), offset: Number(text.slice(colon + 1)) };
}

/** One followed pattern. The hub subscribes it again by itself after a reconnection, from its positions on. */
export class Subscription {
  #owner;
  #segments;
  #positions = new Map();
  #resumes = false; // Whether it was asked for from where it left off.
  #skipped = []; // How many events each gap told since it was asked for may stand for; null where nobody knows.

  /**
   * `owner.unsubscribe(subscription)` and `owner.ack(subscription)` do what the page asks of it. `since` is where the
   * page left off, and `durable` the name under which the server keeps what is acknowledged.
   */
  constructor(instance, pattern, { since, durable, ...handlers }, owner) {
    this.instance = canonicalInstance(instance);
    this.pattern = pattern;
    this.handlers = handlers;
    this.durable = durable ?? null;
    this.id = null; // The server's name for it on this connection; null while it is not confirmed.
    this.again = false; // Whether it has been confirmed before, on this or an earlier connection.
    this.#segments = pattern.split(":");
    this.#owner = owner;
    for (const [stream, position] of Object.entries(since ?? {})) this.#positions.set(stream, parsePosition(position));
  }

  unsubscribe() {
    this.#owner.unsubscribe(this);
  }

  /** Tell the server that all that was handed to the page so far is worked off. */
  ack() {
    this.#owner.ack(this);
  }

  /** Per stream, the position up to which it is served: `{"health.process_health": "k3f9:41"}`. */
  get positions() {
    const texts = [...this.#positions].map(([stream, at]) => [stream, `${at.epoch}:${at.offset}`]);
    return Object.fromEntries(texts);
  }

  /** What asks the server for it; from where it left off, if it was ever anywhere. */
  get wish() {
    const { instance, pattern, durable } = this;
    const since = this.#positions.size > 0 && { since: this.positions };
    return { instance, pattern, ...since, ...(durable !== null && { durable }) };
  }

  follows(stream) {
    return this.#positions.has(stream);
  }

  wants(event, topic) {
    return this.instance === event.instance && matchesSegments(this.#segments, topic);
  }

  /** Move the position to an event's. False for an event that this subscription has had already. */
  advance({ stream, epoch, offset }) {
    const at = this.#positions.get(stream);
    if (at && at.epoch === epoch && offset <= at.offset) return false;
    this.#positions.set(stream, { epoch, offset });
    return true;
  }

  /** Move the position on, never back: what says it may have waited behind newer events of an urgent stream. */
  moveTo(stream, position) {
    const { epoch, offset } = parsePosition(position);
    return this.advance({ stream, epoch, offset });
  }

  /** Be served in further streams, from where each begins. */
  extend(streams) {
    for (const [stream, position] of Object.entries(streams)) if (!this.follows(stream)) this.moveTo(stream, position);
  }

  /**
   * Move past a gap. False for one that ends where this subscription has been already: another's on the same stream.
   *
   * One of an epoch that was left before is told all the same, but moves nothing.
   */
  skip({ stream, epoch, from, to, next, lost }) {
    const at = this.#positions.get(stream);
    const elsewhere = epoch !== undefined && at !== undefined && at.epoch !== epoch;
    if (next && !elsewhere && !this.moveTo(stream, next)) return false;
    this.#skipped.push(lost ?? (to === null ? null : to - from + 1));
    return true;
  }

  /** Begin to ask for it: from now on gaps are counted as what a resumption misses. */
  asked() {
    this.#skipped = [];
    this.#resumes = this.#positions.size > 0 || this.durable !== null;
  }

  /** Take the positions where live begins; give what the page is told of how it came there. */
  begin({ streams, recovered }) {
    const next = new Map(Object.entries(streams).map(([stream, text]) => [stream, parsePosition(text)]));
    const told = { recovered: (recovered ?? false) && this.#skipped.length === 0, missed: null };
    if (this.#resumes) told.missed = told.recovered ? 0 : this.#missed(next);
    this.#positions = next;
    return told;
  }

  /** How many events went by unseen at most, null if unknown. */
  #missed(next) {
    const sum = (counts) => (counts.includes(null) ? null : counts.reduce((total, count) => total + count, 0));
    if (this.#skipped.length > 0) return sum(this.#skipped);
    return sum(
      [...next].map(([stream, to]) => {
        const from = this.#positions.get(stream);
        return from?.epoch !== to.epoch || to.offset < from.offset ? null : to.offset - from.offset;
      }),
    );
  }
}
