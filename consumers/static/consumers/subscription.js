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

/** One followed pattern. The hub subscribes it again by itself after a reconnection. */
export class Subscription {
  #unsubscribe;
  #segments;
  #positions = new Map();

  constructor(instance, pattern, handlers, unsubscribe) {
    this.instance = canonicalInstance(instance);
    this.pattern = pattern;
    this.handlers = handlers;
    this.id = null; // The server's name for it on this connection; null while it is not confirmed.
    this.again = false; // Whether it has been confirmed before, on this or an earlier connection.
    this.#segments = pattern.split(":");
    this.#unsubscribe = unsubscribe;
  }

  unsubscribe() {
    this.#unsubscribe(this);
  }

  /** Per stream, the position up to which it is served: `{"health.process_health": "k3f9:41"}`. */
  get positions() {
    const texts = [...this.#positions].map(([stream, at]) => [stream, `${at.epoch}:${at.offset}`]);
    return Object.fromEntries(texts);
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
    this.advance({ stream, epoch, offset });
  }

  /** Take the positions where live begins; give how many events went by unseen at most, null if unknown. */
  begin(streams) {
    let missed = this.again ? 0 : null;
    const next = new Map(Object.entries(streams).map(([stream, text]) => [stream, parsePosition(text)]));
    for (const [stream, to] of next) {
      const from = this.#positions.get(stream);
      if (from?.epoch !== to.epoch) missed = null;
      else if (missed !== null) missed += Math.max(0, to.offset - from.offset);
    }
    this.#positions = next;
    return missed;
  }
}
