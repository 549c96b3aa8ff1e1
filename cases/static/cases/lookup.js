// A citizen's number typed into a search box is never sent with an address: it is offered to be
// looked up instead, by a form.
(() => {
  "use strict";

  const CITIZEN = /(?<![0-9A-Za-z])(?:(?:\+?86|0086)?1[3-9]\d{9}|(?:\+?86)?0\d{9,11}|[1-8]\d{14}|[1-8]\d{16}[\dXx])(?![0-9A-Za-z])/;
  const bare = (text) => text.replace(/[\s.·()（）\u00ad\u2010-\u2015\u2212-]/g, "");

  // Wherever it stands among other words, and however it is broken up.
  function numberIn(typed) {
    const text = typed.normalize("NFKC");
    return (text.match(CITIZEN) || bare(text).match(CITIZEN) || [""])[0];
  }

  const boxOf = (form) => form.querySelector("[data-search], #searchbar");
  const dialog = () => document.getElementById("lookup");
  let asking = null;

  document.addEventListener("submit", (event) => {
    const box = boxOf(event.target);
    const number = box && numberIn(box.value);
    if (!number) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    asking = box;
    dialog().querySelector("[name=number]").value = number;
    dialog().showModal();
  }, true);

  document.addEventListener("click", (event) => {
    if (event.target.closest("#lookup [data-anyway]")) asking.form.submit();
    if (event.target.closest("#lookup [data-leave]")) dialog().close();
  });
})();
