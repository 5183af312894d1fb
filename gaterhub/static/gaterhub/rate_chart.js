/** The chart of the overview: the ten instances' rates, one on top of the other, or those that the reader chose. */

import { localTime, rate, utcTime } from "./format.js";
import { SECONDS } from "./rate_history.js";

/** Whoever wants less motion sees a chart that moves on in steps. */
const CALM_MS = 10_000;
/** Below it every second minute is named. */
const NARROW_PX = 420;
const FILL_ALPHA = "99";

const dark = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const minutes = (seconds) => (seconds === 0 ? "now" : `−${-seconds / 60} min`);

export class RateChart {
  #canvas;
  #history;
  #chart = null;
  #chosen = new Set();
  #drawnAt = -Infinity;

  /** `legend` holds a button for each instance, in the order of the history, with its colour as `--series`. */
  constructor(canvas, legend, history) {
    this.#canvas = canvas;
    this.#history = history;
    this.legend = legend;
    for (const button of legend.querySelectorAll("button")) button.addEventListener("click", () => this.#choose(button));
    dark.addEventListener("change", () => this.#colour());
  }

  /** Whether the library is there; without it the page still has the small curves and the table. */
  get possible() {
    return Boolean(globalThis.Chart);
  }

  /** Draw the history as it is now. */
  draw() {
    if (!this.possible) return;
    if (calm.matches && performance.now() - this.#drawnAt < CALM_MS) return;
    this.#drawnAt = performance.now();
    if (!this.#chart) this.#make();
    for (const { label, data } of this.#chart.data.datasets) {
      const rates = this.#history.rates.get(label);
      for (let place = 0; place < SECONDS; place += 1) data[place].y = rates[place];
    }
    this.#chart.update("none");
  }

  #make() {
    const names = [...this.#history.rates.keys()];
    this.#chart = new globalThis.Chart(this.#canvas, {
      type: "line",
      data: {
        datasets: names.map((name) => ({
          label: name,
          data: Array.from({ length: SECONDS }, (_, place) => ({ x: place - SECONDS + 1, y: null })),
          fill: "stack",
          borderWidth: 1,
          pointRadius: 0,
          pointHitRadius: 0,
          hoverRadius: 0,
        })),
      },
      options: {
        animation: false,
        parsing: false,
        normalized: true,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { type: "linear", min: 1 - SECONDS, max: 0, ticks: { callback: minutes, maxRotation: 0 }, afterBuildTicks: everyMinute },
          y: { stacked: true, min: 0, suggestedMax: 1, ticks: { maxTicksLimit: 5, callback: (value) => rate(value) } },
        },
        plugins: { legend: { display: false }, tooltip: this.#tooltip() },
      },
    });
    this.#colour();
  }

  #tooltip() {
    return {
      reverse: true,
      filter: ({ parsed }) => parsed.y > 0,
      callbacks: {
        title: ([first]) => {
          if (!first) return "";
          const at = this.#history.sampledAt + first.parsed.x * 1000;
          return `${localTime(at).slice(0, 8)} (${utcTime(at).slice(11, 19)} UTC)`;
        },
        label: ({ dataset, parsed }) => ` ${dataset.label} ${rate(parsed.y)}/s`,
      },
    };
  }

  /** Take the colours from the style sheet, which knows light and dark. */
  #colour() {
    if (!this.#chart) return;
    const style = getComputedStyle(this.legend);
    const [line, muted] = ["--line", "--muted"].map((name) => style.getPropertyValue(name).trim());
    for (const dataset of this.#chart.data.datasets) {
      const button = this.legend.querySelector(`[data-instance="${dataset.label}"]`);
      const series = getComputedStyle(button).getPropertyValue("--series").trim();
      dataset.borderColor = series;
      dataset.backgroundColor = series + FILL_ALPHA;
    }
    for (const scale of Object.values(this.#chart.options.scales)) {
      scale.ticks.color = muted;
      scale.grid = { color: line };
      scale.border = { color: line };
    }
    this.#chart.update("none");
  }

  /** Show the chosen instances alone; none chosen shows all. */
  #choose(button) {
    const { instance } = button.dataset;
    if (!this.#chosen.delete(instance)) this.#chosen.add(instance);
    button.setAttribute("aria-pressed", String(this.#chosen.has(instance)));
    if (!this.#chart) return;
    for (const dataset of this.#chart.data.datasets) {
      dataset.hidden = this.#chosen.size > 0 && !this.#chosen.has(dataset.label);
    }
    this.#chart.update("none");
  }
}

function everyMinute(scale) {
  const step = scale.chart.width < NARROW_PX ? 120 : 60;
  scale.ticks = [-240, -180, -120, -60, 0].filter((value) => value % step === 0).map((value) => ({ value }));
}
