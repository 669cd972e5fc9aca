// What markup and CSS cannot do: a new question at the top of the view, an address that names the conversation, and a
// transcript that screen readers are not read word by word.

const log = () => document.querySelector("#chat [role=log]");

// The buttons that were pressed are gone by then, and the focus would be with them. On a touch screen it may be: there,
// a focus on the question box brings up a keyboard over the answer.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#question .stop-button, #chat .example, #new-chat, .next button")) return;
  if (!matchMedia("(pointer: coarse)").matches) document.querySelector("#question textarea")?.focus();
});

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Gradio's own labels, put right. The log would be read at every word, where the announcer tells the stages and then
// the whole answer; the examples are a list of buttons that are no list items; and what the
// sidebar holds should be told before it is opened.
function relabel() {
  set(log(), "aria-live", "off");
  set(document.querySelector("#chat .examples"), "role", "group");
  for (const radio of document.querySelectorAll("#depth input")) set(radio, "name", "depth"); // else no arrow key moves on
  const shelf = document.querySelector("#shelf .toggle-button");
  set(shelf, "aria-label", "Conversations");
  set(shelf, "title", "Conversations");
  set(shelf, "aria-expanded", String(document.querySelector("#shelf.open") !== null));
}

document.addEventListener("click", () => setTimeout(relabel));

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

// The address names the conversation that is shown, so that it can be kept, reloaded and opened elsewhere.
let isArrived = false;
function nameAddress() {
  const marker = document.querySelector("#open-conversation [data-open]");
  if (!marker || !window.newsrag || marker.dataset.told) return;
  marker.dataset.told = "1";
  if (!isArrived) {
    isArrived = true;
    const named = new URL(location.href).searchParams.get("c");
    if (named) setTimeout(() => window.newsrag.act({ act: "open", id: named }), 200); // Gradio wires its events first
    return;
  }
  const address = new URL(location.href);
  if (marker.dataset.open) address.searchParams.set("c", marker.dataset.open);
  else address.searchParams.delete("c");
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

new MutationObserver(() => {
  relabel();
  bringUp();
  nameAddress();
}).observe(document.documentElement, { childList: true, subtree: true });
