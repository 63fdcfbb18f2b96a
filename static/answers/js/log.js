// The questions on the page and what came of each. Places the server's HTML whole, or
// copies one of the page's blanks: no markup is made and no text is cut here.

import { announce } from "./announce.js";
import { countDown } from "./countdown.js";
import { keepPlace } from "./place.js";
import { word } from "./words.js";

export class Log {
  #root;
  #said = new Map(); // the best answer that was announced, by id

  constructor(root) {
    this.#root = root;
  }

  article(id) {
    return this.#root.querySelector(`[data-question-id="${CSS.escape(id ?? "")}"]`);
  }

  pending() {
    const found = this.#root.querySelectorAll('[data-question-id][data-status="pending"]');
    return Array.from(found, (article) => article.dataset.questionId);
  }

  // `name`: what is asked; `only`: the title of the one passage asked, if it is one.
  add(id, question, { name, only }) {
    const article = blank("exchange").firstElementChild;
    article.id = `question-${id}`;
    article.dataset.questionId = id;
    const asked = article.querySelector("[data-asked]");
    asked.textContent = question;
    asked.id = `asked-${id}`;
    article.setAttribute("aria-labelledby", asked.id);
    article.querySelector("[data-only]").hidden = !only;
    article.querySelector("[data-library-name]").textContent = only ?? name;
    this.#root.querySelector("[data-suggestions]")?.remove();
    this.#root.append(article);
    return article;
  }

  // A question as the server has it, in its place by the time it was asked. One that
  // stands there already is left alone, unless it is this page's own picture of it or
  // was closed without an answer and is read again.
  show(id, html) {
    const article = parsed(html).querySelector("article");
    const there = this.article(id);
    if (!article || (there && there.dataset.askedAt && isOver(there) && isOver(article))) return;
    if (there?.dataset.askedAt && ["pending", "answered", "no_answer"].includes(there.dataset.status)) return;
    keepPlace(this.#root, () => {
      if (there) there.replaceWith(article);
      else this.#root.insertBefore(article, this.#firstAfter(article));
    });
  }

  #firstAfter({ dataset: { askedAt } }) {
    const articles = this.#root.querySelectorAll("[data-question-id]");
    return Array.from(articles).find((one) => Number(one.dataset.askedAt ?? Infinity) > Number(askedAt)) ?? null;
  }

  search(id) {
    this.#place(id, blank("exchange").querySelector("[data-outcome]"), "pending");
  }

  outcome({ id, html, final = false, status, best_stable: isStable }) {
    const content = parsed(html);
    const { announce: all, best, finished } = content.querySelector("[data-announce], [data-best]")?.dataset ?? {};
    this.#place(id, content, final ? status : "pending");
    if (final) {
      announce(best && this.#said.get(id) === best ? finished : all);
      if (status === "no_answer") this.#suggest(id);
    } else if (isStable && best && !this.#said.has(id)) {
      this.#said.set(id, best);
      announce(best);
    }
  }

  #suggest(id) {
    const suggested = find("suggestions")?.content.cloneNode(true);
    if (!suggested) return;
    const asked = Array.from(this.#root.querySelectorAll("[data-asked]"), (one) => one.textContent);
    for (const one of suggested.querySelectorAll("li")) {
      if (asked.includes(one.textContent.trim())) one.remove();
    }
    if (suggested.querySelector("li")) this.article(id).after(suggested);
  }

  cancelled(id) {
    if (this.article(id).dataset.status !== "cancelled") announce(word("cancelled"));
    this.#place(id, blank("cancelled"), "cancelled");
  }

  // `again`: the same question can be asked again as it is.
  failed(id, message, { again }) {
    const outcome = blank(again ? "failed" : "refused");
    outcome.querySelector("[data-message]").textContent = message;
    this.#place(id, outcome, "failed");
    announce(message);
  }

  // Not taken at the moment; `ask` is called when the seconds are over.
  held(id, message, seconds, ask) {
    const outcome = blank("held");
    outcome.querySelector("[data-message]").textContent = message;
    countDown(outcome.querySelector("[data-countdown]"), seconds, ask);
    this.#place(id, outcome, "pending");
  }

  #place(id, content, status) {
    const article = this.article(id);
    keepPlace(this.#root, () => {
      article.querySelector("[data-outcome]").replaceChildren(...content.childNodes);
      article.dataset.status = status;
      if (status !== "pending") article.querySelector("[data-cancel-one]")?.remove();
    });
  }
}

const isOver = (article) => article.dataset.status !== "pending";

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return document.importNode(template.content, true);
}

function find(name) {
  return document.querySelector(`template[data-blank="${name}"]`);
}

export function blank(name) {
  return find(name).content.cloneNode(true);
}
