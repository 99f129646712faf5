// The price card: which market is shown, and what the chart needs to know of it.

import { byId, h, reconcile, setText } from '/assets/dom.js';
import { CandleChart } from '/assets/candles.js';
import { price, priceDecimals, priceWith, signedUsd, size } from '/assets/format.js';

export class Price {
  #shown = null;

  /** `load(market)` fetches its candles once. */
  constructor(store, load) {
    this.store = store;
    this.load = load;
    this.chart = new CandleChart(byId('price'), (candle, fills) => this.#legend(candle, fills));
    store.on(['status', 'market'], () => this.#switcher());
    store.on(['status', 'market', 'candles', 'fills', 'orders'], () => this.#show());
    setInterval(() => this.#describe(), 5000);
  }

  #switcher() {
    const { status, market } = this.store;
    reconcile(byId('markets'), status.markets, (it) => it.market,
      (it) => {
        const button = h('button', { type: 'button' }, h('span', {}, it.market), h('span', { class: 'mark' }));
        button.addEventListener('click', () => this.store.setMarket(it.market));
        return button;
      },
      (node, it) => {
        const isChosen = String(it.market === market);
        if (node.getAttribute('aria-pressed') !== isChosen) node.setAttribute('aria-pressed', isChosen);
        setText(node.lastElementChild, price(it.mark));
      });
  }

  #show() {
    const { store } = this;
    const { market, status } = store;
    if (!market || !status) return;
    const reset = this.#shown !== market;
    if (reset) {
      this.#shown = market;
      this.load(market);
    }
    const legs = new Map(store.list('orders').map((it) => [it.cloid, it.leg]));
    const fills = store.list('fills').filter((it) => it.market === market).map((it) => {
      const leg = legs.get(it.cloid);
      return { ...it, isExit: leg ? leg !== 'open' : Number(it.closed_pnl) !== 0 };
    });
    const position = status.positions.find((it) => it.market === market);
    const level = (name, value, color) => (value === null || value === undefined ? [] : [{ name, price: Number(value), color }]);
    const levels = position ? [
      ...level('Entry', position.entry_price, 'muted'),
      ...level('Stop', position.stop_price, 'down'),
      ...level('Take', position.take_price, 'up'),
      ...level('Liquidation', position.liquidation_price, 'warn'),
    ] : [];
    const last = status.markets.find((it) => it.market === market)?.mark ?? null;
    this.chart.set({ candles: store.candles(market), fills, levels, last, reset });
  }

  #legend(candle, fills) {
    const decimals = priceDecimals(candle.close);
    const ohlc = `O ${priceWith(candle.open, decimals)}  H ${priceWith(candle.high, decimals)}  L ${priceWith(candle.low, decimals)}  C ${priceWith(candle.close, decimals)}`;
    const trades = fills.slice(0, 3).map((it) => `${it.side} ${size(it.size)} at ${price(it.price)}${it.isExit ? ` (${signedUsd(it.closed_pnl)})` : ''}`);
    setText(byId('price-legend'), [...trades, ohlc].join(' · '));
  }

  #describe() {
    const { market } = this.store;
    const candles = this.store.candles(market);
    if (!candles.length) return;
    const low = Math.min(...candles.slice(-100).map((it) => Number(it.low)));
    const high = Math.max(...candles.slice(-100).map((it) => Number(it.high)));
    byId('price').setAttribute('aria-label', `Price of ${market}: last ${price(candles.at(-1).close)}, between ${price(low)} and ${price(high)} in the last candles. Arrow keys move, plus and minus zoom.`);
  }
}
