/** One socket for several tabs: what they follow is followed once, and each gets what concerns it. */

import { SocketLink } from "./socket_link.js";
import { Subscription } from "./subscription.js";

/** A pattern that the socket follows for its tabs, and who they are. */
class Followed {
  info = null; // The server's `subscribed`, once it is there.
  asking = []; // {tab, id} of those who wait for it.
  handles = new Map(); // The name that a tab's subscription has → the tab.

  constructor(instance, pattern) {
    this.subscription = new Subscription(instance, pattern, {}, () => {});
    this.key = `${this.subscription.instance} ${pattern}`;
  }
}

export class SharedSocket {
  #link;
  #tabs = new Set();
  #followed = new Map(); // Instance and pattern → Followed.
  #generation = 0;
  #nextHandle = 1;
  #flushing = false;
  #onEmpty;

  /** `onEmpty()` is called after the last tab has left, when the socket is closed. */
  constructor({ url, token, identity }, onEmpty) {
    this.#onEmpty = onEmpty;
    this.#link = new SocketLink({
      url,
      token,
      identity,
      onState: (state, detail) => this.#changed(state, detail),
      onFrame: (frame, line) => this.#dispatch(frame, line),
      onHeard: () => this.#heard(),
    });
  }

  /** Take in a tab; a tab that was just opened is a reason to try now. */
  join(tab) {
    this.#tabs.add(tab);
    if (this.#link.state === "offline") this.connect();
    else this.#put(tab, this.#stateLine(this.#link.state, {}));
  }

  leave(tab) {
    this.#tabs.delete(tab);
    for (const followed of [...this.#followed.values()]) {
      for (const [handle, owner] of followed.handles) if (owner === tab) followed.handles.delete(handle);
      followed.asking = followed.asking.filter((asked) => asked.tab !== tab);
      this.#leaveUnwanted(followed);
    }
    if (this.#tabs.size > 0) return;
    this.#link.close();
    this.#onEmpty();
  }

  connect() {
    this.#link.connect();
  }

  /** Make another connection, unless the one that the tab means is gone already: all tabs may ask at once. */
  reconnect(generation) {
    if (this.#link.state !== "live" || generation === this.#generation) this.#link.reconnect();
  }

  /** Take a tab's frame. One meant for an earlier connection has been given up by the tab itself. */
  hear(tab, { id, subscribe, unsubscribe, ...frame }, generation) {
    if (generation !== this.#generation || this.#link.session === null) return;
    if (subscribe) this.#subscribe(tab, id, subscribe);
    else if (unsubscribe) this.#unsubscribe(tab, id, unsubscribe);
    else this.#request(frame, (answer) => this.#answer(tab, id, answer), (error) => this.#refuse(tab, id, error));
  }

  #changed(state, detail) {
    this.#generation += 1;
    this.#followed.clear();
    for (const tab of this.#tabs) this.#put(tab, this.#stateLine(state, detail));
  }

  #stateLine(state, detail) {
    return JSON.stringify({ state: { state, detail, generation: this.#generation } });
  }

  /** Ask the server; when the connection is lost nobody is told, because the tabs hear of the loss itself. */
  #request(frame, resolve, reject) {
    const { session } = this.#link;
    this.#link.request(frame, resolve, (error) => session === this.#link.session && reject(error));
  }

  #answer(tab, id, answer) {
    this.#put(tab, JSON.stringify({ ...answer, id }));
  }

  #refuse(tab, id, { code, message, retry, details }) {
    this.#put(tab, JSON.stringify({ id, error: { code, message, retry, ...details } }));
  }

  /**
   * Follow a pattern for a tab.
   *
   * What is followed already is confirmed at once, with the positions that it has come to: whatever comes after them
   * comes to this tab too, because the port keeps the order.
   */
  #subscribe(tab, id, { instance, pattern }) {
    const asked = new Followed(instance, pattern);
    const followed = this.#followed.get(asked.key) ?? asked;
    if (followed.info !== null) return this.#confirm(followed, tab, id);
    followed.asking.push({ tab, id });
    if (followed !== asked) return;
    this.#followed.set(followed.key, followed);
    const confirmed = ({ subscribed }) => this.#subscribed(followed, subscribed);
    const refused = (error) => {
      this.#followed.delete(followed.key);
      for (const each of followed.asking) this.#refuse(each.tab, each.id, error);
    };
    this.#request({ subscribe: { instance, pattern } }, confirmed, refused);
  }

  #subscribed(followed, info) {
    followed.info = info;
    followed.subscription.begin(info.streams);
    for (const { tab, id } of followed.asking.splice(0)) this.#confirm(followed, tab, id);
    this.#leaveUnwanted(followed);
  }

  #confirm(followed, tab, id) {
    const handle = `${followed.info.sub}.${this.#nextHandle++}`;
    followed.handles.set(handle, tab);
    const subscribed = { ...followed.info, sub: handle, streams: followed.subscription.positions };
    this.#put(tab, JSON.stringify({ id, subscribed }));
  }

  #unsubscribe(tab, id, { sub }) {
    for (const followed of [...this.#followed.values()]) {
      if (followed.handles.get(sub) !== tab) continue;
      followed.handles.delete(sub);
      this.#leaveUnwanted(followed);
    }
    this.#put(tab, JSON.stringify({ id, unsubscribed: { sub } }));
  }

  /** End what no tab follows any more. One that is not confirmed yet is looked at again when it is. */
  #leaveUnwanted(followed) {
    if (followed.info === null || followed.handles.size > 0) return;
    this.#followed.delete(followed.key);
    this.#request({ unsubscribe: { sub: followed.info.sub } }, () => {}, () => {});
  }

  #dispatch(frame, line) {
    if (frame.event) this.#deliver(frame.event, line);
    else if (frame.gap) this.#tell([frame.gap.stream], line, (followed) => this.#skip(followed, frame.gap));
    else if (frame.positions) {
      const streams = Object.keys(frame.positions);
      const move = (followed, stream) => followed.subscription.moveTo(stream, frame.positions[stream]);
      // How many events were conflated is a figure of the connection, which may come without any stream.
      this.#tell(streams, line, move, frame.conflated > 0);
    }
  }

  #deliver(event, line) {
    const topic = event.topic.split(":");
    const concerned = new Set();
    for (const { info, subscription, handles } of this.#followed.values()) {
      if (info === null || !subscription.wants(event, topic) || !subscription.advance(event)) continue;
      for (const tab of handles.values()) concerned.add(tab);
    }
    for (const tab of concerned) this.#put(tab, line, event);
  }

  #skip({ subscription }, { stream, next }) {
    if (next) subscription.moveTo(stream, next);
  }

  /** Pass a line on to all who follow one of the streams, or anything, and move what is followed along it. */
  #tell(streams, line, move, toAll = false) {
    const concerned = new Set();
    for (const followed of this.#followed.values()) {
      if (followed.info === null) continue;
      const touched = streams.filter((stream) => followed.subscription.follows(stream));
      for (const stream of touched) move(followed, stream);
      if (touched.length === 0 && !toAll) continue;
      for (const tab of followed.handles.values()) concerned.add(tab);
    }
    for (const tab of concerned) this.#put(tab, line);
  }

  #heard() {
    for (const tab of this.#tabs) tab.heard();
  }

  /** Let a line wait until this turn ends, so that all lines of one message leave as one. */
  #put(tab, line, event = null) {
    tab.put(line, event);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      for (const each of this.#tabs) each.flush();
    });
  }
}
