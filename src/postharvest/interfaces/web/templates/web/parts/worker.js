{% load static %}// Keeps an app's pages at hand: the net first, what was kept when there is none.
"use strict";
const APP = "{{ app }}", KEPT = `${APP}-{{ version }}`;
const SHELL = [{% for url in shell %}"{{ url|escapejs }}",{% endfor %}];
const isPage = (answer) => answer.ok && !answer.redirected && (answer.headers.get("Content-Type") || "").startsWith("text/html");
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(SHELL)).then(() => self.skipWaiting()));
});
// The page that brought us was read before we were there: it is kept, too.
const keepOpenPages = async () => {
  const kept = await caches.open(KEPT);
  for (const { url } of await self.clients.matchAll({ includeUncontrolled: true })) {
    if (!url.startsWith(self.registration.scope)) continue;
    const answer = await fetch(url).catch(() => null);
    if (answer && isPage(answer)) await kept.put(url, answer);
  }
};
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => name.startsWith(`${APP}-`) && name !== KEPT).map((name) => caches.delete(name)),
  )).then(() => self.clients.claim()).then(keepOpenPages));
});
const lastPage = async (kept) => {
  const pages = (await kept.keys()).filter((request) => request.url.startsWith(self.registration.scope));
  return pages.length ? kept.match(pages.at(-1)) : undefined;
};
self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  const fromStatic = new URL(request.url).pathname.startsWith("{% get_static_prefix %}");
  event.respondWith((async () => {
    const kept = await caches.open(KEPT);
    if (fromStatic) {
      const known = await kept.match(request);
      if (known) return known;
    }
    try {
      const answer = await fetch(request);
      if (fromStatic ? answer.ok : request.mode === "navigate" && isPage(answer)) kept.put(request, answer.clone());
      return answer;
    } catch (lost) {
      const known = (await kept.match(request)) || (request.mode === "navigate" && ({% if home %}(await kept.match("{{ home }}")) || {% endif %}(await lastPage(kept))));
      if (known) return known;
      throw lost;
    }
  })());
});
