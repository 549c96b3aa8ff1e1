// Rows kept by their key: changed in place, and never moved under the pointer.

export function fill(node, row) {
  for (const part of node.querySelectorAll("[data-text]")) {
    const text = String(row[part.dataset.text] ?? "");
    if (part.textContent !== text) part.textContent = text;
  }
  for (const part of node.querySelectorAll("[data-state]")) {
    part.classList.remove("on_time", "at_risk", "overdue", "ended");
    part.classList.add(row[part.dataset.state]);
  }
  for (const part of node.querySelectorAll("[data-href]")) {
    const address = row[part.dataset.href];
    if (address) part.setAttribute("href", address);
    else part.removeAttribute("href");
  }
  for (const part of node.querySelectorAll("[data-title]")) part.title = row[part.dataset.title] ?? "";
  for (const part of node.querySelectorAll("[data-part]")) part.style.width = `${row[part.dataset.part] ?? 0}%`;
}

export class Rows {
  // `paint(row)` gives a row its words; `key(row)` names it.
  constructor(list, template, { paint, key = (row) => String(row.id), after = () => {} }) {
    Object.assign(this, { list, paint, key, after, rows: [] });
    this.model = template.content.firstElementChild;
    this.empty = document.getElementById(`${list.id}-empty`);
    list.addEventListener("pointerleave", () => this.arrange());
  }

  show(rows) {
    this.rows = rows;
    if (this.list.matches(":hover") && this.list.childElementCount) this.refresh();
    else this.arrange();
  }

  // Words and bars only: the rows stay where they are.
  refresh() {
    const rows = new Map(this.rows.map((row) => [this.key(row), row]));
    for (const node of this.list.children) {
      const row = rows.get(node.dataset.row);
      if (row) this.put(node, row);
      node.classList.toggle("gone", !row);
    }
  }

  arrange() {
    const focused = document.activeElement;
    const nodes = new Map([...this.list.children].map((node) => [node.dataset.row, node]));
    this.rows.forEach((row, place) => {
      const node = nodes.get(this.key(row)) || this.make(row);
      nodes.delete(this.key(row));
      node.classList.remove("gone");
      this.put(node, row);
      if (this.list.children[place] !== node) this.list.insertBefore(node, this.list.children[place] || null);
    });
    for (const node of nodes.values()) node.remove();
    if (this.empty) this.empty.hidden = this.rows.length > 0;
    if (this.list.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  make(row) {
    const node = this.model.cloneNode(true);
    node.dataset.row = this.key(row);
    node.classList.add("new");
    return node;
  }

  put(node, row) {
    fill(node, this.paint(row));
    this.after(node, row);
  }
}
