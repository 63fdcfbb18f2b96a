// A passage that can be read with a caret and selected in, and that nothing changes.
//
// What is selected is told by text nodes: the server made the segments, each with one
// text node, and counts the code points. Here nothing is cut by offsets.

import { announce } from "./announce.js";
import { word } from "./words.js";

// `beforeinput` stands for all that types, deletes, pastes, drops and undoes; what is
// composed cannot be stopped everywhere, so whatever came of it is put right at once.
const CHANGES = ["beforeinput", "paste", "cut", "dragstart", "dragover", "drop"];

export class PassageText {
  #box;
  #whole; // the segments as the server sent them

  constructor(box) {
    this.#box = box;
    this.#whole = [...box.childNodes].map((node) => node.cloneNode(true));
    if (!this.isCorrectable) return;
    // A caret comes with editing alone.
    box.contentEditable = "true";
    box.spellcheck = false;
    box.inputMode = "none"; // no keyboard on the screen
    box.setAttribute("role", "textbox");
    box.setAttribute("aria-multiline", "true");
    box.setAttribute("aria-readonly", "true");
    for (const kind of CHANGES) box.addEventListener(kind, (event) => this.#refuse(event));
    this.#watch();
  }

  get isCorrectable() {
    return "correctable" in this.#box.dataset;
  }

  get key() {
    return this.#box.closest("[data-passage]").dataset.passage;
  }

  get isShown() {
    return "shown" in this.#box.closest("[data-passage]").dataset;
  }

  holds(node) {
    return this.#box.contains(node);
  }

  #refuse(event) {
    event.preventDefault();
    if (event.type === "beforeinput") announce(word("locked"));
  }

  #watch() {
    const seen = { childList: true, characterData: true, subtree: true };
    const observer = new MutationObserver(() => {
      observer.disconnect();
      this.#box.replaceChildren(...this.#whole.map((node) => node.cloneNode(true)));
      observer.observe(this.#box, seen);
      this.#box.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
    });
    observer.observe(this.#box, seen);
  }

  // To where the element is, with the caret before it.
  show(element = this.#box.querySelector(".judged, .ranked")) {
    if (!element) return;
    const { top, height } = element.getBoundingClientRect();
    const box = this.#box.getBoundingClientRect();
    this.#box.scrollTop += top - box.top - Math.max(0, (this.#box.clientHeight - height) / 3);
    if (document.activeElement === this.#box) this.#putCaret(element);
  }

  // With the caret where it was, else before the answer.
  focus() {
    const { anchorNode } = getSelection();
    const had = anchorNode !== this.#box && this.#box.contains(anchorNode);
    this.#box.focus({ preventScroll: true });
    const first = this.#box.querySelector(".judged, .ranked") ?? this.#box.firstElementChild;
    if (first && !had) this.#putCaret(first);
    this.#box.closest("[data-passage]").scrollIntoView({ block: "nearest" });
  }

  #putCaret(element) {
    getSelection().collapse(element.firstChild, 0);
  }

  // The text nodes of the range that are inside, with offsets: [[node, from, to], …].
  // Ends between elements (a triple click, all selected) come to lie in texts so.
  #nodesOf(range) {
    const walk = document.createTreeWalker(this.#box, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (!range.intersectsNode(node)) continue;
      const from = node === range.startContainer ? range.startOffset : 0;
      const to = node === range.endContainer ? range.endOffset : node.length;
      if (from < to) found.push([node, from, to]);
    }
    return found;
  }

  // What of the range lies in here, as the server wants to know it; null for nothing.
  placesOf(range) {
    const nodes = this.#nodesOf(range);
    if (nodes.length === 0) return null;
    const [first, from] = nodes[0];
    const [last, , to] = nodes.at(-1);
    const inside = document.createRange();
    inside.setStart(first, from);
    inside.setEnd(last, to);
    return {
      passage: this.key,
      start_segment: first.parentElement.dataset.segment,
      start_units: from,
      end_segment: last.parentElement.dataset.segment,
      end_units: to,
      quoted: inside.toString(),
    };
  }

  // The range of what the server counted, in UTF-16 units from the passage's beginning:
  // only to paint it.
  rangeOf(from, to) {
    const walk = document.createTreeWalker(this.#box, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let at = 0;
    for (let node = walk.nextNode(); node; at += node.length, node = walk.nextNode()) {
      if (at <= from && from < at + node.length) range.setStart(node, from - at);
      if (at < to && to <= at + node.length) {
        range.setEnd(node, to - at);
        return range;
      }
    }
    return null;
  }
}
