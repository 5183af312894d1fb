/** One tab of those that share a socket, as the worker sees it: a port that is never given more than the tab takes. */

/** What may be on its way to a tab and not yet handed out there, in characters; ports themselves have no bound. */
const IN_FLIGHT_MAX_CHARACTERS = 512 * 1024;
/** What may wait here beside it of live events; beyond, the tab gets a gap instead of them. */
const WAITING_MAX_CHARACTERS = 2 * 1024 * 1024;
/** The same of replayed ones, which come as quickly as the hub can read: the whole history of busy streams. */
const REPLAYED_MAX_CHARACTERS = 32 * 1024 * 1024;
/** One message to a tab, so that it gets to draw between two. */
const BATCH_MAX_CHARACTERS = 256 * 1024;
/** How often a tab that hears nothing else of the hub is told that the hub was heard. */
const HEARD_EVERY_MS = 1_000;
/** A tab that has left so many pings unanswered is frozen or gone. */
const MAX_UNANSWERED_PINGS = 3;

export class Tab {
  ended = false;
  #port;
  #onEnd;
  #waiting = []; // [line, the event in it or null, the subscription that it is replayed for or null], oldest first.
  #waitingCharacters = 0;
  #replayedCharacters = 0; // Those among them that are replayed.
  #inFlight = []; // Of each batch that is not acknowledged, its characters.
  #inFlightCharacters = 0;
  #unansweredPings = 0;
  #toldAt = 0; // When the tab was last told, one way or another, that the hub was heard.

  constructor(port, onEnd) {
    this.#port = port;
    this.#onEnd = onEnd;
  }

  /**
   * Let a line wait for the next flush.
   *
   * `event` is the event in it, which a gap may stand for; `sub` the subscription that it is replayed for.
   */
  put(line, event = null, sub = null) {
    this.#waiting.push([line, event, sub]);
    this.#waitingCharacters += line.length;
    if (sub !== null) this.#replayedCharacters += line.length;
    if (this.#replayedCharacters > REPLAYED_MAX_CHARACTERS) this.#giveUpReplayed();
    if (this.#waitingCharacters - this.#replayedCharacters > WAITING_MAX_CHARACTERS) this.#giveUpLive();
  }

  /** Post what waits, in its order, as far as the tab keeps up. */
  flush() {
    while (this.#waiting.length > 0 && this.#inFlightCharacters < IN_FLIGHT_MAX_CHARACTERS) {
      let characters = 0;
      let count = 0;
      while (count < this.#waiting.length && (count === 0 || characters < BATCH_MAX_CHARACTERS)) {
        characters += this.#waiting[count][0].length;
        count += 1;
      }
      const taken = this.#waiting.splice(0, count);
      const batch = taken.map(([line]) => line).join("\n");
      this.#waitingCharacters -= characters;
      for (const [line, , sub] of taken) if (sub !== null) this.#replayedCharacters -= line.length;
      this.#inFlight.push(characters);
      this.#inFlightCharacters += characters;
      this.#tell({ batch });
    }
  }

  acknowledged() {
    this.#inFlightCharacters -= this.#inFlight.shift() ?? 0;
    this.flush();
  }

  ponged() {
    this.#unansweredPings = 0;
  }

  /** Ask for a sign of life, or end a tab that gives none: the tab attaches itself again when it wakes up. */
  ping() {
    if (this.#unansweredPings >= MAX_UNANSWERED_PINGS) {
      this.#post({ dropped: true });
      return this.end();
    }
    this.#unansweredPings += 1;
    this.#post({ ping: true });
  }

  /** Tell that the hub was heard, where nothing else has told it lately. */
  heard() {
    const told = this.#waiting.length > 0 || performance.now() - this.#toldAt < HEARD_EVERY_MS;
    if (!told) this.#tell({ heard: true });
  }

  attached(lock) {
    this.#post({ attached: { lock } });
  }

  end() {
    if (this.ended) return;
    this.ended = true;
    this.#waiting = [];
    this.#port.close();
    this.#onEnd(this);
  }

  #tell(message) {
    this.#toldAt = performance.now();
    this.#post(message);
  }

  #post(message) {
    if (!this.ended) this.#port.postMessage(message);
  }

  /**
   * Put gaps in the place of all live events that wait; answers and other frames stay.
   *
   * The gaps come last, behind the confirmations that wait too, so that no subscription misses one that concerns it.
   */
  #giveUpLive() {
    const gaps = new Map();
    const kept = [];
    for (const entry of this.#waiting) {
      const [, event, sub] = entry;
      if (event === null || sub !== null) kept.push(entry);
      else widen(gaps, event);
    }
    for (const gap of gaps.values()) kept.push([JSON.stringify({ gap }), null, null]);
    this.#keep(kept);
  }

  /** Put gaps in the place of all replayed events that wait, before the confirmation that ends the replay. */
  #giveUpReplayed() {
    let gaps = new Map();
    const kept = [];
    for (const [line, event, sub] of this.#waiting) {
      if (event === null) gaps = new Map(); // It may tell another gap.
      if (event === null || sub === null) kept.push([line, event, sub]);
      else if (widen(gaps, event)) kept.push([gaps, event, sub]);
    }
    for (const entry of kept) {
      const [gapsThere, event, sub] = entry;
      if (gapsThere instanceof Map) entry.splice(0, 2, JSON.stringify({ gap: gapsThere.get(keyOf(event)), sub }), null);
    }
    this.#keep(kept);
  }

  #keep(waiting) {
    this.#waiting = waiting;
    const characters = (lines) => lines.reduce((sum, [line]) => sum + line.length, 0);
    this.#waitingCharacters = characters(waiting);
    this.#replayedCharacters = characters(waiting.filter(([, , sub]) => sub !== null));
  }
}

const keyOf = ({ stream, epoch }) => `${stream} ${epoch}`;

/** Let the gap of the event's stream reach up to it; tell whether it is a new one. */
function widen(gaps, event) {
  const { stream, epoch, offset } = event;
  const known = gaps.get(keyOf(event));
  const gap = known ?? { stream, epoch, from: offset, to: offset, next: "", lost: 0, reason: "slow" };
  gap.to = offset;
  gap.next = `${epoch}:${offset}`;
  gap.lost += 1;
  gaps.set(keyOf(event), gap);
  return known === undefined;
}
