// "Copy" beside a field that holds a link.

import { announce } from "./announce.js";

const SHOWN_MS = 2000;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-of]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copyOf);
  field.select();
  let copied = true;
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    copied = document.execCommand("copy"); // plain http has no navigator.clipboard
  }
  button.dataset.label ??= button.textContent;
  button.textContent = copied ? button.dataset.copied : button.dataset.uncopied;
  announce(button.textContent);
  setTimeout(() => {
    button.textContent = button.dataset.label;
  }, SHOWN_MS);
});
