/** The two tables of the explorer: families, and topics seen lately. */

import { ago, bothTimes, count, rate } from "./format.js";
import { KeyedRows, cell, made, sentence, write } from "./keyed_rows.js";

export const kilobytes = (bytes) => rate(bytes / 1000);

function narrowing(text, pattern, narrow) {
  const button = made("button", text, "link");
  button.type = "button";
  button.title = `Explore ${pattern}`;
  button.addEventListener("click", () => narrow(pattern));
  return button;
}

function showEvent(place, type, topic, received, now) {
  write(place.type, type);
  write(place.more, `${topic ? `${topic}, ` : ""}${ago(now - received)}`);
  place.more.title = bothTimes(received);
}

/** Make the table of families; `narrow(pattern)` is called when one is chosen. */
export function familyRows(table, narrow) {
  return new KeyedRows(table, ({ family }) => {
    const row = document.createElement("tr");
    const name = cell(row, "", "th");
    name.append(narrowing(family.name, `${family.name}:*`, narrow));
    if (!family.declared) name.append(" ", made("span", "undeclared", "tag warn"));
    const about = made("span", "", "more");
    name.append(about);
    const topics = cell(row, "Topics", "td", "number");
    const events = cell(row, "Events/s", "td", "number");
    const size = cell(row, "KB/s", "td", "number");
    const total = cell(row, "Total", "td", "number");
    const last = cell(row, "Last event");
    const type = made("code", "");
    const more = made("span", "", "more");
    last.append(type, more);
    const update = ({ family, now }) => {
      write(about, family.declared ? family.template : sentence(family.warning));
      write(topics, count(family.seen.topics));
      write(events, rate(family.seen.events_per_second));
      write(size, kilobytes(family.seen.bytes_per_second));
      write(total, family.total === null ? "–" : count(family.total));
      const event = family.last_event;
      if (event) showEvent({ type, more }, event.event_type, event.topic, event.received, now);
      else write(more, "none yet");
    };
    return { row, update };
  });
}

/** Make the table of topics; `address(topic, id)` gives the page of an event, `ask(topic)` shows who listens. */
export function topicRows(table, { narrow, address, ask }) {
  return new KeyedRows(table, ({ topic: { topic } }) => {
    const row = document.createElement("tr");
    cell(row, "", "th").append(narrowing(topic, topic, narrow));
    const events = cell(row, "Events/s", "td", "number");
    const size = cell(row, "KB/s", "td", "number");
    const last = cell(row, "Last event");
    const type = made("a", "");
    const more = made("span", "", "more");
    last.append(type, more);
    const publishers = cell(row, "Published by");
    const listeners = cell(row, "Listeners", "td", "number");
    const who = made("button", "", "link");
    who.type = "button";
    who.addEventListener("click", () => ask(topic));
    const update = ({ topic: seen, now }) => {
      write(events, rate(seen.events_per_second));
      write(size, kilobytes(seen.bytes_per_second));
      showEvent({ type, more }, seen.last_event_type, "", seen.last_received, now);
      type.href = address(topic, seen.last_id);
      write(publishers, seen.publishers.join(", ") + (seen.more_publishers ? " and others" : ""));
      if (seen.listeners) {
        if (!who.isConnected) listeners.replaceChildren(who);
        write(who, count(seen.listeners));
        who.setAttribute("aria-label", `${count(seen.listeners)} listen to ${topic}: who?`);
      } else write(listeners, seen.listeners === null ? "–" : "0");
    };
    return { row, update };
  });
}
