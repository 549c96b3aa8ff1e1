// What is said on the page: the server's words with this moment's figures in them.

export const config = JSON.parse(document.getElementById("config").textContent);

export const say = (name, values = {}) =>
  config.words[name].replace(/\{(\w+)\}/g, (_all, key) => values[key]);

const two = (number) => String(number).padStart(2, "0");
const inShanghai = (options) => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hourCycle: "h23", ...options });
  return (moment) => format.format(typeof moment === "string" ? Date.parse(moment) : moment);
};
export const hourMinute = inShanghai({ hour: "2-digit", minute: "2-digit" });
export const clockTime = inShanghai({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

function span(seconds) {
  if (seconds >= 86400) return say("days", { days: Math.floor(seconds / 86400) });
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

// What is left, rounded down; what is late, rounded up: 00:00 is never late.
export function countdown(dueAt, at) {
  const left = Date.parse(dueAt) - at;
  return left >= 0
    ? say("left", { time: span(Math.floor(left / 1000)) })
    : say("late", { time: span(Math.ceil(-left / 1000)) });
}

// Rounded down: 100.0% is said only where nothing was late.
export const percent = (rate) => (rate === null ? "—" : `${(Math.floor(rate * 1000 + 1e-9) / 10).toFixed(1)}%`);

// The board's moments are Shanghai's already: 11-21 09:10:00, and below it how that was counted.
function exactly({ due_at: moment, explanation }) {
  const due = say("due", { time: `${moment.slice(5, 10)} ${moment.slice(11, 19)}` });
  return explanation ? `${due}\n${explanation}` : due;
}

export function upcoming(row, at) {
  const due = Date.parse(row.due_at);
  const counted = due - Date.parse(row.starts_at) - row.stood_still_seconds * 1000; // a pause does not count
  const near = row.warn_at !== null && Date.parse(row.warn_at) <= at;
  const part = Math.max(0, Math.min(1, (due - at) / (counted || 1)));
  return {
    ...row,
    state: at > due ? "overdue" : near ? "at_risk" : "on_time",
    left: countdown(row.due_at, at),
    due_title: exactly(row),
    part: Math.round(part * 1000) / 10,
  };
}

export function breach(row, at) {
  return {
    ...row,
    state: row.met_at || row.cancelled_at ? "ended" : "overdue",
    left: row.met_at
      ? say("metLate", { time: hourMinute(row.met_at) })
      : row.cancelled_at
        ? say("endedUnmet")
        : countdown(row.due_at, at),
    due_title: exactly(row),
    pressed_text: pressed(row.pressed),
    reached_text: reached(row.pressed),
    told_text: told(row.told).join(" · "),
    highest_text: highest(row.told, row.pressed),
    nobody_text: untold(row.told, "nobody"),
    waiting_text: untold(row.told, "waiting") || untold(row.told, "summed_up"),
  };
}

const pressed = (by) => (by ? say("pressed", { who: by.name, time: hourMinute(by.at) }) : "");

// And, once it is delivered, whom it reached.
function reached(by) {
  if (!by?.people.length) return pressed(by);
  return say("pressedTo", { who: by.name, time: hourMinute(by.at), people: namesOf(by) });
}

function told(rungs) {
  const heard = rungs.filter((rung) => rung.state === "told");
  const first = heard.filter((rung) => rung.target === "handler");
  const higher = heard.filter((rung) => rung.target !== "handler");
  const said = [["told", first], ["escalated", higher]].filter(([, some]) => some.length)
    .map(([word, some]) => say(word, { people: some.map(rungOf).join(" · ") }));
  return rungs.length ? said : [say("toldNobody")];
}

// For the one line of the wall: of the last who were told one by name, and whether it climbed.
// Where somebody pressed, the line says so, and beside it only to whom it climbed.
function highest(rungs, by) {
  const last = rungs.findLast((rung) => rung.state === "told");
  if (by && (!last || last.target === "handler")) return "";
  if (!rungs.length) return say("toldNobody");
  if (!last) return "";
  const people = rungOf({ ...last, people: last.people.slice(0, 1) });
  return last.target === "handler" ? `→ ${people}` : say("escalatedTo", { people });
}

const rungOf = (rung) => `${namesOf(rung)} ${hourMinute(rung.at)}`;

function namesOf({ people, count }) {
  const names = people.map(person).join(say("toldComma"));
  return count > people.length ? say("toldMany", { names, count }) : names;
}

// The position once, where the name begins with it.
const person = ({ role_name, name }) => (name.startsWith(role_name) ? name : `${role_name} ${name}`);

const untold = (rungs, state) => rungs
  .filter((rung) => rung.state === state)
  .map(({ target }) => say(state, { target: config.targets[target] || target }))
  .join(" · ");
