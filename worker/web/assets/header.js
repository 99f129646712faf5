// Who this bot is, and whether what the page shows is fresh.

import { byId, h, setText } from '/assets/dom.js';
import { interval, span } from '/assets/format.js';

/** Prices older than this are shown as old. */
const AGE_MS_FRESH = 5000;

export class Header {
  #receivedAt = 0;

  constructor(store, connection) {
    this.store = store;
    this.connection = connection;
    store.on(['status'], () => this.#identity());
    setInterval(() => this.showConnection(), 250);
  }

  received() {
    this.#receivedAt = Date.now();
  }

  #identity() {
    const { status } = this.store;
    const [, name] = status.bot.split('/');
    setText(byId('bot'), name ?? status.bot);
    byId('bot').title = status.bot;
    const pace = status.speed === null ? '' : ` · simulated time, ${status.speed}× speed`;
    setText(byId('decider'), `${status.decider} · every ${interval(status.interval_ms)}${pace}`);
    const mode = byId('mode');
    mode.hidden = false;
    mode.dataset.mode = status.mode;
    setText(mode, status.mode);
    setText(byId('interval'), `${interval(status.interval_ms)} candles`);
    setText(byId('version'), `aicoin ${status.version}`);
    document.title = `${name ?? status.bot} · ${status.mode} · aicoin`;

    const notice = byId('notice');
    notice.hidden = !status.notice;
    setText(notice, status.notice ?? '');
    const notReady = byId('not-ready');
    const reasons = status.ready ? [] : status.not_ready;
    notReady.hidden = status.ready;
    const text = reasons.join('\n');
    if (notReady.dataset.text !== text) {
      notReady.dataset.text = text;
      notReady.replaceChildren(h('strong', {}, 'Not ready to trade.'), ...reasons.map((it) => h('span', {}, it)));
    }
  }

  /** The data's age: of the last message, and of the oldest price in it. */
  #age() {
    const { status } = this.store;
    if (!status) return null;
    const oldest = Math.max(0, ...status.markets.map((it) => it.age_ms)) / (status.speed ?? 1);
    return Date.now() - this.#receivedAt + oldest;
  }

  showConnection() {
    const { state, retryAt, reason } = this.connection;
    const age = this.#age();
    const stale = age !== null && age > AGE_MS_FRESH;
    const box = byId('connection');
    const shown = state === 'live' && stale ? 'stale' : state;
    if (box.dataset.state !== shown) box.dataset.state = shown;
    document.body.classList.toggle('old-data', age !== null && (stale || state !== 'live'));
    const word = { connecting: 'Connecting', live: stale ? 'Data is old' : 'Live', waiting: 'Disconnected', ended: 'Signed out' }[state];
    setText(byId('connection-word'), word);
    const retry = state === 'waiting' ? `, retry in ${Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))} s` : '';
    setText(byId('connection-age'), (age === null ? 'no data yet' : `data ${span(age)} old`) + retry);
    box.title = reason;

    const session = byId('session');
    session.hidden = state !== 'ended';
    if (state === 'ended') {
      setText(session, 'The worker does not know this page any more: it was started again. Open the address that it printed.');
    }
  }
}
