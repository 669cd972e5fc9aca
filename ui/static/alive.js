// Whether the server still is the one that sent this page. One that was started anew knows nothing of the page, so the page is
// loaded anew: its address names the conversation, and what was typed, or asked and not answered, is put back into the box.

const LOOK_MS = 5000;
const APART_MS = 30000; // of two reloads, should several servers take turns behind one address

let isLost = false;

async function look() {
  try {
    const reply = await fetch("gradio_api/app_id", { cache: "no-store", signal: AbortSignal.timeout(LOOK_MS) });
    if (!reply.ok) return;
    const { app_id: id } = await reply.json();
    const isOther = String(id) !== String(window.gradio_config?.app_id);
    if (isOther && (isLost || Date.now() - Number(sessionStorage.getItem("newsrag-reloaded") ?? 0) > APART_MS)) return reload();
    setLost(false);
  } catch {
    setLost(true);
  }
}

function setLost(is) {
  if (is === isLost) return;
  isLost = is;
  let told = document.getElementById("lost");
  if (!told) {
    told = document.createElement("p");
    told.id = "lost";
    told.setAttribute("role", "status");
    document.querySelector(".gradio-container")?.append(told);
  }
  told.textContent = is ? "The server does not answer. This page comes back by itself once it does." : "";
}

function reload() {
  const working = document.querySelector(".turn.working");
  const asked = [...document.querySelectorAll("#chat .user-row")].at(-1)?.innerText ?? "";
  const typed = document.querySelector("#question textarea")?.value ?? "";
  sessionStorage.setItem("newsrag-typed", typed || (working ? asked : ""));
  sessionStorage.setItem("newsrag-reloaded", String(Date.now()));
  location.reload();
}

// Once the conversation stands there again, which empties the box; Gradio reads what is in a field from its events alone.
function putBack() {
  const typed = sessionStorage.getItem("newsrag-typed");
  const box = document.querySelector("#question textarea");
  const isComing = new URL(location.href).searchParams.has("c") && !document.querySelector(".turn, #hint .warning");
  if (!typed || !box || isComing) return Boolean(typed);
  sessionStorage.removeItem("newsrag-typed");
  box.value = typed;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return false;
}

const putting = setInterval(() => putBack() || clearInterval(putting), 500);
setInterval(() => document.visibilityState === "visible" && look(), LOOK_MS);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
