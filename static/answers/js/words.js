// What the script says: written by the server, in the language of the page.

const { lang } = document.documentElement;
const words = document.querySelector("[data-words]")?.dataset ?? {};
const plural = new Intl.PluralRules(lang);
const numbers = new Intl.NumberFormat(lang);

// The sentence of data-<name>, with {key} filled in from `values`.
export function word(name, values = {}) {
  return (words[name] ?? "").replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);
}

// The sentence of data-<name>-one or -other, with {n} filled in.
export function counted(name, n) {
  return word(name + (plural.select(n) === "one" ? "One" : "Other"), { n: numbers.format(n) });
}
