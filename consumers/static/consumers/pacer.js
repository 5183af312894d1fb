/** Sends frames no faster than the server takes them: it closes a connection that says more than 100 in a second. */

/** The server's seconds begin at other moments than ours, so that two of our windows may fall into one of them. */
const MAX_FRAMES_A_WINDOW = 45;
const WINDOW_MS = 1_000;

export class Pacer {
  #clock;
  #send;
  #waiting = [];
  #windowBegan = -Infinity;
  #sent = 0;
  #timer = null;

  constructor(clock, send) {
    this.#clock = clock;
    this.#send = send;
  }

  put(text) {
    this.#waiting.push(text);
    if (this.#timer === null) this.#go();
  }

  /** Forget what waits: it was meant for a connection that is gone. */
  clear() {
    this.#waiting = [];
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#windowBegan = -Infinity;
  }

  #go() {
    this.#timer = null;
    const now = this.#clock.now();
    if (now - this.#windowBegan >= WINDOW_MS) [this.#windowBegan, this.#sent] = [now, 0];
    const allowed = MAX_FRAMES_A_WINDOW - this.#sent;
    const texts = this.#waiting.splice(0, allowed);
    this.#sent += texts.length;
    for (const text of texts) this.#send(text);
    if (this.#waiting.length === 0) return;
    this.#timer = this.#clock.setTimeout(() => this.#go(), this.#windowBegan + WINDOW_MS - now);
  }
}
