// "Copy with citation". The server wrote the text; only the address is made whole here.

import { announce } from "./announce.js";
import { word } from "./words.js";

const SHOWN_MS = 2000;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const link = new URL(button.dataset.link, location.href);
  const done = await copy(`${button.dataset.copy}\n${link}`);
  say(button, word(done ? "copied" : "uncopied"));
});

function say(button, words) {
  button.dataset.label ??= button.textContent;
  button.textContent = words;
  announce(words);
  setTimeout(() => {
    button.textContent = button.dataset.label;
  }, SHOWN_MS);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text); // plain http has no navigator.clipboard
  }
}

function copyTheOldWay(text) {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}
