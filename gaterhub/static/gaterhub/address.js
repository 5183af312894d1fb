/** The state of a page in its address, so that a link brings it back. */

/** Those of an instance's page and of a console. */
export const PARAMETERS = ["pattern", "story", "text", "type", "severity", "only", "span", "at", "around", "event"];

/** What topics and patterns are made of may stand in a query as it is, and reads better so. */
const plain = (text) => encodeURIComponent(text).replace(/%(3A|2F|40|2A)/gi, decodeURIComponent);

/** Give the parameters that the address has, "" for each that it lacks. */
export function readAddress(search = location.search) {
  const given = new URLSearchParams(search);
  return Object.fromEntries(PARAMETERS.map((name) => [name, given.get(name) ?? ""]));
}

/** Write the query of such a page; empty parameters are left out. */
export function queryOf(state) {
  const parts = PARAMETERS.filter((name) => state[name]).map((name) => `${name}=${plain(state[name])}`);
  return parts.length > 0 ? `?${parts.join("&")}` : "";
}

/** Write parameters into the page's own address; it stays the same entry of the browser's history. */
export function writeAddress(changes) {
  const query = queryOf({ ...readAddress(), ...changes });
  if (query !== location.search) history.replaceState(null, "", location.pathname + query);
}

/** Give the link that follows an event's topic and names the event. */
export function linkTo({ topic, id }) {
  return location.origin + location.pathname + queryOf({ pattern: topic, event: id });
}
