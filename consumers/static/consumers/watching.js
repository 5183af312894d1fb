/** What this page shows, told to the hub for as long as somebody can see it. */

/** A tab that is hidden for so long isn't watched any more; who looks something up in another one comes back sooner. */
export const HIDDEN_MS = 30_000;

export class Watching {
  #say;
  #clock;
  #page;
  #view = null;
  #seen = true;
  #told = null; // What the hub was told on this connection; it takes a new one for somebody who looks at nothing.
  #timer = null;

  /** `say(views)` tells the hub, where there is a connection; `page` is a document, null where there is none. */
  constructor({ say, clock, page }) {
    this.#say = say;
    this.#clock = clock;
    this.#page = page;
  }

  /** Whether there is anything to tell. */
  get wanted() {
    return this.#view !== null && this.#seen;
  }

  view(name) {
    if (this.#view === null) {
      this.#page?.addEventListener("visibilitychange", this.#turned); // Adding it again changes nothing.
      this.#seen = this.#page?.visibilityState !== "hidden"; // One opened in the background was never looked at.
    }
    this.#view = name;
    this.#tell();
  }

  /** There is a connection, which knows nothing yet, or there is none any more. */
  connected() {
    this.#told = null;
    this.#tell();
  }

  #turned = () => {
    this.#clock.clearTimeout(this.#timer);
    if (this.#page.visibilityState === "hidden") this.#timer = this.#clock.setTimeout(() => this.#see(false), HIDDEN_MS);
    else this.#see(true);
  };

  #see(seen) {
    this.#seen = seen;
    this.#tell();
  }

  #tell() {
    const name = this.wanted ? this.#view : null;
    if (name === this.#told) return;
    if (this.#say(name === null ? [] : [name])) this.#told = name;
  }
}
