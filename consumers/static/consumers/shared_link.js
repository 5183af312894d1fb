/** A tab's end of the socket that the tabs of a browser share; the other end is the worker of hub_worker.js. */

import { CONNECTION_LOST, HubError, NO_CONNECTION, unavailable } from "./errors.js";
import { hold, uniqueName, whenLeft } from "./locks.js";

/** Part of the worker's name, so that pages of two versions of these modules never meet in one worker. */
const WORKER_NAME = "gaterhub 3";
/** A worker that has not answered by then is done without. */
const ATTACH_TIMEOUT_MS = 5_000;
/** The worker says something every 10 s; one that is silent for so long is gone. */
const WORKER_SILENCE_MS = 35_000;
/** A tab that was busy itself finds what the worker said meanwhile within this time. */
const CATCH_UP_MS = 1_000;
/** A worker that lives no longer than this is a bad one, and after so many of them the tab does without. */
const SHORT_LIFE_MS = 10_000;
const MAX_SHORT_LIVES = 3;

const CLOSED_BY_THE_PAGE = { code: 1000, reason: "closed by the page", retryInMs: null };
const PUT_ASIDE = { code: 1001, reason: "the browser put the page aside", retryInMs: null };
const WORKER_GONE = { code: 1006, reason: "the connection that the tabs share was lost", retryInMs: 0 };

export class SharedLink {
  state = "offline";
  session = null;
  heardAt = null;
  away = false;
  #options;
  #port = null;
  #attachment = 0; // Counts attachments, so that what belongs to an earlier one is passed over.
  #attachedAt = null;
  #shortLives = 0;
  #generation = 0; // The worker's number of its connection: it passes over what was meant for an earlier one.
  #pending = new Map(); // Frame id → {resolve, reject}, for what awaits its answer.
  #nextId = 1;
  #release = null; // Lets go of this tab's lock, which tells the worker that the tab is gone.
  #stopWatching = () => {};
  #timer = null;
  #putAside = false;

  /**
   * `tag` is what the tabs that share have in common beside `url` and `token`; the rest is as for a SocketLink.
   * `onFail()` is called where no worker can be had: this link is dead then.
   */
  constructor({ url, token, identity, tag, onState, onFrame, onFail }) {
    this.#options = { attach: { url, token, identity, tag }, onState, onFrame, onFail };
  }

