/** What a pattern would bring: its figures, and in words what is to be said before it is followed or granted. */

import { count, plural, rate } from "./format.js";
import { kilobytes } from "./explorer_rows.js";
import { made, sentence, write } from "./keyed_rows.js";

const element = (id) => document.getElementById(id);
const figure = (name) => document.querySelector(`.preview [data-figure=${name}]`);

function inWords({ exact, anybody, warning, may, enabled, subscribers, matched, instance, silent }, policy) {
  const words = [];
  if (!enabled) words.push(["warn", `An operator has disabled ${instance}: nothing comes at all now.`]);
  if (warning) words.push(["warn", sentence(warning)]);
  if (may.subscribe) words.push(["good", `You may follow it${may.query ? " and query it" : ""}${may.personal ? ", personal fields included" : "; personal fields would be redacted"}.`]);
  else if (may.query) words.push(["warn", `You may query it, and not follow it live. ${mayFollow(may)}`]);
  else words.push(["warn", `It goes beyond your grants: you may neither follow nor query all of it. ${mayFollow(may)}`]);
  if (anybody && anybody.topics > matched.topics)
    words.push(["", `Granted as a whole it would bring ${plural(anybody.topics, "topic")}, ${rate(anybody.events_per_second)} events/s and ${kilobytes(anybody.bytes_per_second)} KB/s: more than you may read yourself.`]);
  if (!exact) words.push(["", "There may be more topics: processes tell their first ones only. Rates are of all."]);
  words.push(["", policy]);
  if (!subscribers) words.push(["", "Who follows it is shown to accounts with the permission to view subscribers."]);
  if (silent.length > 0) words.push(["warn", `Not all processes answered; missing: ${silent.join(", ")}.`]);
  return words;
}

const mayFollow = ({ subscribable }) =>
  subscribable.length > 0 ? `You may follow ${subscribable.join(", ")}.` : "You may follow nothing of this instance.";

/** Show a preview; `policy` is what becomes of a slow follower, `address` the page that follows the pattern. */
export function showPreview(preview, policy, address) {
  write(element("preview-pattern"), preview.pattern);
  write(figure("topics"), `${preview.exact ? "" : "at least "}${count(preview.matched.topics)}`);
  write(figure("rate"), rate(preview.matched.events_per_second));
  write(figure("size"), kilobytes(preview.matched.bytes_per_second));
  write(figure("streams"), count(preview.streams.length));
  figure("streams").title = preview.streams.join(", ");
  const { subscribers } = preview;
  write(figure("subscribers"), subscribers ? count(subscribers.same + subscribers.wider) : "–");
  figure("subscribers").title = subscribers
    ? `${count(subscribers.same)} with this very pattern, ${count(subscribers.wider)} with a wider one; ${count(subscribers.part)} more follow a part of it`
    : "";
  const words = inWords(preview, policy);
  const told = words.map(([, text]) => text).join("\n");
  if (element("says").dataset.told !== told) {
    element("says").dataset.told = told;
    element("says").replaceChildren(...words.map(([kind, text]) => made("li", text, kind)));
  }
  element("follow").hidden = !preview.may.subscribe;
  element("follow").href = address;
  write(element("no-follow"), preview.may.subscribe ? "" : "There is nothing to follow here with your grants.");
}
