// Watching an import: what changes is asked for every second, less often while nothing
// does, and told once when it is over.

import { announce } from "./announce.js";

const FIRST_MS = 1000;
const LONGEST_MS = 10_000;
const parts = (root) => [...root.querySelectorAll("[data-part]")];
const address = new URL(location.href);
address.searchParams.set("part", "");
let pause = FIRST_MS;
let isLooking = false;
let timer = setTimeout(look, pause);

async function look() {
  if (isLooking) return; // two would both go on, and tell the end twice
  isLooking = true;
  clearTimeout(timer);
  const news = await ask();
  isLooking = false;
  const changed = news && place(news);
  pause = changed ? FIRST_MS : Math.min(1.5 * pause, LONGEST_MS);
  if (document.querySelector("[data-finished]")) end();
  else timer = setTimeout(look, pause);
}

async function ask() {
  try {
    const response = await fetch(address, { redirect: "error" });
    if (response.status === 404) location.reload(); // deleted, or not ours any more
    return response.ok && new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null; // the server may be starting again
  }
}

// Returns whether anything is new. What holds the focus is left alone until it is over.
function place(news) {
  let changed = false;
  const newest = parts(news);
  const isOver = newest.some((part) => "finished" in part.dataset);
  parts(document).forEach((part, number) => {
    const newer = newest[number];
    if (!newer || newer.outerHTML === part.outerHTML) return;
    changed = true;
    const isHeld = part.contains(document.activeElement);
    if (isHeld && !isOver) return;
    part.replaceWith(newer);
    if (!isHeld) return;
    newer.tabIndex = -1;
    newer.focus({ preventScroll: true });
  });
  return changed;
}

function end() {
  document.querySelector("[data-while-running]")?.remove();
  const said = ["[data-state]", "[data-end]"].map((name) => document.querySelector(name).textContent);
  announce(said.join(". ").replace(/\s+/g, " "));
}

addEventListener("visibilitychange", () => {
  if (!document.hidden && !document.querySelector("[data-finished]")) look();
});
