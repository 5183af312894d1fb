/** A chart of lines over the time that a console shows, in the colours of the style sheet. */

import { clockTime } from "./format.js";
import { made } from "./keyed_rows.js";

export const PARTS = 60;
const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6", "--series-7", "--series-8"];
export const SERIES_MAX = SERIES.length;

/** A chart takes a frame for itself, so that those of a console, drawn in turn, hold nobody up. */
const CALM_MS = 2_000;
const waiting = [];

function drawNext() {
  waiting.shift()();
  if (waiting.length > 0) requestAnimationFrame(drawNext);
}

function inTurn(draw) {
  waiting.push(draw);
  if (waiting.length === 1) requestAnimationFrame(drawNext);
}

const dark = matchMedia("(prefers-color-scheme: dark)");

export class PanelChart {
  #plot = made("div", "", "panel-plot");
  #canvas = document.createElement("canvas");
  #chart = null;
  #unit;
  #from = 0;
  #step = 1;
  #wanted = null;
  #drawnAt = -Infinity;

  /** `unit(value)` writes a value of the vertical axis. */
  constructor(body, { label, unit }) {
    this.#unit = unit;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", `${label}. The table below has the figures.`);
    this.#plot.append(this.#canvas);
    body.append(this.#plot);
    // Without the library there is still the table.
    this.#plot.hidden = !globalThis.Chart;
    dark.addEventListener("change", () => this.#colour());
  }

  hide(hidden) {
    this.#plot.hidden = hidden || !globalThis.Chart;
  }

  /** Draw anew at the next chance, such as after another time was chosen. */
  clear() {
    this.#drawnAt = -Infinity;
  }

  /** Draw `series()`, each with a label and PARTS values, null where nothing is known, from one time to another. */
  draw(series, from, to) {
    if (!globalThis.Chart || this.#plot.hidden || performance.now() - this.#drawnAt < CALM_MS) return;
    this.#drawnAt = performance.now();
    if (this.#wanted === null) inTurn(() => this.#draw());
    this.#wanted = { series: series(), from, to };
  }

  #draw() {
    const { series, from, to } = this.#wanted;
    this.#wanted = null;
    [this.#from, this.#step] = [from, (to - from) / PARTS];
    this.#chart ??= this.#make();
    const { datasets, labels } = this.#chart.data;
    const known = datasets.map(({ label }) => label).join("\n");
    const wanted = series.map(({ label }) => label).join("\n");
    if (known !== wanted) {
      this.#chart.data.datasets = series.map(({ label, values }) => ({ label, data: values, borderWidth: 1.5, pointRadius: 0, pointHitRadius: 6, spanGaps: true }));
      this.#colour();
    }
    for (let part = 0; part < PARTS; part += 1) labels[part] = clockTime(from + part * this.#step);
    series.forEach(({ values }, place) => (this.#chart.data.datasets[place].data = values));
    this.#chart.update("none");
  }

  #make() {
    return new globalThis.Chart(this.#canvas, {
      type: "line",
      data: { labels: Array.from({ length: PARTS }, () => ""), datasets: [] },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 24 } },
          y: { min: 0, ticks: { maxTicksLimit: 5, callback: (value) => this.#unit(value) } },
        },
        plugins: {
          legend: { position: "bottom", align: "start", labels: { usePointStyle: true, pointStyle: "line", boxHeight: 8 } },
          tooltip: {
            callbacks: {
              title: ([first]) => (first ? `${clockTime(this.#from + first.dataIndex * this.#step)} to ${clockTime(this.#from + (first.dataIndex + 1) * this.#step)}` : ""),
              label: ({ dataset, parsed }) => (parsed.y === null ? "" : ` ${dataset.label} ${this.#unit(parsed.y)}`),
            },
          },
        },
      },
    });
  }

  #colour() {
    if (!this.#chart) return;
    const style = getComputedStyle(this.#plot);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.#chart.data.datasets.forEach((dataset, place) => {
      dataset.borderColor = dataset.backgroundColor = colour(SERIES[place % SERIES_MAX]);
    });
    for (const scale of Object.values(this.#chart.options.scales)) {
      scale.ticks.color = colour("--muted");
      scale.grid = { ...scale.grid, color: colour("--line") };
      scale.border = { color: colour("--line") };
    }
    this.#chart.options.plugins.legend.labels.color = colour("--muted");
    this.#chart.update("none");
  }
}
