// What is typed but not sent survives a reload: kept in this tab, by conversation.

import { inTab } from "./store.js";

export class Draft {
  #fields; // name -> field
  #key;

  constructor(fields, conversation) {
    this.#fields = fields;
    this.turnTo(conversation);
  }

  turnTo(conversation) {
    this.#key = `draft:${conversation ?? "new"}`;
  }

  // What stands in a field already came with the address, and goes first.
  restore() {
    const kept = inTab.get(this.#key) ?? {};
    for (const [name, field] of Object.entries(this.#fields)) {
      if (!field.value && kept[name]) field.value = kept[name];
    }
  }

  keep() {
    const typed = Object.entries(this.#fields).filter(([, field]) => field.value);
    const kept = typed.map(([name, field]) => [name, field.value]);
    inTab.set(this.#key, kept.length > 0 ? Object.fromEntries(kept) : null);
  }
}
