// What was really traded.

import { byId, h, reconcile, row, setText, time } from '/assets/dom.js';
import { fullTime, price, signedUsd, size, stamp, tone, usd } from '/assets/format.js';

function create(fill) {
  const isExit = Number(fill.closed_pnl) !== 0;
  const kind = fill.liquidation ? 'liquidation' : fill.taker ? 'taker' : 'maker';
  return row(
    h('td', { 'data-label': 'Time' }, time(fill.time_ms, stamp(fill.time_ms), fullTime(fill.time_ms))),
    h('td', { 'data-label': 'Market', class: 'strong' }, fill.market),
    h('td', { 'data-label': 'What' }, h('span', { class: `side ${fill.side}` }, fill.side),
      h('span', { class: fill.liquidation ? 'down' : 'muted small' }, ` ${kind}${fill.cloid === null ? ', not ours' : ''}`)),
    h('td', { 'data-label': 'Size', class: 'n' }, size(fill.size)),
    h('td', { 'data-label': 'Price', class: 'n' }, price(fill.price)),
    h('td', { 'data-label': 'Fee', class: 'n' }, usd(fill.fee)),
    h('td', { 'data-label': 'P&L', class: `n ${tone(fill.closed_pnl)}` }, isExit ? signedUsd(fill.closed_pnl) : '–'));
}

export class Fills {
  constructor(store) {
    store.on(['fills'], () => {
      const fills = store.list('fills').slice(0, 200);
      reconcile(byId('fills'), fills, (it) => it.tid, create);
      byId('fills-empty').hidden = fills.length > 0;
    });
    store.on(['fills', 'status'], () => setText(byId('count-fills'), String(store.status?.counts.fills ?? '')));
  }
}
