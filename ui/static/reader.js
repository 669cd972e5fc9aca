// The article beside the chat: opened from a citation, scrolled to its quote, closed with Escape. And the short tip over a
// citation. The server sends the article as markup in which every word of it is text.

const wide = matchMedia("(min-width: 64rem)");
const reader = { box: null, body: null, from: null, fallback: "" };

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.(".chip, .opens");
  if (!opener) return;
  event.preventDefault();
  const card = cardOf(opener);
  if (card) openArticle(card, opener);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  hideTip();
  if (reader.box?.open) closeReader();
});

// Where a citation leads: its card in the turn, else the element itself.
function cardOf(opener) {
  const id = opener.getAttribute("href")?.slice(1);
  return (id && document.getElementById(id)) || opener.closest("[data-article]");
}

function quoteOf(card) {
  if (card.dataset.start === undefined) return null;
  const words = card.dataset.words ?? card.querySelector("mark")?.textContent ?? "";
  return { start: Number(card.dataset.start), end: Number(card.dataset.end), words };
}

async function openArticle(card, opener) {
  hideTip();
  const article = card.dataset.article;
  const turn = card.closest(".turn");
  const others = turn ? [...turn.querySelectorAll(".cards:not(.found) > [data-article]")] : [];
  const also = others.filter((one) => one !== card && one.dataset.article === article).map(quoteOf);
  makeReader();
  reader.from = opener;
  reader.fallback = selectorOf(opener);
  pointAt(card);
  reader.body.setAttribute("aria-busy", "true");
  showReader();
  let markup;
  try {
    markup = await window.newsrag.read({ article, here: quoteOf(card), also });
  } catch {
    markup = '<p class="reader-note" role="alert">The article could not be read. Is the server still running?</p>';
  }
  reader.body.innerHTML = markup;
  reader.body.removeAttribute("aria-busy");
  const here = document.getElementById("reader-here");
  here?.scrollIntoView({ block: "center" });
  (here ?? reader.box.querySelector(".reader-text") ?? reader.body).focus({ preventScroll: true });
}

function makeReader() {
  if (reader.box) return;
  const box = document.createElement("dialog");
  box.id = "reader";
  box.setAttribute("aria-label", "Article");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "reader-close";
  close.textContent = "Close";
  close.setAttribute("aria-label", "Close the article");
  close.addEventListener("click", closeReader);
  const body = document.createElement("div");
  body.className = "reader-body";
  box.append(close, body);
  box.addEventListener("cancel", (event) => {
    event.preventDefault();
    closeReader();
  });
  document.querySelector(".gradio-container").append(box);
  reader.box = box;
  reader.body = body;
}

// Beside the chat where there is room, else over it, where a modal dialog keeps the focus inside.
function showReader() {
  document.body.classList.toggle("reading", wide.matches);
  if (reader.box.open) return;
  if (wide.matches) reader.box.show();
  else reader.box.showModal();
}

wide.addEventListener("change", () => {
  if (!reader.box?.open) return;
  reader.box.close();
  showReader();
});

function closeReader() {
  if (!reader.box?.open) return;
  reader.box.close();
  document.body.classList.remove("reading");
  unpoint();
  const back = reader.from?.isConnected ? reader.from : document.querySelector(reader.fallback);
  back?.focus();
}

// Gradio draws a turn anew while it changes, so that an element that was pressed may be another one by now.
function selectorOf(element) {
  const turn = element.closest(".turn")?.dataset.turn;
  const href = element.getAttribute("href");
  return turn && href ? `[data-turn="${CSS.escape(turn)}"] [href="${CSS.escape(href)}"]` : "#question textarea";
}

function unpoint() {
  for (const other of document.querySelectorAll(".pointed-at")) other.classList.remove("pointed-at");
}

function pointAt(card) {
  unpoint();
  card.classList.add("pointed-at");
}

// The tip: the quote, who published it and when.

let tip = null;

function hideTip() {
  tip?.classList.remove("shown");
  document.querySelector("[aria-describedby=citation-tip]")?.removeAttribute("aria-describedby");
}

function showTip(chip) {
  const card = cardOf(chip);
  if (!card || !wide.matches) return;
  hideTip();
  if (!tip) {
    tip = document.createElement("div");
    tip.id = "citation-tip";
    tip.setAttribute("role", "tooltip");
    document.querySelector(".gradio-container").append(tip);
  }
  tip.replaceChildren(line("tip-quote", `“${card.querySelector("mark")?.textContent ?? ""}”`), origin(card));
  chip.setAttribute("aria-describedby", tip.id);
  const spot = chip.getBoundingClientRect();
  tip.classList.add("shown");
  const size = tip.getBoundingClientRect();
  const below = spot.top < size.height + 16;
  tip.style.left = `${Math.max(8, Math.min(spot.left, innerWidth - size.width - 8))}px`;
  tip.style.top = `${below ? spot.bottom + 8 : spot.top - size.height - 8}px`;
}

function line(name, words) {
  const made = document.createElement("p");
  made.className = name;
  made.textContent = words;
  return made;
}

function origin(card) {
  const parts = [...card.querySelectorAll(".verdict, .byline")].map((one) => one.textContent);
  return line("tip-origin", parts.join(" · "));
}

for (const name of ["mouseover", "focusin"]) {
  document.addEventListener(name, (event) => {
    const chip = event.target.closest?.("a.chip");
    if (chip) showTip(chip);
  });
}
for (const name of ["mouseout", "focusout"]) {
  document.addEventListener(name, (event) => {
    if (event.target.closest?.("a.chip")) hideTip();
  });
}
document.addEventListener("scroll", hideTip, true);
