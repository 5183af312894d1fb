/** A page of the admin whose changing part is asked for anew every two seconds, while somebody looks at it. */

const EVERY_MS = 2_000;

const place = document.querySelector("[data-live]");
const pause = document.querySelector("[data-live-pause]");
const said = document.querySelector("[data-live-said]");

let paused = false;
let asking = false;
let missed = 0;

/** The address of this page's changing part. */
function address() {
  const url = new URL(location.href);
  url.searchParams.set("part", "1");
  return url;
}

/** Put in the new part where the reader is not busy with the old one: with its text, or on one of its buttons. */
function renew(html) {
  const selection = getSelection();
  if (selection && !selection.isCollapsed && place.contains(selection.anchorNode)) return;
  const held = place.contains(document.activeElement) ? [...place.querySelectorAll("a, button, [tabindex]")].indexOf(document.activeElement) : -1;
  const scrolled = [...place.querySelectorAll(".wide")].map((each) => each.scrollLeft);
  place.innerHTML = html;
  [...place.querySelectorAll(".wide")].forEach((each, index) => (each.scrollLeft = scrolled[index] ?? 0));
  if (held >= 0) place.querySelectorAll("a, button, [tabindex]")[held]?.focus({ preventScroll: true });
  place.dispatchEvent(new CustomEvent("renewed"));
}

async function ask() {
  if (paused || asking || document.hidden) return;
  asking = true;
  try {
    const answer = await fetch(address(), { headers: { Accept: "text/html" }, redirect: "error" });
    if (answer.status === 204) return end("It has left, or its process does not answer. These are its last figures.");
    if (!answer.ok) throw new Error(String(answer.status));
    renew(await answer.text());
    missed = 0;
    said.textContent = "";
  } catch {
    missed += 1;
    said.textContent = `Not live: the hub has not answered for ${(missed * EVERY_MS) / 1000} s. It is asked again.`;
  } finally {
    asking = false;
  }
}

function end(text) {
  paused = true;
  pause.hidden = true;
  said.textContent = text;
}

pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  said.textContent = paused ? "Paused." : "";
  if (!paused) ask();
});
document.addEventListener("visibilitychange", ask);
// What is sent away now is on its way to another page.
document.addEventListener("submit", () => (paused = true));
setInterval(ask, EVERY_MS);
