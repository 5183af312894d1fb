/**
 * The browser's side of the hub's WebSocket, as an ES module without dependencies beyond its neighbour.
 *
 *     import { Hub } from "/static/consumers/hub.js";
 *     const hub = new Hub();
 *     const sub = hub.subscribe("health", "subscription_health:*", { onEvent: console.log });
 *     await hub.publish("system", "system_status:web", "started", { version: "1.2" });
 *     sub.unsubscribe();
 *
 * It speaks `gaterhub.v1+json`. docs/javascript.md describes it for those who use it.
 */

import { Subscription } from "./subscription.js";

export { canonicalInstance, matches } from "./subscription.js";
export const SUBPROTOCOL = "gaterhub.v1+json";

/** The first wait is at most this long; each failure doubles it. */
const BACKOFF_BASE_MS = 500;
/** No wait is longer, so that a hub that came back is noticed within half a minute. */
const BACKOFF_CAP_MS = 30_000;
/** A connection that lived this long was a good one: the next back-off begins at the base again. */
const HEALTHY_AFTER_MS = 10_000;
/** The server closes a connection that is not greeted within 10 s; a mute server gets as long from us. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A ping may be this late before the connection counts as dead. */
const PING_GRACE_MS = 10_000;
/** What may wait for the first connection to be published; more is refused at once. */
const MAX_WAITING_PUBLISHES = 100;
/** A subscription refused for the time being is asked for again as after so many failures: within 8 s. */
const RETRY_ATTEMPT = 4;
/** Close codes from here to 4999 say that connecting again cannot help. */
const FINAL_CLOSE_CODES_FROM = 4500;

/** What the hub declined: a stable `code`, a sentence, and whether trying again can help. */
export class HubError extends Error {
  constructor({ code, message, retry = false, ...details }) {
    super(message);
    this.name = "HubError";
    this.code = code;
    this.retry = retry;
    this.details = details;
  }
}

const NO_CONNECTION = "There is no connection to the hub.";
const unavailable = (message) => new HubError({ code: "unavailable", message, retry: true });

/** Wait a random time up to a bound that doubles with every attempt ("full jitter"), in milliseconds. */
export function backoffMs(attempt, random = Math.random) {
  return Math.round(random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 16)));
}

/** Call the page's handler; its mistake is reported like any uncaught error and holds up nobody else. */
function call(handler, ...values) {
  if (!handler) return;
  try {
    handler(...values);
  } catch (error) {
    globalThis.reportError(error);
  }
}

/** A connection to the hub that keeps itself up, with any number of subscriptions on it. */
export class Hub {
  state = "offline";
  #options;
  #socket = null;
  #subscriptions = new Set();
  #pending = new Map(); // Frame id → {resolve, reject}, for what awaits its answer.
  #waiting = []; // Publishes made before the connection stood.
  #nextId = 1;
  #attempt = 0;
  #liveSince = 0;
  #heardAt = 0;
  #maxMessage = 131_072;
  #bye = null;
  #retryTimer = null;
  #watchdog = null;
  #ended = null; // Why no further connection is tried, once that is so.

