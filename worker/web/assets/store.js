// What the page knows. Every list is bounded. Views subscribe to names and read; only the app writes.

const KEPT = { orders: 200, fills: 500, decisions: 200, riskEvents: 200, snapshots: 2000, candles: 1000 };

const KEYS = {
  orders: (row) => row.cloid,
  fills: (row) => row.tid,
  decisions: (row) => row.id,
  riskEvents: (row) => row.id,
  snapshots: (row) => row.time_ms,
  candles: (row) => row.time_ms,
};

const NEWEST_FIRST = {
  orders: (a, b) => b.created_at_ms - a.created_at_ms,
  fills: (a, b) => b.time_ms - a.time_ms || b.tid - a.tid,
  decisions: (a, b) => b.id - a.id,
  riskEvents: (a, b) => b.id - a.id,
};
const OLDEST_FIRST = (a, b) => a.time_ms - b.time_ms;

export class Store {
  status = null;
  market = null;
  #lists = new Map();
  #listeners = new Map();
  #changed = new Set();
  #scheduled = false;

  on(names, listener) {
    for (const name of names) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
      this.#listeners.get(name).add(listener);
    }
  }

  setStatus(status) {
    this.status = status;
    if (!status.markets.some((it) => it.market === this.market)) {
      this.market = status.positions[0]?.market ?? status.markets[0]?.market ?? null;
      this.#mark('market');
    }
    this.#mark('status');
  }

  setMarket(market) {
    this.market = market;
    this.#mark('market');
  }

  list(name) {
    return this.#lists.get(name) ?? [];
  }

  candles(market) {
    return this.list(`candles/${market}`);
  }

  /** Replaces a list, keeping rows that came as events while it was fetched. */
  replace(name, kind, rows, eventsSince = []) {
    this.#lists.set(name, []);
    this.merge(name, kind, [...rows, ...eventsSince]);
  }

  /** Adds rows or newer versions of rows. */
  merge(name, kind, rows) {
    const keyOf = KEYS[kind];
    const byKey = new Map(this.list(name).map((row) => [keyOf(row), row]));
    for (const row of rows) {
      const known = byKey.get(keyOf(row));
      if (known && row.updated_at_ms !== undefined && known.updated_at_ms > row.updated_at_ms) continue;
      byKey.set(keyOf(row), row);
    }
    const newestFirst = NEWEST_FIRST[kind];
    let sorted = [...byKey.values()].sort(newestFirst ?? OLDEST_FIRST);
    if (sorted.length > KEPT[kind]) sorted = newestFirst ? sorted.slice(0, KEPT[kind]) : sorted.slice(-KEPT[kind]);
    this.#lists.set(name, sorted);
    this.#mark(kind);
  }

  /** Listeners run once per frame, however much has changed. */
  #mark(name) {
    this.#changed.add(name);
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flush = () => {
      if (!this.#scheduled) return;
      this.#scheduled = false;
      const listeners = new Set([...this.#changed].flatMap((it) => [...(this.#listeners.get(it) ?? [])]));
      this.#changed.clear();
      for (const listener of listeners) listener();
    };
    requestAnimationFrame(flush);
    // A hidden page has no frames; it still shall show the truth when somebody looks.
    setTimeout(flush, 250);
  }
}
