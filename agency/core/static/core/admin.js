// What every page of the staff admin shares: clocks that tick against the server's clock,
// keys, and small forms that open in place.
(() => {
  "use strict";

  const words = () => document.getElementById("words").dataset;
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);
  const two = (number) => String(number).padStart(2, "0");

  // -- clocks ---------------------------------------------------------------------------
  // performance.now() goes on while the wall clock of an old machine is set; it may stop
  // while the machine sleeps, which the next poll corrects.
  let serverAhead = null;
  const now = () => performance.timeOrigin + performance.now() + (serverAhead ?? 0);
  const hearServer = (at) => {
    if (at) serverAhead = Number(at) - performance.timeOrigin - performance.now();
  };

  function span(milliseconds) {
    const seconds = Math.floor(milliseconds / 1000);
    if (seconds < 3600) return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
    if (seconds < 86400) {
      const hours = Math.floor(seconds / 3600);
      return fill(words().hours, { hours, minutes: Math.floor((seconds % 3600) / 60) });
    }
    const days = Math.floor(seconds / 86400);
    return days === 1 ? words().day : fill(words().days, { days });
  }

  function tickClock(clock, at) {
    const due = Number(clock.dataset.due);
    const isLate = at > due;
    // Rounded up: what is late never reads 00:00.
    const time = span(isLate ? Math.ceil((at - due) / 1000) * 1000 : due - at);
    const state = isLate ? "overdue" : at >= Number(clock.dataset.warn || due) ? "at_risk" : "on_time";
    (clock.querySelector(".left") || clock).textContent = fill(isLate ? words().late : words().left, { time });
    for (const holder of [clock, clock.closest(".row")]) {
      if (!holder || holder.classList.contains(state)) continue;
      holder.classList.remove("on_time", "at_risk", "overdue");
      holder.classList.add(state);
    }
  }

  const hourMinute = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hourCycle: "h23", hour: "2-digit", minute: "2-digit" });

  function tickWatch(sign, at) {
    const last = Number(sign.dataset.at);
    const seconds = last ? Math.max(0, Math.floor((at - last) / 1000)) : Infinity;
    const isRed = seconds >= Number(sign.dataset.red);
    const isAmber = !isRed && seconds >= Number(sign.dataset.amber);
    sign.classList.toggle("overdue", isRed);
    sign.classList.toggle("at_risk", isAmber);
    const { swept, slow, silent, neverswept } = words();
    const text = fill(isRed ? (last ? silent : neverswept) : isAmber ? slow : swept, { seconds, time: hourMinute.format(last) });
    if (sign.textContent !== text) sign.textContent = text;
  }

  function tick() {
    const at = now();
    document.querySelectorAll(".clock[data-due]").forEach((clock) => tickClock(clock, at));
    document.querySelectorAll("[data-since]").forEach((wait) => {
      wait.textContent = fill(words().waits, { time: span(Math.max(0, at - Number(wait.dataset.since))) });
    });
    const sign = document.getElementById("swept");
    if (sign) tickWatch(sign, at);
  }

  function settle(root) {
    const told = root.matches?.("[data-now]") ? root : root.querySelector?.("[data-now]");
    if (told) hearServer(told.dataset.now);
    tick();
  }

  // How a clock was counted: below it, where there is room; else above, and never beside the window.
  function placeTip(event) {
    const clock = event.target.closest?.(".clock, .clocks li")?.querySelector(".tip")?.parentElement;
    if (!clock) return;
    const tip = clock.querySelector(".tip");
    const { left, top, bottom } = clock.getBoundingClientRect();
    const isBelow = bottom + tip.offsetHeight <= innerHeight;
    tip.style.left = `${Math.max(0, Math.min(left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${isBelow ? bottom : Math.max(0, top - tip.offsetHeight)}px`;
  }
  document.addEventListener("mouseover", placeTip);
  document.addEventListener("focusin", placeTip);

  // -- small forms ------------------------------------------------------------------------
  const drawers = () => [...document.querySelectorAll(".drawer")].filter((drawer) => drawer.firstElementChild);
  const isTyping = (element) => element.closest?.("input, textarea, select, [contenteditable]");

  function closeDrawer(drawer) {
    const home = drawer.closest("[data-row], #case");
    drawer.replaceChildren();
    home?.focus();
  }

  function focusForm(drawer) {
    const form = drawer.querySelector("form");
    const field = form?.querySelector(".wrong input, .wrong textarea, .wrong select") || form?.querySelector("[autofocus]");
    field?.focus();
    form?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const source = event.detail.elt;
    if (source.dataset.key) source.closest("details.menu")?.removeAttribute("open");
    if (source.dataset.key) drawers().forEach((drawer) => drawer.replaceChildren());
  });
  document.addEventListener("htmx:configRequest", (event) => {
    // After a login in another tab the form's own token is an old one; the cookie's is not.
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    if (token && event.detail.verb === "post") event.detail.parameters.csrfmiddlewaretoken = token;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (new URL(event.detail.xhr.responseURL || location.href).pathname === "/login/") return onLoggedOut(event);
    if (event.detail.target.id === "queue" && isBusy()) return holdBack(event);
    // One's own act is no news: the fresh page is on its way already.
    if (event.detail.target.id === "news" && document.querySelector("#case.htmx-request, #case form.htmx-request")) {
      event.detail.shouldSwap = false;
      return;
    }
    // A refusal is a page too: it says what is wrong.
    if ([400, 409].includes(event.detail.xhr.status)) event.detail.shouldSwap = true;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    settle(event.detail.elt);
    const drawer = event.detail.elt.closest?.(".drawer");
    const isFitted = event.detail.pathInfo?.requestPath.includes("refit=1");
    if (drawer && !isFitted) focusForm(drawer);
  });
  // What was secret stays on the screen no longer than it is needed.
  document.addEventListener("htmx:afterSettle", (event) => {
    const shown = event.detail.elt.closest?.("[data-forget]");
    if (shown) setTimeout(() => shown.remove(), shown.dataset.forget * 1000);
  });
  for (const failure of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(failure, (event) => {
      const form = event.detail.elt.closest?.("form");
      if (!form || [400, 409].includes(event.detail.xhr?.status)) return;
      tellUnsent(form, words().failed);
    });
  }

  // A poll never takes away what somebody types, nor the row whose form is on its way. The
  // figures and the watch go on all the same, and what is new is announced.
  const isBusy = () => drawers().length || document.querySelector("#queue .row .htmx-request");

  function holdBack(event) {
    event.detail.shouldSwap = false;
    const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    hearServer(fresh.querySelector("#queue")?.dataset.now);
    const sign = fresh.querySelector("#swept");
    if (sign) document.getElementById("swept").dataset.at = sign.dataset.at;
    const counts = fresh.querySelector(".counts");
    if (counts) document.querySelector("#queue .counts")?.replaceWith(document.importNode(counts, true));
    const arrived = [...fresh.querySelectorAll("[data-row]")].filter((row) => !document.getElementById(row.id));
    const note = document.querySelector("#queue .arrived");
    note.hidden = !arrived.length;
    note.textContent = fill(words().arrived, { number: arrived.length });
    tick();
  }

  function tellUnsent(form, text) {
    let note = form.querySelector(".unsent");
    if (!note) {
      note = document.createElement("p");
      note.className = "message error unsent";
      note.setAttribute("role", "alert");
      form.prepend(note);
    }
    note.textContent = text;
  }

  // The session has ended: a form keeps what was typed, any other page leads to the login.
  function onLoggedOut(event) {
    event.detail.shouldSwap = false;
    const form = event.detail.elt.closest?.("form") || drawers()[0]?.querySelector("form");
    if (form) tellUnsent(form, words().expired);
    else location.reload();
  }
  document.addEventListener("case-changed", (event) => {
    const home = event.target.closest?.("[data-row], #case");
    drawers().forEach((drawer) => drawer.replaceChildren());
    if (home) showDone(home, event.detail.tried);
    tell(event.detail.told);
  }, true);

  // What others did is shown by itself, unless it would take away what somebody reads or types.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.matches("[data-news]") && !isReading()) event.detail.elt.querySelector("button").click();
  });

  function isReading() {
    const open = "#case details[open]:not(.menu), #case [data-group][aria-pressed=true]:not([data-group=''])";
    const lists = [...document.querySelectorAll("#case .timeline, #case .long")];
    return drawers().length || document.querySelector(open) || lists.some((list) => list.scrollTop)
      || !getSelection().isCollapsed;
  }

  // It worked: said at once, and nothing of it can be pressed until the fresh row is here. What
  // was only tried met no clock.
  function showDone(home, isTried) {
    home.classList.add("done");
    home.classList.toggle("tried", Boolean(isTried));
    home.querySelectorAll(".acts button").forEach((button) => { button.disabled = true; });
    home.focus();
  }

  // That row comes also where the queue is the same as before.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "queue" || !document.querySelector("#queue .row.done")) return;
    event.detail.path = event.detail.path.replace(/&v=\w+/, "");
  });

  let untold = 0;
  function tell(text) {
    const line = document.getElementById("told");
    if (!line || !text) return;
    clearTimeout(untold);
    line.textContent = text;
    line.hidden = false;
    untold = setTimeout(() => { line.hidden = true; }, 6000);
  }

  // With the bell, on every page: a machine that slept has lost count.
  document.addEventListener("heard", (event) => { hearServer(event.detail.now); tick(); });

  document.addEventListener("swept", (event) => {
    hearServer(event.detail.now);
    const sign = document.getElementById("swept");
    if (sign) sign.dataset.at = event.detail.at || "";
  });

  // -- rows -------------------------------------------------------------------------------
  const rows = () => [...document.querySelectorAll("[data-row], #result_list tbody tr.data-row")];
  const currentRow = () => document.activeElement?.closest?.("[data-row], #result_list tbody tr.data-row");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(currentRow());
    goTo(all[Math.min(Math.max(here + step, 0), all.length - 1)]);
  }

  function goTo(row) {
    row.tabIndex = 0;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  // Fresh rows replace the old ones, and with them what had the focus. One stays at the same
  // case; where it has left the queue, at the one that took its place.
  let place = null;
  const leavePlace = (event) => { place = event.target.closest?.("[data-row]")?.id || null; };
  document.addEventListener("focusin", leavePlace);
  document.addEventListener("mousedown", leavePlace);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "queue" && place) place = [place, ...rowsAround(place)].join(" ");
  });

  function rowsAround(id) {
    const order = rows().map((row) => row.id);
    const here = order.indexOf(id);
    return [...order.slice(here + 1), ...order.slice(0, Math.max(here, 0)).reverse()];
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    if (document.activeElement !== document.body) return;
    if (event.detail.elt.id === "case") drawers().length ? focusForm(drawers()[0]) : event.detail.elt.focus();
    if (event.detail.elt.id !== "queue" || !place) return;
    const row = place.split(" ").map((id) => document.getElementById(id)).find(Boolean);
    if (row) goTo(row);
  });

  function openRow(row) {
    const address = row.dataset.open || row.querySelector("a[href]")?.href;
    if (address) location.assign(address);
  }

  function press(key) {
    const wanted = `[data-key="${CSS.escape(key)}"]`;
    const where = document.getElementById("case") || currentRow();
    // Nobody has said which case is meant: the letter leads to the first, and does no more.
    if (!where) return rows().some((row) => row.querySelector(wanted)) && !move(1);
    const button = where.querySelector(wanted);
    if (!button && /[a-z]/.test(key)) tell(fill(words().keyless, { key }));
    button?.click();
    return Boolean(button);
  }

  // -- keys -------------------------------------------------------------------------------
  const showKeys = () => document.getElementById("keys").showModal();

  function onKey(event) {
    if (event.key === "Escape") return onEscape(event);
    if (event.key === "Enter" && event.ctrlKey) return send(event.target.form);
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (onPlainKey(event)) event.preventDefault();
  }

  // While a text is being drafted anew its button rests: nothing goes out that nobody has read.
  function send(form) {
    if (form && !form.querySelector(".buttons .button:disabled")) form.requestSubmit();
  }

  function onPlainKey(event) {
    switch (event.key) {
      case "/": {
        const box = document.querySelector("[data-search], #searchbar");
        box?.focus();
        box?.select();
        return Boolean(box);
      }
      case "?": showKeys(); return true;
      case "j": move(1); return true;
      case "k": move(-1); return true;
      case "n": if (words().register) location.assign(words().register); return Boolean(words().register);
      case "Enter":
        if (!event.target.matches("[data-row], tr.data-row")) return false;
        // Who types "a", Enter faster than the form comes does not want to leave the page.
        if (event.target.querySelector(".htmx-request")) return true;
        if (event.target.querySelector(".drawer form")) focusForm(event.target.querySelector(".drawer"));
        else openRow(event.target);
        return true;
      default: return event.key.length === 1 && press(event.key);
    }
  }

  function onEscape(event) {
    const drawer = event.target.closest?.(".drawer") || drawers()[0];
    if (drawer) return isAskedTwice(drawer) && closeDrawer(drawer);
    const menu = document.querySelector("details.menu[open]");
    if (menu) return menu.open = false;
    if (isTyping(event.target)) event.target.blur();
  }

  // What was typed goes only with a second Esc.
  function isAskedTwice(drawer) {
    const form = drawer.querySelector("form");
    const texts = [...drawer.querySelectorAll("textarea, input:not([type=hidden], [type=radio])")];
    if (!form || "asked" in form.dataset || !texts.some((field) => field.value.trim() && ("typed" in form.dataset || field.value !== field.defaultValue))) return true;
    form.dataset.asked = "";
    tellUnsent(form, words().discard);
    return false;
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    if (event.target.closest("[data-cancel]")) closeDrawer(event.target.closest(".drawer"));
    if (event.target.closest("[data-keys]")) showKeys();
    if (event.target.closest("[data-stale]")) htmx.trigger(document.body, "case-stale");
    const filter = event.target.closest(".tabs button[data-group]");
    if (filter) showGroup(filter);
  });

  function showGroup(button) {
    for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
    for (const line of document.querySelectorAll(".timeline li")) {
      line.hidden = Boolean(button.dataset.group) && line.dataset.group !== button.dataset.group;
    }
  }

  // The theme wants to write a chosen file's name into a field that only its own forms have.
  document.addEventListener("change", (event) => {
    if (event.target.matches(".attach input, #feed-file")) event.stopPropagation();
  }, true);

  // -- the registration form: the fields this channel has, and what this kind needs --------
  function fitChannel(form) {
    const chosen = form.querySelector("input[name=channel]:checked");
    for (const field of form.querySelectorAll("[data-for-line]")) field.hidden = !chosen?.dataset.line;
    for (const field of form.querySelectorAll("[data-for-trusted]")) field.hidden = !chosen?.dataset.trusted;
  }

  function fitKind(form) {
    const chosen = form.querySelector("input[name=kind]:checked")?.value;
    for (const mark of form.querySelectorAll("[data-kinds]")) mark.hidden = !mark.dataset.kinds.split(" ").includes(chosen);
  }

  function fit(form) {
    fitChannel(form);
    fitKind(form);
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-register-form]");
    if (form) fit(form);
    if (event.target.matches("[data-go]")) location.assign(event.target.value);
  });

  document.addEventListener("DOMContentLoaded", () => {
    settle(document.body);
    // Where it begins: the next letter means the first row, and the row is seen to be meant.
    const first = document.querySelector("#queue [data-row]");
    if (first && document.activeElement === document.body) goTo(first);
    const form = document.querySelector("[data-register-form]");
    if (form) {
      fit(form);
      (form.querySelector(".wrong input, .wrong textarea, .wrong select") || form.querySelector("[autofocus]"))?.focus();
    }
    // What is shown listens at once: some type faster than htmx's 20 milliseconds.
    htmx.config.defaultSettleDelay = 0;
    setInterval(tick, 1000);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    tick();
    htmx.trigger(document.body, "wake");
  });

  // Copies the text of another element. Selecting it works also where the clipboard is closed to pages.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const area = document.createElement("textarea");
    area.value = document.getElementById(button.dataset.copy).innerText || document.getElementById(button.dataset.copy).textContent;
    document.body.append(area);
    area.select();
    if (document.execCommand("copy")) button.classList.add("copied");
    area.remove();
    button.focus();
  });

  // The theme's scrolling areas call themselves so in English; they are made after this.
  document.addEventListener("DOMContentLoaded", () => {
    SimpleBar.defaultOptions.ariaLabel = words().scrolls;
  });
})();
