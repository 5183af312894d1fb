/** The page of an instance's event types: search, anchors, and the forms that publish test events. */

import { TestEvent } from "./test_event.js";

const page = document.getElementById("types~page");
const search = document.getElementById("types~search");
const sections = [...page.querySelectorAll("details.type")];
const entries = new Map([...page.querySelectorAll(".index a")].map((link) => [link.hash, link.parentElement]));
const TIMEOUT_MS = 15_000;

/** Show the types in which every word occurs. */
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const section of sections) {
    const fits = words.every((word) => section.dataset.words.includes(word));
    section.hidden = !fits;
    entries.get(`#${section.dataset.type}`).hidden = !fits;
    shown += Number(fits);
  }
  document.getElementById("types~none").hidden = shown > 0;
  const of = shown === sections.length ? "" : ` of ${sections.length}`;
  document.getElementById("types~count").textContent = `${shown}${of} ${sections.length === 1 ? "type" : "types"}`;
}

/** Open the type that the address names, also where it is searched away or already in the address. */
function openNamed(name) {
  const section = sections.find(({ dataset }) => dataset.type === name);
  if (!section) return;
  if (section.hidden) {
    search.value = "";
    filter();
  }
  section.open = true;
  section.scrollIntoView();
}

let descriptions = null;

/** Ask for the types once; after a failure anew. */
async function describe(name) {
  descriptions ??= load();
  let types;
  try {
    types = await descriptions;
  } catch (error) {
    descriptions = null;
    throw error;
  }
  const found = types.find((type) => type.event_type === name);
  if (!found) throw new Error(`${name} is no longer registered.`);
  return found;
}

async function load() {
  let response;
  try {
    response = await fetch(page.dataset.types, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Error("the hub did not answer. Try again in a moment.");
  }
  if (!response.ok) {
    const ended = response.status === 401 || response.status === 403;
    throw new Error(ended ? "your log-in has ended. Load this page anew to log in." : `the hub answered ${response.status}.`);
  }
  return (await response.json()).results;
}

/** Put the form where its button stands. */
async function openForm(button) {
  const section = button.closest("details.type");
  const error = section.querySelector(".no-form");
  button.setAttribute("aria-disabled", "true");
  try {
    const type = await describe(section.dataset.type);
    const form = new TestEvent(type, {
      url: page.dataset.publish,
      live: page.dataset.live,
      login: page.dataset.login,
      kept: page.dataset.kept === "yes",
      template: document.getElementById("types~form"),
      dialog: document.getElementById("types~confirm"),
    });
    error.textContent = "";
    button.replaceWith(form.element);
    form.element.querySelector("input, select, textarea").focus();
  } catch (failure) {
    error.textContent = `There is no form: ${failure.message}`;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

for (const button of page.querySelectorAll("button.open-form")) {
  button.hidden = false;
  button.addEventListener("click", () => button.getAttribute("aria-disabled") === "true" || openForm(button));
}
search.form.addEventListener("submit", (submit) => {
  submit.preventDefault();
  filter();
});
search.addEventListener("input", filter);
page.addEventListener("click", (click) => {
  const link = click.target.closest("a[href^='#']");
  if (link) openNamed(decodeURIComponent(link.hash.slice(1)));
});
addEventListener("hashchange", () => openNamed(decodeURIComponent(location.hash.slice(1))));
if (location.hash) openNamed(decodeURIComponent(location.hash.slice(1)));
