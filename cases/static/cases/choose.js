// A list under the field one types in: classes by code, Chinese or pinyin (spsh, shipin, 食品),
// phrases by their code. Arrows, Enter or Tab, Esc; the mouse may, and need not.
(() => {
  "use strict";

  const MOST = 50;
  const { phrases: PHRASES, none: NONE, noPhrases: NO_PHRASES } = document.currentScript.dataset;
  const box = document.createElement("ul");
  box.id = "choices";
  box.setAttribute("role", "listbox");
  box.hidden = true;

  let field = null; // whose list is open
  let found = [];
  let active = -1;
  let take = null;

  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  // " yi ban shi pin" by ybsp, yibanshipin or ybshipin: between two letters the rest of a
  // syllable may be left out. As cases/search/sound.py does for merchants.
  const soundOf = (typed) => /^[a-z]{2,40}$/.test(typed) && new RegExp(` ${[...typed].join("([a-z]* )?")}`);

  function rank(one, typed, sound) {
    const name = plain(one.name);
    if (one.code.startsWith(typed) || name.startsWith(typed)) return 0;
    if (name.includes(typed)) return 1;
    const at = sound ? one.sound.search(sound) : -1;
    return at < 0 ? null : at ? 3 : 2;
  }

  function matching(all, text) {
    const typed = plain(text);
    const sound = soundOf(typed);
    const ranked = all.map((one) => [rank(one, typed, sound), one]).filter(([place]) => place !== null);
    // The narrower class first: who types a name's beginning means it more often than all of them.
    const isWhole = (one) => [one.code, plain(one.name), plain(one.sound)].includes(typed);
    const wide = (one) => Number(one.isWide && !isWhole(one));
    return ranked.sort(([a, one], [b, other]) => a - b || wide(one) - wide(other)).map(([, one]) => one).slice(0, MOST);
  }

  // -- the list ---------------------------------------------------------------------------
  function show(owner, entries, choose, first) {
    if (!entries.length) return hide();
    [field, found, take] = [owner, entries, choose];
    box.replaceChildren(...entries.map(line));
    box.hidden = false;
    if (owner.role === "combobox") owner.setAttribute("aria-expanded", "true");
    owner.setAttribute("aria-controls", box.id);
    place();
    point(first);
  }

  // Nothing to choose, and why.
  function tell(owner, text) {
    [field, found, active] = [owner, [], -1];
    const item = document.createElement("li");
    item.className = "none";
    item.setAttribute("role", "status");
    item.textContent = text;
    box.replaceChildren(item);
    box.hidden = false;
    place();
  }

  function line(one, number) {
    const item = document.createElement("li");
    item.id = `choice-${number}`;
    item.setAttribute("role", "option");
    for (const [tag, text] of [["b", one.mark], ["span", one.name], ["small", one.aside]]) {
      if (!text) continue;
      const part = document.createElement(tag);
      part.textContent = text;
      item.append(part, " ");
    }
    return item;
  }

  function place() {
    const { left, top, bottom, width } = field.getBoundingClientRect();
    const isBelow = bottom + box.offsetHeight <= innerHeight || top < box.offsetHeight;
    box.style.left = `${left}px`;
    box.style.top = `${isBelow ? bottom : top - box.offsetHeight}px`;
    box.style.minWidth = `${width}px`;
  }

  function point(number) {
    active = number;
    [...box.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === number)));
    if (number < 0) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", `choice-${number}`);
    box.children[number].scrollIntoView({ block: "nearest" });
  }

  function hide() {
    if (!field) return;
    box.hidden = true;
    if (field.role === "combobox") field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    field = null;
  }

  function accept(number) {
    const [owner, choose, one] = [field, take, found[number]];
    hide();
    choose(one);
    owner.dispatchEvent(new Event("input", { bubbles: true }));
    hide();
  }

  function onKey(event) {
    if (!field || event.target !== field || event.isComposing) return false;
    const last = found.length - 1;
    if (last < 0) return event.key === "Escape" && !hide();
    switch (event.key) {
      case "ArrowDown": point(active < last ? active + 1 : 0); return true;
      case "ArrowUp": point(active > 0 ? active - 1 : last); return true;
      case "Escape": hide(); return true;
      case "Enter":
        if (active < 0 || event.ctrlKey) return false;
        accept(active);
        return true;
      case "Tab": {
        if (active < 0) return false;
        const staysHere = field.matches("textarea"); // one goes on writing; else on to the next field
        accept(active);
        return staysHere;
      }
      default: return false;
    }
  }

  // Before what the page does with the same keys.
  document.addEventListener("keydown", (event) => {
    if (onKey(event)) { event.preventDefault(); event.stopPropagation(); }
  }, true);
  box.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the field keeps the focus
    const item = event.target.closest("li[role=option]");
    if (item) accept([...box.children].indexOf(item));
  });
  document.addEventListener("focusout", (event) => { if (event.target === field) hide(); });
  for (const moved of ["scroll", "resize"]) addEventListener(moved, (event) => { if (field && event.target !== box) place(); }, true);
  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(box);
    document.querySelectorAll("input[list]").forEach(adopt);
  });

  // -- classes ----------------------------------------------------------------------------
  // The browser's own list knows no pinyin: it stays for who has no scripts.
  function adopt(input) {
    const options = [...input.list.options];
    if (!options.some((option) => option.dataset.sound)) return;
    const all = options.map((option) => {
      const [code, ...name] = option.value.split(" ");
      return { value: option.value, code: code.toLowerCase(), mark: code, name: name.join(" "), aside: option.label === option.value ? "" : option.label, sound: option.dataset.sound };
    });
    for (const one of all) one.isWide = all.some((other) => other !== one && other.code.startsWith(one.code));
    input.removeAttribute("list");
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" })) input.setAttribute(name, value);
    const choose = (one) => { input.value = one.value; };
    const offer = (first) => {
      const fitting = matching(all, input.value);
      fitting.length ? show(input, fitting, choose, first) : tell(input, NONE);
    };
    input.addEventListener("input", () => (input.value.trim() ? offer(0) : hide()));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" || field) return;
      event.preventDefault();
      // What was chosen before is no filter: the whole list again.
      if (all.some((one) => one.value === input.value)) show(input, all, choose, all.findIndex((one) => one.value === input.value));
      else offer(0);
    });
  }

  // -- phrases ----------------------------------------------------------------------------
  // ";yb" in a text, the wide sign too. A blank after a whole code puts it in at once.
  const CALL = /[;；]([\p{L}\p{N}_]{0,12})( ?)$/u;
  let phrases = null;
  let isTold = false; // once a page: ";" stands in texts for itself
  const known = () => (phrases ??= fetch(PHRASES, { headers: { Accept: "application/json" } })
    .then((answer) => answer.json())
    .then((told) => told.phrases.map((one) => ({ ...one, mark: one.code, name: one.text })))
    .catch(() => { phrases = null; return []; }));

  function put(area, length) {
    return (one) => {
      const end = area.selectionStart;
      area.setRangeText(one.text, end - length, end, "end");
    };
  }

  async function call(area) {
    if (!CALL.test(area.value.slice(0, area.selectionStart))) return area === field && hide();
    const all = await known();
    const [said, code, blank] = area.value.slice(0, area.selectionStart).match(CALL) || [];
    if (said === undefined || document.activeElement !== area) return hide();
    if (!all.length && phrases) {
      if (!isTold) tell(area, NO_PHRASES);
      else hide();
      isTold = true;
      return;
    }
    const whole = all.find((one) => one.code === code.toLowerCase());
    if (blank) {
      hide();
      if (!whole) return;
      put(area, said.length)(whole);
      return area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    // After the sign alone Enter is still a new line: ";" stands in texts for itself.
    show(area, all.filter((one) => one.code.startsWith(code.toLowerCase())), put(area, said.length), code ? 0 : -1);
  }

  // -- colleagues: "@" and a name or an account, in a note ---------------------------------
  const MENTION = /@([\p{L}\p{N}_]{0,20})$/u;

  function mention(area) {
    const [said, name] = area.value.slice(0, area.selectionStart).match(MENTION) || [];
    if (said === undefined) return false;
    const people = [...document.getElementById(area.dataset.calls).options].map((option) => ({ text: `${option.value} `, name: option.value, aside: option.label }));
    const typed = name.toLowerCase();
    const fits = (one) => one.name.slice(1).toLowerCase().startsWith(typed) || one.aside.startsWith(typed);
    show(area, people.filter(fits), put(area, said.length), name ? 0 : -1);
    return true;
  }

  document.addEventListener("input", (event) => {
    const area = event.target;
    if (!area.matches("textarea") || (area.dataset.calls && mention(area))) return;
    if (PHRASES) call(area);
  });
})();
