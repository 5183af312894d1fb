/** What every page does: show the current place in its head, and copy (`<button data-copy="ID" hidden>`). */

// Where the names of the instances need more room than there is, the reader's own is in view.
const here = document.querySelector(".instances [aria-current]");
if (here) here.closest("nav").scrollLeft = here.offsetLeft - (innerWidth - here.offsetWidth) / 2;

// Browsers offer the clipboard to secure origins only; elsewhere the buttons stay hidden.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const name = button.textContent;
    let reset = 0;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not copied";
      }
      clearTimeout(reset);
      reset = setTimeout(() => (button.textContent = name), 2000);
    });
  }
}
