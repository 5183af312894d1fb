/** How the state of one thing went: runs of the same state, however its events came. */

const KEPT_RUNS = 50;

export class StateRuns {
  /** Each `{state, from, to}` in the order of time: the state was told first at `from` and last at `to`. */
  runs = [];
  /** The row that told last. */
  row = null;

  /** Take what a row told; gives whether that is the newest word. */
  add(at, state, row) {
    const newest = this.row === null || at > this.row.at || (at === this.row.at && row.number > this.row.number);
    if (newest) this.row = row;
    this.#place(at, state);
    if (this.runs.length > KEPT_RUNS) this.runs.shift();
    return newest;
  }

  get state() {
    return this.runs.at(-1)?.state ?? "";
  }

  /** Since when it has been in its state, as far as events tell. */
  get since() {
    return this.runs.at(-1)?.from ?? 0;
  }

  /** When it was told last. */
  get toldAt() {
    return this.runs.at(-1)?.to ?? 0;
  }

  /** Let go of what ended before that moment; the last word stays, however old it is. */
  forget(before) {
    while (this.runs.length > 1 && this.runs[0].to < before) this.runs.shift();
  }

  #place(at, state) {
    let place = this.runs.length - 1;
    while (place >= 0 && this.runs[place].from > at) place -= 1;
    const run = this.runs[place];
    if (run && at <= run.to) {
      if (run.state === state) return;
      const parts = [{ state, from: at, to: at }];
      if (run.to > at) parts.push({ state: run.state, from: run.to, to: run.to });
      this.runs.splice(place + 1, 0, ...parts);
      run.to = at;
      return;
    }
    const following = this.runs[place + 1];
    if (run?.state === state) {
      run.to = at;
      // A late word may have joined two runs.
      if (following?.state === state) {
        run.to = following.to;
        this.runs.splice(place + 1, 1);
      }
    } else if (following?.state === state) following.from = at;
    else this.runs.splice(place + 1, 0, { state, from: at, to: at });
  }
}
