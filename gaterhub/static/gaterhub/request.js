/** Asking the hub's own API: its text, or a sentence about why not. */

const TIMEOUT_MS = 10_000;

/** The token that Django's forms carry; every page for somebody who has logged in has one in its head. */
const csrfToken = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

/** Give the text of an answer; rejects with an Error whose message may be shown. */
export async function ask(address, { method = "GET", body, timeoutMs = TIMEOUT_MS } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  let text;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    answer = await fetch(address, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
    text = await answer.text();
  } catch {
    throw new Error("The hub did not answer. Try again.");
  }
  if (answer.ok) return text;
  throw new Error(detailOf(text) ?? `The hub answered with ${answer.status}. Try again.`);
}

function detailOf(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return undefined;
  }
}
