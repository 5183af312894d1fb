/** How far a report is: asked once a second, until there is a report to show. */

const EVERY_MS = 1000;
const RETRY_MS = 4000;

const card = document.getElementById("progress");
const bar = card.querySelector("progress");
const stage = document.getElementById("stage");
const share = document.getElementById("share");

async function look() {
  let wait = EVERY_MS;
  try {
    const answer = await fetch(card.dataset.api, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const { report } = await answer.json();
    if (report.state !== "running") {
      location.reload();
      return;
    }
    bar.value = report.percent;
    share.textContent = `${report.percent} %`;
    // Said anew only where it is new, or a screen reader would say it each second.
    if (report.stage && stage.textContent !== report.stage) stage.textContent = report.stage;
  } catch {
    stage.textContent = "The hub does not answer; trying again";
    wait = RETRY_MS;
  }
  setTimeout(look, wait);
}

setTimeout(look, EVERY_MS);
