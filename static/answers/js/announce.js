// Tell screen readers, through the page's one live region.

export function announce(sentence) {
  const region = document.querySelector("[data-announcer]");
  if (!region) return;
  region.textContent = ""; // the same sentence twice would not be said again
  requestAnimationFrame(() => {
    region.textContent = sentence;
  });
}
