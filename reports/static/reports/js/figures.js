// The figures on top, and the alarm above everything.

import { now } from "./server.js";
import { clockTime, config, hourMinute, percent, say } from "./words.js";

const put = (node, text) => {
  if (node && node.textContent !== String(text)) node.textContent = text;
};

export function showFigures(board) {
  for (const node of document.querySelectorAll("[data-total]")) put(node, board.totals[node.dataset.total]);
  for (const node of document.querySelectorAll("[data-outlets]")) put(node, board.outlets[node.dataset.outlets]);
  for (const tile of document.querySelectorAll("[data-rate]")) showRate(tile, board);
  document.body.classList.toggle("has-late", board.totals.overdue > 0);
}

function showRate(tile, board) {
  const rule = tile.dataset.rate;
  const today = board.on_time_rates[rule];
  put(tile.querySelector("[data-rate-today]"), percent(today.rate));
  put(tile.querySelector("[data-rate-of]"), `${today.in_time}/${today.due}`);
  for (const day of ["yesterday", "last_year"]) {
    put(tile.querySelector(`[data-rate-${day}]`), percent(board.usual_rates[day][rule].rate));
  }
}

// One alarm at a time, the gravest: logged out, server lost, nobody sweeps, the sweep is slow.
export class Alarm {
  constructor() {
    this.box = document.getElementById("alarm");
    this.watch = document.getElementById("watch");
    this.sweptAt = null;
    this.lostSince = null;
    this.refused = false;
  }

  tick() {
    const [level, text] = this.state();
    this.box.hidden = !level;
    this.box.className = `alarm over ${level}`;
    put(this.box, text);
    const age = this.age();
    if (this.watch) {
      this.watch.hidden = Boolean(level);
      if (!level) put(this.watch, say("watched", { seconds: Math.floor(age) }));
    }
  }

  age() {
    return this.sweptAt === null ? null : Math.max(0, (now() - this.sweptAt) / 1000);
  }

  state() {
    if (this.refused) return ["late", say("loggedOut")];
    if (this.lostSince !== null) return ["late", say("lost", { time: clockTime(this.lostSince) })];
    const age = this.age();
    if (age === null) return ["late", say("neverSwept")];
    if (age > config.red) return ["late", say("stalled", { time: hourMinute(this.sweptAt) })];
    if (age > config.amber) return ["near", say("slow", { seconds: Math.floor(age) })];
    return ["", ""];
  }

  found() {
    this.lostSince = null;
    this.refused = false;
  }

  read(board) {
    this.sweptAt = board.swept_at === null ? null : Date.parse(board.swept_at);
  }
}
