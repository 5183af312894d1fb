/** Proofs by a Merkle tree (RFC 6962) and signed notes (C2SP), checked with the browser's own WebCrypto; asks nobody. */

const HASH_BYTES = 32;
const KEY_ID_BYTES = 4;
const ED25519 = 1;
// A first byte of its own keeps a leaf from being passed off as a node, and the other way round.
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The browser lends WebCrypto to secure addresses only, or has it without Ed25519. */
export class Unsupported extends Error {}

export class BadNote extends Error {}

const utf8 = (text) => new TextEncoder().encode(text);

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const equal = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** Decode base64, refusing every other way to write the same: bits that nobody reads could be turned unnoticed. */
export function decoded(text) {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    if (btoa(String.fromCharCode(...bytes)) === text) return bytes;
  } catch {
    // Told below.
  }
  throw new BadNote(`“${text.slice(0, 40)}” is not base64.`);
}

async function sha256(...parts) {
  if (!globalThis.crypto?.subtle) throw new Unsupported("This browser lends WebCrypto to secure addresses only: https, or localhost.");
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

/** Give the hash that stands for an entry's bytes in the tree. */
export const leafHash = (body) => sha256(LEAF, body);

/** Give the hash of a node over its two children. */
export const nodeHash = (left, right) => sha256(NODE, left, right);

/**
 * Walk from a leaf's hash to the root of a tree (RFC 9162 section 2.1.3.2); index and size are BigInt.
 *
 * Null where the path is not one from that place in a tree of that size.
 */
export async function rootFromPath(leaf, index, size, path) {
  if (index < 0n || index >= size || path.some((step) => step.length !== HASH_BYTES)) return null;
  let [place, last, hash] = [index, size - 1n, leaf];
  for (const step of path) {
    if (last === 0n) return null;
    if (place & 1n || place === last) {
      hash = await nodeHash(step, hash);
      while (place && !(place & 1n)) [place, last] = [place >> 1n, last >> 1n];
    } else {
      hash = await nodeHash(hash, step);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  return last === 0n ? hash : null;
}

/**
 * Give the roots of an older and a newer tree, as a proof makes them (RFC 9162 section 2.1.4.2); sizes are BigInt.
 *
 * Null where the proof is not one between trees of those sizes.
 */
export async function rootsFromConsistency(first, second, firstRoot, path) {
  if (first <= 0n || first > second || path.some((step) => step.length !== HASH_BYTES)) return null;
  if (first === second) return path.length === 0 ? [firstRoot, firstRoot] : null;
  // An older tree that is one complete subtree is known by its root, which is then no part of the proof.
  const steps = (first & (first - 1n)) === 0n ? [firstRoot, ...path] : [...path];
  if (steps.length === 0) return null;
  let [place, last] = [first - 1n, second - 1n];
  while (place & 1n) [place, last] = [place >> 1n, last >> 1n];
  let [older, newer] = [steps[0], steps[0]];
  for (const step of steps.slice(1)) {
    if (last === 0n) return null;
    if (place & 1n || place === last) {
      [older, newer] = [await nodeHash(step, older), await nodeHash(step, newer)];
      while (place && !(place & 1n)) [place, last] = [place >> 1n, last >> 1n];
    } else {
      newer = await nodeHash(newer, step);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  return last === 0n ? [older, newer] : null;
}

/** Read a signed note: its text, which ends in a newline, and its signatures, none of them verified yet. */
export function parseNote(note) {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw new BadNote("A note is a text, an empty line and lines of signatures.");
  const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
    const [dash, name, encoded, ...more] = line.split(" ");
    if (dash !== "—" || !name || !encoded || more.length > 0) throw new BadNote("A line of signature begins with an em dash and a name.");
    const blob = decoded(encoded);
    return { name, id: blob.slice(0, KEY_ID_BYTES), value: blob.slice(KEY_ID_BYTES) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

/** Read what a checkpoint says (C2SP tlog-checkpoint), and keep the note that it stands in. */
export function parseCheckpoint(text) {
  const note = parseNote(text);
  const [origin, size, root, ...extensions] = note.text.slice(0, -1).split("\n");
  if (!origin || !/^(0|[1-9][0-9]{0,18})$/.test(size ?? "") || !root) throw new BadNote("A checkpoint is lines for origin, size and root.");
  const hash = decoded(root);
  if (hash.length !== HASH_BYTES) throw new BadNote(`The root of a checkpoint has ${HASH_BYTES} bytes, not ${hash.length}.`);
  return { origin, size: BigInt(size), root: hash, extensions, note };
}

/** Read a verifier key, `name+id+key`, and see that its id is its own. */
export async function parseKey(text) {
  const [, name, id, encoded] = text.trim().match(/^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/) ?? [];
  if (!name) throw new BadNote("A verifier key is written name+id+key.");
  const blob = decoded(encoded);
  if (blob.length !== 1 + HASH_BYTES || blob[0] !== ED25519) throw new BadNote(`The key of ${name} is no Ed25519 key.`);
  const own = (await sha256(utf8(`${name}\n`), blob)).slice(0, KEY_ID_BYTES);
  if (hex(own) !== id) throw new BadNote(`The key of ${name} says the id ${id}, and its own is ${hex(own)}.`);
  return { name, id: own, raw: blob.slice(1), text: text.trim() };
}

/** Tell whether one of a note's signatures is that key's, and right. Throws Unsupported without Ed25519. */
export async function isSignedBy(note, key) {
  const signature = note.signatures.find(({ name, id }) => name === key.name && equal(id, key.id));
  if (!signature) return false;
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.raw, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    if (error.name === "NotSupportedError") throw new Unsupported("This browser can not check Ed25519 signatures.");
    return false;
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature.value, utf8(note.text));
}
