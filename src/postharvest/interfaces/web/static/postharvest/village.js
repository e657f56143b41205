// Reports without signal: kept on this phone, sent in order when there is one, each once.
"use strict";
(() => {
  const form = document.getElementById("report");
  const list = document.getElementById("waiting");
  if (!form || !window.indexedDB) return;
  const words = list.dataset;
  const opened = new Promise((done, failed) => {
    const asked = indexedDB.open("postharvest-village", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("reports", { keyPath: "key" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  const within = async (mode, work) => {
    const store = (await opened).transaction("reports", mode).objectStore("reports");
    const asked = work(store);
    return new Promise((done, failed) => {
      store.transaction.oncomplete = () => done(asked.result);
      store.transaction.onerror = () => failed(asked.error);
    });
  };
  const all = async () =>
    (await within("readonly", (s) => s.getAll())).sort((a, b) => a.at - b.at);
  const newKey = () => {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const h = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
    return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join("-");
  };
  const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || [])[1] || "";
  const send = (report, how) => fetch(form.action, {
    method: "POST",
    credentials: "same-origin",
    headers: { "X-CSRFToken": cookie("csrftoken"), "X-Sync": how },
    body: new URLSearchParams(report.fields),
  });
  const element = (tag, css, text) => {
    const made = document.createElement(tag);
    made.className = css;
    if (text) made.textContent = text;
    return made;
  };
  const show = async () => {
    const reports = await all();
    list.hidden = !reports.length && navigator.onLine;
    list.querySelector("b").textContent = navigator.onLine
      ? words.sending.replace("{n}", reports.length)
      : words.offline;
    list.querySelector("p").textContent = words.kept.replace("{n}", reports.length);
    const rows = list.querySelector("ul");
    rows.replaceChildren(...reports.map((report) => {
      const row = element("li", "item");
      const fields = Object.fromEntries(report.fields);
      const said = element("div", "grow");
      said.append(element("b", "", `${fields.village} · ${fields.amount} ${fields.unit}`));
      if (report.fault) said.append(element("p", "error", report.fault));
      row.append(said);
      if (report.fault) {
        const change = element("button", "btn ghost small", words.change);
        change.type = "button";
        change.onclick = async () => {
          for (const [name, value] of report.fields) {
            const control = form.elements[name];
            if (control) control.value = value;
          }
          await within("readwrite", (s) => s.delete(report.key));
          show();
        };
        row.append(change);
      }
      return row;
    }));
  };
  let busy = false;
  const sync = async () => {
    if (busy || !navigator.onLine) return show();
    busy = true;
    try {
      for (const report of (await all()).filter((one) => !one.fault)) {
        const answer = await send(report, "queue");
        if (answer.status === 200 || answer.status === 201) {
          await within("readwrite", (s) => s.delete(report.key));
        } else if (answer.status === 409 || answer.status === 422) {
          report.fault = (await answer.json()).message;
          await within("readwrite", (s) => s.put(report));
        } else break;
        show();
      }
    } catch {
      // No signal after all: everything is still here.
    } finally {
      busy = false;
      show();
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    const report = { key: form.elements.key.value, at: Date.now(), fields };
    try {
      const answer = await send(report, "now");
      if (answer.ok) return location.assign(words.done);
      if (answer.status === 409 || answer.status === 422) {
        return HTMLFormElement.prototype.submit.call(form);
      }
      throw new Error(answer.status);
    } catch {
      await within("readwrite", (s) => s.put(report));
      form.elements.amount.value = "";
      form.elements.key.value = newKey();
      await show();
      list.scrollIntoView();
    }
  });
  form.elements.key.value = newKey();
  addEventListener("online", sync);
  addEventListener("offline", show);
  sync();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(words.worker, { scope: "/village/" });
})();
