// The questions on the page and what came of each. Places the server's HTML whole, or
// copies one of the page's blanks: no markup is made and no text is cut here.

import { announce } from "./announce.js";

const NO_ID = "00000000-0000-0000-0000-000000000000"; // where the blank has none

export class Log {
  #root;

  constructor(root) {
    this.#root = root;
  }

  article(id) {
    return this.#root.querySelector(`[data-question-id="${CSS.escape(id)}"]`);
  }

  pending() {
    const found = this.#root.querySelectorAll('[data-question-id][data-status="pending"]');
    return Array.from(found, (article) => article.dataset.questionId);
  }

  // `name`: the library's title; `only`: a link to the one passage asked, if it is one.
  add(id, question, { name, only }) {
    const article = blank("exchange").firstElementChild;
    article.id = `question-${id}`;
    article.dataset.questionId = id;
    const asked = article.querySelector("[data-asked]");
    asked.textContent = question;
    asked.id = `asked-${id}`;
    article.setAttribute("aria-labelledby", asked.id);
    article.querySelector("[data-library-name]").textContent = name;
    const address = article.querySelector("[data-address]");
    address.href = address.pathname.replace(NO_ID, id);
    if (only) {
      const place = article.querySelector("[data-only]");
      place.hidden = false;
      place.append(only, ", ");
    }
    this.#root.append(article);
    article.scrollIntoView({ block: "start" });
    announce("Searching");
  }

  // Begin anew: the page turns to another conversation.
  keepOnly(id) {
    for (const article of this.#root.querySelectorAll("[data-question-id]")) {
      if (article.dataset.questionId !== id) article.remove();
    }
  }

  search(id) {
    this.#place(this.article(id), blank("exchange").querySelector("[data-outcome]"), "pending");
  }

  answers({ id, html, final, status }) {
    const outcome = document.createElement("template");
    outcome.innerHTML = html;
    const said = outcome.content.querySelector("[data-announce]")?.dataset.announce;
    this.#place(this.article(id), outcome.content, final ? status : "pending");
    if (final && said) announce(said);
  }

  cancelled(id) {
    this.#place(this.article(id), blank("cancelled"), "cancelled");
    announce("Cancelled");
  }

  // `again`: the same question can be asked again as it is.
  failed(id, message, { again }) {
    const outcome = blank(again ? "failed" : "refused");
    outcome.querySelector("[data-message]").textContent = message;
    this.#place(this.article(id), outcome, "failed");
    announce(message);
  }

  #place(article, content, status) {
    const place = article.querySelector("[data-outcome]");
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    place.replaceChildren(...content.childNodes);
    article.dataset.status = status;
    if (focused) refocus(place, focused.dataset.key);
  }
}

// What had the focus was replaced: its successor takes it, else the question.
function refocus(place, key) {
  const next = key && place.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (next) {
    next.focus({ preventScroll: true });
  } else {
    const asked = place.closest("article").querySelector("[data-asked]");
    asked.tabIndex = -1;
    asked.focus({ preventScroll: true });
  }
}

export function blank(name) {
  return document.querySelector(`template[data-blank="${name}"]`).content.cloneNode(true);
}
