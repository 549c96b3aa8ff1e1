// The supervisors' dashboard: first what the server has painted, then each second's board.

import { Hours, showHeat } from "./charts.js";
import { Alarm, showFigures } from "./figures.js";
import { Groups } from "./groups.js";
import { fill, Rows } from "./rows.js";
import { Board, now, setClock } from "./server.js";
import { breach, config, upcoming } from "./words.js";

const byId = (id) => document.getElementById(id);
setClock(config.now);

const alarm = new Alarm();
const groups = new Groups();
const due = new Rows(byId("due"), byId("due-row"), { paint: (row) => upcoming(row, now()) });
const late = new Rows(byId("late"), byId("late-row"), { paint: (row) => breach(row, now()) });
const day = config.board.as_of.slice(0, 10);
let hours = null;

function show(board) {
  if (board.as_of.slice(0, 10) !== day) return location.reload(); // a new day has other usual weeks
  alarm.read(board);
  alarm.tick();
  showFigures(board);
  groups.show(board);
  due.show(board.next_due);
  late.show(board.breaches);
  showHours(board.hours);
}

let shown = "";
function showHours(rows) {
  if (shown === JSON.stringify(rows)) return;
  shown = JSON.stringify(rows);
  if (hours) hours.show(rows);
  rows.forEach((row, hour) => fill(byId("hour-rows").children[hour], { ...row, label: `${hour}:00`, usual: `${row.low}–${row.high}` }));
}

function tick() {
  alarm.tick();
  due.refresh();
  late.refresh();
}

byId("filters").addEventListener("change", () => {
  const query = new URLSearchParams([...new FormData(byId("filters"))].filter(([, value]) => value));
  location.assign(`${location.pathname}?${query}${location.hash}`);
});

show(config.board);
setInterval(() => document.hidden || tick(), 250);
new Board(() => `${config.url}?${new URLSearchParams(config.query)}`, {
  board: show,
  lost: (at) => { alarm.lostSince = at; alarm.tick(); },
  found: () => alarm.found(),
  refused: () => { alarm.refused = true; alarm.tick(); },
});

hours = new Hours();
hours.show(config.board.hours);
showHeat(JSON.parse(byId("charts").textContent));
document.body.dataset.ready = "yes";
