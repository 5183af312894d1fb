/** Rows of a table, or items of a list, that live as long as what they show, so that the keyboard keeps its place while figures move. */

export class KeyedRows {
  #body;
  #make;
  #rows = new Map();

  /** `make(item)` gives a row and a function that shows an item of the same key in it. */
  constructor(table, make) {
    this.#body = table.tBodies?.[0] ?? table;
    this.#make = make;
  }

  /** Show the items, each under its key, in their order; while the keyboard is on a row, rows stay where they are. */
  show(items, keyOf) {
    const held = this.#body.contains(document.activeElement);
    const keys = new Set(items.map(keyOf));
    for (const [key, { row }] of this.#rows) {
      if (!keys.has(key) && !row.contains(document.activeElement)) {
        row.remove();
        this.#rows.delete(key);
      }
    }
    let before = null;
    for (const item of items) {
      const key = keyOf(item);
      if (!this.#rows.has(key)) {
        const made = this.#make(item);
        this.#rows.set(key, made);
        this.#body.append(made.row);
      }
      const { row, update } = this.#rows.get(key);
      update(item);
      if (!held) {
        const place = before ? before.nextElementSibling : this.#body.firstElementChild;
        if (place !== row) this.#body.insertBefore(row, place);
        before = row;
      }
    }
  }
}

/** Make a cell; its label stands before it where the table becomes cards. */
export function cell(row, label, kind = "td", className = "") {
  const made = document.createElement(kind);
  if (kind === "th") made.scope = "row";
  if (label) made.dataset.label = label;
  made.className = className;
  row.append(made);
  return made;
}

/** Change text only where it differs, so that a screen reader has nothing to say again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Make a sentence of the hub's words: a capital first, and a mark at its end. */
export const sentence = (words) => words[0].toUpperCase() + words.slice(1) + (/[.?!]$/.test(words) ? "" : ".");

/** Make an element with a text. */
export function made(kind, text, className = "") {
  const element = document.createElement(kind);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}
