// The list of correct spans: added from what is selected, painted, removed.

import { announce } from "./announce.js";
import { word } from "./words.js";

export class Spans {
  #section;
  #form;
  #passages;
  #asking = Promise.resolve(); // what the server was asked, one after another
  #unmarked = 0; // how often nothing came of it, which was announced

  constructor(section, passages) {
    this.#section = section;
    this.#form = section.closest("form");
    this.#passages = passages;
    this.#list.addEventListener("click", (event) => this.#remove(event));
    document.addEventListener("restored", () => this.#paint());
    this.#change();
  }

  get #list() {
    return this.#section.querySelector("[data-span-list]");
  }

  get #items() {
    return [...this.#list.children];
  }

  // Done once the server has told of all that was selected; returns whether all of that
  // stands in the list.
  async settle() {
    const before = this.#unmarked;
    await this.#asking;
    return this.#unmarked === before;
  }

  // The passage in sight that text is selected in, if any: what is selected may begin
  // above the others, which are hidden.
  get selectedIn() {
    const selection = getSelection();
    if (selection.isCollapsed || selection.rangeCount === 0) return null;
    const range = selection.getRangeAt(0);
    return this.#passages.find((passage) => passage.isShown && passage.placesOf(range)) ?? null;
  }

  // Add what is selected. Returns the key of its passage, or null.
  add() {
    const selection = getSelection();
    const passage = this.selectedIn;
    if (!passage) return this.#say("nothingSelected");
    if (!passage.isCorrectable) return this.#say("notHere");
    const range = selection.getRangeAt(0);
    const places = passage.placesOf(range);
    const inside = passage.holds(document.activeElement);
    if (inside) selection.collapseToEnd(); // the caret goes on from there
    else selection.removeAllRanges();
    this.#asking = this.#asking.then(() => this.#ask(places));
    return passage.key;
  }

  #say(name) {
    announce(word(name));
    return null;
  }

  async #ask(places) {
    const found = await this.#resolved(places);
    if (!found || found.error) {
      this.#unmarked += 1;
      return announce(found ? found.error : word("unheard"));
    }
    if (this.#items.some((item) => item.dataset.span === found.value)) return announce(word("twice"));
    this.#list.insertAdjacentHTML("beforeend", found.html);
    this.#change();
    announce(found.said);
  }

  async #resolved(places) {
    const token = this.#form.elements.namedItem("csrfmiddlewaretoken").value;
    try {
      const response = await fetch(location.href, {
        method: "POST",
        headers: { "X-CSRFToken": token },
        body: new URLSearchParams({ action: "select", ...places }),
        redirect: "error", // to the sign-in page
      });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  #remove(event) {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("[data-span]");
    const next = item.nextElementSibling ?? item.previousElementSibling;
    const text = item.querySelector(".text").textContent;
    item.remove();
    (next?.querySelector("[data-remove]") ?? document.querySelector("[data-question]")).focus();
    this.#change();
    announce(word("removed", { text }));
  }

  // Spans go with some verdicts only; with the others they stay in sight, and unsent.
  allow(allowed) {
    this.#section.classList.toggle("idle", !allowed);
    for (const input of this.#list.querySelectorAll("input")) input.disabled = !allowed;
    this.#change();
  }

  #change() {
    const idle = this.#section.classList.contains("idle");
    const any = this.#items.length > 0;
    this.#section.querySelector("[data-none]").hidden = any;
    this.#section.querySelector("[data-idle]").hidden = !(idle && any);
    for (const input of this.#list.querySelectorAll("input")) input.disabled = idle;
    this.#paint();
  }

  // Not by elements: the segments stay as the server made them.
  #paint() {
    if (!CSS.highlights) return;
    const ranges = this.#items.map(({ dataset }) => {
      const passage = this.#passages.find(({ key }) => key === dataset.of);
      return passage?.rangeOf(Number(dataset.from), Number(dataset.to));
    });
    CSS.highlights.set("correct-span", new Highlight(...ranges.filter(Boolean)));
  }
}
