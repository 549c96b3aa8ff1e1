// What is suggested is taken by a click, or by Alt and its number; the field can be changed as ever.
(() => {
  "use strict";

  function take(button) {
    const field = button.closest("form").elements[button.dataset.take];
    if (!field) return;
    field.value = button.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (button) take(button);
  });

  document.addEventListener("keydown", (event) => {
    const digit = event.altKey && !event.ctrlKey && !event.metaKey && /^Digit([1-9])$/.exec(event.code);
    if (!digit) return;
    const form = document.activeElement?.closest("form");
    const button = (form || document).querySelectorAll("[data-take]")[digit[1] - 1];
    if (!button) return;
    event.preventDefault();
    take(button);
  });
})();
