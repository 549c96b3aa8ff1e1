// The board from the server, each second, and the server's clock.

const PATIENCE = 4000; // ms until a request counts as lost
const LOST_AFTER = 5000; // ms without an answer until the page says so
const HIDDEN_EVERY = 30000;

let offset = 0; // server's clock minus ours

export const now = () => Date.now() + offset;

export function setClock(moment, roundTrip = 0) {
  offset = Date.parse(moment) + roundTrip / 2 - Date.now();
}

// Asks for the board whenever a new one may be there. `address()` may change between two requests.
// Calls: board(data), lost(lastAnswerAt), found(), refused().
export class Board {
  constructor(address, calls) {
    Object.assign(this, { address, calls, etag: "", failures: 0, answeredAt: now(), isLost: false });
    document.addEventListener("visibilitychange", () => this.soon());
    window.addEventListener("pageshow", () => this.soon());
    window.addEventListener("online", () => this.soon());
    window.addEventListener("offline", () => this.check(true));
    setInterval(() => this.check(false), 1000);
    this.later();
  }

  soon() {
    if (!document.hidden) this.later(0);
  }

  later(wait = this.pause()) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), wait);
  }

  // A new board is computed in each second of the server's clock: ask shortly after it begins.
  pause() {
    if (this.failures) return Math.min(10000, 500 * 2 ** this.failures) * (0.7 + 0.6 * Math.random());
    if (document.hidden) return HIDDEN_EVERY;
    return 1000 - (now() % 1000) + 30 + 150 * Math.random();
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      await this.read(stop.signal);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      if (!(error instanceof TypeError) && error.name !== "AbortError" && error.name !== "BadAnswer") reportError(error);
    } finally {
      clearTimeout(timer);
      this.asking = false;
      this.later();
    }
  }

  async read(signal) {
    const address = this.address();
    const started = performance.now();
    const headers = { Accept: "application/json", ...(this.etag && { "If-None-Match": this.etag }) };
    const answer = await fetch(address, { headers, signal, credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401 || answer.status === 403) return this.refuse();
    if (!answer.ok && answer.status !== 304) throw Object.assign(new Error(answer.status), { name: "BadAnswer" });
    setClock(answer.headers.get("Agency-Now"), performance.now() - started);
    const board = answer.status === 304 ? null : await answer.json();
    if (address !== this.address()) return; // asked for something else meanwhile
    this.answeredAt = now();
    this.etag = answer.headers.get("ETag") || "";
    if (this.isLost) this.calls.found();
    this.isLost = false;
    if (board) this.calls.board(board);
  }

  forget() {
    this.etag = "";
    this.later(0);
  }

  refuse() {
    this.isLost = true;
    this.calls.refused();
  }

  check(atOnce) {
    if (document.hidden || this.isLost) return;
    if (!atOnce && now() - this.answeredAt < LOST_AFTER) return;
    this.isLost = true;
    this.calls.lost(this.answeredAt);
  }
}
