/** Who listens to a topic, in a dialog: asked once, when somebody wants to know. */

import { count, plural } from "./format.js";
import { cell, made, write } from "./keyed_rows.js";

const TIMEOUT_MS = 10_000;
const element = (id) => document.getElementById(id);

export async function showListeners(api, instance, topic) {
  write(element("who-topic"), topic);
  write(element("who-said"), "Asking every process …");
  element("who-rows").hidden = true;
  element("who").showModal();
  try {
    const query = new URLSearchParams({ instance, topic, limit: "100" });
    const response = await fetch(`${api}?${query}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail ?? `the hub answered ${response.status}.`);
    show(body);
  } catch (error) {
    write(element("who-said"), `It is not known: ${error.message}`);
  }
}

function show({ results, matched, silent }) {
  const missing = silent.length > 0 ? ` No answer came from ${silent.join(", ")}.` : "";
  const first = matched > results.length ? `, of which these are the ${results.length} slowest` : "";
  write(element("who-said"), `${plural(matched, "connection")}${first}.${missing}`);
  element("who-rows").hidden = results.length === 0;
  element("who-rows").tBodies[0].replaceChildren(
    ...results.map((each) => {
      const row = document.createElement("tr");
      const who = cell(row, "", "th");
      who.append(each.principal, made("span", `connection ${each.id}`, "more"));
      cell(row, "Patterns").append(...each.patterns.flatMap((pattern) => [made("code", pattern), " "]));
      cell(row, "Process").textContent = each.process;
      cell(row, "Behind", "td", "number").textContent = count(each.events_behind);
      return row;
    }),
  );
}
