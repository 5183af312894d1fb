/**
 * The steps by which an entry is shown to be in the log as it was sealed, each with its values and what it means.
 *
 * A step is `ok`, `failed`, or `open` where it could not be checked. What rests on a failed one is `skipped`.
 */

import { BadNote, decoded, equal, hex, isSignedBy, leafHash, parseCheckpoint, parseKey, rootFromPath, rootsFromConsistency, Unsupported } from "./proof.js";

const TITLES = {
  event: "The sealed bytes are of this event",
  leaf: "The bytes have the hash that the log holds",
  path: "The hash leads to the checkpoint’s root",
  signature: "The log’s key signed that checkpoint",
  growth: "The newest checkpoint continues it",
  kept: "The log continues the checkpoint that you kept",
};
const SHOWN = ["id", "instance", "topic", "event_type", "received"];

const ok = (sentence, values) => ({ state: "ok", sentence, values });
const failed = (sentence, values = []) => ({ state: "failed", sentence, values });
const open = (sentence, values = []) => ({ state: "open", sentence, values });

const CHECKS = {
  event({ body, purged, shown }) {
    if (purged) return open("The bytes are purged: what they said can’t be compared any more.");
    if (body === null) return open("The bytes hold values that your rights don’t reach, so they are not here to be compared.");
    let said;
    try {
      said = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    } catch {
      return failed("The bytes are no event at all.");
    }
    const values = SHOWN.map((name) => [name, String(said?.[name])]);
    const other = SHOWN.filter((name) => String(said?.[name]) !== String(shown[name]));
    if (other.length > 0) return failed(`They tell of another event than this page: ${other.join(", ")} differ${other.length === 1 ? "s" : ""}.`, values);
    return ok("Id, instance, topic, type and time of receipt in the bytes are those on this page.", values);
  },

  async leaf(checked) {
    const { body, answer } = checked;
    const told = decoded(answer.leaf_hash);
    if (body === null) {
      checked.leaf = told;
      return open("Without the bytes their hash can’t be made, so the check goes on with the hash that the hub tells.", [["told by the hub", hex(told)]]);
    }
    checked.leaf = await leafHash(body);
    const values = [["SHA-256 of 00 and the bytes", hex(checked.leaf)], ["held by the log", hex(told)]];
    return equal(checked.leaf, told)
      ? ok("A single other character in the bytes would have given another hash.", values)
      : failed("The bytes are not those that were sealed: they have another hash.", values);
  },

  async path(checked) {
    const { answer } = checked;
    checked.checkpoint = parseCheckpoint(answer.checkpoint);
    if (!checked.leaf) return open("Without the entry’s hash there is nothing to lead to a root.");
    const { size, root } = checked.checkpoint;
    const path = answer.inclusion.map(decoded);
    const made = await rootFromPath(checked.leaf, BigInt(answer.index), size, path);
    const values = [
      ["place", `entry ${answer.index} of ${size}`],
      ...path.map((step, at) => [`hash ${at + 1} on the way`, hex(step)]),
      ["root that they lead to", made === null ? "none: the path does not fit the place" : hex(made)],
      ["root in the checkpoint", hex(root)],
    ];
    return made !== null && equal(made, root)
      ? ok(`Hashed with its neighbours, ${path.length} of them, the entry gives the root that the checkpoint names: it is in the log, at this place.`, values)
      : failed("The entry is not in the log that this checkpoint is of, or not at this place.", values);
  },

  async signature(checked) {
    const { checkpoint, answer } = checked;
    const keys = await Promise.all((checked.ownKey ? [checked.ownKey] : answer.keys).map(parseKey));
    const by = await signer(checkpoint, keys);
    checked.keys = keys;
    const values = [["checkpoint", checkpoint.note.text.trimEnd()], ...(by ? [["signed by", by.text]] : keys.map(({ text }) => ["not signed by", text]))];
    if (!by) return failed(checked.ownKey ? "The key that you gave did not sign this checkpoint." : "No key of this log signed this checkpoint.", values);
    const whose = checked.ownKey ? "The key is the one that you gave." : "The key is the one that this hub publishes: compare it with the one that you were given when the hub was set up.";
    return ok(`Whoever holds the key stood for this size and this root. ${whose}`, values);
  },

  async growth(checked) {
    const { checkpoint, answer, keys } = checked;
    const newest = (checked.newest = parseCheckpoint(answer.newest));
    if (newest.origin !== checkpoint.origin) return failed("The newest checkpoint is of another log.", [["origin", newest.origin]]);
    const roots = await rootsFromConsistency(checkpoint.size, newest.size, checkpoint.root, answer.consistency.map(decoded));
    const values = [
      ["from", `${checkpoint.size} entries, root ${hex(checkpoint.root)}`],
      ...answer.consistency.map((step, at) => [`hash ${at + 1} of the proof`, hex(decoded(step))]),
      ["to", `${newest.size} entries, root ${hex(newest.root)}`],
    ];
    if (!roots || !equal(roots[0], checkpoint.root) || !equal(roots[1], newest.root)) {
      return failed("The newest checkpoint does not continue this one: the log was rewritten in between.", values);
    }
    if (!keys) return ok(`The log grew from ${checkpoint.size} to ${newest.size} entries without a change; who signed the newest could not be checked.`, values);
    if (!(await signer(newest, keys))) return failed("No key of this log signed the newest checkpoint.", values);
    return newest.size === checkpoint.size
      ? ok("There is none later yet that covers more: this is still how the log ends.", values)
      : ok(`The log grew from ${checkpoint.size} to ${newest.size} entries, and nothing before that was changed.`, values);
  },

  async kept(checked) {
    const { newest } = checked;
    const own = parseCheckpoint(checked.ownCheckpoint);
    const values = [["kept by you", `${own.origin}, ${own.size} entries, root ${hex(own.root)}`], ["newest", `${newest.size} entries, root ${hex(newest.root)}`]];
    if (own.origin !== newest.origin) return failed(`It is of the log ${own.origin}, and this is ${newest.origin}.`, values);
    if (own.size > newest.size) return failed("It is of a larger log than this one: the tail was cut off, or the hub was set back.", values);
    const proof = await checked.consistency(own.size, newest.size);
    const roots = await rootsFromConsistency(own.size, newest.size, own.root, proof.map(decoded));
    return roots && equal(roots[0], own.root) && equal(roots[1], newest.root)
      ? ok("What you saw then is still the beginning of the log. Nobody who has the key could have made that up since.", values)
      : failed("The log is not the one that you saw: what was in it then was changed since.", values);
  },
};

