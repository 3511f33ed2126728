/* Min dag on top of plain pages: keys, finding while typing, taking back for ten seconds, and news without a jolt. */
"use strict";

{ // the names of this file are its own

const UNDO_SHOWN_MS = 10_000;
const NEWS_AT_MOST_EVERY_MS = 5_000;

for (const it of document.querySelectorAll("[data-needs-script]")) it.hidden = false;
for (const it of document.querySelectorAll("[data-print]")) it.addEventListener("click", () => window.print());

/* --- Taking back ------------------------------------------------------------------------------------ */

for (const it of document.querySelectorAll("[data-undo]")) {
  const form = it.matches("form") ? it : it.querySelector("form");
  setTimeout(() => { if (!form.contains(document.activeElement) || document.hidden) form.remove(); else form.addEventListener("focusout", () => form.remove()); }, UNDO_SHOWN_MS);
}

/* --- Answers that are on their way are saved before the form that completes the task is sent ------------- */

const checklist = document.getElementById("checklist");
let saving = 0;
let pressed = null;

/* A save that a press on a button sets off waits until the press is over: what it brings back would move the button
   away under the finger, and a press that ends on another place is none. */
let isPressing = false;
let held = [];

function released() {
  isPressing = false;
  setTimeout(() => { for (const save of held.splice(0)) save(); });
}

addEventListener("pointerdown", () => { isPressing = true; }, { capture: true });
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, released, { capture: true });
document.addEventListener("htmx:confirm", (event) => {
  if (!isPressing) return;
  event.preventDefault();
  held.push(() => event.detail.issueRequest(true));
});
document.addEventListener("htmx:beforeRequest", () => { saving += 1; });
document.addEventListener("htmx:afterRequest", () => {
  saving -= 1;
  setTimeout(() => {
    if (saving || !pressed) return;
    const button = pressed;
    pressed = null;
    checklist.requestSubmit(button);
  });
});
checklist?.addEventListener("submit", (event) => {
  held = []; // the form holds what they would have saved
  if (!saving) return;
  event.preventDefault();
  pressed = event.submitter ?? pressed;
});

/* --- Finding ------------------------------------------------------------------------------------------ */

const cards = () => [...document.querySelectorAll("#list .card")];
const seen = (card) => !card.hidden;

function find(text) {
  const words = text.toLocaleLowerCase("nb").split(/\s+/).filter(Boolean);
  for (const card of cards()) {
    const about = card.textContent.toLocaleLowerCase("nb");
    card.hidden = !words.every((word) => about.includes(word));
  }
  for (const section of document.querySelectorAll("#list > section")) section.hidden = !section.querySelector(".card:not([hidden])");
  const count = document.getElementById("search-count");
  count.textContent = words.length ? count.dataset.text.replace("#", cards().filter(seen).length) : "";
}

const search = document.getElementById("search");
if (search) {
  search.addEventListener("input", () => find(search.value));
  document.getElementById("search-form").addEventListener("submit", (event) => { event.preventDefault(); find(search.value); });
}

/* --- Keys --------------------------------------------------------------------------------------------- */

const isTyping = (it) => it.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

function step(by) {
  const links = cards().filter(seen).map((card) => card.querySelector("h3 a, h3 input")).filter(Boolean);
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)];
  next.focus();
  next.closest(".card").scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/" && search) {
    search.closest("details").open = true;
    search.focus();
  } else return;
  event.preventDefault();
});

/* --- News: cards that changed are marked where they stand; new ones wait until they are asked for -------- */

const list = document.getElementById("list");
let asking = null;

async function refresh() {
  const answer = await fetch(list.dataset.cards, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!answer.ok) return;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("list");
  const fresh = new Map([...now.querySelectorAll(".card")].map((card) => [card.dataset.task, card]));
  for (const card of cards()) {
    const newer = fresh.get(card.dataset.task);
    fresh.delete(card.dataset.task);
    if (!newer) mark(card, "is-gone", list.dataset.gone);
    else if (isOther(card, newer)) change(card, newer);
  }
  list.dataset.mark = now.dataset.mark;
  say(list.dataset.updated.replace("#", now.dataset.time));
  tell(fresh.size);
}

/** Somebody did something to it, or time has taken it to another part of the list. */
function isOther(card, newer) {
  return ["version", "section"].some((name) => newer.dataset[name] !== card.dataset[name]);
}

function mark(card, name, text) {
  if (card.classList.contains(name)) return;
  card.classList.add(name);
  const said = document.createElement("span");
  said.className = "mark";
  said.textContent = text;
  card.querySelector(".tags").prepend(said);
}

function change(card, newer) {
  if (card.contains(document.activeElement)) return mark(card, "is-changed", list.dataset.changed);
  const height = card.offsetHeight;
  card.replaceWith(newer);
  mark(newer, "is-changed", list.dataset.changed);
  if (newer.offsetHeight < height) newer.classList.add("is-held");
}

function say(text) {
  const updated = document.getElementById("updated");
  if (updated) updated.textContent = text;
}

function tell(count) {
  let bar = document.querySelector(".news");
  if (!count) return bar?.remove();
  if (!bar) {
    bar = document.createElement("div");
    bar.className = "news";
    bar.setAttribute("role", "status");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ds-button";
    button.addEventListener("click", () => location.reload());
    bar.append(button);
    document.querySelector("main").append(bar);
  }
  bar.firstChild.textContent = list.dataset.new.replace("#", count);
}

function soon() {
  asking ??= setTimeout(() => { asking = null; refresh().catch(() => {}); }, Math.random() * NEWS_AT_MOST_EVERY_MS);
}

if (list && !document.querySelector("form.several") && "EventSource" in window && navigator.onLine) {
  const stream = new EventSource(`/live?since=${list.dataset.mark}`);
  stream.addEventListener("changed", soon);
  addEventListener("pagehide", () => stream.close());
}

}
