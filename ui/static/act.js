// Buttons of ours in what the server renders: `data-act` says what a press does, and the server does it.

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-act]");
  if (!button) return;
  if (button.dataset.confirm && !isArmed(button)) return;
  pressed.selector = selectorOfAct(button);
  switch (button.dataset.act) {
    case "copy":
      return copy(button);
    case "rename":
      return rename(button);
    default:
      act(button.dataset);
  }
});

function act(data) {
  window.newsrag?.act({ act: data.act, id: data.id, turn: data.turnNumber, text: data.text, title: data.title });
  if (data.act === "edit") document.querySelector("#question textarea")?.focus();
}

// What cannot be undone asks first: the button itself becomes the question, until it is left.
function isArmed(button) {
  if (button.dataset.armed) return true;
  const words = button.textContent;
  button.dataset.armed = "1";
  button.textContent = button.dataset.confirm;
  const label = button.getAttribute("aria-label");
  button.removeAttribute("aria-label");
  button.addEventListener(
    "blur",
    () => {
      delete button.dataset.armed;
      button.textContent = words;
      if (label) button.setAttribute("aria-label", label);
    },
    { once: true },
  );
  return false;
}

async function copy(button) {
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => (button.textContent = words), 1500);
}

// The title becomes a field: Enter keeps it, Escape leaves it as it was.
function rename(button) {
  const row = button.closest("li");
  const shown = row.querySelector(".conversation");
  button.closest("details")?.removeAttribute("open");
  const field = document.createElement("input");
  field.className = "rename";
  field.value = button.dataset.title;
  field.maxLength = 120;
  field.setAttribute("aria-label", "New title");
  shown.replaceWith(field);
  field.focus();
  field.select();
  const leave = () => field.isConnected && field.replaceWith(shown);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      leave();
      shown.focus();
    }
    if (event.key === "Enter" && field.value.trim()) {
      act({ act: "rename", id: button.dataset.id, title: field.value });
    }
  });
  field.addEventListener("blur", () => setTimeout(leave, 300)); // not while the list is drawn anew, which takes the field away
}

// What was pressed is drawn anew by the answer to the press; the focus goes to what stands in its place.
const pressed = { selector: "" };

function selectorOfAct(button) {
  const parts = ["act", "id", "turn-number"]
    .map((name) => [name, button.getAttribute(`data-${name}`)])
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `[data-${name}="${CSS.escape(value)}"]`);
  return parts.join("");
}

new MutationObserver(() => {
  if (!pressed.selector || document.activeElement !== document.body) return;
  const again = document.querySelector(pressed.selector);
  pressed.selector = "";
  again?.focus({ preventScroll: true });
}).observe(document.documentElement, { childList: true, subtree: true });

// One open menu at a time, closed by a press elsewhere or Escape.
document.addEventListener("click", (event) => closeMenus(event.target.closest?.(".more")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.(".more[open]");
  closeMenus(null);
  menu?.querySelector("summary").focus();
});

function closeMenus(except) {
  for (const menu of document.querySelectorAll(".more[open]")) if (menu !== except) menu.removeAttribute("open");
}
