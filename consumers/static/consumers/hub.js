/**
 * The browser's side of the hub's WebSocket, as ES modules without dependencies beyond their neighbours.
 *
 *     import { Hub } from "/static/consumers/hub.js";
 *     const hub = new Hub();
 *     const sub = hub.subscribe("health", "subscription_health:*", { onEvent: console.log });
 *     await hub.publish("system", "system_status:web", "started", { version: "1.2" });
 *     sub.unsubscribe();
 *
 * It speaks `gaterhub.v1+json`, over a socket that the tabs of a browser share where they can (shared_link.js), or over
 * one of its own (socket_link.js). docs/javascript.md describes it for those who use it.
 */

import { Acknowledger } from "./acknowledger.js";
import { backoffMs, browserClock } from "./backoff.js";
import { NO_CONNECTION, endedByOperator, unavailable } from "./errors.js";
import { identityOfPage, sharingTag } from "./identity.js";
import { Replays } from "./replays.js";
import { SharedLink } from "./shared_link.js";
import { SocketLink } from "./socket_link.js";
import { Subscription } from "./subscription.js";
import { Watching } from "./watching.js";

export { backoffMs } from "./backoff.js";
export { HubError } from "./errors.js";
export { SUBPROTOCOL } from "./socket_link.js";
export { canonicalInstance, matches } from "./subscription.js";

