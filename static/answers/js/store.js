// What the browser keeps for a person: in this tab, or on this device. Where it may not,
// nothing is kept and nothing breaks.

const person = document.querySelector("[data-person]")?.dataset.person ?? "";
const full = (key) => `qaweb:${person}:${key}`;

function store(area) {
  return {
    get(key) {
      try {
        return JSON.parse(area().getItem(full(key)));
      } catch {
        return null;
      }
    },
    // null forgets the key.
    set(key, value) {
      try {
        if (value === null) area().removeItem(full(key));
        else area().setItem(full(key), JSON.stringify(value));
      } catch {
        // full, or switched off
      }
    },
  };
}

export const inTab = store(() => sessionStorage);
export const onDevice = store(() => localStorage);
