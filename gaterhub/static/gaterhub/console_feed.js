/**
 * What a console shows, from the hub: of each subscription first what follows live, then what is kept of the time shown.
 *
 * In that order nothing falls between the two: what the hub takes while history is fetched comes live, and whoever takes
 * the events knows those that come by both ways. A connection that was lost is resumed by hub.js; where the hub could not
 * replay all that came meanwhile, the history is asked for it too.
 */

import { matches } from "../consumers/hub.js";
import { parseExactly } from "./format.js";
import { conflatedSentence, gapSentence, reconnectionSentence } from "./notices.js";

const PAGE_EVENTS = 1_000;
/** Of one subscription; what is older is told as a row, and can be had by a shorter time or another filter. */
const HISTORY_MAX_EVENTS = 5_000;
/** Fetched at a time: each page costs the hub a query. */
const AT_ONCE = 3;
const TIMEOUT_MS = 20_000;
/** Before a break, so that what was under way then is asked for again, too. */
const MARGIN_MS = 10_000;
/** Gaps remembered: one that concerns two subscriptions is told to both, and shown once. */
const GAPS_REMEMBERED = 200;

export class Feed {
  #hub;
  #api;
  #sealed;
  #take;
  #tell;
  #onState;
  #session = null;
  #gaps = new Set();

  /**
   * `api(path)` gives an answer's text, or rejects with a sentence. `take(events, live)` is called with pairs of an event
   * and its line, `tell(kind, text, more)` with what is missing, `onState({following, loading})` when that changes.
   */
  constructor({ hub, api, sealed, take, tell, onState }) {
    this.#hub = hub;
    this.#api = api;
    this.#sealed = new Set(sealed);
    this.#take = take;
    this.#tell = tell;
    this.#onState = onState;
  }

  /** Begin anew: `rows` say what may be followed and what queried; `to` is null for a time that goes on; `story` a value. */
  begin({ rows, from, to, story }) {
    this.end();
    this.#gaps.clear();
    const session = { from, to, story, subscriptions: new Map(), unconfirmed: new Set(), queue: [], running: 0, back: null };
    this.#session = session;
    for (const row of rows) {
      if (to === null && row.live.length > 0) this.#follow(session, row);
      else this.#ask(session, row, { from, to });
    }
    this.#stateChanged(session);
  }

  end() {
    for (const { subscription } of this.#session?.subscriptions.values() ?? []) subscription.unsubscribe();
    this.#session = null;
  }

  /** Whether all that is to be followed is followed. */
  get following() {
    const session = this.#session;
    return session !== null && session.subscriptions.size > 0 && session.unconfirmed.size === 0;
  }

  /** The connection is gone; `since` is when the hub was last known to be there. */
  lost(since) {
    const session = this.#session;
    if (!session || session.subscriptions.size === 0) return;
    session.back ??= { since, replayed: 0, recovered: true };
    session.unconfirmed = new Set(session.subscriptions.keys());
    this.#stateChanged(session);
  }

  #follow(session, row) {
    const { instance } = row;
    for (const pattern of row.live) {
      const key = `${instance} ${pattern}`;
      const mine = { row, confirmed: false, subscription: null };
      session.subscriptions.set(key, mine);
      session.unconfirmed.add(key);
      const current = (handle) => (...told) => this.#session === session && handle(...told);
      mine.subscription = this.#hub.subscribe(instance, pattern, {
        onSubscribed: current((info) => this.#confirmed(session, key, info)),
        onEvent: current((event, line) => this.#take([[event, line]], true)),
        onGap: current((gap) => this.#gap(instance, gap)),
        onConflated: current((conflated) => this.#conflated(session, key, conflated)),
        onError: current((error) => this.#refused(session, key, error)),
      });
    }
  }

  #confirmed(session, key, info) {
    const mine = session.subscriptions.get(key);
    session.unconfirmed.delete(key);
    if (!mine.confirmed) {
      mine.confirmed = true;
      const others = [...session.subscriptions.values()].filter(({ row }) => row === mine.row);
      if (others.every(({ confirmed }) => confirmed)) this.#ask(session, mine.row, { from: session.from, to: null });
    } else if (session.back) {
      session.back.replayed += info.replayed ?? 0;
      session.back.recovered &&= info.recovered;
      const from = Math.max(session.from, session.back.since - MARGIN_MS);
      if (!info.recovered) this.#ask(session, mine.row, { from, to: null });
    }
    this.#settled(session);
  }

  #refused(session, key, error) {
    const mine = session.subscriptions.get(key);
    if (error.retry) return;
    session.subscriptions.delete(key);
    session.unconfirmed.delete(key);
    this.#tell("refused", `${key} is not followed: ${error.message}`, { instance: mine.row.instance });
    if (!mine.confirmed) this.#ask(session, mine.row, { from: session.from, to: null });
    this.#settled(session);
  }

  /** Say once that it is live again, for all subscriptions together. */
  #settled(session) {
    if (session.unconfirmed.size === 0 && session.back) {
      this.#tell("reconnected", reconnectionSentence(session.back.since, session.back), {});
      session.back = null;
    }
    this.#stateChanged(session);
  }

