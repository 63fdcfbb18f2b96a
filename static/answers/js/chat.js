// The chat page: the form asks through the socket, answers come in as they are found.
//
// Every address comes from the server. Where there is no socket the form is posted as
// it is without a script.

import { announce } from "./announce.js";
import { Composer } from "./composer.js";
import "./copy.js";
import { Draft } from "./draft.js";
import "./feedback.js";
import { newId } from "./ids.js";
import { prepareKeys } from "./keys.js";
import { blank, Log } from "./log.js";
import { focusQuestion } from "./place.js";
import { Questions } from "./questions.js";
import { prepareReuse } from "./reuse.js";
import { Scope } from "./scope.js";
import { ACCESS_LOST, ChatSocket, idsOf, SIGNED_OUT } from "./socket.js";
import { Tour } from "./tour.js";
import { counted, word } from "./words.js";

const LONGEST_WAIT_S = 120; // longer than that nobody waits; they can ask again by hand
const AGAIN = new Set(["busy", "too_many", "failed", "outage"]);
// The server takes each line as a question; these are the line ends that it knows.
const LINE_ENDS = /[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+/g;

const chat = document.querySelector("[data-chat]");
const form = chat.querySelector("form[data-ask]"); // none among older questions
const log = new Log(chat.querySelector("[data-log]"));
const field = (name) => form.elements.namedItem(name);

const socket = new ChatSocket(socketAddress(), {
  seq: Number(chat.dataset.seq),
  resumes: log.pending().length > 0,
  largest: Number(form?.dataset.largest),
});
const questions = new Questions({
  log,
  socket,
  form,
  conversation: form && field("conversation")?.value,
});
let scope, draft, composer, tour;

function socketAddress() {
  const url = new URL(chat.dataset.socket, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

// -- Asking --

function ask(texts, chosen, pasted) {
  const focused = document.activeElement;
  chat.querySelector("[data-welcome]")?.remove();
  document.querySelector(".messages")?.remove(); // of the page before
  const article = questions.ask(texts, chosen, pasted);
  if (!focused.isConnected) focusQuestion(article); // a suggestion is gone once it is asked
  article.scrollIntoView({ block: "start" });
  if (article.dataset.status === "pending") announce(word("searching"));
  postUnheard();
}

function askAgain(article) {
  if (questions.again(article.dataset.questionId)) postUnheard();
  else askAnew(article);
}

// `anyway`: the passages are read though reviewers have confirmed an answer.
function askAnew(article, { anyway = false } = {}) {
  const text = article.querySelector("[data-asked]").textContent;
  const only = article.querySelector("[data-passage]");
  ask([text], {
    libraries: article.dataset.libraries?.split(" ").filter(Boolean) ?? scope.chosen.libraries,
    name: article.querySelector("[data-library-name]").textContent,
    passage: only?.dataset.passage,
    only: only?.textContent,
    anyway,
  });
}

chat.addEventListener("click", (event) => {
  const article = event.target.closest("[data-question-id]");
  if (event.target.closest("[data-cancel-one]")) questions.cancel(article.dataset.questionId);
  const pressed = event.target.closest("[data-again], [data-read-anyway]");
  if (!pressed) return;
  if (pressed.matches("form") && (socket.hasFailed || !form)) {
    lendToken(pressed);
    return;
  }
  event.preventDefault();
  if (pressed.matches("[data-again]")) askAgain(article);
  else askAnew(article, { anyway: true });
});

// What came by the socket has no token to be posted with.
function lendToken(posted) {
  if (posted.elements.namedItem("csrfmiddlewaretoken")) return;
  posted.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
}

// -- What the server says --

const heard = {
  asked(frame) {
    if (log.article(frame.id) && !questions.conversation) open(frame);
    if (String(frame.conversation) !== questions.conversation) return;
    if (frame.html) log.show(frame.id, frame.html);
    if (frame.pasted) scope.addPasted(frame.pasted);
    questions.accept(frame.id);
  },
  waiting: (frame) => log.outcome(frame),
  answers(frame) {
    log.outcome(frame);
    if (!frame.final) return;
    questions.ended(frame.id);
    tour.answered();
  },
  cancelled({ id }) {
    log.cancelled(id);
    questions.ended(id);
  },
  error({ id, ids, code, message, retry_after: seconds }) {
    const refused = questions.refused(ids?.length ? ids : [id]);
    if (seconds && seconds <= LONGEST_WAIT_S && !questions.wasAccepted(refused[0])) {
      const held = questions.holdBack(refused);
      if (held.length > 0) announce(message);
      // Whichever is over first asks them all again, and so ends the others.
      for (const one of held) log.held(one, message, seconds, () => questions.again(one) && postUnheard());
      return;
    }
    fail(refused, message, (one) => questions.wasAccepted(one) || AGAIN.has(code));
  },
};

// `again(id)`: whether the question can be asked again as it is.
function fail(ids, message, again = () => false) {
  for (const id of ids) {
    log.failed(id, message, { again: again(id) });
    questions.ended(id);
  }
}

socket.addEventListener("frame", ({ detail: frame }) => {
  if (!form) return;
  // A resume repeats what is closed; other conversations are not on this page.
  const status = log.article(frame.id)?.dataset.status;
  if (frame.type === "asked" || frame.ids?.length || status === "pending") heard[frame.type]?.(frame);
});

// Turn the page to the conversation that the question began.
function open({ url, conversation, title }) {
  questions.conversation = String(conversation);
  form.append(hidden("conversation", conversation));
  draft.turnTo(conversation);
  chat.querySelector("[data-title] bdi").textContent = title;
  document.title = `${title} · qaweb`;
  history.replaceState(null, "", url);
  const languages = document.querySelector(".languages");
  if (languages) languages.elements.namedItem("next").value = url;
  markInHistory(url, title);
}

function hidden(name, value) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  return input;
}

function markInHistory(url, title) {
  const list = chat.querySelector("[data-history]");
  list?.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const there = Array.from(list?.querySelectorAll("a") ?? []).find((a) => a.pathname === url);
  if (there) {
    there.setAttribute("aria-current", "page");
    return;
  }
  const item = blank("history");
  item.querySelector("a").href = url;
  item.querySelector("bdi").textContent = title;
  list?.prepend(item);
}

// -- The connection --

const connection = form?.querySelector("[data-connection]");

socket.addEventListener("open", ({ detail: lost }) => {
  connection.textContent = "";
  if (lost) announce(word("connected"));
});

socket.addEventListener("down", ({ detail: wasOpen }) => {
  if (!navigator.onLine) connection.textContent = word("offline");
  else connection.textContent = word(wasOpen ? "lost" : "plain");
  postUnheard();
});

socket.addEventListener("refused", ({ detail: code }) => {
  if (code === SIGNED_OUT) {
    connection.replaceChildren(blank("signed-out"));
    // The page may have turned to a conversation since it was loaded.
    connection.querySelector("a").search = new URLSearchParams({ next: location.pathname });
  } else if (code === ACCESS_LOST) connection.replaceChildren(blank("access-lost"));
  else connection.textContent = word("plain");
  postUnheard();
});

socket.addEventListener("unfit", ({ detail: { message, over } }) => {
  // Another load of the page may have left it, and this one may show another conversation.
  const here = idsOf(message).filter((id) => log.article(id));
  fail(here, counted("over", over));
});

// Where no socket can be had at all, the last question goes by the form.
function postUnheard() {
  if (!socket.hasFailed) return;
  const here = socket.unheard.filter((message) => log.article(idsOf(message)[0]));
  const last = here.findLast((message) => !message.questions);
  for (const message of here) {
    socket.forget(message);
    if (message !== last) fail(idsOf(message), word("unsent"));
  }
  if (last) post(last);
}

// In a form of its own: the page's asks what is chosen there now, which may be another
// library, or one passage.
function post({ id, question, library, passage, pasted, read_anyway: anyway }) {
  const plain = document.createElement("form");
  plain.method = "post";
  plain.action = form.action;
  const fields = [
    ["csrfmiddlewaretoken", field("csrfmiddlewaretoken").value],
    ["id", id],
    ["question", question.replace(LINE_ENDS, " ")],
    ["conversation", questions.conversation],
    ...library.map((one) => ["library", one]),
    ["passage", passage],
    ["pasted", pasted],
    ["read_anyway", anyway && "1"],
  ];
  plain.append(...fields.filter(([, value]) => value).map(([name, value]) => hidden(name, value)));
  document.body.append(plain);
  plain.submit();
}

// -- Begin --

function prepareForm() {
  draft = new Draft({ question: field("question"), pasted: field("pasted") }, questions.conversation);
  draft.forgetPosted((id) => log.article(id));
  const restored = draft.restore();
  scope = new Scope(form);
  if (restored.includes("pasted")) scope.askNone(); // as when it was pasted
  const isPlain = () => {
    if (!socket.hasFailed) return false;
    field("id").value = newId(); // one from the browser's memory is used
    draft.posted(field("id").value);
    return true;
  };
  const send = (texts, pasted) => ask(texts, scope.chosen, pasted);
  composer = new Composer(form, { scope, draft, ask: send, isPlain });
  tour = new Tour(chat);
  prepareReuse(chat, {
    fill: (text, pasted) => composer.fill(text, pasted),
    choose: (ids) => scope.choose(ids),
    ask: (text, chosen) => ask([text], chosen ?? scope.chosen),
    pastedWith: (id) => questions.pastedWith(id),
  });
}

// Beside the talk the list stays open; chat.css shows it so without a script too.
function unfoldHistory() {
  const details = chat.querySelector("[data-history]")?.closest("details");
  if (!details) return;
  const wide = matchMedia("(min-width: 56rem)");
  const follow = () => {
    details.open = wide.matches;
  };
  wide.addEventListener("change", follow);
  follow();
}

function showNewest() {
  if (location.hash) return;
  chat.querySelector("[data-question-id]:last-of-type")?.scrollIntoView({ block: "start" });
  // A keyboard is at hand; on a phone the focus would raise one over the page.
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) composer.focus();
}

// A question of the address that is further up than this page reaches.
function findAsked() {
  const [, id] = location.hash.match(/^#question-([\da-f-]{36})$/) ?? [];
  const link = chat.querySelector("[data-question-address]");
  if (id && link && !log.article(id)) location.replace(link.dataset.questionAddress.replace(/[\da-f-]{36}/, id));
}

unfoldHistory();
prepareKeys(chat);
if (form) {
  prepareForm();
  showNewest();
  findAsked();
  socket.connect();
}
