/**
 * Whether the hub still answers, noticed within 3 s.
 *
 * A WebSocket tells of an end that somebody announces. Of a server that hangs, or a cable that was pulled, it tells
 * nothing until the next ping is overdue, half a minute later. So while the page is looked at, and nothing else has been
 * heard for 1 s, it asks `/livez`, which costs the hub next to nothing, and takes 1.5 s of silence for an answer. A page
 * in the background doesn't ask. Where several processes serve, it is the balancer's choice which of them answers:
 * a hang of the one that holds the socket is then left to hub.js and its overdue ping.
 */

const QUIET_MS = 1_000;
const TIMEOUT_MS = 1_500;

/** Give the time of day of a time on the scale of `performance.now()`, which no correction of the clock makes jump. */
const clockOf = (at) => Date.now() - (performance.now() - at);

export class Liveness {
  #silent = false;
  #address;
  #onChange;
  #hubHeardAt;
  #heardAt = 0;
  #watching = false;
  #timer = 0;
  #asking = false;

  /**
   * `hubHeardAt()` gives when the socket last brought anything, null before, on the scale of `performance.now()`;
   * `onChange(silentSince, silentForMs)` is called when the hub falls silent, and with null when it is heard again.
   */
  constructor({ address, hubHeardAt, onChange }) {
    this.#address = address;
    this.#hubHeardAt = hubHeardAt;
    this.#onChange = onChange;
    document.addEventListener("visibilitychange", () => this.#look());
    // The browser may be wrong about the network, but it's a reason to ask at once.
    for (const change of ["offline", "online"]) globalThis.addEventListener(change, () => this.#ask());
  }

  /** Watch from now on; whoever calls this has just heard of the hub. */
  start() {
    this.#watching = true;
    this.#heard(performance.now());
    this.#look();
  }

  /** Watch no more: the connection is known to be gone. Gives when the hub was last known to be there. */
  stop() {
    this.#watching = false;
    clearTimeout(this.#timer);
    const since = this.#silent ? clockOf(this.#heardAt) : Date.now();
    this.#silent = false;
    return since;
  }

  /** The hub gave a sign of life at that time. */
  #heard(at) {
    const silentForMs = at - this.#heardAt;
    this.#heardAt = at;
    if (!this.#silent) return;
    this.#silent = false;
    this.#onChange(null, silentForMs);
  }

  /** Take note of what the socket has brought. */
  #listen() {
    const at = this.#hubHeardAt();
    if (at !== null && at > this.#heardAt) this.#heard(at);
  }

  #look() {
    clearTimeout(this.#timer);
    if (!this.#watching || document.hidden) return;
    this.#listen();
    const left = this.#heardAt + QUIET_MS - performance.now();
    if (left <= 0) this.#ask();
    else this.#timer = setTimeout(() => this.#look(), left);
  }

  async #ask() {
    if (!this.#watching || this.#asking) return;
    this.#asking = true;
    const askedAt = performance.now();
    const answered = await fetch(this.#address, {
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).then(() => true, () => false);
    this.#asking = false;
    if (!this.#watching) return;
    this.#listen();
    if (answered) this.#heard(performance.now());
    // What came over the socket meanwhile is a sign of life too.
    else if (this.#heardAt <= askedAt && !this.#silent) {
      this.#silent = true;
      this.#onChange(clockOf(this.#heardAt), 0);
    }
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => this.#look(), answered ? 0 : QUIET_MS);
  }
}
