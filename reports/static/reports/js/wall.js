// The wall: nobody touches it, so it looks after itself.

import { Alarm, showFigures } from "./figures.js";
import { Rows } from "./rows.js";
import { Board, now, setClock } from "./server.js";
import { breach, clockTime, config, say, upcoming } from "./words.js";

const RENEW = 3600000; // fetch the page anew each hour: a new day, a new version, the same login
const byId = (id) => document.getElementById(id);
setClock(config.now);

const alarm = new Alarm();
const late = new Rows(byId("late"), byId("late-row"), { paint: (row) => breach(row, now()) });
const due = new Rows(byId("due"), byId("due-row"), { paint: (row) => upcoming(row, now()) });
const units = new Rows(byId("units"), byId("unit-row"), { paint: (row) => row, key: (row) => row.key });
const rules = new Rows(byId("rules"), byId("unit-row"), { paint: (row) => row, key: (row) => row.key });
const today = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "Asia/Shanghai", dateStyle: "full" });
let round = 0;

function show(board) {
  alarm.read(board);
  showFigures(board);
  late.show(board.late);
  byId("late-part").hidden = !board.late.length;
  const count = board.totals.overdue - board.late.length;
  byId("unnamed").textContent = count > 0 ? say("unnamed", { count }) : "";
  due.show(board.next_due.slice(0, config.dueRows));
  // The deadlines have the room that the units leave.
  const worst = board.by_unit.slice(0, config.tableRows);
  const room = Math.max(0, config.tableRows - 1 - worst.length);
  units.show(worst);
  rules.show(board.by_rule.slice(0, room));
  byId("rules-head").hidden = !room || !board.by_rule.length;
  document.body.classList.remove("stale");
  tick();
}

function tick() {
  alarm.tick();
  late.refresh();
  due.refresh();
  byId("clock").textContent = clockTime(now());
  byId("day").textContent = today.format(now());
}

const query = () => new URLSearchParams({ ...config.query, ...(config.rounds[round]?.unit && { unit: config.rounds[round].unit }) });

const board = new Board(() => `${config.url}?${query()}`, {
  board: show,
  lost: (at) => { alarm.lostSince = at; document.body.classList.add("stale"); tick(); },
  found: () => { alarm.found(); document.body.classList.remove("stale"); },
  refused: () => { alarm.refused = true; document.body.classList.add("stale"); tick(); },
});

function turn() {
  if (board.isLost) return; // keep what is known on the wall
  round = (round + 1) % config.rounds.length;
  byId("whose").textContent = config.rounds[round].name;
  board.forget();
}

// Only where the server answers: a wall must never end on the browser's error page.
async function renew() {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
    if (answer.ok && !answer.redirected) location.reload();
  } catch { /* the next hour will do */ }
}

show(config.board);
setInterval(tick, 250);
setInterval(renew, RENEW);
if (config.rotate) setInterval(turn, config.rotate * 1000);
document.body.dataset.ready = "yes";
