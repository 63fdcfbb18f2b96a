// On every page: controls that need a script are shown, those for without are not.

document.documentElement.classList.add("js");
