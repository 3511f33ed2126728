/* Without a network: download the day, say how it stands, send what waits, and keep what could not be sent. */
"use strict";

{ // the names of this file are its own

const ASK_EVERY_MS = 20_000;
const AT_ONCE = 4;

const sync = document.getElementById("sync");
const says = sync ? sync.dataset : {};
if (sync) document.querySelector("header.top").after(sync);

const hour = (at) => new Date(at).toLocaleTimeString("nb-NO", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Oslo" }).replace(":", ".");
const tell = (text, count) => text.replace("{count}", count);
const mine = async () => (await dayDb.entries()).filter((entry) => !entry.person || entry.person === says.person);

/* --- Downloading ------------------------------------------------------------------------------------- */

async function download(state) {
  state.textContent = says.downloading;
  const told = await (await fetch("/offline/pages", { redirect: "error" })).json();
  await dayDb.wipe();
  const [pages, assets] = await Promise.all([caches.open(PAGES), caches.open(ASSETS)]);
  const left = [...told.pages];
  let count = 0;
  const fetching = async () => {
    for (let page = left.shift(); page; page = left.shift()) {
      const answer = await fetch(page, { redirect: "error", headers: { Accept: "text/html" } });
      if (answer.status === 404) continue;
      if (!answer.ok) throw new Error(`${answer.status}`);
      await pages.put(page, answer);
      state.textContent = `${says.downloading} ${++count}`;
    }
  };
  await Promise.all([assets.addAll(told.assets), ...Array.from({ length: AT_ONCE }, fetching)]);
  const now = Date.now();
  for (const [name, value] of Object.entries({ contact: now, ends: now + told.lasts_seconds * 1000, person: told.person, downloaded: now })) {
    await dayDb.setMeta(name, value);
  }
  state.textContent = says.downloaded.replace("#", count);
}

for (const button of document.querySelectorAll("[data-download]")) {
  button.addEventListener("click", async () => {
    const state = document.getElementById("download-state");
    await navigator.serviceWorker?.ready;
    await download(state).catch(() => { state.textContent = says.failed; });
  });
}

/* --- How it stands ------------------------------------------------------------------------------------- */

async function show(isOffline, isSignedOut = false) {
  const entries = await mine();
  const waiting = new Set(entries.filter((entry) => entry.state === "waiting").map((entry) => entry.task)).size;
  const refused = entries.filter((entry) => entry.state !== "waiting").length;
  const contact = (await dayDb.meta("contact")) ?? Date.now();
  const parts = [];
  if (isOffline) parts.push([says.state.replace("{time}", hour(contact)), ""]);
  if (waiting) parts.push([tell(says.waiting, waiting), "/outbox"]);
  if (refused) parts.push([tell(says.refused, refused), "/outbox"]);
  if (isSignedOut && waiting) parts.push([says.signIn, "/sign-in"]);
  if (new URLSearchParams(location.search).has("queued") && waiting) parts.unshift([says.queued, ""]);
  const told = parts.map(([text, address]) => `${address}|${text}`).join();
  if (sync.dataset.told === told) return;
  sync.dataset.told = told;
  sync.replaceChildren(...parts.map(([text, address]) => {
    const part = document.createElement(address ? "a" : "span");
    if (address) part.href = address;
    part.textContent = text;
    return part;
  }));
  sync.hidden = !parts.length;
}

/** Show on the page what waits: its card is marked, its form holds what was typed. */
async function overlay() {
  for (const entry of await mine()) {
    const card = [...document.querySelectorAll("#list .card")].find((each) => each.dataset.task === entry.task);
    if (card && !card.classList.contains("is-pending")) {
      card.classList.add("is-pending");
      const mark = document.createElement("span");
      mark.className = "mark";
      mark.textContent = says.pending;
      card.querySelector(".tags").prepend(mark);
    }
    const form = location.pathname === `/tasks/${entry.task}` && document.getElementById("checklist");
    if (form) for (const [name, value] of entry.fields) fill(form, name, value);
  }
}

function fill(form, name, value) {
  if (!name.startsWith("item.") && !name.startsWith("note.")) return;
  for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
}

/* --- Sending --------------------------------------------------------------------------------------------- */

async function send(entry, token) {
  const fields = entry.fields.filter(([name]) => name !== "form_token");
  const body = new URLSearchParams([...fields, ["task", entry.task], ["form_token", token]]);
  const answer = await fetch("/outbox", { method: "POST", body, redirect: "error" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** Later forms on the same page were written on top of this one: they go on from the version that it made. */
async function goOn(task, seen, version) {
  for (const later of await dayDb.entries()) {
    if (later.task !== task || later.state !== "waiting") continue;
    const fields = later.fields.map(([name, value]) => [name, name === "version" && value === seen ? `${version}` : value]);
    await dayDb.put({ ...later, fields });
  }
}

async function sendAll(token) {
  for (const entry of (await mine()).filter((each) => each.state === "waiting")) {
    const result = await send(entry, token);
    if (result.outcome === "done") {
      await dayDb.remove(entry.id);
      await goOn(entry.task, Object.fromEntries(entry.fields).version, result.version);
    } else await dayDb.put({ ...entry, state: result.outcome, result });
  }
}

async function look() {
  if (await dayDb.wipeWhatIsOver() && !navigator.onLine) location.replace("/offline?wiped=1");
  let answer;
  try {
    answer = await fetch("/outbox/token", { redirect: "error" });
  } catch {
    return show(true);
  }
  if (!answer.ok) return show(answer.status >= 500, answer.status === 401);
  const { form_token: token, person } = await answer.json();
  const kept = await dayDb.meta("person");
  if (kept && kept !== person) await dayDb.wipe();
  if (await dayDb.meta("downloaded")) await dayDb.setMeta("contact", Date.now());
  await dayDb.setMeta("person", person);
  await navigator.locks.request("pathway-outbox", () => sendAll(token)).catch(() => {});
  await show(false);
  return token;
}

/* --- What could not be sent ------------------------------------------------------------------------------ */

const waitingList = document.getElementById("waiting");

async function keptPage(task) {
  const cache = await caches.open(PAGES);
  const page = (await cache.match(`/tasks/${task}`))?.text();
  return page ? new DOMParser().parseFromString(await page, "text/html") : null;
}

function typed(entry, page) {
  const rows = [];
  const was = new Map(entry.fields.filter(([name]) => name.startsWith("was.")).map(([name, value]) => [`item.${name.slice(4)}`, value]));
  for (const [name, value] of entry.fields) {
    const isText = name === "comment" || name.startsWith("note.");
    if (!value || !(isText || name.startsWith("item.")) || was.get(name) === value) continue;
    const field = page?.querySelector(`[name="${CSS.escape(name)}"]`);
    const label = page?.querySelector(`label[for="${CSS.escape(name)}"]`) ?? field?.closest("fieldset")?.querySelector("legend");
    const option = page?.querySelector(`[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"] + span`);
    rows.push([label?.firstChild?.textContent.trim() || name.replace(/^\w+\./, ""), option?.textContent ?? value]);
  }
  return rows;
}

function element(name, text, properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  if (text) made.textContent = text;
  return made;
}

async function row(entry) {
  const page = await keptPage(entry.task);
  const item = element("li");
  item.append(element("h2", page?.querySelector("h1")?.firstChild?.textContent.trim() ?? says.title));
  const patient = page?.querySelector(".head > p")?.textContent.trim();
  if (patient) item.append(element("p", patient));
  item.append(element("p", waitingList.dataset[entry.state] ?? waitingList.dataset.invalid));
  if (entry.result?.last) item.append(element("p", entry.result.last));
  const rows = typed(entry, page);
  if (rows.length) {
    const list = element("dl");
    list.append(element("dt", waitingList.dataset.typed));
    for (const [label, value] of rows) list.append(element("dd", `${label}: ${value}`));
    item.append(list);
  }
  const actions = element("div", "", { className: "actions" });
  if (entry.state !== "waiting" && entry.state !== "gone") {
    const open = element("a", waitingList.dataset.open, { className: "ds-button", href: `/tasks/${entry.task}` });
    open.dataset.variant = "secondary";
    actions.append(open);
  }
  if (["conflict", "closed", "invalid"].includes(entry.state) && rows.length) actions.append(button(waitingList.dataset.asComment, () => comment(entry, rows)));
  if (entry.state !== "waiting") actions.append(button(waitingList.dataset.throw, () => dayDb.remove(entry.id)));
  item.append(actions);
  return item;
}

function button(text, does) {
  const made = element("button", text, { type: "button", className: "ds-button" });
  made.dataset.variant = "secondary";
  made.addEventListener("click", async () => { made.disabled = true; await does(); await list(); await show(!navigator.onLine); });
  return made;
}

/** What could not be entered is added as a comment: the task's history then has all that was written. */
async function comment(entry, rows) {
  const text = [waitingList.dataset.comment, ...rows.map(([label, value]) => `${label}: ${value}`)].join("\n").slice(0, 4000);
  const key = `${Object.fromEntries(entry.fields).key.slice(0, 50)}-comment`;
  const fields = [["act", "comment"], ["version", `${entry.result.version}`], ["key", key], ["comment", text]];
  await dayDb.put({ ...entry, fields, act: "comment", state: "waiting", result: undefined });
  await look();
}

async function list() {
  const rows = await Promise.all((await mine()).map(row));
  waitingList.replaceChildren(...rows);
  document.getElementById("outbox-empty").hidden = rows.length > 0;
  document.getElementById("outbox-leave").hidden = !rows.length || !new URLSearchParams(location.search).has("leaving");
}

/* --- Signing out -------------------------------------------------------------------------------------------- */

for (const form of document.querySelectorAll('form[action="/sign-out"]')) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const stays = form.id !== "leave-anyway";
    if (stays && (await mine()).length) {
      await look();
      if ((await mine()).length) return location.assign("/outbox?leaving=1");
    }
    await dayDb.wipe({ everything: true });
    form.submit();
  });
}

/* --- Beginning ------------------------------------------------------------------------------------------------ */

async function begin() {
  if (waitingList) await list();
  await overlay();
  await look();
  if (waitingList) await list();
}

if (sync && "serviceWorker" in navigator && "indexedDB" in window) {
  navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" }).catch(() => {});
  begin();
  addEventListener("online", look);
  addEventListener("offline", () => show(true));
  addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  setInterval(look, ASK_EVERY_MS);
  document.getElementById("send-now")?.addEventListener("click", async () => { await look(); await list(); });
}

}
