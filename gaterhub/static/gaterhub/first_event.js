/** The form that makes a token on the spot. The token is in the page alone: no address, storage or log has it. */

const VARIABLE = "$GATERHUB_TOKEN";

const form = document.getElementById("token-form");

function start() {
  const made = document.getElementById("token-made");
  const token = made.querySelector("code");
  const command = document.querySelector("#curl code");
  const trouble = document.getElementById("token-trouble");
  const name = form.elements.namedItem("name");
  const withoutToken = command.textContent;

  function forget() {
    token.textContent = "";
    command.textContent = withoutToken;
    made.hidden = true;
    form.hidden = false;
  }

  function complain(sentence) {
    trouble.textContent = sentence;
    name.setAttribute("aria-invalid", "true");
    name.focus();
  }

  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    trouble.textContent = "";
    name.removeAttribute("aria-invalid");
    try {
      const response = await fetch(form.action, {
        method: "POST",
        cache: "no-store",
        headers: {
          Accept: "application/json",
          "Content-Type": "application/json",
          "X-CSRFToken": form.elements.namedItem("csrfmiddlewaretoken").value,
        },
        body: JSON.stringify({ name: name.value.trim() }),
      });
      const answer = await response.json().catch(() => ({}));
      if (response.ok) {
        token.textContent = answer.token;
        command.textContent = withoutToken.replace(VARIABLE, () => answer.token);
        form.hidden = true;
        made.hidden = false;
        name.value = "";
        made.querySelector("pre").focus();
      } else if (response.status === 401) {
        complain("Your log-in has ended, so no token was made. Log in again.");
      } else {
        complain(answer.detail ?? `The hub answered ${response.status}, and no token was made.`);
      }
    } catch {
      complain("The hub did not answer. Whether a token was made is unknown; the admin lists them.");
    } finally {
      button.disabled = false;
    }
  });

  document.getElementById("token-hide").addEventListener("click", () => {
    forget();
    name.focus();
  });
  // A page that the browser keeps for the way back must not keep the token.
  addEventListener("pagehide", forget);
}

if (form) start();
