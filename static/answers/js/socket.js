// The connection to the server: it comes back after a drop and loses no question.
//
// Events: "open" (detail: whether it was lost before), "down" (detail: whether it was
// ever open), "refused" (detail: the close code; it will not come back), "frame"
// (detail: the message). Knows nothing of the page.

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
export const SIGNED_OUT = 4401;
const REFUSALS = new Set([4400, SIGNED_OUT, 4429]);

export class ChatSocket extends EventTarget {
  #url;
  #seq; // the last number seen; where a resume begins
  #resumes; // whether to ask for what was missed as soon as it is open
  #socket = null;
  #timer = null;
  #failures = 0;
  #unheard = new Map(); // questions of which nothing was heard yet, by id
  #sent = new Set(); // ids that went out at least once
  #cancels = new Set();

  constructor(url, { seq, resumes }) {
    super();
    this.#url = url;
    this.#seq = seq;
    this.#resumes = resumes;
    this.wasOpen = false;
    this.isRefused = false;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get hasFailed() {
    return this.isRefused || (!this.wasOpen && this.#failures > 0);
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

  // The id makes sending it twice harmless, so it is sent until something is heard.
  ask(message) {
    this.#unheard.set(message.id, message);
    if (this.isOpen) this.#send(message);
  }

  cancel(id) {
    if (this.#unheard.has(id) && !this.#sent.has(id)) {
      this.#unheard.delete(id);
      this.#tell("frame", { type: "cancelled", id });
    } else if (this.isOpen) {
      this.#send({ type: "cancel", id });
    } else {
      this.#cancels.add(id);
    }
  }

  // Questions of which nothing was heard, for a form to post instead.
  takeUnheard() {
    const unheard = [...this.#unheard.values()];
    this.#unheard.clear();
    return unheard;
  }

  #opened() {
    const lost = this.wasOpen;
    this.wasOpen = true;
    for (const message of this.#unheard.values()) this.#send(message);
    for (const id of this.#cancels) this.#send({ type: "cancel", id });
    this.#cancels.clear();
    if (lost || this.#resumes) this.#send({ type: "resume", after: this.#seq });
    this.#tell("open", lost);
  }

  #received(frame) {
    this.#failures = 0; // only now: a server that drops every socket is not up
    this.#seq = Math.max(this.#seq, frame.seq);
    this.#unheard.delete(frame.id);
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

  // Doubled each time, and spread: a restarted server is not hit by everyone at once.
  #delay() {
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    return longest * (0.5 + Math.random() / 2);
  }

  #send(message) {
    if (message.type === "ask") this.#sent.add(message.id);
    this.#socket.send(JSON.stringify(message));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
