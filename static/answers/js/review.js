// The screen of one item: keys that press its buttons, and where the focus is. All of it
// is one form, which works without this script.

import { announce } from "./announce.js";
import { PassageText } from "./review-passage.js";
import { Spans } from "./review-spans.js";
import { inTab, onDevice } from "./store.js";
import { word } from "./words.js";

const form = document.querySelector("[data-review]");
const question = form.querySelector("[data-question]");
const note = form.querySelector("[data-note]");
const save = form.querySelector("[data-save]");
const dialog = document.querySelector("[data-keys]");
const keysOn = dialog.querySelector("[data-keys-on]");
const sections = [...form.querySelectorAll("[data-passage]")];
const passages = sections.map((section) => new PassageText(section.querySelector("[data-text]")));
const spans = new Spans(form.querySelector("[data-spans]"), passages);
const verdicts = [...form.querySelectorAll("[data-verdict]")];
let leaving = false; // the form is being sent; the next page is on its way
let settled = false; // and all that was selected stands in the list

// -- verdicts ---------------------------------------------------------------------

const chosen = () => verdicts.find((one) => one.checked) ?? null;
const nameOf = (verdict) => verdict.closest("label").querySelector("span").textContent;

function choose(number) {
  const verdict = verdicts[number - 1];
  if (verdict.matches(":disabled")) return announce(word("taken"));
  verdict.checked = true;
  told();
}

function told() {
  const verdict = chosen();
  spans.allow(!verdict || "takesSpans" in verdict.dataset);
  if (verdict) announce(word("chosen", { verdict: nameOf(verdict) }));
}

// A span of the judged passage means "wrong span", one of another passage "wrong".
function addSpan() {
  if (save.disabled) return announce(word("taken"));
  const passage = spans.add();
  if (!passage || chosen()) return;
  choose(passage === sections[0].dataset.passage && links.length > 0 ? 2 : 3);
}

// -- buttons ----------------------------------------------------------------------

const isSaving = (button) => !button || button.value === "give";

async function send(button) {
  if (leaving) return;
  if (button.disabled) return announce(word("taken"));
  if (button === save && !chosen()) return announce(word("choose"));
  leaving = true;
  settled = await spans.settle();
  if (settled || !isSaving(button)) form.requestSubmit(button);
  else leaving = false;
}

const press = (action) => send(form.querySelector(`.review-steps [value="${action}"]`));

form.addEventListener("submit", (event) => {
  if (!isSaving(event.submitter)) return;
  if (!chosen()) {
    event.preventDefault();
    leaving = settled = false;
    announce(word("choose"));
  } else if (!settled) {
    // The button itself was pressed, maybe while the server counts what was selected.
    event.preventDefault();
    send(event.submitter ?? save);
  } else {
    inTab.set(kept, null);
  }
});
addEventListener("pageshow", () => {
  leaving = settled = false;
});

// A note that was begun is still there after looking at another item.
const kept = `review-note:${form.dataset.review}`;
note.value ||= inTab.get(kept) ?? "";
note.addEventListener("input", () => inTab.set(kept, note.value || null));

// -- answers and their passages ---------------------------------------------------

const links = [...form.querySelectorAll("[data-answer]")];
let at = Math.max(0, links.findIndex((link) => link.hasAttribute("aria-current")));

function showAnswer(index, { quietly = false } = {}) {
  if (links.length === 0) return;
  at = (index + links.length) % links.length;
  const link = links[at];
  const inside = passages.some((passage) => passage.holds(document.activeElement));
  for (const one of links) one.toggleAttribute("data-on", one === link);
  for (const section of sections) {
    section.toggleAttribute("data-shown", section.dataset.passage === link.dataset.of);
  }
  const passage = passages.find(({ key }) => key === link.dataset.of);
  if (inside) passage.focus();
  passage.show(document.getElementById(link.dataset.answer) ?? undefined);
  if (quietly) return;
  announce(`${word("answer", { n: at + 1, all: links.length })}: ${link.querySelector(".text").textContent}`);
}

form.querySelector("[data-answers]").addEventListener("click", (event) => {
  const link = event.target.closest("[data-answer]");
  if (!link) return;
  event.preventDefault();
  showAnswer(links.indexOf(link));
});

