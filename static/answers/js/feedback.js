// Helpful / not helpful, without leaving the page. A press on the pressed button takes
// it back.

import { announce } from "./announce.js";
import { word } from "./words.js";

const SAID = { yes: "helpfulYes", no: "helpfulNo", none: "helpfulNone" };

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-feedback]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const given = event.submitter.value;
  if (await send(form.action, given)) {
    press(form, given);
    announce(word(SAID[given]));
  } else {
    announce(word("unsaved"));
  }
});

async function send(url, helpful) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
      body: new URLSearchParams({ helpful }),
      redirect: "error", // to the sign-in page: nothing was saved
    });
    return response.ok;
  } catch {
    return false;
  }
}

function press(form, given) {
  const [yes, no] = form.querySelectorAll("button");
  for (const [button, meaning] of [[yes, "yes"], [no, "no"]]) {
    const pressed = given === meaning;
    button.setAttribute("aria-pressed", String(pressed));
    button.value = pressed ? "none" : meaning;
  }
}
