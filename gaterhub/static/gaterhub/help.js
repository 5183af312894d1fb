/**
 * What a figure means, behind a small "?" beside it: a native popover, which needs no script to open and close.
 *
 * In a template: `{% include "pieces/help.html" with id="rate" about="Events a second" text="How many …" %}`.
 * This module only puts the open text beside its button; without it, it stands in the middle of the window.
 */

const MARGIN_PX = 8;

function place(text) {
  const button = document.querySelector(`[popovertarget="${CSS.escape(text.id)}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect();
  const left = Math.min(at.left, document.documentElement.clientWidth - text.offsetWidth - MARGIN_PX);
  const fitsBelow = at.bottom + text.offsetHeight + MARGIN_PX <= innerHeight;
  text.style.margin = "0";
  text.style.left = `${Math.max(MARGIN_PX, left)}px`;
  text.style.top = `${fitsBelow ? at.bottom + 4 : Math.max(MARGIN_PX, at.top - text.offsetHeight - 4)}px`;
}

const isHelp = (target) => target instanceof Element && target.classList.contains("help-text");

// The event of a popover doesn't bubble; on its way down it can be caught for all of them at once.
document.addEventListener("toggle", ({ target, newState }) => isHelp(target) && newState === "open" && place(target), true);

// A text in the top layer stays where it is when the page moves under it, away from its button.
addEventListener("scroll", ({ target }) => {
  if (isHelp(target)) return;
  for (const text of document.querySelectorAll(".help-text:popover-open")) text.hidePopover();
}, { capture: true, passive: true });
