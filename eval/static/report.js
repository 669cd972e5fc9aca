"use strict";
const filters = ["type", "stage", "status"].map((name) => document.getElementById(name));
const words = document.getElementById("words");
const count = document.getElementById("count");
const cards = [...document.querySelectorAll("article")];

function show() {
  const wanted = words.value.trim().toLowerCase();
  let shown = 0;
  for (const card of cards) {
    const fits = filters.every((one) => !one.value || card.dataset[one.id].split(" | ").includes(one.value));
    card.hidden = !fits || !(wanted === "" || card.textContent.toLowerCase().includes(wanted));
    shown += card.hidden ? 0 : 1;
  }
  count.textContent = `${shown} of ${cards.length} questions`;
}

for (const one of [...filters, words]) one.addEventListener("input", show);
show();
