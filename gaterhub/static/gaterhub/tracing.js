/** On the explorer: begin a trace of the pattern or of a publisher, and the traces that there are. */

import { clockTime } from "./format.js";
import { made, write } from "./keyed_rows.js";

const TIMEOUT_MS = 15_000;
const form = document.getElementById("tracing");
const asked = document.getElementById("asking");
const list = document.getElementById("traces");
const error = document.getElementById("trace-error");
const { traces } = form.dataset;
const pageOf = (id) => form.dataset.page.replace("t_0", encodeURIComponent(id));

async function answered(options) {
  const response = await fetch(traces, { signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? `The hub answered ${response.status}.`);
  return body;
}

form.addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const publisher = form.publisher.value.trim();
  const what = publisher ? { publisher } : { instance: asked.instance.value, pattern: asked.pattern.value.trim() || "*" };
  const button = form.querySelector("button");
  button.disabled = true;
  write(error, "");
  try {
    const { id } = await answered({
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.csrfmiddlewaretoken.value },
      body: JSON.stringify({ ...what, reason: form.reason.value }),
    });
    location.assign(pageOf(id));
  } catch (failure) {
    write(error, `There is no trace: ${failure.message}`);
    button.disabled = false;
  }
});

function item({ id, running, instances, pattern, publisher, by, started, reason }) {
  const link = made("a", publisher ? `publisher ${publisher}` : `${instances.join(", ")} ${pattern}`);
  link.href = pageOf(id);
  const row = document.createElement("li");
  row.append(link, made("span", ` ${running ? "runs" : "is over"}, begun ${clockTime(started)} by ${by}: ${reason}`, "muted"));
  return row;
}

try {
  const { results } = await answered({});
  list.replaceChildren(...results.map(item));
} catch {
  // The list is a way back to what was begun before; a trace can be begun without it.
}
