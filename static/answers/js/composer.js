// The form at the foot of the page: typing, pasting, one question or several.

import { announce } from "./announce.js";
import { questionsIn } from "./lines.js";
import { counted, word } from "./words.js";

// Counted in code points, as the server does.
const length = (text) => [...text].length;

export class Composer {
  #form;
  #scope;
  #draft;
  #question;
  #pasted;

  // `ask(texts, pasted)` is called with what is sent.
  constructor(form, { scope, draft, ask, isPlain }) {
    this.#form = form;
    this.#scope = scope;
    this.#draft = draft;
    this.#question = form.elements.namedItem("question");
    this.#pasted = form.elements.namedItem("pasted");
    this.#listen(ask, isPlain);
    this.#changed();
    if (this.#pasted.value) this.#unfold();
  }

  // The pasted text is here already: what is ticked beside it stays.
  #unfold() {
    this.#form.querySelector("[data-paste]").open = true;
    this.#wasPasting = true;
  }

  #listen(ask, isPlain) {
    this.#form.addEventListener("submit", (event) => {
      if (isPlain()) return;
      event.preventDefault();
      this.#send(ask, questionsIn(this.#question.value));
    });
    this.#form.querySelector("[data-several]").addEventListener("click", () => this.#send(ask, []));
    this.#question.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#question.addEventListener("input", () => this.#changed());
    this.#pasted.addEventListener("input", (event) => this.#pasting(event));
  }

  focus() {
    this.#question.focus({ preventScroll: true });
  }

  // Put a question into the field, to be changed, and what was pasted to be asked with it.
  fill(text, pasted = "") {
    this.#question.value = text;
    if (pasted) {
      this.#pasted.value = pasted;
      this.#unfold();
    }
    this.#changed();
    this.#question.focus();
  }

  #send(ask, several) {
    const text = this.#question.value.trim();
    const texts = several.length > 0 ? several : [text];
    const problem = this.#tooMany(texts) || this.#tooLong(texts) || this.#scope.problem();
    if (problem) {
      // Not sent: the server would close the socket on a message that is far too long.
      announce(problem);
      this.#tell(problem);
      return;
    }
    if (!text) return;
    ask(texts, this.#pasted.value);
    this.#question.value = "";
    this.#pasted.value = "";
    this.#form.querySelector("[data-paste]").open = false;
    this.#changed();
  }

  #tooMany(texts) {
    const most = Number(this.#question.dataset.most);
    return texts.length > most ? word("tooManyQuestions", { n: texts.length }) : "";
  }

  #tooLong(texts) {
    const pasted = length(this.#pasted.value) - Number(this.#pasted.dataset.limit);
    if (pasted > 0) {
      this.#pasted.focus();
      return counted("pastedOver", pasted);
    }
    const over = this.#over(texts);
    if (over > 0) this.#question.focus();
    return over > 0 ? counted("over", over) : "";
  }

  // How many characters the longest question is over the limit; negative: how many under.
  #over(texts) {
    return Math.max(...texts.map(length)) - Number(this.#question.dataset.limit);
  }

  #changed() {
    const questions = questionsIn(this.#question.value);
    const several = questions.length;
    const texts = several ? questions : [this.#question.value.trim()];
    const over = this.#over(texts);
    const limit = Number(this.#question.dataset.limit);
    const problem = this.#tooMany(texts) || (over > 0 ? counted("over", over) : "");
    const isNear = -over < limit / 5;
    this.#tell(problem || (isNear ? counted("left", -over) : ""), Boolean(problem));
    this.#label("[data-send]", several ? word("askSeveral", { n: several }) : word("ask"));
    const asOne = this.#form.querySelector("[data-several]");
    asOne.hidden = !several;
    this.#label("[data-several]", word("askAsOne"));
    this.#label("[data-paste-words]", this.#pastedWords());
    this.#draft.keep();
  }

  #pastedWords() {
    const characters = length(this.#pasted.value.trim());
    return characters > 0 ? counted("pasted", characters) : word("paste");
  }

  #pasting() {
    const isOne = Boolean(this.#pasted.value.trim());
    if (isOne !== this.#wasPasting) {
      if (isOne) this.#scope.askNone();
      else this.#scope.askSome();
      this.#wasPasting = isOne;
    }
    this.#changed();
  }

  #wasPasting = false;

  // Said only near the limit.
  #tell(words, isWrong = true) {
    const place = this.#form.querySelector("[data-length]");
    place.textContent = words;
    place.classList.toggle("over", Boolean(words) && isWrong);
  }

  #label(selector, words) {
    const place = this.#form.querySelector(selector);
    if (place.textContent !== words) place.textContent = words;
  }
}
