// The running sale: the server says when something happened, the page then asks for its moving part.
"use strict";
(() => {
  const box = document.getElementById("live");
  if (!box || !window.htmx) return;
  const SOONEST_MS = 1500, QUIET_MS = 30000, WITHOUT_STREAM_MS = 5000;
  let lost = "", asked = 0, waiting = 0;
  const ask = () => {
    if (document.hidden) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      asked = Date.now();
      htmx.trigger(box, "news");
    }, Math.max(0, asked + SOONEST_MS - Date.now()));
  };
  const show = () => {
    const chip = document.getElementById("live-chip");
    if (!chip || !lost) return;
    chip.className = "chip";
    chip.textContent = box.dataset.stale.replace("{t}", lost);
  };
  const stale = (is) => {
    lost = is ? lost || document.getElementById("live-time").textContent : "";
    show();
  };
  let poll = setInterval(ask, WITHOUT_STREAM_MS);
  const pace = (ms) => { clearInterval(poll); poll = setInterval(ask, ms); };
  const listen = () => {
    const source = new EventSource(box.dataset.events);
    source.onopen = () => { stale(false); pace(QUIET_MS); ask(); };
    source.onerror = () => {
      pace(WITHOUT_STREAM_MS);
      if (source.readyState === EventSource.CLOSED) return; // no stream here: the page asks instead
      stale(true);
    };
    box.dataset.kinds.split(" ").forEach((kind) => source.addEventListener(kind, ask));
  };
  if (window.EventSource) listen();
  box.addEventListener("htmx:afterSwap", () => { if (!lost) return; lost = ""; });
  box.addEventListener("htmx:sendError", () => stale(true));
  document.addEventListener("visibilitychange", ask);
})();
