// What is written without signal: kept on this phone, sent in order when there is one, each once.
"use strict";
(() => {
  const list = document.getElementById("waiting");
  if (!list || !window.indexedDB) return;
  const words = list.dataset;
  const opened = new Promise((done, failed) => {
    const asked = indexedDB.open(words.store, 1);
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
  // What was written on another page goes to its own address.
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
  const refused = (answer) => answer.status === 409 || answer.status === 422;
  const gone = (answer) => answer.status === 400 || answer.status === 404;
  const element = (tag, css, text) => {
    const made = document.createElement(tag);
    made.className = css;
    if (text) made.textContent = text;
    return made;
  };
  // A form's data-queue says how its line reads: "{village} · {amount}"; of a list, the chosen words.
  const lineOf = (form, fields) => form.dataset.queue.replace(/\{(\w+)\}/g, (_all, name) => {
    const control = form.elements[name];
    return control && control.selectedOptions ? control.selectedOptions[0].text : fields[name] || "";
  });
  const forms = [...document.querySelectorAll("form[data-queue]")];
  const formOf = (report) => forms.find((one) => one.action === addressOf(report));
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
      said.append(element("b", "", report.line || `${fields.village} · ${fields.amount} ${fields.unit}`));
      if (report.fault) said.append(element("p", "error", report.fault));
      row.append(said);
      if (report.fault) {
        const change = element("button", "btn ghost small", words.change);
        change.type = "button";
        change.onclick = () => changeIt(report);
        row.append(change);
      }
      return row;
    }));
    document.dispatchEvent(new CustomEvent("queue", { detail: reports }));
  };
  const changeIt = async (report) => {
    const form = formOf(report);
    if (!form && report.page) return location.assign(report.page);
    for (const [name, value] of form ? report.fields : []) {
      const control = form.elements[name];
      if (control && name !== "key") control.value = value;
    }
    await within("readwrite", (s) => s.delete(report.key));
    await show();
    if (form) form.scrollIntoView();
  };
  const sync = async () => {
    if (busy || !navigator.onLine) return show();
    busy = true;
    halted = "";
    let sent = 0;
    try {
      for (const report of (await all()).filter((one) => !one.fault)) {
        const answer = await send(report, "queue");
        if (arrived(answer)) {
          await within("readwrite", (s) => s.delete(report.key));
          sent += 1;
        } else if (refused(answer) || gone(answer)) {
          report.fault = refused(answer) ? (await answer.json()).message : words.gone;
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
      await show();
    }
    if (sent && "reload" in words && !(await all()).length) location.reload();
  };
  const keep = async (form, report) => {
    await within("readwrite", (s) => s.put(report));
    for (const name of form.dataset.clear.split(" ")) if (form.elements[name]) form.elements[name].value = "";
    form.elements.key.value = newKey();
    await show();
    list.scrollIntoView({ block: "nearest" });
  };
  // The browser's own way shows what is wrong beside the field; it forgets which button was pressed.
  const sendPlainly = (form, button) => {
    if (button && button.name) {
      const pressed = Object.assign(element("input", ""), { type: "hidden", name: button.name, value: button.value });
      form.append(pressed);
    }
    HTMLFormElement.prototype.submit.call(form);
  };
  for (const form of forms) {
    form.elements.key.value = newKey();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!form.reportValidity()) return;
      const button = event.submitter;
      const chosen = form.elements.photos;
      if (chosen) await chosen.shrunk;
      const fields = [...new FormData(form, button)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
      const report = {
        key: form.elements.key.value, at: Date.now(), to: form.action, page: location.href, fields,
        photos: chosen ? [...chosen.files] : [], line: lineOf(form, Object.fromEntries(fields)),
      };
      try {
        const answer = await send(report, "now");
        if (arrived(answer)) return location.assign(words.done);
        if (refused(answer)) return sendPlainly(form, button);
        throw new Error(answer.status);
      } catch {
        await keep(form, report);
      }
    });
  }
  for (const form of document.querySelectorAll("form[method=post]:not([data-queue])")) {
    form.addEventListener("submit", (event) => {
      if (navigator.onLine) return;
      event.preventDefault();
      show().then(() => { list.querySelector("p").textContent = words.needs; list.scrollIntoView({ block: "nearest" }); });
    });
  }
  addEventListener("online", sync);
  addEventListener("offline", show);
  setInterval(sync, 30000);
  sync();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(words.worker, { scope: words.scope });
})();
