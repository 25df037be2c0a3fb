// Shows the operations whose names or paths hold every word that is typed.
"use strict";
const input = document.getElementById("filter-text");
const count = document.getElementById("filter-count");
const groups = [...document.querySelectorAll("#groups .group")].map((section) => ({
  section,
  name: section.querySelector("h3").textContent.toLowerCase(),
  items: [...section.querySelectorAll("li")].map((item) => ({ item, text: item.textContent.toLowerCase() })),
}));

function filter() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { section, name, items } of groups) {
    let here = 0;
    for (const { item, text } of items) {
      const fits = words.every((word) => text.includes(word) || name.includes(word));
      item.hidden = !fits;
      here += fits ? 1 : 0;
    }
    section.hidden = here === 0;
    shown += here;
  }
  count.textContent = words.length === 0 ? "" : shown === 1 ? "1 operation" : `${shown} operations`;
}

input.addEventListener("input", filter);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== input && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    input.focus();
  } else if (event.key === "Escape" && document.activeElement === input) {
    input.value = "";
    filter();
  }
});
document.getElementById("filter").hidden = false;
filter();
