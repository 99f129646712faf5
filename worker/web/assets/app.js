// Puts the page together: what comes from the worker goes into the store, and the views show the store.

import { ApiError, get } from '/assets/api.js';
import { Connection } from '/assets/connection.js';
import { Control } from '/assets/control.js';
import { Decisions } from '/assets/decisions.js';
import { EquityChart } from '/assets/equity.js';
import { Fills } from '/assets/fills.js';
import { Header } from '/assets/header.js';
import { Kpis } from '/assets/kpis.js';
import { announce, fail } from '/assets/messages.js';
import { Orders } from '/assets/orders.js';
import { Positions } from '/assets/positions.js';
import { Price } from '/assets/price.js';
import { Risks } from '/assets/risks.js';
import { Store } from '/assets/store.js';
import { tabs } from '/assets/tabs.js';

const LISTS = [
  ['orders', 'orders?limit=200'],
  ['fills', 'fills?limit=500'],
  ['decisions', 'decisions?limit=100'],
  ['riskEvents', 'risk-events?limit=100'],
  ['snapshots', 'account-snapshots?limit=1000'],
];

const store = new Store();
/** Rows that came as events while their list was being fetched. */
const during = new Map();

async function load(name, kind, path) {
  during.set(name, []);
  try {
    const rows = await get(path);
    store.replace(name, kind, rows, during.get(name));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Without a connection the header says so already.
    if (error.status >= 500) fail(error.message);
  } finally {
    during.delete(name);
  }
}

const loadCandles = (market) => load(`candles/${market}`, 'candles', `candles?market=${encodeURIComponent(market)}&limit=1000`);

function loadAll() {
  for (const [kind, path] of LISTS) load(kind, kind, path);
  if (store.market) loadCandles(store.market);
}

function add(name, kind, row) {
  during.get(name)?.push(row);
  store.merge(name, kind, [row]);
}

function onStatus(status, isFirst) {
  const before = store.status;
  header.received();
  store.setStatus(status);
  if (!isFirst) return;
  if (before && before.version !== status.version) return location.reload();
  if (before && before.started_at_ms !== status.started_at_ms) announce('The worker was started again.');
  loadAll();
}

const EVENTS = {
  status: onStatus,
  candle: ({ market, candle }) => add(`candles/${market}`, 'candles', candle),
  order: (row) => add('orders', 'orders', row),
  fill: (row) => add('fills', 'fills', row),
  decision: (row) => add('decisions', 'decisions', row),
  risk_event: (row) => add('riskEvents', 'riskEvents', row),
  account_snapshot: (row) => add('snapshots', 'snapshots', row),
};

const connection = new Connection({
  onEvent: (type, data, isFirst) => EVENTS[type]?.(data, isFirst),
  onState: () => { header.showConnection(); control.show(); },
  isKnown: () => get('status').then(() => true, (error) => error.status !== 401 && error.status !== 403),
});
const header = new Header(store, connection);
const control = new Control(store, connection);
new Kpis(store);
new Price(store, loadCandles);
new EquityChart(store);
new Positions(store);
new Orders(store);
new Fills(store);
new Decisions(store);
new Risks(store);
tabs(document.querySelector('[role=tablist]'));
connection.open();
