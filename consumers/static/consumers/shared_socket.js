/** One socket for several tabs: what they follow is followed once, and each gets what concerns it. */

import { Replays } from "./replays.js";
import { SocketLink } from "./socket_link.js";
import { Subscription } from "./subscription.js";

/** So many views may be told to the hub at once. */
const VIEWS_MAX = 16;

/** A subscription at the hub, made for one tab or more, and who they are. */
class Followed {
  info = null; // The server's `subscribed`, once it is there.
  asking = []; // {tab, id} of those who wait for it.
  handles = new Map(); // The name that a tab's subscription has → the tab.
  begun = false; // Whether something was replayed: who asks now would miss it.

  constructor(wish) {
    const { instance, pattern, since = null, durable = null } = wish;
    this.wish = wish;
    this.subscription = new Subscription(instance, pattern, wish, null);
    this.key = `${this.subscription.instance} ${pattern}`;
    this.from = JSON.stringify(since);
    this.durable = durable;
  }

  /** Whether one that asks for `other` would get the same by waiting for this one. */
  serves(other) {
    const same = this.key === other.key && this.from === other.from;
    return same && this.info === null && !this.begun && this.durable === null && other.durable === null;
  }
}

export class SharedSocket {
  #link;
  #tabs = new Set();
  #followed = new Set(); // All that was asked of the hub, confirmed or not.
  #shared = new Map(); // Instance and pattern → the confirmed Followed that several tabs may have.
  #views = new Map(); // Tab → what it shows.
  #replays = new Replays();
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
    for (const followed of [...this.#followed]) {
      for (const [handle, owner] of followed.handles) if (owner === tab) followed.handles.delete(handle);
      followed.asking = followed.asking.filter((asked) => asked.tab !== tab);
      this.#leaveUnwanted(followed);
    }
    if (this.#tabs.size > 0) {
      if (this.#views.delete(tab)) this.#sayViews(() => {}, () => {});
      return;
    }
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
  hear(tab, { id, subscribe, unsubscribe, ack, viewing, ...frame }, generation) {
    if (generation !== this.#generation || this.#link.session === null) return;
    if (subscribe) this.#subscribe(tab, id, subscribe);
    else if (unsubscribe) this.#unsubscribe(tab, id, unsubscribe);
    else if (ack) this.#acknowledge(tab, ack);
    else if (viewing) this.#look(tab, id, viewing);
    else this.#request(frame, (answer) => this.#answer(tab, id, answer), (error) => this.#refuse(tab, id, error));
  }

  #changed(state, detail) {
    this.#generation += 1;
    this.#followed.clear();
    this.#shared.clear();
    this.#views.clear();
    this.#replays.clear();
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
   * 1. What is followed already is confirmed at once, with the positions that it has come to: whatever comes after them
   *    comes to this tab too, because the port keeps the order.
   * 2. A tab that left off somewhere gets what it missed by a subscription of its own, which ends as it meets what is
   *    followed already. Tabs that left off at the same place have one together, which goes on if there is no other.
   * 3. A durable subscription is never another tab's: what it acknowledges speaks for one reader.
   */
  #subscribe(tab, id, wish) {
    const asked = new Followed(wish);
    const shared = this.#shared.get(asked.key);
    if (shared && !wish.since && !wish.durable) {
      return this.#confirm(shared, tab, id, { ...whereLiveIs(shared), recovered: true, replayed: 0 });
    }
    const followed = [...this.#followed].find((each) => each.serves(asked)) ?? asked;
    followed.asking.push({ tab, id });
    if (followed !== asked) return;
    this.#followed.add(followed);
    const start = (end) => this.#ask(followed, end);
    if (wish.since || wish.durable) this.#replays.begin({ since: wish.since, owner: followed, start });
    else start(() => {});
  }

  #ask(followed, end) {
    const confirmed = ({ subscribed }) => {
      this.#subscribed(followed, subscribed);
      end();
    };
    const refused = (error) => {
      this.#followed.delete(followed);
      const shared = this.#shared.get(followed.key);
      const full = error.code === "limit_exceeded" && shared !== undefined && followed.durable === null;
      for (const each of followed.asking) {
        if (full) this.#confirmWithGaps(shared, each, followed);
        else this.#refuse(each.tab, each.id, error);
      }
      end();
    };
    this.#request({ subscribe: followed.wish }, confirmed, refused);
  }

  #subscribed(followed, info) {
    const shared = followed.durable === null ? this.#shared.get(followed.key) : undefined;
    const asking = followed.asking.splice(0);
    followed.info = info;
    followed.subscription.begin(info);
    for (const { tab, id } of asking) this.#confirm(shared ?? followed, tab, id, info);
    if (!shared && followed.durable === null) this.#shared.set(followed.key, followed);
    this.#leaveUnwanted(followed);
  }

  #confirm(followed, tab, id, info) {
    const handle = `${followed.info.sub}.${this.#nextHandle++}`;
    followed.handles.set(handle, tab);
    this.#put(tab, JSON.stringify({ id, subscribed: { ...info, sub: handle } }));
  }

