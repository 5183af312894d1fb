/** Who else looks at this page: says so to the hub for its reader, and shows the others beside its heading. */

const ASK_MS = 5_000;
const ASK_MAX_MS = 60_000;
const TIMEOUT_MS = 10_000;
/** More names than these are told as a number. */
const NAMES_MOST = 5;
/** Answers after which asking again is of no use: logged out, or no longer granted. */
const FINAL = [401, 403, 404];

/** Have the page's reader be known as watching its view, by that connection, and show who else does. */
export function watchTogether(hub) {
  const { view } = document.body.dataset;
  if (!view) return;
  hub.view(view);
  const place = document.getElementById("also-here");
  if (place) new AlsoHere(place).start();
}

class AlsoHere {
  #place;
  #timer = 0;
  #asking = false;
  #over = false;
  #failures = 0;
  #shown = "";

  constructor(place) {
    this.#place = place;
  }

  start() {
    document.addEventListener("visibilitychange", () => this.#ask());
    this.#ask();
  }

  async #ask() {
    clearTimeout(this.#timer);
    if (document.hidden || this.#asking || this.#over) return;
    this.#asking = true;
    try {
      const headers = { Accept: "application/json" };
      const response = await fetch(this.#place.dataset.api, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      this.#over = FINAL.includes(response.status);
      if (!response.ok) throw new Error(`it answered ${response.status}.`);
      this.#show((await response.json()).results[0]);
      this.#failures = 0;
    } catch {
      // Whether the hub answers is told elsewhere on the page; who was here then is no longer known.
      this.#failures += 1;
      this.#show({ people: [], total: 0 });
    } finally {
      this.#asking = false;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), Math.min(ASK_MAX_MS, ASK_MS * 2 ** this.#failures));
  }

  #show({ people, total }) {
    const others = people.filter(({ you }) => !you);
    const named = others.slice(0, NAMES_MOST).map(({ name }) => name);
    const more = total - (people.length - others.length) - named.length;
    const words = more > 0 ? [...named, `and ${more} more`] : named;
    const told = JSON.stringify(words);
    if (told === this.#shown) return;
    this.#shown = told;
    this.#place.hidden = words.length === 0;
    const items = words.map((word, number) => {
      const item = document.createElement("li");
      item.textContent = word;
      if (number < named.length) item.className = "tag";
      return item;
    });
    this.#place.querySelector("ul").replaceChildren(...items);
  }
}
