/** The event types of an instance: fetched once, when the first event is opened, for the help beside its fields. */

const TIMEOUT_MS = 10_000;

export class TypeHelp {
  #address;
  #fetched = null;

  constructor(address) {
    this.#address = address;
  }

  /** Give what is known of an event's type and version; null without a registry, or for a type that isn't in it. */
  async of({ event_type: eventType, schema_version: number }) {
    this.#fetched ??= this.#fetch();
    const type = (await this.#fetched).get(eventType);
    if (!type) return null;
    const version = type.versions.find((each) => each.version === number) ?? null;
    return { type, version, fields: { data: fieldsOf(version?.data), metadata: fieldsOf(version?.metadata) } };
  }

  /** Help is no reason for an error: where there is none, the event is shown without. */
  async #fetch() {
    try {
      const answer = await fetch(this.#address, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (answer.status === 404) return new Map();
      if (!answer.ok) throw new Error(`The types were answered with ${answer.status}.`);
      return new Map((await answer.json()).results.map((type) => [type.event_type, type]));
    } catch {
      this.#fetched = null; // The next event that is opened asks again.
      return new Map();
    }
  }
}

/** Give the fields by their path: `items[].price` is the price of each of the items. */
const fieldsOf = (fields) => new Map((fields ?? []).map((field) => [field.path, field]));
