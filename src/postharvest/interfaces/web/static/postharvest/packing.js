// What a point has counted without signal shows at once; who arrived can be counted for.
"use strict";
(() => {
  const extra = document.getElementById("on-phone");
  const here = document.getElementById("packer"), absent = document.getElementById("arrived");
  if (!extra) return;
  document.addEventListener("queue", ({ detail }) => {
    let boxes = 0;
    for (const report of detail.filter((one) => !one.fault && one.to.startsWith(location.href.split("?")[0]))) {
      const fields = Object.fromEntries(report.fields);
      boxes += Number(fields.count || 0);
      const arrived = !fields.count && [...absent.options].find((one) => one.value === fields.packer);
      if (arrived && here) here.append(arrived);
    }
    if (here && here.options.length) for (const button of here.form.querySelectorAll("button")) button.disabled = false;
    extra.hidden = !boxes;
    extra.textContent = extra.dataset.words.replace("{n}", boxes);
  });
})();
