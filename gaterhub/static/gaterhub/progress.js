/** A page of something long that goes on in a process of its own: how far it is, and the page anew once it has ended. */

const POLL_MS = 1000;
const TIMEOUT_MS = 10_000;

const box = document.getElementById("progress");
const bar = box.querySelector("progress");
let timer = 0;

async function poll() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const response = await fetch(box.dataset.url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { running, percent, word, parts } = await response.json();
    if (!running) return location.reload();
    bar.value = percent;
    box.querySelector(".progress-word").textContent = word;
    for (const [name, words] of Object.entries(parts)) {
      const part = box.querySelector(`[data-part="${CSS.escape(name)}"]`);
      if (part) part.textContent = words;
    }
  } catch {
    // The hub may be busy or restarting: what runs is a process of its own, and is asked for again.
  }
  timer = setTimeout(poll, POLL_MS);
}

document.addEventListener("visibilitychange", poll);
poll();
