// What is asked: one passage, libraries that are ticked, what was pasted.

import { announce } from "./announce.js";
import { blank } from "./log.js";
import { counted, word } from "./words.js";

export class Scope {
  #form;
  #root; // the picker; null where one passage is asked, or there is no library

  constructor(form) {
    this.#form = form;
    this.#root = form.querySelector("[data-scope]");
    this.#root?.addEventListener("change", (event) => this.#changed(event.target));
    this.#root?.addEventListener("keydown", (event) => this.#escaped(event));
    const filter = this.#root?.querySelector("[data-scope-filter]");
    filter?.addEventListener("input", () => this.#filter(filter.value));
    this.#tell();
  }

  get #boxes() {
    return [...(this.#root?.querySelectorAll("[data-library] input, [data-pasted] input") ?? [])];
  }

  get #all() {
    return this.#root?.querySelector("[data-all]");
  }

  // `libraries`: ids; `passage`: the id of the one passage, with `only` its title.
  get chosen() {
    const chip = this.#form.querySelector("[data-only] [data-passage]");
    if (chip) {
      const library = chip.parentElement.querySelector('[name="library"]')?.value;
      return { libraries: library ? [library] : [], passage: chip.dataset.passage, only: chip.textContent };
    }
    const ticked = this.#boxes.filter((box) => box.checked);
    return { libraries: ticked.map((box) => box.value), name: this.#name(ticked) };
  }

  choose(ids) {
    if (!this.#boxes.some((box) => ids.includes(box.value))) return; // none is there any more
    for (const box of this.#boxes) box.checked = ids.includes(box.value);
    this.#tell();
  }

  // A text was pasted beside the question: it alone is asked, unless more is ticked.
  askNone() {
    for (const box of this.#boxes) box.checked = false;
    this.#tell();
  }

  // The pasted text was taken away again.
  askSome() {
    if (!this.#boxes.some((box) => box.checked) && this.#boxes.length > 0) this.#boxes[0].checked = true;
    this.#tell();
  }

  // The conversation's pasted texts can be asked from now on, as one more library.
  addPasted(id) {
    const known = this.#root?.querySelector("[data-pasted]");
    if (known || !this.#root) return;
    const item = blank("pasted");
    const box = item.querySelector("input");
    box.value = id;
    box.checked = true;
    this.#root.querySelector("ul").prepend(item);
    this.#tell();
  }

  // Ask for a choice where there is none; returns what is wrong, or "".
  problem() {
    const { libraries, passage } = this.chosen;
    const most = Number(this.#root?.dataset.most ?? Infinity);
    if (libraries.length > most) return this.#open(word("tooMany", { n: most }));
    return passage || libraries.length > 0 || this.#isPasting() ? "" : this.#open(word("choose"));
  }

  #open(problem) {
    const details = this.#root?.querySelector("details");
    if (details) details.open = true;
    details?.querySelector("summary").focus();
    return problem;
  }

  #changed(box) {
    if (box === this.#all) {
      for (const one of this.#boxes) one.checked = box.checked && !one.closest("[data-pasted]");
    }
    this.#tell();
  }

  #tell() {
    if (!this.#root) return;
    const libraries = this.#boxes.filter((box) => box.closest("[data-library]"));
    const ticked = libraries.filter((box) => box.checked);
    if (this.#all) {
      this.#all.checked = ticked.length === libraries.length;
      this.#all.indeterminate = ticked.length > 0 && !this.#all.checked;
    }
    const words = this.#root.querySelector("[data-scope-words]");
    const name = this.#name(this.#boxes.filter((box) => box.checked));
    if (words.textContent !== name) words.textContent = name;
  }

  #name(ticked) {
    const libraries = this.#boxes.filter((box) => box.closest("[data-library]"));
    const title = (box) => box.closest("label").querySelector("[data-name]").textContent;
    if (ticked.length === 0) return word(this.#isPasting() ? "pasted" : "choose");
    if (ticked.length === 1) return title(ticked[0]);
    const isAll = ticked.length === libraries.length && ticked.every((box) => libraries.includes(box));
    return isAll ? word("all") : counted("libraries", ticked.length);
  }

  #filter(typed) {
    const wanted = typed.trim().toLocaleLowerCase();
    let found = 0;
    for (const item of this.#root.querySelectorAll("[data-library]")) {
      item.hidden = !item.textContent.toLocaleLowerCase().includes(wanted);
      found += item.hidden ? 0 : 1;
    }
    announce(counted("found", found));
  }

  #escaped(event) {
    const details = this.#root.querySelector("details");
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  }

  #isPasting() {
    return Boolean(this.#form.elements.namedItem("pasted").value.trim());
  }
}
