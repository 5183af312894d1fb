/** For whom a page speaks, as far as it may be told: tabs share a socket only where that is the same for all. */

/** The hub's pages carry a tag of who is logged in; it is no secret, and proves nothing. */
const META = 'meta[name="gaterhub-session"]';

/** Give the tag of the user whom the page was made for, or null: of another hub, or beside a token, it says nothing. */
export function identityOfPage(address, token) {
  const here = globalThis.location;
  if (token || !here || address.host !== here.host) return null;
  return globalThis.document?.querySelector(META)?.content || null;
}

/** Give what the tabs that share a socket have in common beside address and token; null: this one is not shared. */
export function sharingTag({ shared, token, identity }) {
  if (shared === false || typeof globalThis.SharedWorker !== "function") return null;
  if (typeof shared === "string" && shared !== "") return `page ${shared}`;
  // A token names its bearer itself; a cookie, which no page can read, doesn't.
  if (token) return shared === true ? "token" : null;
  return identity && `user ${identity}`;
}
