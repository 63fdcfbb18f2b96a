// Handing files over: drop them, see them, and watch them being sent. The words are in
// the form's data attributes; without this script the form posts by itself.

const form = document.querySelector("[data-import-form]");
const { dataset: words } = form;
const input = form.querySelector("[type=file]");
const list = form.querySelector("[data-chosen]");
const drop = form.querySelector("[data-drop]");
const problem = document.querySelector("[data-problem]");
const accepted = words.accept.split(",");
let refused = []; // names that were dropped and are no files

const size = (bytes) => {
  const step = bytes < 1e3 ? 0 : bytes < 1e6 ? 1 : 2;
  const value = bytes / 1e3 ** step;
  const unit = ["byte", "kilobyte", "megabyte"][step];
  const format = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: value < 10 ? 1 : 0 };
  return value.toLocaleString(document.documentElement.lang, format);
};

const wrong = (file) => {
  const dot = file.name.lastIndexOf(".");
  if (!accepted.includes(file.name.slice(dot).toLowerCase()) || dot < 0) return words.unknown;
  if (file.size > Number(words.fileBytes)) return words.tooLarge;
  return file.size ? "" : words.empty;
};

const same = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

function choose(files) {
  const chosen = new DataTransfer();
  for (const file of files) chosen.items.add(file);
  input.files = chosen.files;
  show();
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function row(file, why) {
  const item = document.createElement("li");
  item.append(element("bdi", file.name), element("span", file.size ? size(file.size) : "", "size"));
  if (why) item.append(element("span", why, "wrong"));
  const remove = element("button", "×", "quiet");
  remove.type = "button";
  remove.setAttribute("aria-label", words.remove.replace("{name}", file.name));
  remove.addEventListener("click", () => {
    refused = refused.filter((other) => other !== file);
    choose([...input.files].filter((other) => other !== file));
    (list.querySelector("button") || input).focus();
  });
  item.append(remove);
  return item;
}

function show() {
  list.replaceChildren(
    ...[...input.files].map((file) => row(file, wrong(file))),
    ...refused.map((file) => row(file, words.folder)),
  );
  tell("");
}

function tell(text) {
  problem.textContent = text;
  problem.hidden = !text;
  if (text) problem.focus();
}

input.addEventListener("change", show);
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
drop.addEventListener("dragleave", (event) => {
  if (!drop.contains(event.relatedTarget)) drop.classList.remove("over");
});
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const files = [...input.files];
  for (const item of event.dataTransfer.items) {
    const file = item.getAsFile();
    if (!file) continue;
    if (item.webkitGetAsEntry()?.isDirectory) refused.push({ name: file.name });
    else if (!files.some((other) => same(other, file))) files.push(file);
  }
  choose(files);
});
// A file that misses the field would replace the page.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const files = [...input.files].filter((file) => !wrong(file));
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (!files.length) tell(input.files.length ? wrong(input.files[0]) : words.none);
  else if (files.length > Number(words.mostFiles)) tell(words.tooMany);
  else if (bytes > Number(words.mostBytes)) tell(words.tooMuch);
  else send(files);
});

function send(files) {
  const data = new FormData(form);
  data.delete("files");
  for (const file of files) data.append("files", file);
  const request = new XMLHttpRequest(); // fetch does not tell how much was sent
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => sent(loaded / total));
  request.addEventListener("loadend", () => {
    const { url, problem: why } = request.response || {};
    if (url) return location.assign(url);
    sending(false);
    tell(why || words.lost);
  });
  tell("");
  sending(true);
  sent(0);
  request.send(data);
}

// The browser brings the page back as it was left, in the middle of sending.
addEventListener("pageshow", ({ persisted }) => persisted && sending(false));

function sending(is) {
  form.querySelector("[data-sending]").hidden = !is;
  for (const control of form.querySelectorAll("button, input")) control.disabled = is;
}

function sent(share) {
  form.querySelector("#sent").value = 100 * share;
  form.querySelector("[data-percent]").textContent =
    share.toLocaleString(document.documentElement.lang, { style: "percent" });
}
