// The questions on their way: shown, sent, held back, cancelled, asked again.

import { newId } from "./ids.js";
import { idsOf } from "./socket.js";
import { word } from "./words.js";

export class Questions {
  #log;
  #socket;
  #form;
  #running; // ids in the order asked
  #messages = new Map(); // of this page, by the id of each question
  #accepted = new Set(); // ids that the server has saved
  #beginning = null; // the message that begins the conversation, until accepted
  #held = []; // messages that wait to learn their conversation
  #limited = new Set(); // messages that a limit refused, to be asked again later
  #cancels = new Set(); // ids that the server was told to cancel

  // `conversation`: its id, or nothing where it is yet to begin.
  constructor({ log, socket, form, conversation }) {
    this.#log = log;
    this.#socket = socket;
    this.#form = form;
    this.conversation = conversation;
    this.#running = new Set(log.pending());
    for (const message of socket.unheard) this.#pickUp(message);
    this.#showCancel();
    form?.querySelector("[data-cancel]").addEventListener("click", () => this.#cancelAll());
  }

  get isAny() {
    return this.#running.size > 0;
  }

  // Ask one or several; `scope` as Scope.chosen says. Returns the article of the first.
  ask(texts, { libraries, passage, only, name, anyway }, pasted = "") {
    const questions = texts.map((question) => ({ id: newId(), question }));
    const message = { type: "ask", library: libraries };
    if (questions.length > 1) message.questions = questions;
    else Object.assign(message, questions[0]);
    if (passage) message.passage = passage;
    if (anyway) message.read_anyway = true;
    if (pasted.trim()) message.pasted = pasted;
    const words = pasted.trim() ? [word("pasted"), ...(libraries.length > 0 ? [name] : [])].join(", ") : name;
    message.shown = { name: words, only };
    const articles = questions.map(({ id, question }) => this.#show(id, question, message));
    this.#send(message);
    return articles[0];
  }

  #show(id, question, message) {
    this.#messages.set(id, message);
    const article = this.#log.add(id, question, message.shown);
    this.#started(id);
    return article;
  }

  // What another load of this page left unsent, if it belongs here.
  #pickUp(message) {
    if ((message.conversation ?? "") !== (this.conversation ?? "")) return;
    if (!message.conversation) this.#beginning ??= message;
    const questions = message.questions ?? [message];
    for (const { id, question } of questions) {
      if (!this.#log.article(id)) this.#show(id, question, message);
    }
  }

  #send(message) {
    if (this.conversation) {
      message.conversation = this.conversation;
    } else if (this.#beginning && this.#beginning !== message) {
      this.#held.push(message); // or it would begin a second conversation
      return;
    } else {
      this.#beginning = message;
    }
    this.#socket.ask(message);
  }

  #release() {
    this.#beginning = null;
    for (const message of this.#held.splice(0)) this.#send(message);
  }

  // The text that was pasted to be asked with the question.
  pastedWith(id) {
    return this.#messages.get(id)?.pasted ?? "";
  }

  // Once more: as it was while the server has not saved it, else as a new question.
  // Returns false where it has to be asked anew.
  again(id) {
    const message = this.#messages.get(id);
    if (!message || this.#accepted.has(id)) return false;
    this.#limited.delete(message);
    for (const one of idsOf(message)) {
      this.#log.search(one);
      this.#started(one);
    }
    this.#socket.forget(message);
    this.#send(message);
    return true;
  }

  accept(id) {
    this.#accepted.add(id);
    this.#limited.delete(this.#messages.get(id));
    if (this.#log.article(id)?.dataset.status === "pending") this.#started(id);
    if (this.#beginning && idsOf(this.#beginning).includes(id)) this.#release();
  }

  wasAccepted(id) {
    return this.#accepted.has(id) || Boolean(this.#log.article(id)?.dataset.askedAt);
  }

  // The questions of a message that was refused and are still waited for. The server does
  // not name them all where there are very many; one alone may be that of a cancel.
  refused(ids) {
    const message = ids.length > 1 && this.#messages.get(ids[0]);
    const all = message ? idsOf(message).filter((id) => !this.#accepted.has(id)) : ids;
    return all.filter((id) => this.#running.has(id));
  }

  // A limit refused a message: it will be asked again, without what was cancelled since
  // it was sent. Returns the ids that are left.
  holdBack(ids) {
    const message = this.#messages.get(ids[0]);
    if (message) this.#limited.add(message);
    for (const id of ids.filter((one) => this.#cancels.has(one))) this.cancel(id);
    return ids.filter((id) => this.#running.has(id));
  }

  // Several frames may say the same end.
  ended(id) {
    this.#running.delete(id);
    this.#cancels.delete(id);
    if (this.#beginning && idsOf(this.#beginning).includes(id)) this.#release();
    this.#showCancel();
  }

  cancel(id) {
    const message = this.#messages.get(id);
    if (message && !this.#accepted.has(id) && this.#isHere(message)) {
      this.#withdraw(id, message);
      return;
    }
    this.#cancels.add(id);
    this.#socket.cancel(id);
  }

  // Whether the server does not have it: it knows nothing that could be cancelled.
  #isHere(message) {
    return this.#held.includes(message) || this.#limited.has(message) || this.#socket.isUnsent(message);
  }

  // Take a question out of its message; the others go out as they would have.
  #withdraw(id, message) {
    const rest = message.questions?.filter((one) => one.id !== id) ?? [];
    if (rest.length > 0) {
      const { question } = message.questions.find((one) => one.id === id);
      this.#messages.set(id, { ...message, questions: undefined, id, question }); // to ask it again
      message.questions = rest;
      this.#socket.keep();
    } else {
      this.#held = this.#held.filter((one) => one !== message);
      this.#limited.delete(message);
      this.#socket.forget(message);
    }
    this.#log.cancelled(id);
    this.ended(id);
  }

  #cancelAll() {
    for (const id of [...this.#running].reverse()) this.cancel(id);
  }

  #started(id) {
    this.#running.add(id);
    this.#showCancel();
  }

  #showCancel() {
    const button = this.#form?.querySelector("[data-cancel]");
    if (!button) return;
    const several = this.#running.size > 1;
    if (!this.isAny && button === document.activeElement) this.#form.elements.namedItem("question").focus();
    button.hidden = !this.isAny;
    button.textContent = word(several ? "cancelAll" : "cancel");
    for (const one of document.querySelectorAll("[data-cancel-one]")) {
      const isOver = !several || !this.#running.has(one.closest("[data-question-id]").dataset.questionId);
      if (isOver && one === document.activeElement) button.focus(); // which cancels the same
      one.hidden = isOver;
    }
  }
}