/**
 * Yield each step once it is checked.
 *
 * `body` are the entry's bytes, or null where they are `purged` or the reader may not see them; `shown` is what the page
 * says of the event; `answer` is the hub's proof; `ownKey` and `ownCheckpoint` are what the reader has from elsewhere;
 * `consistency` asks the hub for one more proof.
 */
export async function* proofSteps(given) {
  const checked = { ...given };
  let broken = false;
  for (const [name, check] of Object.entries(CHECKS)) {
    if (name === "kept" && !given.ownCheckpoint) continue;
    const found = broken ? { state: "skipped", sentence: "Not checked: it rests on the step that failed.", values: [] } : await outcome(check, checked);
    broken ||= found.state === "failed";
    yield { name, title: TITLES[name], ...found };
  }
}

async function outcome(check, checked) {
  try {
    return await check(checked);
  } catch (error) {
    if (error instanceof Unsupported) return open(`${error.message} ${WITHOUT}`);
    if (error instanceof BadNote) return failed(error.message);
    throw error;
  }
}

const WITHOUT = "So this step stays open; the other steps hold without it. A bundle and its verify.py check it anywhere.";

async function signer(checkpoint, keys) {
  for (const key of keys) if (await isSignedBy(checkpoint.note, key)) return key;
  return null;
}

/** Sum up the steps in one state and one sentence. */
export function verdict(steps) {
  const at = steps.findIndex(({ state }) => state === "failed");
  if (at >= 0) return { state: "failed", sentence: `Not proven: step ${at + 1} failed. ${steps[at].sentence}` };
  const left = steps.flatMap(({ state }, number) => (state === "open" ? [number + 1] : []));
  if (left.length === steps.length) return { state: "open", sentence: "Nothing could be checked here." };
  if (left.length > 0) return { state: "open", sentence: `What could be checked is right; step ${left.join(" and ")} stayed open.` };
  return { state: "ok", sentence: "Proven: this entry is in the log, at its place, exactly as it was sealed." };
}
