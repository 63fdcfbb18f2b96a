// The connection to the server: it comes back after a drop and loses no question.
//
// Events: "open" (detail: whether it was lost before), "down" (detail: whether it was
// ever open), "refused" (detail: the close code; it will not come back), "unfit" (detail:
// the message, and how many characters it is over what the server takes; it is not
// sent), "frame" (detail: the message). Knows nothing of the page.

import { inTab } from "./store.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const RESUME_EVERY_MS = 60_000;
const ASLEEP_MS = 30_000; // after that a socket may be dead without knowing it
export const SIGNED_OUT = 4401;
export const ACCESS_LOST = 4403;
const REFUSALS = new Set([4400, SIGNED_OUT, ACCESS_LOST, 4429]);

// The ids of the questions in a message.
export const idsOf = (message) => message.questions?.map(({ id }) => id) ?? [message.id];

// A message as it goes out: how the page shows it is no business of the server's.
const written = (message) => JSON.stringify(message, (key, value) => (key === "shown" ? undefined : value));

export class ChatSocket extends EventTarget {
  #url;
  #seq; // the last number seen; where a resume begins
  #resumes; // whether to ask for what was missed as soon as it is open
  #largest; // the characters that a message may have
  #socket = null;
  #timer = null;
  #failures = 0;
  #unheard = inTab.get("unheard") ?? []; // messages of which nothing was heard yet
  #sent = new Set(); // messages that went out at least once
  #cancels = new Set();
  #hiddenAt = null;

  constructor(url, { seq, resumes, largest }) {
    super();
    this.#url = url;
    this.#seq = seq;
    this.#resumes = resumes;
    this.#largest = largest;
    this.wasOpen = false;
    this.isRefused = false;
    setInterval(() => document.hidden || this.#resume(), RESUME_EVERY_MS);
    document.addEventListener("visibilitychange", () => this.#seen());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#anew());
    addEventListener("online", () => this.#anew());
    addEventListener("offline", () => this.#drop());
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get hasFailed() {
    return this.isRefused || (!this.wasOpen && this.#failures > 0 && navigator.onLine);
  }

  // Messages that another load of the page, in this tab, could not get rid of.
  get unheard() {
    return [...this.#unheard];
  }

  connect() {
    clearTimeout(this.#timer);
    if (this.isRefused || (this.#socket && this.#socket.readyState <= WebSocket.OPEN)) return;
    const socket = new WebSocket(this.#url);
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#received(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(socket, event.code);
    this.#socket = socket;
  }

  // The ids make sending it twice harmless, so it is sent until something is heard.
  ask(message) {
    if (this.#isUnfit(message)) return;
    this.#unheard.push(message);
    this.keep();
    if (this.isOpen) this.#send(message);
  }

  // Of what was sent: the server has it, or will have it first.
  cancel(id) {
    if (this.isOpen) this.#send({ type: "cancel", id });
    else this.#cancels.add(id);
  }

  isUnsent(message) {
    return this.#unheard.includes(message) && !this.#sent.has(message);
  }

  // Forget what was not heard of, for a form to post it instead.
  forget(message) {
    this.#unheard = this.#unheard.filter((one) => one !== message);
    this.keep();
  }

  // Keep what is unheard for another load of the page: as it is now.
  keep() {
    inTab.set("unheard", this.#unheard.length > 0 ? this.#unheard : null);
  }

  #opened() {
    const lost = this.wasOpen;
    this.wasOpen = true;
    for (const message of this.unheard) {
      if (!this.#isUnfit(message)) this.#send(message);
    }
    for (const id of this.#cancels) this.#send({ type: "cancel", id });
    this.#cancels.clear();
    if (lost || this.#resumes) this.#resume();
    this.#tell("open", lost);
  }

  #resume() {
    if (this.isOpen) this.#send({ type: "resume", after: this.#seq });
  }

  #received(frame) {
    this.#failures = 0; // only now: a server that drops every socket is not up
    this.#seq = Math.max(this.#seq, frame.seq);
    const heard = frame.ids?.length ? frame.ids : [frame.id];
    const rest = this.#unheard.filter((one) => !idsOf(one).some((id) => heard.includes(id)));
    if (rest.length < this.#unheard.length) {
      this.#unheard = rest;
      this.keep();
    }
    this.#tell("frame", frame);
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.isRefused = REFUSALS.has(code);
    if (this.isRefused) {
      this.#tell("refused", code);
      return;
    }
    this.#timer = setTimeout(() => this.connect(), this.#delay());
    this.#failures += 1;
    this.#tell("down", this.wasOpen);
  }

  // A phone that slept, a page from the browser's memory, a network that came back: the
  // old socket is not to be trusted.
  #anew() {
    this.#drop();
    this.connect();
  }

  #drop() {
    const socket = this.#socket;
    if (!socket || this.isRefused) return;
    this.#socket = null;
    socket.close();
    this.#tell("down", this.wasOpen);
  }

  #seen() {
    if (document.hidden) this.#hiddenAt = Date.now();
    else if (Date.now() - (this.#hiddenAt ?? Infinity) > ASLEEP_MS) this.#anew();
    else this.#resume();
  }

  // Doubled each time, and spread: a restarted server is not hit by everyone at once.
  #delay() {
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    return longest * (0.5 + Math.random() / 2);
  }

  // The server reads none of it, so its refusal would name no question, and the message
  // would be sent again for ever.
  #isUnfit(message) {
    const over = [...written(message)].length - this.#largest;
    if (!(over > 0)) return false;
    this.forget(message);
    this.#tell("unfit", { message, over });
    return true;
  }

  #send(message) {
    if (message.type === "ask") this.#sent.add(message);
    this.#socket.send(written(message));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
