// Change the log without moving what is being read: no scroll, no focus, no folding.

const STAYS = "[data-asked], [data-answer]";

// Run `change`, which may replace what is in the articles of `log`.
export function keepPlace(log, change) {
  const held = firstInView(log);
  const focused = log.contains(document.activeElement) ? document.activeElement : null;
  const focus = focused && described(focused);
  const open = unfolded(log);
  change();
  for (const { id, key } of open) {
    for (const details of keyed(log, id, "details", key)) details.open = true;
  }
  if (focused && !focused.isConnected) refocus(log, focus);
  const now = held && find(log, held);
  if (now) scrollBy({ top: now.getBoundingClientRect().top - held.top, behavior: "instant" });
}

function firstInView(log) {
  for (const element of log.querySelectorAll(STAYS)) {
    const { top, bottom } = element.getBoundingClientRect();
    if (bottom > 0) return top < innerHeight ? { ...described(element), top } : null;
  }
  return null;
}

// What an element is known by after its surroundings were replaced.
function described(element) {
  const answer = element.closest("[data-answer]");
  return {
    id: idOf(element),
    key: element.dataset.key,
    span: answer?.dataset.span,
    isAnswer: element === answer,
  };
}

const idOf = (element) => element.closest("[data-question-id]")?.dataset.questionId ?? "";

function article(log, id) {
  return log.querySelector(`[data-question-id="${CSS.escape(id)}"]`);
}

function find(log, { id, span }) {
  const place = article(log, id);
  return span ? place?.querySelector(`[data-span="${CSS.escape(span)}"]`) : place?.querySelector("[data-asked]");
}

function keyed(log, id, tag, key) {
  return article(log, id)?.querySelectorAll(`${tag}[data-key="${CSS.escape(key)}"]`) ?? [];
}

function unfolded(log) {
  const open = log.querySelectorAll("details[data-key][open]");
  return Array.from(open, (details) => ({ id: idOf(details), key: details.dataset.key }));
}

// What had the focus was replaced: its successor takes it, else the answer, else the
// question.
function refocus(log, { id, key, span, isAnswer }) {
  const next = key && keyed(log, id, "", key)[0];
  const answer = span && (isAnswer || !next) && find(log, { id, span });
  if (next || answer) (next || answer).focus({ preventScroll: true });
  else if (article(log, id)) focusQuestion(article(log, id));
}

export function focusQuestion(article) {
  const asked = article.querySelector("[data-asked]");
  asked.tabIndex = -1;
  asked.focus({ preventScroll: true });
}
