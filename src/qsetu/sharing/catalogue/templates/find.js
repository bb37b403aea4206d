"use strict";
const box = document.querySelector(".find");
const field = box.querySelector("input");
const rows = [...document.querySelectorAll("tr[data-entry]")];
const texts = rows.map((row) => row.textContent.toLowerCase());
function find() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  rows.forEach((row, place) => {
    row.hidden = !words.every((word) => texts[place].includes(word));
    shown += !row.hidden;
  });
  document.querySelectorAll("section[data-kind]").forEach((part) => {
    part.hidden = !part.querySelector("tr[data-entry]:not([hidden])");
  });
  box.querySelector("output").textContent = words.length ? `${shown} of ${rows.length} entries` : "";
}
field.addEventListener("input", find);
box.hidden = false;
find();
