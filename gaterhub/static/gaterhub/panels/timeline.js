/** The panel that shows every event of a console on one clock: one list over several instances. */

import { EventList } from "../event_list.js";
import { count } from "../format.js";
import { SortedRows } from "../sorted_rows.js";

export default class Timeline {
  #rows = new SortedRows();
  #list;
  #empty;
  #window;

  constructor(body, context) {
    body.append(document.getElementById("timeline").content.cloneNode(true));
    const region = body.querySelector(".events");
    const unseen = body.querySelector(".new");
    region.querySelector("ol").setAttribute("aria-label", `${context.title}, the newest first`);
    this.#empty = body.querySelector(".empty");
    this.#window = context.window;
    this.#list = new EventList({
      store: this.#rows,
      region,
      template: document.getElementById("row"),
      onOpen: (row) => context.openEvent(row, () => this.#list.closed()),
      onUnseen: (number) => {
        unseen.hidden = number === 0;
        unseen.querySelector(".new-count").textContent = `${count(number)} new`;
      },
    });
    unseen.addEventListener("click", () => this.#list.toNewest());
  }

  take(rows) {
    this.#rows.add(rows);
  }

  clear() {
    this.#rows.clear();
  }

  forget(before) {
    this.#rows.forget(before);
  }

  draw() {
    this.#list.came();
    this.#empty.hidden = this.#rows.length > 0;
    if (!this.#empty.hidden) this.#tellEmpty();
  }

  /** Go to the next row (1) or the one before (-1): the first, where the keyboard is on none. */
  step(by) {
    this.#list.step(by);
  }

  #tellEmpty() {
    const { live, loading, narrowed } = this.#window();
    const what = this.#empty.querySelector(".empty-what");
    const more = this.#empty.querySelector(".empty-more");
    if (loading) [what.textContent, more.textContent] = ["Looking for events…", ""];
    else if (narrowed) [what.textContent, more.textContent] = ["No event passes the filter.", "“Show everything” takes it off."];
    else if (live) [what.textContent, more.textContent] = ["Nothing in this time.", "Events appear here by themselves."];
    else [what.textContent, more.textContent] = ["Nothing in this time.", "“Earlier” and a longer span show more."];
  }
}
