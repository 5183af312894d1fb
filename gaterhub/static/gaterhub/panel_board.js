/**
 * The panels of a console: each of a module of its own, handed the same rows, drawn a few times a second at most.
 *
 * Rows are handed on in batches, also in a tab that nobody looks at, where nothing is drawn.
 */

const BATCH_MS = 100;
const BATCH_ROWS = 500;

export class PanelBoard {
  /** Events handed to the panels since the last clearing. */
  events = 0;
  #panels = [];
  #wish;
  #fresh = [];
  #times = []; // Of the events handed on, so that those that left can be counted off.
  #frame = 0;
  #timer = 0;
  #drawnAt = 0;

  /** `panels` say kind, title and options, `places` are their elements; `context` is what all of them are given. */
  constructor({ panels, places, context, now }) {
    this.#wish = { panels, places: [...places], context, now };
    document.addEventListener("visibilitychange", () => this.schedule());
  }

  /** Load the modules and make the panels; one that can't be made says so in its place. */
  async load() {
    const { panels, places, context } = this.#wish;
    const modules = await Promise.all(panels.map(({ kind }) => import(`./panels/${kind}.js`).catch(() => null)));
    panels.forEach(({ title, options }, number) => {
      const body = places[number].querySelector(".panel-body");
      const Panel = modules[number]?.default;
      if (Panel) this.#panels.push(new Panel(body, { ...context, title, options }));
      else body.textContent = "This panel could not be loaded. Load the page again.";
    });
  }

  take(rows) {
    for (const row of rows) this.#fresh.push(row);
    if (this.#fresh.length >= BATCH_ROWS) this.#hand();
    this.schedule();
  }

  clear() {
    this.#fresh = [];
    this.#times = [];
    this.events = 0;
    for (const panel of this.#panels) panel.clear();
    this.schedule();
  }

  forget(before) {
    this.#hand();
    for (const panel of this.#panels) panel.forget(before);
    this.#times = this.#times.filter((at) => at >= before);
    this.events = this.#times.length;
  }

  /** Move the keyboard in the first panel that has rows to walk through. */
  step(by) {
    this.#panels.find((panel) => panel.step)?.step(by);
  }

  /** Draw soon. */
  schedule() {
    if (document.hidden || this.#frame !== 0 || this.#timer !== 0) return;
    const left = this.#drawnAt + BATCH_MS - performance.now();
    const draw = () => (this.#frame = requestAnimationFrame(() => this.#draw()));
    if (left <= 0) draw();
    else {
      this.#timer = setTimeout(() => {
        this.#timer = 0;
        draw();
      }, left);
    }
  }

  #draw() {
    this.#frame = 0;
    this.#drawnAt = performance.now();
    this.#hand();
    const now = this.#wish.now();
    for (const panel of this.#panels) panel.draw(now);
  }

  #hand() {
    if (this.#fresh.length === 0) return;
    const rows = this.#fresh;
    this.#fresh = [];
    for (const panel of this.#panels) panel.take(rows);
    for (const row of rows) if (row.event) this.#times.push(row.at);
    this.events = this.#times.length;
  }
}
