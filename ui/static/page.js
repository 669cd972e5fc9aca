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

// The buttons that were pressed are gone by then, and the focus would be with them.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#question .stop-button, #chat .example, #new-chat")) {
    document.querySelector("#question textarea")?.focus();
  }
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

// The announcer tells the stages and then the whole answer; without this the log would be read at every word.
function quieten() {
  const transcript = log();
  if (transcript && transcript.getAttribute("aria-live") !== "off") transcript.setAttribute("aria-live", "off");
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
  quieten();
  bringUp();
}).observe(document.documentElement, { childList: true, subtree: true });
