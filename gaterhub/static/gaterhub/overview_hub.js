/** The panel of the hub itself: its processes, what it stands on, and what is wrong there. */

import { count, localTime, plural, utcTime } from "./format.js";

const BREAKERS = {
  closed: ["good", "Redis, reachable"],
  open: ["bad", "Redis can't be reached"],
  half_open: ["warn", "Redis, being tried again"],
};

/** Write a duration in its two largest units. */
export function lasting(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => seconds >= size);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .map(([size, unit], place) => [Math.floor((place === 0 ? seconds : seconds % parts[first][0]) / size), unit])
    .filter(([number], place) => number > 0 || place === 0)
    .map(([number, unit]) => `${number} ${unit}`)
    .join(" ");
}

const bytes = (number) => (number < 1024 ? plural(number, "byte") : number < 1024 ** 2 ? `${count(number / 1024)} KiB` : `${(number / 1024 ** 2).toFixed(1)} MiB`);
const clocks = (ms) => `${utcTime(ms).slice(0, 19)} UTC\n${localTime(ms).slice(0, 8)} local`;

/** Each figure: how it stands (good, warn, bad or nothing to say), its text, and more below it. */
function figuresOf({ hub, at }) {
  const up = hub.processes.filter((each) => each.up).length;
  const silent = hub.processes.length - up;
  const queued = hub.processes.reduce((sum, each) => sum + (each.up ? each.queued_bytes : 0), 0);
  return {
    processes: [silent ? "warn" : "good", silent ? `${up} up, ${silent} silent` : `${up} up`],
    connections: ["", count(hub.connections)],
    queued: ["", bytes(queued)],
    streams: hub.mode === "memory" ? ["good", "in memory", "one process"] : BREAKERS[hub.breaker],
    database: hub.database ? ["good", "answers"] : ["bad", "does not answer"],
    worker: hub.worker ? ["good", "leads", hub.worker] : ["warn", "none leads"],
    started: hub.started === null ? ["", "–"] : ["", lasting(at - hub.started), clocks(hub.started)],
  };
}

export function showHub(panel, figures) {
  for (const [name, [state, text, more = ""]] of Object.entries(figuresOf(figures))) {
    const place = panel.querySelector(`[data-figure="${name}"] dd`);
    const told = `${state} ${text} ${more}`;
    if (place.dataset.told === told) continue;
    place.dataset.told = told;
    place.dataset.state = state;
    place.replaceChildren(part("value", text), ...(more ? [part("more", more)] : []));
  }
  const each = panel.querySelector("#processes");
  if (each.open) each.querySelector("ul").replaceChildren(...figures.hub.processes.map((process) => item(process, figures)));
}

function item(process, { at, hub }) {
  const { name, up, silent_seconds: silent, connections, queued_bytes: queued, version, started } = process;
  const facts = up ? [`up for ${lasting(at - started)}`, plural(connections, "connection"), `${bytes(queued)} waiting`] : [`last heard of ${lasting(silent * 1000)} ago`];
  if (name === hub.process) facts.push("answers this page");
  if (name === hub.worker) facts.push("worker");
  const row = document.createElement("li");
  row.dataset.state = up ? "good" : "warn";
  row.append(part("process", name), part("more", [...facts, `version ${version}`].join(" · ")));
  return row;
}

function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}
