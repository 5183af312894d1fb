/** The page of checkpoints: this browser checks each signature by the log's public keys. */

import { BadNote, hex, isSignedBy, parseCheckpoint, parseKey, Unsupported } from "./proof.js";

async function told(row, keys) {
  try {
    const checkpoint = parseCheckpoint(row.querySelector("pre").textContent);
    if (hex(checkpoint.root) !== row.querySelector("code").textContent) return ["bad", "The note names another root than the row."];
    for (const key of keys) if (await isSignedBy(checkpoint.note, key)) return ["good", "right"];
    return ["bad", "by none of the keys below"];
  } catch (error) {
    if (error instanceof Unsupported) return ["warn", error.message];
    if (error instanceof BadNote) return ["bad", error.message];
    throw error;
  }
}

async function check() {
  const keys = [];
  try {
    for (const code of document.querySelectorAll("#keys code")) keys.push(await parseKey(code.textContent));
  } catch {
    // Without WebCrypto, or with a key that is none: each row says so by itself.
  }
  for (const row of document.querySelectorAll("#checkpoints tbody tr")) {
    const [state, words] = await told(row, keys);
    const word = document.createElement("span");
    word.className = `word ${state}`;
    word.textContent = words;
    row.querySelector(".signature").replaceChildren(word);
  }
}

check();
