// The chat page: the form asks through the socket, answers come in as they are found.
//
// Every address comes from the server. Where there is no socket the form is posted as
// it is without a script.

import { announce } from "./announce.js";
import "./copy.js";
import "./feedback.js";
import { newId } from "./ids.js";
import { blank, Log } from "./log.js";
import { ChatSocket, SIGNED_OUT } from "./socket.js";

const chat = document.querySelector("[data-chat]");
const form = chat.querySelector("[data-ask]");
const log = new Log(chat.querySelector("[data-log]"));
const field = (name) => form.elements.namedItem(name);

const running = new Set(log.pending()); // ids in the order asked
const asked = new Map(); // messages of this page, by id
const accepted = new Set(); // ids that the server has saved
let home = form && field("library").value; // the library of the page's conversation
let beginning = null; // the question that begins the conversation, until accepted
let held = []; // questions that wait to learn their conversation

const socket = new ChatSocket(socketAddress(), {
  seq: Number(chat.dataset.seq),
  resumes: running.size > 0,
});

function socketAddress() {
  const url = new URL(chat.dataset.socket, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

// -- Asking --------------------------------------------------------------------

// `library`: the id of the one asked, `name`: its title; `only`: a link to the one
// passage that is asked, or null.
function ask(question, { library, name, only }) {
  const message = { type: "ask", id: newId(), question, library };
  if (only) message.passage = only.dataset.passage;
  asked.set(message.id, message);
  chat.querySelector("[data-welcome]")?.remove();
  document.querySelector(".messages")?.remove(); // of the page before
  log.add(message.id, question, { name, only: only?.cloneNode(true) });
  started(message.id);
  send(message);
}

function chosenInForm() {
  const library = field("library").value;
  const only = form.querySelector("[data-passage]");
  const name = only?.dataset.library ?? field("library").selectedOptions[0].textContent;
  return { library, name, only };
}

function chosenFor(article) {
  const message = asked.get(article.dataset.questionId);
  return {
    library: message?.library ?? home,
    name: article.querySelector("[data-library-name]").textContent,
    only: article.querySelector("[data-passage]"),
  };
}

function send(message) {
  const conversation = field("conversation")?.value;
  if (conversation && message.library === home) {
    message.conversation = conversation;
  } else if (beginning && beginning !== message.id) {
    held.push(message); // or it would begin a second conversation
    return;
  } else {
    beginning = message.id;
  }
  socket.ask(message);
}

function release() {
  beginning = null;
  const waiting = held;
  held = [];
  waiting.forEach(send);
}

function askAgain(article) {
  const id = article.dataset.questionId;
  const message = asked.get(id);
  if (message && !accepted.has(id)) {
    log.search(id);
    started(id);
    send(message);
  } else {
    ask(article.querySelector("[data-asked]").textContent, chosenFor(article));
  }
}

function started(id) {
  running.add(id);
  form.querySelector("[data-cancel]").hidden = false;
}

function ended(id) {
  running.delete(id);
  if (beginning === id) release();
  if (running.size > 0) return;
  const cancel = form.querySelector("[data-cancel]");
  if (cancel === document.activeElement) field("question").focus();
  cancel.hidden = true;
}

// -- What the server says ------------------------------------------------------

const heard = {
  asked(frame) {
    accepted.add(frame.id);
    if (field("conversation")?.value !== String(frame.conversation)) open(frame);
    if (beginning === frame.id) release();
  },
  answers(frame) {
    log.answers(frame);
    if (frame.final) ended(frame.id);
  },
  cancelled({ id }) {
    log.cancelled(id);
    ended(id);
  },
  error({ id, code, message }) {
    log.failed(id, message, { again: accepted.has(id) || code === "busy" || code === "failed" });
    ended(id);
  },
};

socket.addEventListener("frame", ({ detail: frame }) => {
  // Other tabs' questions are not on this page, and a resume repeats closed ones.
  if (frame.id && log.article(frame.id)?.dataset.status === "pending") {
    heard[frame.type]?.(frame);
  }
});

// Turn the page to the conversation that the question began.
function open({ id, url, conversation, title }) {
  home = asked.get(id)?.library ?? home;
  log.keepOnly(id);
  const hidden = field("conversation") ?? newHidden("conversation");
  hidden.value = conversation;
  chat.querySelector("[data-title] bdi").textContent = title;
  document.title = `${title} · qaweb`;
  history.replaceState(null, "", url);
  markInHistory(url, title);
}

function newHidden(name) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  form.append(input);
  return input;
}

function markInHistory(url, title) {
  const list = chat.querySelector("[data-history]");
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const there = Array.from(list.querySelectorAll("a")).find((a) => a.pathname === url);
  if (there) {
    there.setAttribute("aria-current", "page");
    return;
  }
  const item = blank("history");
  item.querySelector("a").href = url;
  item.querySelector("bdi").textContent = title;
  list.prepend(item);
}

// -- The connection ------------------------------------------------------------

const connection = form?.querySelector("[data-connection]");

socket.addEventListener("open", ({ detail: lost }) => {
  connection.textContent = "";
  if (lost) announce("Connected again");
});

socket.addEventListener("down", ({ detail: wasOpen }) => {
  connection.textContent = wasOpen
    ? "Connection lost – trying again…"
    : "No live connection. Questions are sent the plain way.";
  postUnheard();
});

socket.addEventListener("refused", ({ detail: code }) => {
  if (code === SIGNED_OUT) connection.replaceChildren(blank("signed-out"));
  else connection.textContent = "No live connection. Questions are sent the plain way.";
  postUnheard();
});

// Where no socket can be had at all, the last question goes by the form.
function postUnheard() {
  if (!socket.hasFailed) return;
  const questions = socket.takeUnheard();
  const last = questions.pop();
  for (const { id } of questions) {
    heard.error({ id, code: "failed", message: "This question could not be sent." });
  }
  if (last) post(last.id, last.question);
}

function post(id, question) {
  field("id").value = id;
  field("question").value = question;
  form.submit();
}

window.addEventListener("online", () => socket.connect());

// -- The form ------------------------------------------------------------------

function prepareForm() {
  const question = field("question");
  form.addEventListener("submit", (event) => {
    if (socket.hasFailed) {
      field("id").value = newId(); // a page from the browser's memory has a used one
      return;
    }
    event.preventDefault();
    if (tellLength() < 0) {
      // Not sent: the server would close the socket on a message that is far too long.
      announce(form.querySelector("[data-length]").textContent);
      question.focus();
      return;
    }
    const text = question.value.trim();
    question.value = "";
    tellLength();
    if (text) ask(text, chosenInForm());
  });
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  question.addEventListener("input", tellLength);
  form.querySelector("[data-cancel]").addEventListener("click", () => {
    socket.cancel(Array.from(running).at(-1));
  });
  if (running.size > 0) form.querySelector("[data-cancel]").hidden = false;
}

// Said only near the limit. Counted in code points, as the server does.
function tellLength() {
  const question = field("question");
  const limit = Number(question.dataset.limit);
  const left = limit - [...question.value.trim()].length;
  const place = form.querySelector("[data-length]");
  if (left < 0) place.textContent = `${-left} characters too many`;
  else place.textContent = left < limit / 5 ? `${left} characters left` : "";
  place.classList.toggle("over", left < 0);
  return left;
}

// Back into the form with what was not taken, to be changed.
chat.addEventListener("click", (event) => {
  const edit = event.target.closest("[data-edit]");
  if (!edit) return;
  const article = edit.closest("[data-question-id]");
  const question = field("question");
  question.value = article.querySelector("[data-asked]").textContent;
  article.remove();
  question.focus();
  tellLength();
});

chat.addEventListener("click", (event) => {
  const again = event.target.closest("[data-again]");
  if (!again || socket.hasFailed || !form) return;
  event.preventDefault();
  askAgain(again.closest("[data-question-id]"));
});

// -- Begin ---------------------------------------------------------------------

// Beside the talk the list stays open; chat.css shows it so without a script too.
function unfoldHistory() {
  const details = chat.querySelector("[data-history]").closest("details");
  const wide = matchMedia("(min-width: 56rem)");
  const follow = () => {
    details.open = wide.matches;
  };
  wide.addEventListener("change", follow);
  follow();
}

function showNewest() {
  if (location.hash) return;
  chat.querySelector("[data-question-id]:last-child")?.scrollIntoView({ block: "start" });
  // A keyboard is at hand; on a phone the focus would raise one over the page.
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    field("question").focus({ preventScroll: true });
  }
}

unfoldHistory();
if (form) {
  prepareForm();
  tellLength();
  showNewest();
  socket.connect();
}
