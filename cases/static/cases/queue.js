// The queue lives: new arrivals are seen, heard where wanted, and counted in the tab's title.
(() => {
  "use strict";

  const SOUND = "workbench.sound";
  const queue = () => document.getElementById("queue");
  const ids = () => new Set([...document.querySelectorAll(".row[id]")].map((row) => row.id));
  let known = null;

  const isSoundOn = () => localStorage.getItem(SOUND) !== "off";

  function showSound() {
    const button = document.getElementById("sound");
    if (!button) return;
    button.setAttribute("aria-pressed", String(isSoundOn()));
    button.textContent = isSoundOn() ? button.dataset.on : button.dataset.off;
  }

  // Two soft tones, made here: nothing to load, and quiet by design.
  let audio = null;
  function chime() {
    if (!isSoundOn()) return;
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
    [660, 880].forEach((pitch, number) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + number * 0.14;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.04, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0005, start + 0.22);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.25);
    });
  }

  function look() {
    const section = queue();
    if (!section) return;
    const total = Number(section.dataset.total);
    document.title = total ? `(${total}) ${section.dataset.title}` : section.dataset.title;
    const here = ids();
    const fresh = known ? [...here].filter((id) => !known.has(id)) : [];
    fresh.forEach((id) => document.getElementById(id).classList.add("arrived"));
    if (fresh.length) chime();
    known = here;
  }

  document.addEventListener("DOMContentLoaded", () => { showSound(); look(); });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id === "queue" || event.detail.target?.id === "queue") look();
  });
  document.addEventListener("click", (event) => {
    if (event.target.id !== "sound") return;
    localStorage.setItem(SOUND, isSoundOn() ? "off" : "on");
    showSound();
    chime();
  });
})();
