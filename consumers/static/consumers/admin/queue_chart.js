/** The chart of one subscriber: what this page has seen of it, since nobody else keeps it. */

const SAMPLES_MAX = 300;

const place = document.querySelector("[data-live]");
const frame = document.querySelector("[data-chart]");
const dark = matchMedia("(prefers-color-scheme: dark)");

const samples = [];
let chart = null;

const kib = (bytes) => `${Math.round(bytes / 102.4) / 10} KiB`;
const colour = (name) => getComputedStyle(frame).getPropertyValue(name).trim();

function look() {
  const { queued, rate, at } = place.firstElementChild.dataset;
  samples.push({ at: Number(at), queued: Number(queued), rate: Number(rate) });
  if (samples.length > SAMPLES_MAX) samples.shift();
  draw();
}

function points(name) {
  return samples.map((each) => ({ x: each.at - samples.at(-1).at, y: each[name] }));
}

function draw() {
  if (!globalThis.Chart || samples.length < 2) return;
  frame.hidden = false;
  chart ??= make();
  chart.data.datasets[0].data = points("queued");
  chart.data.datasets[1].data = points("rate");
  chart.options.scales.x.min = points("queued")[0].x;
  chart.update("none");
}

function make() {
  const series = (label, yAxisID) => ({ label, yAxisID, data: [], borderWidth: 2, pointRadius: 0, tension: 0 });
  const made = new globalThis.Chart(frame.querySelector("canvas"), {
    type: "line",
    data: { datasets: [series("queued", "y"), series("events a second", "rate")] },
    options: {
      animation: false,
      parsing: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: { type: "linear", max: 0, ticks: { callback: (value) => (value === 0 ? "now" : `${value} s`), maxTicksLimit: 8 } },
        y: { min: 0, suggestedMax: 1024, ticks: { callback: kib, maxTicksLimit: 5 } },
        rate: { position: "right", min: 0, suggestedMax: 1, grid: { drawOnChartArea: false }, ticks: { maxTicksLimit: 5 } },
      },
    },
  });
  paint(made);
  return made;
}

/** Take the colours from the style sheet, which knows light and dark. */
function paint(made) {
  made.data.datasets[0].borderColor = colour("--queued");
  made.data.datasets[1].borderColor = colour("--rate");
  for (const dataset of made.data.datasets) dataset.backgroundColor = dataset.borderColor;
  const text = colour("--body-quiet-color");
  const line = colour("--hairline-color");
  for (const scale of Object.values(made.options.scales)) {
    scale.ticks.color = text;
    scale.grid = { ...scale.grid, color: line };
  }
  made.options.plugins.legend = { labels: { color: text } };
  made.update("none");
}

place.addEventListener("renewed", look);
dark.addEventListener("change", () => chart && paint(chart));
look();
