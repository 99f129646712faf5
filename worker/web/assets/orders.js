// Our orders, with their states and the venue's words.

import { byId, h, reconcile, row, setText, time } from '/assets/dom.js';
import { fullTime, price, size, stamp, words } from '/assets/format.js';

const LEGS = { open: 'open', close: 'close', stop: 'stop', take: 'take profit', flatten: 'flatten', close_all: 'close all' };
const TONES = { Filled: 'done', Open: 'open', PartiallyFilled: 'open', Sent: 'moving', Prepared: 'moving', Unknown: 'warn', FAILED: 'bad', Canceled: 'quiet' };

const cell = (label, className = '') => h('td', { class: className, 'data-label': label });

function create(order) {
  return row(
    h('td', { 'data-label': 'Time' }, time(order.created_at_ms, stamp(order.created_at_ms), fullTime(order.created_at_ms))),
    h('td', { 'data-label': 'Market', class: 'strong' }, order.market),
    h('td', { 'data-label': 'What' },
      h('span', { class: `side ${order.side}` }, order.side), ' ', LEGS[order.leg] ?? words(order.leg),
      h('span', { class: 'muted small' }, ` ${order.kind} ${order.tif}${order.reduce_only ? ', reduce only' : ''}`)),
    cell('Size', 'n'), cell('Price', 'n'), cell('Filled', 'n'),
    h('td', { 'data-label': 'State' }, h('span', {}), h('span', { class: 'error-text' })));
}

function update(node, order) {
  const [, , , sizeCell, priceCell, filledCell, stateCell] = node.children;
  setText(sizeCell, size(order.size));
  setText(priceCell, price(order.average_price ?? order.price));
  priceCell.title = order.average_price ? `average; asked ${price(order.price)}` : '';
  const share = Number(order.size) ? Math.round((Number(order.filled) / Number(order.size)) * 100) : 0;
  setText(filledCell, `${share}\u2009%`);
  const [state, error] = stateCell.children;
  state.className = `chip ${TONES[order.status] ?? ''}`;
  setText(state, order.status === 'FAILED' ? 'FAILED' : order.status.replace('PartiallyFilled', 'Partly filled'));
  setText(error, order.error ?? '');
  error.className = `error-text ${order.status === 'FAILED' ? 'down' : 'muted'}`;
}

export class Orders {
  constructor(store) {
    store.on(['orders'], () => {
      const orders = store.list('orders');
      reconcile(byId('orders'), orders, (it) => it.cloid, create, update);
      byId('orders-empty').hidden = orders.length > 0;
    });
    store.on(['orders', 'status'], () => setText(byId('count-orders'), String(store.status?.counts.orders ?? '')));
  }
}
