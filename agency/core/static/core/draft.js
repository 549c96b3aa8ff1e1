// A long form outlives an ended session, a click beside it and a reload: what is typed is kept
// in this tab alone, for this person alone, until it is sent. After a logout nothing is left.
(() => {
  "use strict";

  const PREFIX = "draft:";
  const KEPT_AT_THE_DOOR = 30 * 60 * 1000;
  const drafts = () => Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));
  const drop = (names) => names.forEach((name) => sessionStorage.removeItem(name));
  const cookie = (name) => document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`))?.[1];

  const fields = (form) => [...form.elements].filter((f) => f.name && f.name !== "csrfmiddlewaretoken" && f.type !== "submit");
  const isText = (field) => field.matches("textarea, input:not([type=hidden], [type=radio], [type=checkbox])");
  const isTyped = (form) => fields(form).some((field) => isText(field) && field.value.trim());

  function save(form) {
    const told = fields(form).filter((f) => !["radio", "checkbox"].includes(f.type) || f.checked);
    if (isTyped(form)) sessionStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify(told.map((f) => [f.name, f.value])));
    else drop([PREFIX + form.dataset.draft]);
  }

  function restore(form) {
    const kept = sessionStorage.getItem(PREFIX + form.dataset.draft);
    if (!kept || !("draftBlank" in form.dataset)) return;
    const pairs = JSON.parse(kept);
    for (const field of fields(form)) {
      const values = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    form.querySelector("input[type=radio]:checked")?.dispatchEvent(new Event("change", { bubbles: true }));
    form.querySelector("[data-draft-note]").hidden = false;
    // The next call must not be written behind the last one: first it is said which it is.
    form.querySelector("[data-draft-whose]").textContent = form.elements["consumer.name"]?.value || "";
    const goOn = form.querySelector("[data-draft-keep]");
    setTimeout(() => goOn.focus());
    goOn.addEventListener("click", () => form.elements["consumer.name"]?.focus());
  }

  // The server names the form it has taken; its draft has done its work.
  function dropSent() {
    const sent = cookie("registered");
    drop(drafts().filter((name) => sent && sessionStorage.getItem(name).includes(`["form","${sent}"]`)));
  }

  function keep(form) {
    let isLeaving = false;
    restore(form);
    for (const change of ["input", "change"]) form.addEventListener(change, () => save(form));
    form.addEventListener("submit", () => { save(form); isLeaving = true; });
    form.querySelector("[data-draft-drop]").addEventListener("click", () => {
      drop([PREFIX + form.dataset.draft]);
      isLeaving = true;
      location.assign(location.pathname);
    });
    window.addEventListener("pageshow", () => { isLeaving = false; });
    window.addEventListener("beforeunload", (event) => {
      if (!isLeaving && isTyped(form)) event.preventDefault();
    });
  }

  // At the login: who was thrown out comes back to their draft soon, or it goes.
  function guardDoor(door) {
    if (!door.dataset.draftsFor) return drop(drafts());
    setTimeout(() => drop(drafts()), KEPT_AT_THE_DOOR);
  }

  document.addEventListener("DOMContentLoaded", () => {
    dropSent();
    const user = document.getElementById("words")?.dataset.user;
    if (user) drop(drafts().filter((name) => !name.endsWith(`:${user}`)));
    const form = document.querySelector("form[data-draft]");
    const door = document.querySelector("[data-drafts-for]");
    if (form) keep(form);
    if (door) guardDoor(door);
  });
})();
