/** Tells the server what a page has worked off: at most one frame a second for each subscription, the newest state. */

const EVERY_MS = 1_000;

export class Acknowledger {
  #clock;
  #tell;
  #states = new Map(); // Subscription → {told, timer, wanted}.

  /** `tell({sub, positions})` sends an acknowledgement. */
  constructor(clock, tell) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Acknowledge the positions that the subscription has now: at once, or when the second is over. */
  ack(subscription) {
    const state = this.#states.get(subscription) ?? { told: {}, timer: null, wanted: null };
    this.#states.set(subscription, state);
    state.wanted = subscription.positions;
    if (state.timer === null) this.#send(subscription, state);
  }

  /** Say again on this connection what was to be said: nobody knows what became of it on the one before. */
  confirmed(subscription) {
    const state = this.#states.get(subscription);
    if (!state) return;
    this.#clock.clearTimeout(state.timer);
    state.told = {};
    this.#send(subscription, state);
  }

  forget(subscription) {
    this.#clock.clearTimeout(this.#states.get(subscription)?.timer);
    this.#states.delete(subscription);
  }

  #send(subscription, state) {
    state.timer = null;
    const changed = Object.entries(state.wanted).filter(
      ([stream, position]) => state.told[stream] !== position && subscription.follows(stream),
    );
    if (subscription.id === null || changed.length === 0) return;
    state.told = state.wanted;
    this.#tell({ sub: subscription.id, positions: Object.fromEntries(changed) });
    state.timer = this.#clock.setTimeout(() => this.#send(subscription, state), EVERY_MS);
  }
}
