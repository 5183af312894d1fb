/** What the hub declined: a stable `code`, a sentence, and whether trying again can help. */
export class HubError extends Error {
  constructor({ code, message, retry = false, ...details }) {
    super(message);
    this.name = "HubError";
    this.code = code;
    this.retry = retry;
    this.details = details;
  }
}

export const unavailable = (message) => new HubError({ code: "unavailable", message, retry: true });

export const endedByOperator = (reason) =>
  new HubError({ code: "forbidden", message: `An operator ended this subscription: ${reason}` });

export const NO_CONNECTION = "There is no connection to the hub.";
export const CONNECTION_LOST = "The connection was lost before the answer.";
