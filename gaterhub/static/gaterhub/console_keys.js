/** The keys of a console: one table, which also is their help. */

import { made } from "./keyed_rows.js";

/** What is typed into these belongs to them. */
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

/** `acts` give for each key `{does, act}`; further rows of the help, such as Enter, have no `act`. */
export function listenToKeys(keys, { dialog, rows }) {
  rows.replaceChildren(
    ...Object.entries(keys).map(([key, { does }]) => {
      const row = document.createElement("tr");
      const name = document.createElement("th");
      name.scope = "row";
      name.append(...key.split(" ").flatMap((each) => [made("kbd", each), " "]));
      row.append(name, made("td", does));
      return row;
    }),
  );
  document.getElementById("open-keys").addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (pressed) => {
    if (pressed.altKey || pressed.ctrlKey || pressed.metaKey) return;
    if (pressed.target.closest?.(TYPING)) {
      if (pressed.key === "Escape") pressed.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const found = Object.hasOwn(keys, pressed.key) ? keys[pressed.key].act : null;
    if (!found) return;
    pressed.preventDefault();
    found();
  });
}
