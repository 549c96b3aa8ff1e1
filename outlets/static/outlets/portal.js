// A poor line loses nothing: what is typed into a form is kept on this phone, for this person
// alone. Sent while the line is cut, it waits, goes out once when the line is back (its key makes
// a second time harmless), and then nothing of it is left here.
(() => {
  "use strict";

  const told = document.getElementById("portal").dataset;
  const PREFIX = "portal:", MINE = `${PREFIX}${told.user}:`, EVERY = 10000;
  const kept = () => Object.keys(localStorage).filter((name) => name.startsWith(MINE));
  const drop = (names) => names.forEach((name) => localStorage.removeItem(name));
  const read = (name) => JSON.parse(localStorage.getItem(name));
  const write = (name, draft) => localStorage.setItem(name, JSON.stringify(draft));
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  const fields = (form) => [...form.elements].filter((f) => f.name && f.name !== "csrfmiddlewaretoken" && !["submit", "file"].includes(f.type));
  const pairs = (form) => fields(form).filter((f) => !["radio", "checkbox"].includes(f.type) || f.checked).map((f) => [f.name, f.value]);
  const isTyped = (form) => fields(form).some((f) => !["hidden", "radio", "checkbox"].includes(f.type) && f.value.trim());
  const photos = {}; // beside a draft only while this page lives: a picture is not kept

  function say(text) {
    let line = document.querySelector(".cut");
    if (!text) return line?.remove();
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "cut message warning" });
      line.setAttribute("role", "status");
      document.getElementById("content").prepend(line);
    }
    line.textContent = text;
  }

  function save(form, waits = false) {
    const name = MINE + form.dataset.keep;
    if (isTyped(form)) write(name, { to: form.action, pairs: pairs(form), waits });
    else drop([name]);
    return name;
  }

  function restore(form) {
    const draft = read(MINE + form.dataset.keep);
    if (!draft) return;
    for (const field of fields(form)) {
      const values = draft.pairs.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    if (!draft.waits) say(told.kept);
  }

  let isSending = false;

  async function send(name) {
    const draft = read(name), body = new FormData();
    draft.pairs.forEach(([field, value]) => body.append(field, value));
    if (photos[name]) body.append("photo", photos[name]);
    body.append("csrfmiddlewaretoken", token());
    const answer = await fetch(draft.to, { method: "POST", body, headers: { Accept: "text/html" } });
    if (answer.status >= 500) throw new Error(String(answer.status));
    if (new URL(answer.url).pathname.startsWith("/login/")) return say(told.again);
    if (answer.ok) {
      drop([name]);
      return answer.url;
    }
    write(name, { ...draft, waits: false });
    return show(await answer.text(), draft.to);
  }

  // What the server found wrong is shown in the page; what was typed stays in the draft.
  function show(html, address) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.getElementById("content");
    if (!main || new URL(address).pathname !== location.pathname) return address;
    document.getElementById("content").replaceWith(main);
    begin();
    main.querySelector("[role=alert]")?.scrollIntoView();
    return null;
  }

  // One at a time, also over several tabs: what another has taken is gone when it is our turn.
  async function sendWaiting() {
    if (isSending) return;
    isSending = true;
    const turn = navigator.locks ? (work) => navigator.locks.request("portal", work) : (work) => work();
    try {
      await turn(async () => {
        for (const name of kept().filter((one) => read(one).waits)) {
          say(told.sending);
          const next = await send(name);
          if (next) return location.assign(next);
        }
      });
    } catch {
      say(told.waits);
    } finally {
      isSending = false;
    }
  }

  function keep(form) {
    restore(form);
    for (const change of ["input", "change"]) form.addEventListener(change, () => save(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!form.noValidate && !form.reportValidity()) return;
      const name = save(form, true);
      const photo = form.elements.photo?.files[0];
      if (photo) photos[name] = photo;
      if (!localStorage.getItem(name)) return form.submit();
      sendWaiting();
    });
  }

  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);
  const two = (n) => String(n).padStart(2, "0");
  const ahead = new Date(told.now).getTime() - Date.now();

  function length(ms) {
    const s = Math.floor(ms / 1000), h = Math.floor(s / 3600);
    if (h >= 48) return fill(told.days, { days: Math.floor(h / 24) });
    if (h) return fill(told.hours, { hours: h, minutes: Math.floor((s % 3600) / 60) });
    return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
  }

  function tick() {
    for (const one of document.querySelectorAll("[data-due]")) {
      const left = new Date(one.dataset.due).getTime() - Date.now() - ahead;
      one.classList.toggle("overdue", left < 0);
      one.classList.toggle("at_risk", left >= 0 && left < 3600000);
      let words = one.querySelector("b");
      if (!words) one.prepend((words = document.createElement("b")), " ");
      words.textContent = `${left < 0 ? "!" : left < 3600000 ? "◔" : "○"} ${fill(left < 0 ? told.late : told.left, { time: length(Math.abs(left)) })}`;
    }
  }

  function begin() {
    document.querySelectorAll("form[data-keep]").forEach(keep);
    tick();
  }

  // Who logs out leaves nothing, and somebody else's drafts are none of mine.
  const all = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  drop(all.filter((name) => !name.startsWith(MINE)));
  document.querySelector('form[action$="/logout/"]')?.addEventListener("submit", () => drop(kept()));
  begin();
  setInterval(tick, 1000);
  setInterval(sendWaiting, EVERY);
  addEventListener("online", sendWaiting);
  sendWaiting();
})();
