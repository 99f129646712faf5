// What was decided and why. Reasons and replies of a model are hostile text: they are shown, never interpreted.

import { byId, h, reconcile, setText, time } from '/assets/dom.js';
import { fullTime, price, stamp, words } from '/assets/format.js';

function facts(decision) {
  const rows = [
    ['Decision', `#${decision.id}`],
    ['Mark price', price(decision.mark_price)],
    ['Model', decision.model],
    ['Prompt', decision.prompt_version],
    ['Call took', decision.latency_ms === null ? null : `${(decision.latency_ms / 1000).toFixed(1)} s`],
    ['Tokens', decision.tokens && `${decision.tokens[0]} in, ${decision.tokens[1]} out`],
    ['Cost', decision.cost_usd && `$${Number(decision.cost_usd).toFixed(4)}`],
  ].filter(([, value]) => value);
  return h('dl', { class: 'facts' }, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

function create(decision) {
  const isAccepted = decision.verdict === 'accepted';
  const confidence = decision.confidence === null ? null : h('span', { class: 'confidence', title: 'The confidence that the model gave' },
    h('meter', { min: 0, max: 100, value: decision.confidence, 'aria-label': 'Confidence' }), `${decision.confidence}\u2009%`);
  return h('li', { class: 'decision' },
    h('div', { class: 'line' },
      time(decision.time_ms, stamp(decision.time_ms), fullTime(decision.time_ms), 'muted'),
      h('strong', {}, decision.market ?? 'All markets'),
      h('span', { class: 'action' }, words(decision.action)),
      h('span', { class: `chip ${isAccepted ? 'done' : 'bad'}` }, isAccepted ? 'accepted' : 'rejected'),
      decision.code && h('code', { class: 'code' }, decision.code),
      h('span', { class: 'push muted small' }, decision.source === 'ai' ? 'AI' : decision.source),
      confidence),
    h('p', { class: 'reason' }, decision.reason),
    decision.detail && h('p', { class: 'detail' }, decision.detail),
    h('details', {},
      h('summary', {}, decision.raw_reply ? 'Details and raw reply' : 'Details'),
      facts(decision),
      decision.raw_reply && h('pre', { tabindex: 0 }, decision.raw_reply)));
}

export class Decisions {
  constructor(store) {
    store.on(['decisions'], () => {
      const decisions = store.list('decisions');
      reconcile(byId('decisions'), decisions, (it) => it.id, create);
      byId('decisions-empty').hidden = decisions.length > 0;
    });
    store.on(['decisions', 'status'], () => setText(byId('count-decisions'), String(store.status?.counts.decisions ?? '')));
  }
}
