/* The service worker: pages of the day when the network is away, and nothing typed is lost. */
"use strict";

importScripts("/static/day-db.js");

const PATIENCE_MS = 8000;
const SHELL = ["/offline", "/offline?wiped=1", "/offline/queued"];
const TASK = /^\/tasks\/([A-Za-z0-9_.~-]{1,200})(\/answers)?$/;
const KEPT = /^\/($|tasks\/|visit\/|outbox$)/;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(ASSETS).then((cache) => cache.addAll(SHELL)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  const task = TASK.exec(url.pathname);
  if (request.method === "POST" && task) event.respondWith(posted(request, decodeURIComponent(task[1]), Boolean(task[2])));
  else if (request.method === "GET" && request.mode === "navigate") event.respondWith(visited(request, url));
  else if (request.method === "GET" && url.pathname.startsWith("/static/")) event.respondWith(asset(request));
});

function inTime(answer) {
  return Promise.race([answer, new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), PATIENCE_MS))]);
}

async function asset(request) {
  const kept = await caches.match(request, { cacheName: ASSETS });
  return kept ?? fetch(request).catch(() => caches.match(request, { cacheName: ASSETS, ignoreSearch: true }).then((old) => old ?? Response.error()));
}

async function visited(request, url) {
  try {
    const answer = await inTime(fetch(request));
    if ([502, 503, 504].includes(answer.status)) return (await kept(url)) ?? answer;
    if (answer.ok) await renew(url, answer.clone());
    return answer;
  } catch {
    const wiped = await dayDb.wipeWhatIsOver();
    const shell = await caches.match(wiped ? "/offline?wiped=1" : "/offline", { cacheName: ASSETS });
    return (!wiped && (await kept(url))) || shell || Response.error();
  }
}

async function kept(url) {
  const cache = await caches.open(PAGES);
  url.searchParams.delete("queued");
  return (await cache.match(url)) ?? (await cache.match(url.pathname));
}

/** What was just shown from the network takes the place of what was kept; a page with a passing notice does not. */
async function renew(url, answer) {
  if (!(await dayDb.meta("downloaded"))) return;
  await dayDb.setMeta("contact", Date.now());
  if (!KEPT.test(url.pathname) || answer.redirected) return;
  const text = await answer.text();
  if (!text.includes('class="notice ')) {
    await (await caches.open(PAGES)).put(url, new Response(text, { headers: { "Content-Type": "text/html; charset=utf-8" } }));
  }
}

async function posted(request, task, isAutomatic) {
  const copy = request.clone();
  const isHopeless = !navigator.onLine;
  try {
    if (!isHopeless) {
      const answer = await inTime(fetch(request));
      if (![502, 503, 504].includes(answer.status)) return answer;
    }
  } catch { /* the network is away: keep it */ }
  const fields = [...new URLSearchParams(await copy.text())].filter(([name]) => name !== "form_token");
  if (isAutomatic) fields.push(["act", "answer"]);
  await dayDb.keep(task, fields, !isHopeless);
  return queued(isAutomatic);
}

async function queued(isAutomatic) {
  if (isAutomatic) {
    const text = await (await caches.match("/offline/queued", { cacheName: ASSETS }))?.text() ?? "";
    const time = new Date().toLocaleTimeString("nb-NO", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Oslo" }).replace(":", ".");
    return new Response(text.replace("#", time), { headers: { "Content-Type": "text/html; charset=utf-8" } });
  }
  return Response.redirect("/?queued=1", 303);
}
