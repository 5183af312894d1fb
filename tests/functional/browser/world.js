/** The world of a Hub, in the hands of a test: sockets that do what the test says, time that stands still. */

class FakeSocket {
  sent = [];
  closed = false;

  constructor(url, protocols, world) {
    Object.assign(this, { url, protocols });
    world.sockets.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  /** Let several frames arrive as one message. */
  say(...frames) {
    this.onmessage({ data: frames.map((frame) => JSON.stringify(frame)).join("\n") });
  }

  end(code, reason = "") {
    this.onclose({ code, reason });
  }

  /** Open it and answer the greeting, as the server does. */
  greet() {
    this.onopen({});
    const connected = { connection: "c_1", process: "p", ping: 25, max_message: 131072, max_subscriptions: 128 };
    this.say({ id: this.sent[0].id, connected });
  }

  /** Confirm the newest subscription asked for. */
  confirm(sub, streams, more = {}) {
    const { id, subscribe } = this.sent.filter((frame) => frame.subscribe).at(-1);
    this.say({ id, subscribed: { sub, pattern: subscribe.pattern, streams, ...more } });
  }
}

globalThis.makeWorld = () => {
  const world = {
    sockets: [],
    states: [],
    timers: new Map(),
    time: 0,
    chance: 1,
    get socket() {
      return this.sockets.at(-1);
    },
    /** The hub's options: everything from this world. */
    get options() {
      let next = 1;
      const setTimeout = (todo, ms) => {
        this.timers.set(next, { todo, at: this.time + ms });
        return next++;
      };
      return {
        url: "/ws/v1/",
        WebSocket: function (url, protocols) {
          return new FakeSocket(url, protocols, world);
        },
        random: () => this.chance,
        clock: { now: () => this.time, setTimeout, clearTimeout: (timer) => this.timers.delete(timer) },
        onState: (state, detail) => this.states.push({ state, ...detail }),
      };
    },
    /** Let time pass, and whatever falls due happen in its order. */
    pass(ms) {
      const until = this.time + ms;
      for (;;) {
        const due = [...this.timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
        if (!due) break;
        this.timers.delete(due[0]);
        this.time = due[1].at;
        due[1].todo();
      }
      this.time = until;
    },
    event(topic, offset, more = {}) {
      const [family] = topic.split(":");
      const event = { instance: "health", topic, stream: `health.${family}`, offset, epoch: "e1", event_type: "t" };
      return { event: { ...event, ...more } };
    },
  };
  return world;
};