  connect() {
    if (this.#port === null) this.#attach();
    else if (this.state === "offline") this.#port.postMessage({ connect: true });
  }

  reconnect() {
    if (this.#port === null) this.#attach();
    else this.#port.postMessage({ reconnect: true, generation: this.#generation });
  }

  close() {
    this.#detach();
    globalThis.removeEventListener("pagehide", this.#hidden);
    globalThis.removeEventListener("pageshow", this.#shown);
    this.#enter("offline", CLOSED_BY_THE_PAGE);
  }

  request(frame, resolve, reject) {
    if (this.session === null) return reject(unavailable(NO_CONNECTION));
    const id = this.#nextId++;
    this.#pending.set(id, { resolve, reject });
    this.#port.postMessage({ frame: { id, ...frame }, generation: this.#generation });
  }

  /** Send a frame that has no answer. */
  tell(frame) {
    if (this.session !== null) this.#port.postMessage({ frame, generation: this.#generation });
  }

  /**
   * Find the worker and tell it whom this tab wants to hear.
   *
   * 1. Take the tab's lock first, so that the worker never waits for one that nobody holds yet.
   * 2. Ask to be attached; the answer names the worker's own lock.
   * 3. Do without sharing when there is no answer.
   */
  async #attach() {
    const attachment = ++this.#attachment;
    const current = () => attachment === this.#attachment;
    const fail = () => current() && this.#attachedAt === null && this.#fail();
    globalThis.addEventListener("pagehide", this.#hidden);
    globalThis.addEventListener("pageshow", this.#shown);
    try {
      const worker = new SharedWorker(new URL("hub_worker.js", import.meta.url), { type: "module", name: WORKER_NAME });
      worker.onerror = fail;
      this.#port = worker.port;
    } catch {
      // The browser allows no worker here: of another origin, or under the page's policy.
      return this.#fail();
    }
    const port = this.#port;
    port.onmessage = ({ data }) => current() && this.#receive(data);
    this.#timer = setTimeout(fail, ATTACH_TIMEOUT_MS);
    this.#enter("connecting");
    const lock = uniqueName("tab");
    const release = await hold(lock);
    if (!current()) return release?.();
    this.#release = release;
    port.postMessage({ attach: { ...this.#options.attach, lock: release && lock } });
  }

  /** Let go of the worker; what is unanswered never will be answered. */
  #detach() {
    this.#attachment += 1;
    this.#attachedAt = null;
    this.#port?.postMessage({ detach: true });
    this.#port?.close();
    this.#port = null;
    this.#release?.();
    this.#release = null;
    this.#stopWatching();
    this.#stopWatching = () => {};
    clearTimeout(this.#timer);
    this.#forgetSession();
  }

  #fail() {
    this.#detach();
    globalThis.removeEventListener("pagehide", this.#hidden);
    globalThis.removeEventListener("pageshow", this.#shown);
    this.#options.onFail();
  }

  /** Begin again, with another worker where the one before is gone. */
  #attachAgain() {
    const short = this.#attachedAt !== null && performance.now() - this.#attachedAt < SHORT_LIFE_MS;
    this.#shortLives = short ? this.#shortLives + 1 : 0;
    this.#detach();
    const attachment = this.#attachment;
    this.#enter("offline", WORKER_GONE);
    // The page's handler may have closed the hub, or asked for a connection itself.
    if (attachment !== this.#attachment) return;
    if (this.#shortLives < MAX_SHORT_LIVES) this.#attach();
    else this.#fail();
  }

  /** A page that may come back from the browser's cache lets go meanwhile, and so does one that is left for good. */
  #hidden = ({ persisted }) => {
    if (this.#port === null) return;
    this.#detach();
    this.#putAside = persisted;
    if (persisted) this.#enter("offline", PUT_ASIDE);
  };

  #shown = () => {
    const back = this.#putAside;
    this.#putAside = false;
    if (back && this.#port === null) this.#attach();
  };

  #enter(state, detail = {}) {
    this.state = state;
    this.away = state === "offline";
    this.session = state === "live" ? {} : null;
    this.#options.onState(state, detail);
  }

  #forgetSession() {
    this.session = null;
    const unanswered = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of unanswered) reject(unavailable(CONNECTION_LOST));
  }

  #receive(data) {
    if (data.batch) this.#takeBatch(data.batch);
    else if (data.ping) this.#port.postMessage({ pong: true });
    else if (data.heard) this.heardAt = performance.now();
    else if (data.dropped) return this.#attachAgain();
    else if (data.attached) this.#attached(data.attached);
    if (this.#port !== null) this.#expectMore();
  }

  #attached({ lock }) {
    this.#attachedAt = performance.now();
    this.#stopWatching = whenLeft(lock, () => this.#attachAgain());
  }

  #expectMore() {
    clearTimeout(this.#timer);
    const silent = () => (this.#timer = setTimeout(() => this.#attachAgain(), CATCH_UP_MS));
    this.#timer = setTimeout(silent, WORKER_SILENCE_MS);
  }

  /** Hand out a batch, and only then ask for more: the worker's bound on what waits is this tab's pace. */
  #takeBatch(batch) {
    const port = this.#port;
    this.heardAt = performance.now();
    for (const line of batch.split("\n")) {
      // The page may have closed the hub between two lines.
      if (this.#port !== port) return;
      this.#dispatch(JSON.parse(line), line);
    }
    this.#port?.postMessage({ ack: true });
  }

  #dispatch(frame, line) {
    if (frame.state) this.#follow(frame.state);
    else if (this.#pending.has(frame.id)) this.#settle(frame);
    else this.#options.onFrame(frame, line);
  }

  #follow({ state, detail, generation }) {
    this.#generation = generation;
    this.#forgetSession();
    this.#enter(state, detail);
  }

  #settle(frame) {
    const { resolve, reject } = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    if (frame.error) reject(new HubError(frame.error));
    else resolve(frame);
  }
}
