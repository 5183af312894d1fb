/** One tab of those that share a socket, as the worker sees it: a port that is never given more than the tab takes. */

/** What may be on its way to a tab and not yet handed out there, in characters; ports themselves have no bound. */
const IN_FLIGHT_MAX_CHARACTERS = 512 * 1024;
/** What may wait here beside it; beyond, the tab gets a gap instead of the events. */
const WAITING_MAX_CHARACTERS = 2 * 1024 * 1024;
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
  #waiting = []; // [line, the event in it or null], oldest first.
  #waitingCharacters = 0;
  #inFlight = []; // Of each batch that is not acknowledged, its characters.
  #inFlightCharacters = 0;
  #unansweredPings = 0;
  #toldAt = 0; // When the tab was last told, one way or another, that the hub was heard.

  constructor(port, onEnd) {
    this.#port = port;
    this.#onEnd = onEnd;
  }

  /** Let a line wait for the next flush; `event` is the event in it, which a gap may stand for. */
  put(line, event = null) {
    this.#waiting.push([line, event]);
    this.#waitingCharacters += line.length;
    if (this.#waitingCharacters > WAITING_MAX_CHARACTERS) this.#giveUpEvents();
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
      const batch = this.#waiting.splice(0, count).map(([line]) => line).join("\n");
      this.#waitingCharacters -= characters;
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
   * Put gaps in the place of all events that wait; answers and other frames stay.
   *
   * The gaps come last, behind the confirmations that wait too, so that no subscription misses one that concerns it.
   */
  #giveUpEvents() {
    const gaps = new Map();
    const kept = [];
    for (const [line, event] of this.#waiting) {
      if (event === null) kept.push([line, null]);
      else widen(gaps, event);
    }
    for (const gap of gaps.values()) kept.push([JSON.stringify({ gap }), null]);
    this.#waiting = kept;
    this.#waitingCharacters = kept.reduce((sum, [line]) => sum + line.length, 0);
  }
}

function widen(gaps, { stream, epoch, offset }) {
  const key = `${stream} ${epoch}`;
  const gap = gaps.get(key) ?? { stream, epoch, from: offset, to: offset, next: "", lost: 0, reason: "slow" };
  gap.to = offset;
  gap.next = `${epoch}:${offset}`;
  gap.lost += 1;
  gaps.set(key, gap);
}
