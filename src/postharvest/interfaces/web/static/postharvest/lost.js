// Without a net: says so, says how old the page is, and keeps what was typed from going nowhere.
"use strict";
(() => {
  const bar = document.getElementById("lost");
  const at = new Date(bar.dataset.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const show = () => {
    bar.hidden = navigator.onLine;
    bar.querySelector("p").textContent = bar.dataset.words.replace("{t}", at);
  };
  addEventListener("online", show);
  addEventListener("offline", show);
  document.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    show();
    bar.scrollIntoView({ block: "nearest" });
  });
  show();
})();
