/** A WebSocket to the hub that keeps itself up. A page holds one, or the shared worker does for several tabs. */

import { backoffMs, browserClock } from "./backoff.js";
import { CONNECTION_LOST, HubError, NO_CONNECTION, unavailable } from "./errors.js";
import { Pacer } from "./pacer.js";

export const SUBPROTOCOL = "gaterhub.v1+json";

/** A connection that lived this long was a good one: the next back-off begins at the base again. */
const HEALTHY_AFTER_MS = 10_000;
/** The server closes a connection that is not greeted within 10 s; a mute server gets as long from us. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A ping may be this late before the connection counts as dead. */
const PING_GRACE_MS = 10_000;
/** An attempt as young as this is not given up for another one: several tabs may ask for it at once. */
const YOUNG_ATTEMPT_MS = 1_000;
/** Close codes from here to 4999 say that connecting again cannot help. */
const FINAL_CLOSE_CODES_FROM = 4500;

const CLOSED_BY_THE_PAGE = { code: 1000, reason: "closed by the page" };
const ANOTHER_USER = { code: 4500, reason: "Somebody else is logged in by now; load the page again." };

export class SocketLink {
  state = "offline";
  /** One object for each connection that is live, null without one: whoever kept it can tell whether it still stands. */
  session = null;
  /** When anything was last heard of the hub, by the clock; null before. */
  heardAt = null;
  #options;
  #socket = null;
  #pacer;
  #pending = new Map(); // Frame id → {resolve, reject}, for what awaits its answer.
  #nextId = 1;
  #attempt = 0;
  #openedAt = 0;
  #liveSince = 0;
  #maxMessage = 131_072;
  #bye = null;
  #retryTimer = null;
  #watchdog = null;
  #ended = null; // Why no further connection is tried, once that is so.

