/** Whether what the page shows is live, and since when it isn't. */

import { clockTime, utcTime } from "./format.js";

const AUTHENTICATION_FAILED = 4500;

export class Status {
  #pill = document.getElementById("state");
  #detail = document.getElementById("detail");
  #reconnect = document.getElementById("reconnect");
  #login;
  #countdown = 0;

  /** `login` is the address of the log-in; `onReconnect()` is called when the reader asks for another attempt. */
  constructor({ login, onReconnect }) {
    this.#login = login;
    this.#reconnect.addEventListener("click", onReconnect);
  }

  /** `since` is when the hub was last known to be there, null while it is; `state` and `detail` are those of a Hub. */
  show({ state, detail = {}, since }) {
    clearInterval(this.#countdown);
    this.#pill.dataset.state = since === null ? state : "offline";
    this.#say(this.#pill, this.#words(state, since));
    this.#pill.title = since === null ? "" : utcTime(since);
    this.#detail.replaceChildren();
    this.#reconnect.hidden = state !== "offline";
    this.#reconnect.textContent = detail.retryInMs === null ? "Connect again" : "Try now";
    if (state === "offline") this.#explain(detail);
    else if (since !== null) this.#detail.textContent = state === "live" ? "The hub does not answer." : "Connecting…";
  }

  #words(state, since) {
    if (since !== null) return `Not live since ${clockTime(since)}`;
    return { connecting: "Connecting…", live: "Live", past: "Past", offline: "Not connected" }[state];
  }

  // A screen reader says it at every change of the text, so the same text isn't written again.
  #say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  #explain({ code, reason, retryInMs }) {
    if (code === AUTHENTICATION_FAILED) {
      const login = document.createElement("a");
      login.href = `${this.#login}?next=${encodeURIComponent(location.pathname + location.search)}`;
      login.textContent = "Log in again";
      this.#detail.append("Your log-in has ended. ", login);
      this.#reconnect.hidden = true;
    } else if (retryInMs === null) {
      this.#detail.textContent = `The hub closed this connection: ${reason || "no reason given"} (${code}).`;
    } else {
      const until = Date.now() + retryInMs;
      const show = () => {
        this.#detail.textContent = `Trying again in ${Math.max(0, Math.ceil((until - Date.now()) / 1000))} s.`;
      };
      show();
      this.#countdown = setInterval(show, 500);
    }
  }
}
