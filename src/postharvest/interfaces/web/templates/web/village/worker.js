{% load static %}// Keeps the village's pages at hand: the net first, what was kept when there is none.
"use strict";
const KEPT = "village-{{ version }}";
const SHELL = [{% for url in shell %}"{{ url|escapejs }}",{% endfor %}];
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(SHELL)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => name.startsWith("village-") && name !== KEPT).map((name) => caches.delete(name)),
  )).then(() => self.clients.claim()));
});
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
      if (answer.ok && (fromStatic || request.mode === "navigate")) kept.put(request, answer.clone());
      return answer;
    } catch (lost) {
      const known = (await kept.match(request)) || (request.mode === "navigate" && (await kept.match("{% url 'web:village-report' %}")));
      if (known) return known;
      throw lost;
    }
  })());
});