  /**
   * `identity` is the server's tag of the user whom the page was made for; a connection as another one is refused.
   * `onState(state, detail)` hears of each change, `onFrame(frame, line)` of what answers no request, and `onHeard()`
   * of every message, once what it says is passed on.
   */
  constructor({ url, token, identity, WebSocket, clock, random, onState, onFrame, onHeard }) {
    this.#options = {
      url,
      token,
      identity,
      onState,
      onFrame,
      onHeard,
      WebSocket: WebSocket ?? globalThis.WebSocket,
      clock: clock ?? browserClock,
      random: random ?? Math.random,
    };
    this.#pacer = new Pacer(this.#options.clock, (text) => this.#socket.send(text));
  }

  /** Whether the hub is known to be away: what needs a connection should not wait for one. */
  get away() {
    return this.#retryTimer !== null || this.#ended !== null;
  }

  connect() {
    if (this.#socket) return;
    this.#open();
  }

  /** Give up a connection that is believed dead, and make another one at once. */
  reconnect() {
    const young = this.#options.clock.now() - this.#openedAt < YOUNG_ATTEMPT_MS;
    if (this.state === "connecting" && young) return;
    this.#drop();
    this.#open();
  }

  close() {
    this.#ended = CLOSED_BY_THE_PAGE;
    if (this.#socket) this.#lost(this.#ended);
    else this.#rest();
  }

  /** Send a frame; exactly one of the two is called, in step with the frames around its answer. */
  request(frame, resolve, reject) {
    if (!this.#socket) return reject(unavailable(NO_CONNECTION));
    const id = this.#nextId++;
    const text = JSON.stringify({ id, ...frame });
    if (new TextEncoder().encode(text).length > this.#maxMessage) {
      const message = `A message may hold ${this.#maxMessage} bytes at most.`;
      return reject(new HubError({ code: "too_large", message }));
    }
    this.#pending.set(id, { resolve, reject });
    // Publishes have a rate of their own.
    if (frame.publish) this.#socket.send(text);
    else this.#pacer.put(text);
  }

  /** Send a frame that has no answer; without a connection it is nobody's business any more. */
  tell(frame) {
    if (this.session !== null) this.#pacer.put(JSON.stringify(frame));
  }

  #online = () => {
    if (this.#retryTimer !== null) this.#open();
  };

  #enter(state, detail = {}) {
    this.state = state;
    this.#options.onState(state, detail);
  }

  #open() {
    const { clock, url, WebSocket } = this.#options;
    globalThis.addEventListener?.("online", this.#online); // Adding it again changes nothing.
    clock.clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#bye = null;
    this.#ended = null;
    this.#openedAt = clock.now();
    this.#enter("connecting");
    const socket = new WebSocket(url, [SUBPROTOCOL]);
    this.#socket = socket;
    // Whatever a socket says after it was given up for lost is nobody's business any more.
    const ours = (handle) => (event) => this.#socket === socket && handle(event);
    socket.onopen = ours(() => this.#greet());
    socket.onmessage = ours((message) => this.#receive(message.data));
    socket.onclose = ours(({ code, reason }) => this.#lost({ code, reason }));
    this.#watch(CONNECT_TIMEOUT_MS);
  }

  #greet() {
    const { token } = this.#options;
    // A refusal needs no handling here: the close that follows it says why.
    const connect = token ? { token } : {};
    this.request({ connect }, ({ connected }) => this.#connected(connected), () => {});
  }

  #connected({ ping, max_message: maxMessage, identity }) {
    const { clock, identity: expected } = this.#options;
    // The cookie may be another's by now than the one under which the page was made.
    if (expected && identity && identity !== expected) return this.#lost(ANOTHER_USER);
    this.#liveSince = clock.now();
    this.#maxMessage = maxMessage ?? this.#maxMessage;
    this.#watch((ping ?? 25) * 1000 + PING_GRACE_MS);
    this.session = {};
    this.#enter("live");
  }

  /** Give the connection up when nothing, not even a ping, is heard for `silence` milliseconds. */
  #watch(silence) {
    const { clock } = this.#options;
    clock.clearTimeout(this.#watchdog);
    const since = clock.now();
    const look = () => {
      const left = Math.max(since, this.heardAt ?? since) + silence - clock.now();
      if (left <= 0) this.#lost({ code: 1006, reason: "no answer" });
      else this.#watchdog = clock.setTimeout(look, left);
    };
    this.#watchdog = clock.setTimeout(look, silence);
  }

  /** Let go of the socket and of all that waited for its answers. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.session = null;
    socket?.close();
    this.#pacer.clear();
    this.#options.clock.clearTimeout(this.#watchdog);
    const unanswered = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of unanswered) reject(unavailable(CONNECTION_LOST));
  }

  #lost({ code, reason }) {
    const { clock, random } = this.#options;
    const bye = this.#bye;
    const why = { code: bye?.code ?? code, reason: bye?.reason || reason };
    if (why.code >= FINAL_CLOSE_CODES_FROM && why.code <= 4999) this.#ended = why;
    const healthy = this.state === "live" && clock.now() - this.#liveSince >= HEALTHY_AFTER_MS;
    this.#drop();
    if (this.#ended) return this.#rest();
    if (healthy) this.#attempt = 0;
    // A draining server spreads its clients over time itself; its word goes before our own dice.
    const retryInMs = bye?.retry_after_ms ?? backoffMs(this.#attempt, random);
    this.#attempt += 1;
    this.#retryTimer = clock.setTimeout(() => this.#open(), retryInMs);
    this.#enter("offline", { ...why, retryInMs });
  }

  #rest() {
    globalThis.removeEventListener?.("online", this.#online);
    this.#options.clock.clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#attempt = 0;
    this.#enter("offline", { ...this.#ended, retryInMs: null });
  }

  #receive(message) {
    this.heardAt = this.#options.clock.now();
    for (const line of message.split("\n")) {
      if (line) this.#dispatch(JSON.parse(line), line);
    }
    this.#options.onHeard?.();
  }

  #dispatch(frame, line) {
    if (frame.ping) this.#socket?.send('{"pong":{}}');
    else if (frame.bye) this.#bye = frame.bye;
    else if (this.#pending.has(frame.id)) this.#settle(frame);
    else this.#options.onFrame(frame, line);
  }

  #settle(frame) {
    const { resolve, reject } = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    if (frame.error) reject(new HubError(frame.error));
    else resolve(frame);
  }
}
