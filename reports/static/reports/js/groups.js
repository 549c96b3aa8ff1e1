// The table in the middle: tabs by unit, channel, deadline and handler; sorted by any column.

import { Rows } from "./rows.js";
import { config } from "./words.js";

const PARAMETER = { by_unit: "at_unit", by_channel: "channel", by_rule: "rule", by_handler: "handler" };
const MOST = 60; // handlers beyond the worst sixty are not shown

export class Groups {
  constructor() {
    const saved = new URLSearchParams(location.hash.slice(1));
    this.kind = saved.get("by") in PARAMETER ? saved.get("by") : "by_unit";
    this.sort = saved.get("sort") || "overdue";
    this.down = saved.get("up") === null;
    this.tabs = [...document.querySelectorAll("[data-group]")];
    this.rows = new Rows(document.getElementById("group-rows"), document.getElementById("group-row"), {
      key: (row) => `${this.kind}:${row.key ?? "-"}`,
      paint: (row) => this.bars(row),
      after: (node, row) => this.link(node, row),
    });
    this.rows.list.replaceChildren();
    for (const tab of this.tabs) {
      tab.addEventListener("click", () => this.choose(tab.dataset.group));
      tab.addEventListener("keydown", (event) => this.step(event, tab));
    }
    for (const head of document.querySelectorAll("[data-sort]")) {
      head.addEventListener("click", () => this.order(head.dataset.sort));
    }
  }

  show(board) {
    this.board = board;
    const rows = [...board[this.kind]].sort((one, other) => this.compare(one, other)).slice(0, MOST);
    this.most = Math.max(1, ...rows.map((row) => row.on_time + row.at_risk + row.overdue));
    this.rows.show(rows);
    this.mark();
  }

  compare(one, other) {
    const way = this.down ? -1 : 1;
    if (this.sort === "name") return way * one.name.localeCompare(other.name, document.documentElement.lang);
    return way * (one[this.sort] - other[this.sort] || one.overdue - other.overdue || one.at_risk - other.at_risk || one.on_time - other.on_time);
  }

  bars(row) {
    const part = (state) => ({ [`${state}Part`]: (100 * row[state]) / this.most });
    return { ...row, ...part("overdue"), ...part("at_risk"), ...part("on_time") };
  }

  link(node, row) {
    for (const cell of node.querySelectorAll("[data-link]")) {
      const query = new URLSearchParams({ show: cell.dataset.link, ...config.query });
      query.set(PARAMETER[this.kind], row.key ?? "-");
      cell.href = `${config.cases}?${query}`;
      cell.classList.toggle("none", row[cell.dataset.link] === 0);
    }
  }

  choose(kind) {
    this.kind = kind;
    this.keep();
  }

  order(column) {
    this.down = column === this.sort ? !this.down : column !== "name";
    this.sort = column;
    this.keep();
  }

  step(event, tab) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!way) return;
    const next = this.tabs[(this.tabs.indexOf(tab) + way + this.tabs.length) % this.tabs.length];
    this.choose(next.dataset.group);
    next.focus();
  }

  // In the address, so that the view can be sent to a colleague.
  keep() {
    const state = new URLSearchParams({ by: this.kind, sort: this.sort });
    if (!this.down) state.set("up", "1");
    history.replaceState(null, "", `${location.pathname}${location.search}#${state}`);
    if (this.board) this.show(this.board);
    this.rows.arrange();
  }

  mark() {
    for (const tab of this.tabs) {
      const chosen = tab.dataset.group === this.kind;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) document.getElementById("groups").setAttribute("aria-labelledby", tab.id);
    }
    for (const head of document.querySelectorAll("[data-sort]")) {
      const cell = head.closest("th");
      if (head.dataset.sort === this.sort) cell.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  }
}
