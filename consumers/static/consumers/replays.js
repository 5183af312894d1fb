/**
 * Which subscription a replayed frame is for.
 *
 * The hub names a subscription in its replayed frames, but says whose name it is only in `subscribed`, after them. So
 * no two subscriptions that resume on the same stream are under way at once, and a frame's stream tells whose it is.
 */

export class Replays {
  #running = new Set();
  #waiting = [];

  /**
   * Call `start(end)` as soon as nothing under way, or asked for before, has one of the streams; `end` is to be called
   * once the hub has answered. `since` holds the positions by stream; without it, any stream may be replayed. `owner` is
   * what `find` gives for it.
   */
  begin({ since, owner, start }) {
    this.#waiting.push({ streams: since && new Set(Object.keys(since)), owner, start });
    this.#go();
  }

  /** Give the owner of what is replayed on the stream, or undefined. */
  find(stream) {
    for (const { streams, owner } of this.#running) if (!streams || streams.has(stream)) return owner;
    return undefined;
  }

  /** Let whoever comes back to the stream `of` come back to further ones, too; give its owner, or undefined. */
  extend(of, further) {
    for (const { streams, owner } of this.#running) {
      if (streams && !streams.has(of)) continue;
      for (const stream of further) streams?.add(stream);
      return owner;
    }
    return undefined;
  }

  clear() {
    this.#running.clear();
    this.#waiting = [];
  }

  #go() {
    const before = [...this.#running];
    const waiting = this.#waiting;
    this.#waiting = [];
    const starting = [];
    for (const replay of waiting) {
      const free = before.every((each) => apart(each, replay));
      before.push(replay);
      if (free) starting.push(replay);
      else this.#waiting.push(replay);
    }
    for (const replay of starting) this.#running.add(replay);
    for (const replay of starting) replay.start(() => this.#running.delete(replay) && this.#go());
  }
}

function apart(one, other) {
  if (!one.streams || !other.streams) return false;
  for (const stream of other.streams) if (one.streams.has(stream)) return false;
  return true;
}
