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
  // What was written on the other page goes to its own address.
  const addressOf = (report) => report.to || "/village/report/";
  const send = (report, how) => fetch(addressOf(report), {
    method: "POST",
    credentials: "same-origin",
    headers: { "X-CSRFToken": cookie("csrftoken"), "X-Sync": how },
    body: bodyOf(report),
  });
  const bodyOf = (report) => {
    const body = new FormData();
    report.fields.forEach(([name, value]) => body.append(name, value));
    (report.photos || []).forEach((photo) => body.append("photos", photo, "photo.jpg"));
    return body;
  };
  // Only "created" means that it arrived: a page to sign in, or of some café's network, does not.
  const arrived = (answer) => answer.status === 201 && !answer.redirected;
  const element = (tag, css, text) => {
    const made = document.createElement(tag);
    made.className = css;
    if (text) made.textContent = text;
    return made;
  };
  let busy = false;
  let halted = "";
  const show = async () => {
    const reports = await all();
    list.hidden = !reports.length && navigator.onLine;
    const faulty = reports.filter((one) => one.fault).length;
    list.querySelector("b").textContent = !navigator.onLine ? words.offline
      : faulty === reports.length ? words.review.replace("{n}", faulty)
      : halted ? words[halted] : words.sending.replace("{n}", reports.length - faulty);
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
          if (addressOf(report) !== form.action) return location.assign(report.to);
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
  const sync = async () => {
    if (busy || !navigator.onLine) return show();
    busy = true;
    halted = "";
    try {
      for (const report of (await all()).filter((one) => !one.fault)) {
        const answer = await send(report, "queue");
        if (arrived(answer)) {
          await within("readwrite", (s) => s.delete(report.key));
        } else if (answer.status === 409 || answer.status === 422) {
          report.fault = (await answer.json()).message;
          await within("readwrite", (s) => s.put(report));
        } else {
          halted = answer.redirected || answer.status === 403 ? "signin" : "later";
          break;
        }
        show();
      }
    } catch {
      halted = "later"; // No signal after all: everything is still here.
    } finally {
      busy = false;
      show();
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    await form.elements.photos.shrunk;
    const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
    const photos = [...form.elements.photos.files];
    const report = { key: form.elements.key.value, at: Date.now(), to: form.action, fields, photos };
    try {
      const answer = await send(report, "now");
      if (arrived(answer)) return location.assign(words.done);
      if (answer.status === 409 || answer.status === 422) {
        return HTMLFormElement.prototype.submit.call(form);
      }
      throw new Error(answer.status);
    } catch {
      await within("readwrite", (s) => s.put(report));
      form.elements.amount.value = "";
      form.elements.photos.value = "";
      form.elements.key.value = newKey();
      await show();
      list.scrollIntoView();
    }
  });
  form.elements.key.value = newKey();
  addEventListener("online", sync);
  addEventListener("offline", show);
  setInterval(sync, 30000);
  sync();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(words.worker, { scope: "/village/" });
})();
