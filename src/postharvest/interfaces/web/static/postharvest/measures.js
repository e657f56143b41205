// Two maps on one another, with an edge to move; without this script they stand side by side.
"use strict";
for (const box of document.querySelectorAll("[data-swipe]")) {
  const before = box.querySelector(".swipe-before");
  const bar = box.querySelector(".swipe-bar");
  const edge = bar.querySelector("input");
  const show = () => { before.style.clipPath = `inset(0 ${100 - edge.value}% 0 0)`; };
  box.classList.add("on");
  bar.hidden = false;
  edge.addEventListener("input", show);
  show();
}