/** What may wait for the first connection to be published; more is refused at once. */
const MAX_WAITING_PUBLISHES = 100;
/** A subscription refused for the time being is asked for again as after so many failures: within 8 s. */
const RETRY_ATTEMPT = 4;

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
  #link;
  #onState;
  #clock;
  #random;
  #subscriptions = new Set();
  #replays = new Replays();
  #acknowledger;
  #watching;
  #waiting = []; // Publishes made before the connection stood.

  /**
   * @param {object} [options]
   * @param {string} [options.url] of the WebSocket; by default `/ws/v1/` of the page's host
   * @param {string} [options.token] an API token; without one the session cookie speaks for the user
   * @param {boolean|string} [options.shared] whether the tabs of this browser share one socket: false never, a text
   *   with the tabs that give the same one; by default a page's own hub does, where the page says who is logged in
   * @param {(state: "connecting"|"live"|"offline", detail: object) => void} [options.onState] offline's
   *   detail: `{code, reason, retryInMs}`; a `retryInMs` of null means that it stays offline
   * @param {typeof WebSocket} [options.WebSocket] and `clock` and `random`: the world, for tests; never shared
   */
  constructor({ url, token, shared, onState, WebSocket, clock, random } = {}) {
    const address = new URL(url ?? "/ws/v1/", globalThis.location?.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.#onState = onState;
    this.#clock = clock ?? browserClock;
    this.#random = random ?? Math.random;
    this.#acknowledger = new Acknowledger(this.#clock, (ack) => this.#link.tell({ ack }));
    const page = globalThis.document ?? null;
    this.#watching = new Watching({ say: (views) => this.#sayViews(views), clock: this.#clock, page });
    const link = {
      url: address.href,
      token,
      identity: identityOfPage(address, token),
      onState: (...change) => this.#changed(...change),
      onFrame: (...frame) => this.#dispatch(...frame),
    };
    const ownLink = () => new SocketLink({ ...link, WebSocket, clock, random });
    const tag = WebSocket || clock || random ? null : sharingTag({ shared, token, identity: link.identity });
    const onFail = () => {
      this.#link = ownLink();
      this.#link.connect();
    };
    this.#link = tag === null ? ownLink() : new SharedLink({ ...link, tag, onFail });
  }

  /** When anything was last heard of the hub, on the scale of `performance.now()`; null before. */
  get heardAt() {
    return this.#link.heardAt;
  }

  /** Whether this page's socket is one that it shares with other tabs. */
  get shared() {
    return this.#link instanceof SharedLink;
  }

  /**
   * Follow `pattern` of `instance`; connects if need be.
   *
   * After a reconnection it goes on where it was: what it missed is replayed to it first, as far as the hub keeps it.
   *
   * @param {object} [options]
   * @param {object} [options.since] `positions` that the page kept of an earlier subscription, to go on from
   * @param {string} [options.durable] a name under which the server keeps what is acknowledged by `ack()`; without
   *   `since` it goes on from there, on whatever machine it is
   * @param {(event: object, line: string) => void} [options.onEvent] `line` is the frame as it came
   * @param {(gap: object) => void} [options.onGap] events that the hub says were not delivered
   * @param {(count: number) => void} [options.onConflated] events of this connection that newer ones replaced
   * @param {(info: object) => void} [options.onSubscribed] the `subscribed` frame, after what was replayed; and
   *   `again`: whether this is a reconnection, and `missed`: how many events are missing since it left off, at most
   *   (0: none, then `recovered` is true; null: nobody knows, or it did not resume)
   * @param {(error: HubError) => void} [options.onError] with `retry` true it is tried again by itself
   * @returns {Subscription} with `unsubscribe()`, `positions` and `ack()`
   */
  subscribe(instance, pattern, options = {}) {
    const subscription = new Subscription(instance, pattern, options, this.#owner);
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
      this.#link.request({ publish: event }, (answer) => resolve(answer.published.events[0]), reject);
    });
  }

  /**
   * Say what this page shows, such as "instance:health", so that others see who watches it; connects if need be.
   *
   * It is said again after each reconnection. A page that is hidden for 30 s is not watched until it is seen again.
   *
   * @param {string|null} name of the view; null: nothing that others need to know
   */
  view(name) {
    this.#watching.view(name);
    if (this.#watching.wanted && this.state === "offline") this.connect();
  }

  /** Connect now: at first, or without waiting for the next attempt, or after the hub was closed. */
  connect() {
    this.#link.connect();
  }

  /** Give up a connection that is believed dead, and make another one at once. */
  reconnect() {
    this.#link.reconnect();
  }

  /** Disconnect and stay so, until `connect` or the next subscription. Subscriptions are kept. */
  close() {
    this.#link.close();
  }

  #owner = {
    unsubscribe: (subscription) => {
      this.#acknowledger.forget(subscription);
      if (this.#subscriptions.delete(subscription) && subscription.id !== null) this.#leave(subscription);
    },
    ack: (subscription) => this.#acknowledger.ack(subscription),
  };

  #changed(state, detail) {
    // A tab that does without the shared worker, or finds it connecting, has said so already.
    if (state === "connecting" && this.state === "connecting") return;
    this.state = state;
    if (state !== "live") {
      this.#replays.clear();
      for (const subscription of this.#subscriptions) subscription.id = null;
    }
    if (state === "offline") for (const { reject } of this.#waiting.splice(0)) reject(unavailable(NO_CONNECTION));
    const kept = [...this.#subscriptions]; // One made by the page's `onState` is asked for as it is made.
    call(this.#onState, state, detail);
    if (state !== "live") return;
    for (const subscription of kept) this.#ask(subscription);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    this.#watching.connected();
  }

  #connection() {
    if (this.#link.away || this.#waiting.length >= MAX_WAITING_PUBLISHES) {
      return Promise.reject(unavailable("There is no connection to the hub, or too much waits for one."));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.connect();
    });
  }

  /** Tell the hub what is looked at, where it can be told; a name that the hub finds wrong is the page's mistake. */
  #sayViews(views) {
    if (this.state !== "live") return false;
    this.#link.request({ viewing: { views } }, () => {}, (error) => error.retry || globalThis.reportError(error));
    return true;
  }

  #ask(subscription) {
    const { since, durable } = subscription.wish;
    const start = (end) => this.#request(subscription, end);
    if (since || durable) this.#replays.begin({ since, owner: subscription, start });
    else start(() => {});
  }

  #request(subscription, end) {
    if (!this.#subscriptions.has(subscription)) return end();
    const { session } = this.#link;
    // What a lost connection leaves unanswered is asked for again on the next one.
    const open = () => session !== null && session === this.#link.session && this.#subscriptions.has(subscription);
    const confirmed = ({ subscribed }) => {
      this.#subscribed(subscription, subscribed);
      end();
    };
    const refused = (error) => {
      end();
      if (!open()) return;
      const askAgain = () => open() && this.#ask(subscription);
      if (error.retry) this.#clock.setTimeout(askAgain, backoffMs(RETRY_ATTEMPT, this.#random));
      else this.#subscriptions.delete(subscription);
      call(subscription.handlers.onError, error);
    };
    subscription.asked();
    this.#link.request({ subscribe: subscription.wish }, confirmed, refused);
  }

  #subscribed(subscription, info) {
    subscription.id = info.sub;
    if (!this.#subscriptions.has(subscription)) return this.#leave(subscription);
    const again = subscription.again;
    const told = subscription.begin(info);
    subscription.again = true;
    this.#acknowledger.confirmed(subscription);
    call(subscription.handlers.onSubscribed, { ...info, ...told, again });
  }

  #leave(subscription) {
    this.#link.request({ unsubscribe: { sub: subscription.id } }, () => {}, () => {});
    subscription.id = null;
  }

  #dispatch(frame, line) {
    if (frame.sub) this.#replayed(frame, line);
    else if (frame.event) this.#deliver(frame.event, line);
    else if (frame.gap) this.#tellGap(frame.gap);
    else if (frame.positions) this.#movePositions(frame.positions);
    else if (frame.extended) this.#extend(frame.extended);
    else if (frame.unsubscribed) this.#ended(frame.unsubscribed);
    if (frame.conflated > 0) this.#tellConflated(frame.conflated);
  }

  /** Hand what was kept to the one subscription that comes back to it, which is not confirmed yet. */
  #replayed({ event, gap }, line) {
    const subscription = this.#replays.find((event ?? gap)?.stream);
    if (!this.#subscriptions.has(subscription)) return;
    if (event && subscription.advance(event)) call(subscription.handlers.onEvent, event, line);
    if (gap && subscription.skip(gap)) call(subscription.handlers.onGap, gap);
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
      if (subscription.skip(gap)) call(subscription.handlers.onGap, gap);
    }
  }

  /**
   * Follow further streams with a subscription: an operator has spread its family over them.
   *
   * One that comes back, and isn't confirmed yet, is told apart by a stream that it comes back to.
   */
  #extend({ sub, of, streams }) {
    if (of !== undefined) return this.#replays.extend(of, Object.keys(streams))?.extend(streams);
    for (const subscription of this.#subscriptions) if (subscription.id === sub) subscription.extend(streams);
  }

  /** Let go of a subscription that an operator has ended. */
  #ended({ sub, reason }) {
    for (const subscription of [...this.#subscriptions]) {
      if (subscription.id !== sub) continue;
      subscription.id = null;
      this.#subscriptions.delete(subscription);
      this.#acknowledger.forget(subscription);
      call(subscription.handlers.onError, endedByOperator(reason));
    }
  }

  /** The figure is the connection's: it doesn't say of which subscription. */
  #tellConflated(conflated) {
    for (const subscription of [...this.#subscriptions]) {
      if (subscription.id !== null) call(subscription.handlers.onConflated, conflated);
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