  /**
   * @param {object} [options]
   * @param {string} [options.url] of the WebSocket; by default `/ws/v1/` of the page's host
   * @param {string} [options.token] an API token; without one the session cookie speaks for the user
   * @param {(state: "connecting"|"live"|"offline", detail: object) => void} [options.onState] offline's
   *   detail: `{code, reason, retryInMs}`; a `retryInMs` of null means that it stays offline
   * @param {typeof WebSocket} [options.WebSocket] and `clock` and `random`: the world, for tests
   */
  constructor({ url, token, onState, WebSocket, clock, random } = {}) {
    const address = new URL(url ?? "/ws/v1/", globalThis.location?.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.#options = {
      url: address.href,
      token,
      onState,
      WebSocket: WebSocket ?? globalThis.WebSocket,
      random: random ?? Math.random,
      clock: clock ?? {
        now: () => performance.now(),
        setTimeout: (todo, ms) => setTimeout(todo, ms),
        clearTimeout: (timer) => clearTimeout(timer),
      },
    };
    globalThis.addEventListener?.("online", this.#online);
  }

  /**
   * Follow `pattern` of `instance`; connects if need be.
   *
   * @param {object} handlers
   * @param {(event: object, line: string) => void} [handlers.onEvent] `line` is the frame as it came
   * @param {(gap: object) => void} [handlers.onGap] events that the hub says were not delivered
   * @param {(info: object) => void} [handlers.onSubscribed] the `subscribed` frame, and `again`: whether this
   *   is a reconnection, and `missed`: how many events went by meanwhile at most (null: unknown)
   * @param {(error: HubError) => void} [handlers.onError] with `retry` true it is tried again by itself
   * @returns {Subscription} with `unsubscribe()` and `positions`
   */
  subscribe(instance, pattern, handlers = {}) {
    const subscription = new Subscription(instance, pattern, handlers, this.#unsubscribe);
    this.#subscriptions.add(subscription);
    if (this.state === "live") this.#ask(subscription);
    else this.connect();
    return subscription;
  }

  /**
   * Publish one event; resolves to `{id, stream, offset, epoch}`, rejects with a HubError.
   *
   * After `unavailable` the outcome is unknown: publish again with the same `options.id`, so that readers can tell.
   */
  async publish(instance, topic, eventType, data = null, options = {}) {
    const event = { instance, topic, event_type: eventType, data, ...options };
    if (this.state !== "live") await this.#connection();
    return new Promise((resolve, reject) => {
      this.#request({ publish: event }, (answer) => resolve(answer.published.events[0]), reject);
    });
  }

  /** Connect now: at first, or without waiting for the next attempt, or after the hub was closed. */
  connect() {
    if (this.#socket) return;
    this.#ended = null;
    this.#open();
  }

  /** Disconnect and stay so, until `connect` or the next subscription. Subscriptions are kept. */
  close() {
    this.#ended = { code: 1000, reason: "closed by the page" };
    if (this.#socket) this.#lost(1000, "closed by the page");
    else this.#rest();
  }

  #online = () => {
    if (this.#retryTimer !== null) this.#open();
  };

  #unsubscribe = (subscription) => {
    if (this.#subscriptions.delete(subscription) && subscription.id !== null) this.#leave(subscription);
  };

  #enter(state, detail = {}) {
    this.state = state;
    call(this.#options.onState, state, detail);
  }

  #open() {
    const { clock, url, WebSocket } = this.#options;
    clock.clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#bye = null;
    this.#enter("connecting");
    const socket = new WebSocket(url, [SUBPROTOCOL]);
    this.#socket = socket;
    // Whatever a socket says after it was given up for lost is nobody's business any more.
    const ours = (handle) => (event) => this.#socket === socket && handle(event);
    socket.onopen = ours(() => this.#greet());
    socket.onmessage = ours((message) => this.#receive(message.data));
    socket.onclose = ours((close) => this.#lost(close.code, close.reason));
    this.#watch(CONNECT_TIMEOUT_MS);
  }

  #greet() {
    const { token } = this.#options;
    // A refusal needs no handling here: the close that follows it says why.
    const connect = token ? { token } : {};
    this.#request({ connect }, ({ connected }) => this.#connected(connected), () => {});
  }

  #connected({ ping, max_message: maxMessage }) {
    const { clock } = this.#options;
    this.#liveSince = clock.now();
    this.#maxMessage = maxMessage ?? this.#maxMessage;
    this.#watch((ping ?? 25) * 1000 + PING_GRACE_MS);
    const kept = [...this.#subscriptions]; // One made by the page's `onState` is asked for as it is made.
    this.#enter("live");
    for (const subscription of kept) this.#ask(subscription);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Give the connection up when nothing, not even a ping, is heard for `silence` milliseconds. */
  #watch(silence) {
    const { clock } = this.#options;
    clock.clearTimeout(this.#watchdog);
    this.#heardAt = clock.now();
    const look = () => {
      const left = this.#heardAt + silence - clock.now();
      if (left <= 0) this.#lost(1006, "no answer");
      else this.#watchdog = clock.setTimeout(look, left);
    };
    this.#watchdog = clock.setTimeout(look, silence);
  }

  #lost(code, reason) {
    const { clock } = this.#options;
    const socket = this.#socket;
    this.#socket = null;
    socket.close();
    clock.clearTimeout(this.#watchdog);
    for (const subscription of this.#subscriptions) subscription.id = null;
    const bye = this.#bye;
    const why = { code: bye?.code ?? code, reason: bye?.reason || reason };
    if (why.code >= FINAL_CLOSE_CODES_FROM && why.code <= 4999) this.#ended = why;
    const healthy = this.state === "live" && clock.now() - this.#liveSince >= HEALTHY_AFTER_MS;
    const unanswered = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of unanswered) reject(unavailable("The connection was lost before the answer."));
    if (this.#ended) return this.#rest();
    if (healthy) this.#attempt = 0;
    // A draining server spreads its clients over time itself; its word goes before our own dice.
    const retryInMs = bye?.retry_after_ms ?? backoffMs(this.#attempt, this.#options.random);
    this.#attempt += 1;
    this.#retryTimer = clock.setTimeout(() => this.#open(), retryInMs);
    this.#refuseWaiting();
    this.#enter("offline", { ...why, retryInMs });
  }

  #rest() {
    this.#options.clock.clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#attempt = 0;
    this.#refuseWaiting();
    this.#enter("offline", { ...this.#ended, retryInMs: null });
  }

  #refuseWaiting() {
    for (const { reject } of this.#waiting.splice(0)) reject(unavailable(NO_CONNECTION));
  }

  #connection() {
    if (this.#retryTimer !== null || this.#ended || this.#waiting.length >= MAX_WAITING_PUBLISHES) {
      return Promise.reject(unavailable("There is no connection to the hub, or too much waits for one."));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.connect();
    });
  }

  /** Send a frame; exactly one of the two is called, in step with the frames around its answer. */
  #request(frame, resolve, reject) {
    if (!this.#socket) return reject(unavailable(NO_CONNECTION));
    const id = this.#nextId++;
    const text = JSON.stringify({ id, ...frame });
    if (new TextEncoder().encode(text).length > this.#maxMessage) {
      const message = `A message may hold ${this.#maxMessage} bytes at most.`;
      return reject(new HubError({ code: "too_large", message }));
    }
    this.#pending.set(id, { resolve, reject });
    this.#socket.send(text);
  }

  #ask(subscription) {
    const socket = this.#socket;
    // What a lost connection leaves unanswered is asked for again on the next one.
    const open = () => socket !== null && socket === this.#socket && this.#subscriptions.has(subscription);
    const confirmed = ({ subscribed }) => this.#subscribed(subscription, subscribed);
    const refused = (error) => {
      if (!open()) return;
      const askAgain = () => open() && this.#ask(subscription);
      const { clock, random } = this.#options;
      if (error.retry) clock.setTimeout(askAgain, backoffMs(RETRY_ATTEMPT, random));
      else this.#subscriptions.delete(subscription);
      call(subscription.handlers.onError, error);
    };
    const { instance, pattern } = subscription;
    this.#request({ subscribe: { instance, pattern } }, confirmed, refused);
  }

  #subscribed(subscription, info) {
    subscription.id = info.sub;
    if (!this.#subscriptions.has(subscription)) return this.#leave(subscription);
    const again = subscription.again;
    const missed = subscription.begin(info.streams);
    subscription.again = true;
    call(subscription.handlers.onSubscribed, { ...info, again, missed });
  }

  #leave(subscription) {
    this.#request({ unsubscribe: { sub: subscription.id } }, () => {}, () => {});
    subscription.id = null;
  }

  #receive(message) {
    this.#heardAt = this.#options.clock.now();
    for (const line of message.split("\n")) {
      if (line) this.#dispatch(JSON.parse(line), line);
    }
  }

  #dispatch(frame, line) {
    if (frame.event) this.#deliver(frame.event, line);
    else if (frame.gap) this.#tellGap(frame.gap);
    else if (frame.positions) this.#movePositions(frame.positions);
    else if (frame.ping) this.#socket?.send('{"pong":{}}');
    else if (frame.bye) this.#bye = frame.bye;
    else if (this.#pending.has(frame.id)) this.#settle(frame);
  }

  #settle(frame) {
    const { resolve, reject } = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    if (frame.error) reject(new HubError(frame.error));
    else resolve(frame);
  }

  /** Hand an event to every subscription it concerns; it names none, and comes once however many match. */
  #deliver(event, line) {
    const topic = event.topic.split(":");
    for (const subscription of [...this.#subscriptions]) {
      if (subscription.id === null || !subscription.wants(event, topic)) continue;
      if (subscription.advance(event)) call(subscription.handlers.onEvent, event, line);
    }
  }

  #tellGap(gap) {
    for (const subscription of [...this.#subscriptions]) {
      if (subscription.id === null || !subscription.follows(gap.stream)) continue;
      if (gap.next) subscription.moveTo(gap.stream, gap.next);
      call(subscription.handlers.onGap, gap);
    }
  }

  #movePositions(positions) {
    for (const [stream, position] of Object.entries(positions)) {
      for (const subscription of this.#subscriptions) {
        if (subscription.id !== null && subscription.follows(stream)) subscription.moveTo(stream, position);
      }
    }
  }
}