const shownPassage = () => passages[sections.findIndex((section) => "shown" in section.dataset)];

// -- keys -------------------------------------------------------------------------

const KEYS = {
  Enter: () => (inPassage() && spans.selectedIn ? addSpan() : send(save)),
  ArrowRight: () => press("next"),
  ArrowLeft: () => press("previous"),
  "?": showKeys,
  j: () => press("next"),
  p: () => press("previous"),
  u: () => press("undo"),
  n: () => note.focus(),
  a: (event) => showAnswer(at + (event.shiftKey ? -1 : 1)),
  c: () => shownPassage()?.focus(),
  s: addSpan,
};

const inPassage = () => passages.some((passage) => passage.holds(document.activeElement));

// Keys that mean something already where the focus is.
function isTaken({ key, target, shiftKey }) {
  if (target.closest("textarea, select, dialog, input:not([type=radio])")) return true;
  if (key === "Enter") return Boolean(target.closest("a, button, summary"));
  if (!key.startsWith("Arrow")) return false;
  return shiftKey || inPassage() || Boolean(target.closest("input, [role=group]"));
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented || dialog.open) return;
  const { altKey, ctrlKey, metaKey, key } = event;
  if (key === "Enter" && event.target === note && (ctrlKey || metaKey)) {
    event.preventDefault();
    send(save);
    return;
  }
  if (altKey || ctrlKey || metaKey) return;
  if (key === "Escape" && (event.target === note || inPassage())) {
    getSelection().removeAllRanges();
    question.focus();
    return;
  }
  if (!keysOn.checked || isTaken(event)) return;
  const number = digitOf(event);
  const act = number >= 1 && number <= verdicts.length ? () => choose(number) : actionOf(event);
  if (!act) return;
  event.preventDefault();
  if (!event.repeat) act(event);
});

// By what the key types, else by where it lies: French digits need Shift, and a Greek
// keyboard has no "j".
function digitOf({ key, code, shiftKey }) {
  const lies = shiftKey ? null : /^Digit(\d)$/.exec(code);
  return Number(key.trim()) || Number(lies?.[1] ?? 0);
}

function actionOf({ key, code }) {
  const lies = /[a-z]/i.test(key) ? "" : (/^Key([A-Z])$/.exec(code)?.[1] ?? "");
  const names = [key.length === 1 ? key.toLowerCase() : key, lies.toLowerCase()];
  const name = names.find((one) => Object.hasOwn(KEYS, one));
  return name ? KEYS[name] : null;
}

// Browsers bring the caret into the window, maybe behind the bar. A press of the mouse
// must not move what it points at.
form.addEventListener("focusin", ({ target }) => {
  if (!target.matches("[data-text], textarea") || target.matches(":active")) return;
  target.scrollIntoView({ block: "nearest" });
});

// -- the beginning ----------------------------------------------------------------

function prepareKeys() {
  keysOn.checked = onDevice.get("keys") !== false;
  keysOn.addEventListener("change", () => {
    onDevice.set("keys", keysOn.checked);
    announce(word(keysOn.checked ? "keysOn" : "keysOff"));
  });
  const show = form.querySelector("[data-show-keys]");
  show.hidden = false;
  show.addEventListener("click", showKeys);
}

// The focus comes back, at once, to where it was before: where keys press no button. The
// event of the closing may come after the next key.
function showKeys() {
  question.focus({ preventScroll: true });
  dialog.showModal();
}

function prepareAdding() {
  const add = form.querySelector("[data-add]");
  add.hidden = false;
  add.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the selection
  add.addEventListener("click", addSpan);
}

for (const verdict of verdicts) verdict.addEventListener("change", told);
prepareKeys();
prepareAdding();
form.querySelector("[data-passages]").dataset.live = "";
const verdict = chosen();
spans.allow(!verdict || "takesSpans" in verdict.dataset);
showAnswer(at, { quietly: true });
const errors = form.querySelector("[data-errors]");
(errors ?? question).focus({ preventScroll: true });
for (const said of form.querySelectorAll("[data-notice], [data-messages] li")) announce(said.textContent);
form.querySelector("[data-messages]")?.remove(); // said in the same place now
