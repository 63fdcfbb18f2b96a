// What is typed but not sent survives a reload: kept in this tab, by conversation.

import { inTab } from "./store.js";

const keyOf = (conversation) => `draft:${conversation ?? "new"}`;

export class Draft {
  #fields; // name -> field
  #key;

  constructor(fields, conversation) {
    this.#fields = fields;
    this.#key = keyOf(conversation);
  }

  // What is typed meanwhile goes along.
  turnTo(conversation) {
    inTab.set(this.#key, null);
    this.#key = keyOf(conversation);
    this.keep();
  }

  // The form itself is sent, with this id.
  posted(id) {
    inTab.set("posted", { key: this.#key, id });
  }

  // What was posted and is `saved(id)` is no draft any more.
  forgetPosted(saved) {
    const { key, id } = inTab.get("posted") ?? {};
    if (key && saved(id)) inTab.set(key, null);
    inTab.set("posted", null);
  }

  // What stands in a field already came with the address, and goes first. Returns the
  // names of the fields that were filled.
  restore() {
    const kept = inTab.get(this.#key) ?? {};
    const names = Object.keys(this.#fields).filter((name) => !this.#fields[name].value && kept[name]);
    for (const name of names) this.#fields[name].value = kept[name];
    return names;
  }

  keep() {
    const typed = Object.entries(this.#fields).filter(([, field]) => field.value);
    const kept = typed.map(([name, field]) => [name, field.value]);
    inTab.set(this.#key, kept.length > 0 ? Object.fromEntries(kept) : null);
  }
}
