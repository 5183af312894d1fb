/** The page of losses: beside each time in UTC, the reader's own. Everything else is done by the hub. */

import { localTime } from "./format.js";

const day = (at) => [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

for (const time of document.querySelectorAll("time[data-local]")) {
  const at = new Date(time.dateTime);
  const here = document.createElement("span");
  here.className = "more";
  here.textContent = `${day(at)} ${localTime(at.valueOf()).slice(0, 8)} here`;
  time.after(here);
}
