// The list of passages: ticking a whole page, and how many are ticked. Everything works
// without this, too.

const form = document.querySelector("form.bulk");
if (form) {
  const all = form.querySelector("[data-tick-all]");
  const bar = form.querySelector("details");
  const said = form.querySelector("[data-ticked]");
  const ticks = [...form.querySelectorAll("[name=passage]")];
  const show = () => {
    const count = ticks.filter((tick) => tick.checked).length;
    all.checked = count === ticks.length;
    all.indeterminate = count > 0 && !all.checked;
    said.textContent = count ? said.dataset.words.replace("{count}", count) : "";
    return count;
  };
  form.addEventListener("change", ({ target }) => {
    if (target === all) for (const tick of ticks) tick.checked = all.checked;
    if (target !== all && target.name !== "passage") return;
    if (show()) {
      form.elements.scope.value = "ticked";
      if (matchMedia("(min-width: 48rem)").matches) bar.open = true; // else it hides the list
    }
  });
  show();
}

// What was just done is said where the reader's attention then is.
const done = document.querySelector(".messages");
if (done && !document.querySelector("[autofocus]")) {
  done.tabIndex = -1;
  done.focus();
}
