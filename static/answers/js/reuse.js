// A question once more: changed, in another library, or one that the page suggests.

import { blank } from "./log.js";

// `fill(text, pasted)`, `choose(ids)`, `ask(text, scope)`, `pastedWith(id)`.
export function prepareReuse(chat, { fill, choose, ask, pastedWith }) {
  chat.addEventListener("click", (event) => {
    const { target } = event;
    const article = target.closest("[data-question-id]");
    const text = article?.querySelector("[data-asked]").textContent;
    if (target.closest("[data-suggestion]")) {
      event.preventDefault();
      ask(target.closest("[data-suggestion]").textContent, null);
    } else if (target.closest("[data-reuse]") && !article.querySelector("[data-passage]")) {
      event.preventDefault();
      choose(article.dataset.libraries.split(" "));
      fill(text);
    } else if (target.closest("[data-edit]")) {
      // Was not taken: back into the form with it.
      article.remove();
      fill(text, pastedWith(article.dataset.questionId));
    } else if (target.closest("[data-elsewhere]")) {
      unfold(target.closest("[data-elsewhere]"));
    }
  });
  chat.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-ask-elsewhere]");
    if (!form) return;
    event.preventDefault();
    const text = form.closest("[data-question-id]").querySelector("[data-asked]").textContent;
    const [chosen] = form.querySelector("select").selectedOptions;
    fold(form);
    ask(text, { libraries: [chosen.value], name: chosen.textContent });
  });
}

function unfold(button) {
  const there = button.closest(".asked-line").nextElementSibling;
  if (there?.matches("[data-ask-elsewhere]")) {
    fold(there);
    return;
  }
  const form = blank("elsewhere");
  const asked = button.closest("[data-question-id]").dataset.libraries.split(" ");
  const select = form.querySelector("select");
  const other = [...select.options].find((option) => !asked.includes(option.value));
  if (other) other.selected = true;
  button.closest(".asked-line").after(form);
  button.setAttribute("aria-expanded", "true");
  select.focus();
}

function fold(form) {
  const button = form.previousElementSibling.querySelector("[data-elsewhere]");
  form.remove();
  button.setAttribute("aria-expanded", "false");
  button.focus({ preventScroll: true });
}
