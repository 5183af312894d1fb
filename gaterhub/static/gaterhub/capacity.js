/** The chart of the page of capacity: the table's own figures, hour by hour or day by day. */

import { rate } from "./format.js";

const FILL_ALPHA = "55";
const table = document.getElementById("rows");
const canvas = document.getElementById("chart");
const dark = matchMedia("(prefers-color-scheme: dark)");
const { by } = table.dataset;
const [from, to, step, limit] = ["from", "to", "step", "limit"].map((name) => Number(table.dataset[name]));

const rows = new Map([...table.tBodies[0].rows].map(({ dataset }) => [Number(dataset.at) * 1000, dataset]));
const times = [];
for (let at = from; at <= to; at += step) times.push(at);
// Hours of which nothing is recorded are a gap, and not a zero.
const figures = (name) => times.map((at) => (rows.has(at) ? Number(rows.get(at)[name]) : null));

const iso = (at) => new Date(at).toISOString();
const timeOf = (at) => iso(at).slice(11, 16);
const named = (at) => (by === "day" || timeOf(at) === "00:00" ? iso(at).slice(5, 10) : timeOf(at));
const inFull = (at) => (by === "day" ? iso(at).slice(0, 10) : `${iso(at).slice(0, 10)} ${timeOf(at)} UTC`);

const line = { type: "line", pointRadius: 0, pointHitRadius: 0, pointStyle: "line" };

/** Draw it in the colours of the style sheet, which knows light and dark. */
function draw() {
  const style = getComputedStyle(canvas);
  const [grid, muted, accent, bad] = ["--line", "--muted", "--accent", "--bad"].map((name) => style.getPropertyValue(name).trim());
  const datasets = [
    { ...line, label: "over ten seconds", data: figures("sustained"), borderWidth: 2, borderColor: accent, order: 1 },
    { type: "bar", label: "in one second", data: figures("peak"), backgroundColor: accent + FILL_ALPHA, pointStyle: "rect", barPercentage: 0.9, categoryPercentage: 1, order: 2 },
  ];
  if (limit) datasets.push({ ...line, label: "limit", data: times.map(() => limit), borderWidth: 1.5, borderDash: [6, 5], borderColor: bad, order: 0 });
  return new globalThis.Chart(canvas, {
    data: { labels: times.map(named), datasets },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { grid: { display: false }, border: { color: grid }, ticks: { color: muted, maxRotation: 0, autoSkipPadding: 16 } },
        y: {
          min: 0,
          suggestedMax: 1,
          grid: { color: grid },
          border: { color: grid },
          ticks: { color: muted, maxTicksLimit: 6, callback: (value) => rate(value) },
          title: { display: true, text: "events a second", color: muted },
        },
      },
      plugins: {
        legend: { position: "bottom", align: "start", labels: { color: muted, usePointStyle: true, boxHeight: 8 } },
        tooltip: {
          callbacks: {
            title: ([first]) => (first ? inFull(times[first.dataIndex]) : ""),
            label: ({ dataset, parsed }) => (parsed.y === null ? "" : ` ${rate(parsed.y)}/s ${dataset.label}`),
          },
        },
      },
    },
  });
}

if (globalThis.Chart) {
  document.getElementById("plot-empty").hidden = true;
  let chart = draw();
  dark.addEventListener("change", () => {
    chart.destroy();
    chart = draw();
  });
}
