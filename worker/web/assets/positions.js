// Open positions: how they do, what protects them, and how far the stop and the liquidation are.

import { byId, h, reconcile, setClass, setText } from '/assets/dom.js';
import { percent, price, signedPercent, signedUsd, size, span, tone, usd } from '/assets/format.js';
import { rail } from '/assets/rail.js';

/** How far the mark price is from a level, as a share of the mark price. */
function away(position, level) {
  const mark = Number(position.mark_price);
  return level === null || !mark ? null : Math.abs(Number(level) - mark) / mark;
}

const fact = (name) => h('div', {}, h('dt', {}, name), h('dd', {}, h('span', {}), h('small', { class: 'muted' })));

function create(position) {
  return h('li', { class: 'position' },
    h('div', { class: 'line' }, h('strong', {}, position.market), h('span', {}), h('span', { class: 'chip' }), h('span', { class: 'push' })),
    h('div', { class: 'rail-box' }),
    h('dl', { class: 'levels' }, fact('Stop'), fact('Entry'), fact('Mark'), fact('Take profit'), fact('Liquidation'), fact('Notional')));
}

function update(node, position, status) {
  const isShort = Number(position.size) < 0;
  const [, side, chip, pnl] = node.children[0].children;
  setClass(side, `side ${isShort ? 'sell' : 'buy'}`);
  setText(side, `${isShort ? 'short' : 'long'} ${size(position.size)}`);
  chip.className = `chip ${position.protected ? 'done' : 'bad'}`;
  setText(chip, position.protected ? (position.stop_price === null ? 'no stop asked' : 'protected') : 'NO STOP');
  setClass(pnl, `push pnl ${tone(position.unrealized_pnl)}`);
  const cost = Math.abs(Number(position.size) * Number(position.entry_price));
  setText(pnl, `${signedUsd(position.unrealized_pnl)} (${signedPercent(cost ? Number(position.unrealized_pnl) / cost : 0)})`);
  node.children[1].replaceChildren(rail(position));

  const opened = position.opened_at_ms === null ? '' : `${span(status.time_ms - position.opened_at_ms)} ago`;
  const distance = (level) => (level === null ? '' : `${percent(away(position, level), 1)} away`);
  const levels = [
    [price(position.stop_price), distance(position.stop_price)],
    [price(position.entry_price), opened],
    [price(position.mark_price), ''],
    [price(position.take_price), distance(position.take_price)],
    [price(position.liquidation_price), distance(position.liquidation_price)],
    [usd(position.notional), ''],
  ];
  levels.forEach(([value, note], index) => {
    const [number, small] = node.children[2].children[index].lastElementChild.children;
    setText(number, value);
    setText(small, note);
  });
}

export class Positions {
  constructor(store) {
    store.on(['status'], () => {
      const { positions } = store.status;
      reconcile(byId('positions'), positions, (it) => it.market, create, (node, it) => update(node, it, store.status));
      byId('positions-empty').hidden = positions.length > 0;
      setText(byId('count-positions'), positions.length ? String(positions.length) : '');
    });
  }
}
