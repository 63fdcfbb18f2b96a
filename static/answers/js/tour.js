// Three hints on the first visit; nothing is locked meanwhile, and they are shown once.

import { announce } from "./announce.js";
import { onDevice } from "./store.js";
import { word } from "./words.js";

export class Tour {
  #chat;
  #hint = null;
  #at = 0;

  constructor(chat) {
    this.#chat = chat;
    this.#hint = chat.querySelector("[data-tour]");
    if (!this.#hint) return;
    const isWanted = new URLSearchParams(location.search).has("tour");
    if (onDevice.get("tour") && !isWanted) {
      this.#end();
      return;
    }
    this.#hint.addEventListener("click", ({ target }) => {
      if (target.closest("[data-tour-skip]")) this.#end();
      else if (target.closest("[data-tour-next]")) this.#show(this.#at + 1);
    });
    this.#hint.addEventListener("keydown", (event) => event.key === "Escape" && this.#end());
    this.#show(0);
  }

  get #steps() {
    return [...this.#hint.querySelectorAll("[data-tour-step]")];
  }

  // A question was answered: the hint on answers has something to point at.
  answered() {
    if (this.#hint && this.#at === 0) this.#show(1);
    else if (this.#hint) this.#point();
  }

  #show(at) {
    if (at >= this.#steps.length) {
      this.#end();
      return;
    }
    this.#at = at;
    this.#steps.forEach((step, number) => (step.hidden = number !== at));
    const count = word("tourStep", { n: at + 1, all: this.#steps.length });
    this.#hint.querySelector("[data-tour-count]").textContent = count;
    if (at === this.#steps.length - 1) {
      const next = this.#hint.querySelector("[data-tour-next]");
      next.textContent = next.dataset.done;
      this.#hint.querySelector("[data-tour-skip]").hidden = true;
    }
    this.#point();
    announce(`${count}. ${this.#steps[at].textContent}`);
  }

  #point() {
    this.#unpoint();
    this.#chat.querySelector(this.#steps[this.#at].dataset.tourStep)?.classList.add("toured");
  }

  #unpoint() {
    for (const one of this.#chat.querySelectorAll(".toured")) one.classList.remove("toured");
  }

  #end() {
    const hadFocus = this.#hint.contains(document.activeElement);
    this.#unpoint();
    this.#hint.remove();
    this.#hint = null;
    onDevice.set("tour", true);
    if (hadFocus) this.#chat.querySelector("#ask-question")?.focus();
  }
}