  /** Let a tab in where it is, and tell it what it misses: the connection can bear no subscription for its replay. */
  #confirmWithGaps(shared, { tab, id }, { subscription: left }) {
    const { sub } = shared.info;
    for (const [stream, next] of Object.entries(shared.subscription.positions)) {
      const from = left.positions[stream];
      if (from === undefined || from === next) continue;
      const [[epoch, offset], [nextEpoch, to]] = [from.split(":"), next.split(":")];
      const known = epoch === nextEpoch;
      const reason = known ? "lost" : "epoch";
      const gap = { stream, epoch, from: Number(offset) + 1, to: known ? Number(to) : null, next, lost: null, reason };
      this.#put(tab, JSON.stringify({ gap, sub }));
    }
    this.#confirm(shared, tab, id, { ...whereLiveIs(shared), recovered: false, replayed: 0 });
  }

  #unsubscribe(tab, id, { sub }) {
    for (const followed of [...this.#followed]) {
      if (followed.handles.get(sub) !== tab) continue;
      followed.handles.delete(sub);
      this.#leaveUnwanted(followed);
    }
    this.#put(tab, JSON.stringify({ id, unsubscribed: { sub } }));
  }

  /** Pass an acknowledgement on, unless several tabs are behind the subscription: it would speak for all of them. */
  #acknowledge(tab, { sub, positions }) {
    const followed = [...this.#followed].find(({ handles }) => handles.get(sub) === tab);
    if (followed?.handles.size === 1) this.#link.tell({ ack: { sub: followed.info.sub, positions } });
  }

  /** Take note of what a tab shows; one that the hub finds wrong must not keep those of the others from it. */
  #look(tab, id, { views }) {
    this.#views.set(tab, views);
    const refused = (error) => {
      this.#views.delete(tab);
      this.#refuse(tab, id, error);
    };
    this.#sayViews(({ viewing }) => this.#answer(tab, id, { viewing: only(viewing, views) }), refused);
  }

  /** Tell the hub what all tabs show together: each view first, then again for each further tab. */
  #sayViews(resolve, reject) {
    const all = [...this.#views.values()].flat();
    const again = all.filter((name, place) => all.indexOf(name) !== place);
    this.#request({ viewing: { views: [...new Set(all), ...again].slice(0, VIEWS_MAX) } }, resolve, reject);
  }

  /** End what no tab follows any more. One that is not confirmed yet is looked at again when it is. */
  #leaveUnwanted(followed) {
    if (followed.info === null || followed.handles.size > 0) return;
    this.#followed.delete(followed);
    if (this.#shared.get(followed.key) === followed) this.#shared.delete(followed.key);
    this.#request({ unsubscribe: { sub: followed.info.sub } }, () => {}, () => {});
  }

  #dispatch(frame, line) {
    if (frame.sub) this.#replayed(frame, line);
    else if (frame.event) this.#deliver(frame.event, line);
    else if (frame.gap) this.#tell([frame.gap.stream], line, (followed) => this.#skip(followed, frame.gap));
    else if (frame.positions) {
      const streams = Object.keys(frame.positions);
      const move = (followed, stream) => followed.subscription.moveTo(stream, frame.positions[stream]);
      // How many events were conflated is a figure of the connection, which may come without any stream.
      this.#tell(streams, line, move, frame.conflated > 0);
    } else if (frame.extended) this.#extend(frame.extended, line);
    else if (frame.unsubscribed) this.#ended(frame.unsubscribed);
  }

  /** Follow further streams with a subscription, and let all tabs that have it know. */
  #extend({ sub, of, streams }, line) {
    if (of !== undefined) {
      const followed = this.#replays.extend(of, Object.keys(streams));
      followed?.subscription.extend(streams);
      for (const { tab } of followed?.asking ?? []) this.#put(tab, line);
      return;
    }
    for (const { info, subscription, handles } of this.#followed) {
      if (info?.sub !== sub) continue;
      subscription.extend(streams);
      for (const [handle, tab] of handles) this.#put(tab, JSON.stringify({ extended: { sub: handle, streams } }));
    }
  }

  /** Tell all tabs that have it that an operator has ended a subscription, each under its own name for it. */
  #ended({ sub, reason }) {
    for (const followed of [...this.#followed]) {
      if (followed.info?.sub !== sub) continue;
      this.#followed.delete(followed);
      if (this.#shared.get(followed.key) === followed) this.#shared.delete(followed.key);
      for (const [handle, tab] of followed.handles) {
        this.#put(tab, JSON.stringify({ unsubscribed: { sub: handle, reason } }));
      }
    }
  }

  /** Pass on what was kept to those who wait for it, and to nobody else. */
  #replayed({ event, gap, sub }, line) {
    const followed = this.#replays.find((event ?? gap)?.stream);
    if (followed === undefined) return;
    followed.begun = true;
    for (const { tab } of followed.asking) this.#put(tab, line, event, sub);
  }

  #deliver(event, line) {
    const topic = event.topic.split(":");
    const concerned = new Set();
    for (const { info, subscription, handles } of this.#followed) {
      if (info === null || !subscription.wants(event, topic) || !subscription.advance(event)) continue;
      for (const tab of handles.values()) concerned.add(tab);
    }
    for (const tab of concerned) this.#put(tab, line, event);
  }

  #skip({ subscription }, gap) {
    subscription.skip(gap);
  }

  /** Pass a line on to all who follow one of the streams, or anything, and move what is followed along it. */
  #tell(streams, line, move, toAll = false) {
    const concerned = new Set();
    for (const followed of this.#followed) {
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
  #put(tab, line, event = null, sub = null) {
    tab.put(line, event, sub);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      for (const each of this.#tabs) each.flush();
    });
  }
}

/** Of the hub's answer about all tabs' views, what concerns one tab. */
function only({ views, passed_over: passedOver = [] }, own) {
  const here = (names) => own.filter((name) => names.includes(name));
  return { views: here(views), ...(here(passedOver).length > 0 && { passed_over: here(passedOver) }) };
}

function whereLiveIs({ info, subscription }) {
  return { ...info, streams: subscription.positions };
}
