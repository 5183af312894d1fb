/** The page of an entry: waits until it is sealed, and has this browser check the proof, step by step. */

import { verdict, proofSteps } from "./proof_steps.js";

const POLL_MS = 1000;
const POLL_MAX_MS = 30_000;
const TIMEOUT_MS = 10_000;
const WORDS = { ok: ["✓", "right"], failed: ["✗", "wrong"], open: ["?", "left open"], skipped: ["–", "not checked"] };

const element = (id) => document.getElementById(id);
const proof = element("proof");
const steps = element("steps");
const own = element("own");
const bytes = element("bytes");

let failures = 0;
let timer = 0;
let asking = false;
let answer = null;
let round = 0;

const WAITING = {
  waiting: () => "It is committed, and not yet sealed: it gets its place in the log in a moment. This page waits for it.",
  numbered: ({ index }) => `It has its place, entry ${index}. The next checkpoint covers it, which is signed within ten seconds. This page waits for it.`,
};

const ENDS = {
  partial: () => ["open", "Your account may query a part of this journal, and a proof is made of hashes of all of it: it is shown to those who may query the whole."],
  broken: ({ why }) => ["failed", `The hub can not make the proof: ${why} Have the journal verified.`],
};

async function poll() {
  clearTimeout(timer);
  if (document.hidden || asking || answer) return;
  asking = true;
  let wait = POLL_MS;
  try {
    const said = await ask(proof.dataset.url);
    failures = 0;
    if (said.index !== undefined && proof.dataset.index === undefined) return location.reload();
    if (WAITING[said.state]) say("now", WAITING[said.state](said));
    else {
      answer = said;
      if (ENDS[said.state]) say(...ENDS[said.state](said));
      else await check();
    }
  } catch (error) {
    failures += 1;
    wait = Math.min(POLL_MAX_MS, POLL_MS * 2 ** failures);
    say("open", `The proof is not here: ${error.message} Trying again by itself.`);
  } finally {
    asking = false;
  }
  if (!answer) timer = setTimeout(poll, wait);
}

async function ask(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.redirected || response.status === 401) throw new Error("your log-in has ended. Log in again in another tab.");
  const body = await response.json().catch(() => null);
  if (!response.ok || !body) throw new Error(body?.detail ?? `the hub answered ${response.status}.`);
  return body;
}

/** Check everything anew, with what the reader has kept where they gave it. */
async function check() {
  const mine = (round += 1);
  const { id, instance, topic, event_type, received } = proof.dataset;
  const given = {
    body: bytes === null ? null : new TextEncoder().encode(bytes.textContent),
    shown: { id, instance, topic, event_type, received },
    purged: proof.dataset.purged !== undefined,
    answer,
    ownKey: own?.key.value.trim() || null,
    ownCheckpoint: own?.checkpoint.value.trim() ? `${own.checkpoint.value.trim()}\n` : null,
    consistency: async (from, to) => (await ask(`${proof.dataset.consistency}?from=${from}&to=${to}`)).hashes,
  };
  say("now", "Checking, in this browser …");
  const found = [];
  const rows = [];
  for await (const step of proofSteps(given)) {
    if (mine !== round) return;
    found.push(step);
    rows.push(row(step));
    steps.replaceChildren(...rows);
  }
  const { state, sentence } = verdict(found);
  say(state, sentence);
}

function row({ name, title, state, sentence, values }) {
  const item = document.createElement("li");
  item.dataset.step = name;
  item.dataset.state = state;
  const [sign, word] = WORDS[state];
  const mark = made("span", "mark", sign);
  mark.setAttribute("aria-hidden", "true");
  const heading = made("h3", "", title);
  heading.append(made("span", "unseen", `: ${word}`));
  item.append(mark, heading, made("p", "", sentence));
  if (values.length > 0) {
    const list = document.createElement("dl");
    for (const [term, value] of values) {
      const pair = document.createElement("div");
      pair.append(made("dt", "", term), made("dd", "", value));
      list.append(pair);
    }
    const details = document.createElement("details");
    details.open = state === "failed";
    details.append(made("summary", "", "The values"), list);
    item.append(details);
  }
  return item;
}

function made(name, style, text) {
  const one = document.createElement(name);
  if (style) one.className = style;
  one.textContent = text;
  return one;
}

function say(state, sentence) {
  const box = element("verdict");
  box.dataset.state = state;
  if (box.textContent !== sentence) box.textContent = sentence;
}

own?.addEventListener("submit", (submit) => {
  submit.preventDefault();
  if (answer?.state === "sealed") check().catch((error) => say("open", `It could not be checked: ${error.message}`));
});
document.addEventListener("visibilitychange", poll);
poll();
