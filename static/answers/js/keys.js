// Single keys on the chat page. Never while typing, never with a modifier; they can be
// switched off in their own list.

import { announce } from "./announce.js";
import { onDevice } from "./store.js";
import { word } from "./words.js";

const TYPING = "input, textarea, select, [contenteditable], dialog";

export function prepareKeys(chat) {
  const dialog = chat.querySelector("[data-keys]");
  const box = dialog.querySelector("[data-keys-on]");
  box.checked = onDevice.get("keys") !== false;
  box.addEventListener("change", () => {
    onDevice.set("keys", box.checked);
    announce(word(box.checked ? "keysOn" : "keysOff"));
  });
  const actions = {
    j: () => move(chat, 1),
    k: () => move(chat, -1),
    "/": () => chat.querySelector("#ask-question")?.focus(),
    "?": () => dialog.showModal(),
    c: () => current()?.querySelector("[data-copy]")?.click(),
    Enter: () => current()?.querySelector("[data-open]")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (!action || !box.checked || !isFree(event)) return;
    if (event.key === "Enter" && document.activeElement !== current()) return; // of a link
    if ((event.key === "Enter" || event.key === "c") && !current()) return;
    event.preventDefault();
    action();
  });
  chat.querySelector("[data-show-keys]")?.addEventListener("click", () => dialog.showModal());
}

function isFree(event) {
  const { altKey, ctrlKey, metaKey, isComposing, defaultPrevented, target } = event;
  return !(altKey || ctrlKey || metaKey || isComposing || defaultPrevented || target.closest?.(TYPING));
}

const current = () => document.activeElement?.closest("[data-answer]") ?? null;

// From where the focus is; else to the best answer of the newest question.
function move(chat, by) {
  const answers = [...chat.querySelectorAll("[data-answer]")].filter((one) => one.checkVisibility());
  if (answers.length === 0) return;
  const at = answers.indexOf(current());
  const newest = answers.at(-1).closest("[data-question-id]").querySelector("[data-answer]");
  const next = at < 0 ? answers.indexOf(newest) : Math.min(Math.max(at + by, 0), answers.length - 1);
  const place = [...answers[next].parentElement.children];
  answers[next].focus();
  announce(word("position", { n: place.indexOf(answers[next]) + 1, all: place.length }));
}
