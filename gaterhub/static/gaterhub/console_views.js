/** The saved views of a console: the list, saving the present one, sharing it with roles, deleting one's own. */

import { made } from "./keyed_rows.js";

export class SavedViews {
  #ask;
  #address;
  #dialog = document.getElementById("views");
  #list = document.getElementById("saved");
  #none = document.getElementById("saved-none");
  #form = document.getElementById("save");
  #share = document.getElementById("share");
  #error = document.getElementById("save-error");
  #query;

  /** `query()` gives the query of the present view. */
  constructor({ ask, address, query }) {
    this.#ask = ask;
    this.#address = address;
    this.#query = query;
    document.getElementById("open-views").addEventListener("click", () => this.open());
    this.#form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#save();
    });
  }

  open() {
    this.#tell("");
    this.#dialog.showModal();
    this.#load();
  }

  async #load() {
    await this.#try(async () => {
      const { results, roles } = JSON.parse(await this.#ask(this.#address));
      this.#list.replaceChildren(...results.map((view) => this.#row(view)));
      this.#none.hidden = results.length > 0;
      this.#share.hidden = roles.length === 0;
      this.#share.replaceChildren(this.#share.querySelector("legend"), ...roles.map(roleChoice));
    });
  }

  #row(view) {
    const row = document.createElement("li");
    const link = made("a", view.name);
    link.href = `${location.pathname}?${view.query}`;
    row.append(link);
    const about = [view.own ? "" : `by ${view.owner}`, view.roles.length > 0 ? `shared with ${view.roles.join(", ")}` : ""];
    row.append(made("span", about.filter(Boolean).join(", "), "muted"));
    if (!view.own) return row;
    const remove = made("button", "Delete", "link");
    remove.type = "button";
    remove.setAttribute("aria-label", `Delete ${view.name}`);
    remove.addEventListener("click", () =>
      this.#try(async () => {
        await this.#ask(`${this.#address}${view.id}/`, { method: "DELETE" });
        await this.#load();
        this.#dialog.querySelector(".close").focus();
      }),
    );
    row.append(remove);
    return row;
  }

  #save() {
    const roles = [...this.#share.querySelectorAll("input:checked")].map(({ value }) => value);
    return this.#try(async () => {
      const body = { name: this.#form.elements.name.value, query: this.#query(), roles };
      await this.#ask(this.#address, { method: "POST", body });
      this.#form.reset();
      await this.#load();
    });
  }

  async #try(act) {
    try {
      await act();
      this.#tell("");
    } catch (error) {
      this.#tell(error.message);
    }
  }

  #tell(message) {
    this.#error.textContent = message;
    this.#error.hidden = message === "";
  }
}

function roleChoice(name) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = name;
  label.append(box, ` ${name}`);
  return label;
}
