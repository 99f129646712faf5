// What went against a limit, and whether somebody still has to look at it.

import { byId, h, reconcile, setText, time } from '/assets/dom.js';
import { fullTime, stamp } from '/assets/format.js';

function create(event) {
  return h('li', { class: 'risk' },
    h('div', { class: 'line' },
      time(event.time_ms, stamp(event.time_ms), fullTime(event.time_ms), 'muted'),
      h('code', { class: 'code' }, event.code),
      event.market && h('strong', {}, event.market),
      h('span', { class: 'chip push' })),
    h('p', { class: 'reason' }, event.detail));
}

function update(node, { resolved }) {
  const chip = node.querySelector('.chip');
  chip.className = `chip push ${resolved ? 'quiet' : 'warn'}`;
  setText(chip, resolved ? 'resolved' : 'open');
}

export class Risks {
  constructor(store) {
    store.on(['riskEvents'], () => {
      const events = store.list('riskEvents');
      reconcile(byId('risks'), events, (it) => it.id, create, update);
      byId('risks-empty').hidden = events.length > 0;
      const open = events.filter((it) => !it.resolved).length;
      setText(byId('count-risks'), open ? `${open} open` : '');
      byId('count-risks').classList.toggle('warn', open > 0);
    });
  }
}
