// The account in a row of numbers.

import { byId, h, reconcile, setClass, setText } from '/assets/dom.js';
import { percent, signedPercent, signedUsd, tone, usd } from '/assets/format.js';

function tiles({ account, ai }) {
  const equity = Number(account.equity);
  const day = Number(account.day_pnl);
  const start = equity - day;
  const rows = [
    ['Equity', usd(account.equity), `cash ${usd(account.cash)}`, ''],
    ['Day P&L', signedUsd(account.day_pnl), start > 0 ? signedPercent(day / start) : '–', tone(account.day_pnl)],
    ['Drawdown', percent(account.drawdown), 'from the peak', ''],
    ['Unrealised', signedUsd(account.unrealized_pnl), `notional ${Math.round(Number(account.notional)).toLocaleString('en-US')}`, tone(account.unrealized_pnl)],
    ['Realised', signedUsd(account.realized_pnl), 'before fees', tone(account.realized_pnl)],
    ['Fees', usd(account.fees), `funding ${signedUsd(account.funding)}`, ''],
  ];
  if (ai) {
    const calls = `${ai.calls_last_hour}/${ai.calls_per_hour} calls`;
    const breaker = ai.breaker === 'closed' ? '' : ` · breaker ${ai.breaker}`;
    rows.push(['AI today', usd(ai.spent_today_usd), `of ${usd(ai.usd_per_day)} · ${calls}${breaker}`, '']);
  }
  return rows.map(([label, value, note, toneClass]) => ({ label, value, note, toneClass }));
}

export class Kpis {
  constructor(store) {
    const box = byId('kpis');
    store.on(['status'], () => reconcile(
      box,
      tiles(store.status),
      ({ label }) => label,
      ({ label }) => h('div', { class: 'kpi' }, h('p', { class: 'kpi-label' }, label), h('p', {}), h('p', { class: 'kpi-note' })),
      (node, { value, note, toneClass }) => {
        const [, number, small] = node.children;
        setClass(number, `kpi-value ${toneClass}`);
        setText(number, value);
        setText(small, note);
        small.title = note;
      },
    ));
  }
}
