// Tell screen readers, through the page's one live region. Sentences are added, so that
// one that comes soon after another does not silence it, and the same is said twice.

const KEPT = 5;

export function announce(sentence) {
  const region = document.querySelector("[data-announcer]");
  if (!region || !sentence) return;
  const said = document.createElement("p");
  said.textContent = sentence;
  region.append(said);
  while (region.children.length > KEPT) region.firstElementChild.remove();
}