  #gap(instance, gap) {
    const key = `${gap.stream} ${gap.epoch} ${gap.from} ${gap.to}`;
    if (this.#gaps.has(key)) return;
    if (this.#gaps.size >= GAPS_REMEMBERED) this.#gaps.delete(this.#gaps.values().next().value);
    this.#gaps.add(key);
    this.#tell("gap", gapSentence(gap), { instance, stream: gap.stream, gap });
  }

  /** The figure is the connection's, and told to every subscription: the first one's is taken. */
  #conflated(session, key, conflated) {
    if (key === session.subscriptions.keys().next().value) this.#tell("conflated", conflatedSentence(conflated), {});
  }

  #ask(session, row, { from, to }) {
    for (const pattern of row.kept) {
      for (const fixed of this.#fixed(session, row)) session.queue.push({ row, pattern, from, to, fixed });
    }
    this.#work(session);
  }

  /** Of evidence, a story asks the journal's own columns instead of reading all of it. */
  #fixed({ story }, { instance }) {
    return story && this.#sealed.has(instance) ? [{ actor: story }, { origin: story }, { resource: story }] : [{}];
  }

  #work(session) {
    while (session.running < AT_ONCE && session.queue.length > 0) {
      session.running += 1;
      this.#fetch(session, session.queue.shift())
        .catch((error) => this.#session === session && this.#tell("refused", error.message, {}))
        .finally(() => {
          session.running -= 1;
          this.#work(session);
        });
    }
    this.#stateChanged(session);
  }

  /** Fetch the newest first, until it is all, or as much as a page can show. */
  async #fetch(session, { row, pattern, from, to, fixed }) {
    const { instance } = row;
    // What was asked for at once may hold more than the console follows.
    const wanted = ({ topic }) => row.wanted.some((each) => matches(each, topic));
    const query = new URLSearchParams({ topic: pattern, order: "desc", limit: PAGE_EVENTS, from: Math.floor(from), ...fixed });
    if (to !== null) query.set("to", Math.floor(to));
    let had = 0;
    let oldest = null;
    for (;;) {
      const text = await this.#api(`${instance}/events/?${query}`, TIMEOUT_MS);
      if (this.#session !== session) return;
      const { results, next } = JSON.parse(text);
      if (results.length > 0) this.#take(withLines(text, results).filter(([event]) => wanted(event)), false);
      had += results.length;
      oldest = results.at(-1)?.received ?? oldest;
      if (next === null) return;
      if (had >= HISTORY_MAX_EVENTS) break;
      query.set("after", next);
    }
    const text = `Of ${instance} ${pattern}, the newest ${had} events are here. There are older ones in the time shown.`;
    this.#tell("bound", text, { at: oldest - 1, instance });
  }

  #stateChanged(session) {
    if (this.#session !== session) return;
    this.#onState({ following: this.following, loading: session.running > 0 || session.queue.length > 0 });
  }
}

/** Give each event with the line that it would have come as, every number as it was written. */
function withLines(text, results) {
  const exact = /\d{16}/.test(text) ? parseExactly(text).results : results;
  return results.map((event, place) => [event, `{"event":${JSON.stringify(exact[place])}}`]);
}
