// What markup and CSS cannot do: markers that lead to their source and back, a new question at the top of the view,
// and a transcript that screen readers are not read word by word.

const log = () => document.querySelector("#chat [role=log]");

// A link to "#id" would leave the page, because its base is not its address once that has a query.
document.addEventListener("click", (event) => {
  const chip = event.target.closest?.(".turn a.chip");
  if (!chip) return;
  event.preventDefault();
  pointAt(document.getElementById(chip.getAttribute("href").slice(1)), chip);
});

// The buttons that were pressed are gone by then, and the focus would be with them. On a touch screen it may be: there,
// a focus on the question box brings up a keyboard over the answer.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#question .stop-button, #chat .example, #new-chat")) return;
  if (!matchMedia("(pointer: coarse)").matches) document.querySelector("#question textarea")?.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const card = event.target.closest?.(".turn .card");
  if (card?.cameFrom?.isConnected) card.cameFrom.focus();
});

function pointAt(card, chip) {
  if (!card) return;
  for (const other of document.querySelectorAll(".card.pointed-at")) other.classList.remove("pointed-at");
  card.classList.add("pointed-at");
  card.cameFrom = chip;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Gradio's own labels, put right. The log would be read at every word, where the announcer tells the stages and then
// the whole answer; and the examples are a list of buttons that are no list items.
function relabel() {
  set(log(), "aria-live", "off");
  set(document.querySelector("#chat .examples"), "role", "group");
}

function set(element, name, value) {
  if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// The newest question goes to the top once, when it appears; after that the reader scrolls.
let shown = null;
function bringUp() {
  const questions = document.querySelectorAll("#chat .user-row");
  const newest = questions[questions.length - 1] ?? null;
  if (newest && newest !== shown) newest.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  shown = newest;
}

new MutationObserver(() => {
  relabel();
  bringUp();
}).observe(document.documentElement, { childList: true, subtree: true });
