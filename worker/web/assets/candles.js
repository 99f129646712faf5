// Draws candles with entries, exits and the levels of a position. It knows pixels and prices, and nothing of the page:
// replace it by a library without touching the rest. In: set(…). Out: onHover(candle, fills).

import { day, minute, price, priceDecimals, priceWith } from '/assets/format.js';
import { linear, onStep, ticks, timeStep } from '/assets/scale.js';
import { Surface } from '/assets/surface.js';

const AXIS_HEIGHT = 24;
const BAR_MIN = 2.5;
const BAR_MAX = 32;
/** Bars of free room at the right, so that the newest is not glued to the scale. */
const ROOM = 3;
const VOLUME_SHARE = 0.16;

export class CandleChart {
  #candles = [];
  #fills = [];
  #levels = [];
  #last = null;
  #bar = 8;
  /** How many bars the view is moved into the past. */
  #offset = 0;
  #drag = null;

  constructor(canvas, onHover) {
    this.onHover = onHover;
    this.surface = new Surface(canvas, () => this.#draw());
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener('pointerdown', (event) => this.#grab(event));
    canvas.addEventListener('pointermove', (event) => this.#pull(event));
    for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, () => { this.#drag = null; });
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  /** `fills`: {time_ms, side, price, isExit, pnl}. `levels`: {name, price, color}. `last`: the mark price. */
  set({ candles, fills, levels, last, reset }) {
    // A view that was moved into the past stays where it is when a candle is added.
    const grown = candles.length - this.#candles.length;
    if (reset) this.#offset = 0;
    else if (this.#offset > 0 && grown > 0 && grown < 10) this.#offset += grown;
    this.#candles = candles;
    this.#fills = fills;
    this.#levels = levels;
    this.#last = last;
    this.surface.request();
  }

  zoom(factor) {
    this.#bar = Math.min(BAR_MAX, Math.max(BAR_MIN, this.#bar * factor));
    this.move(0);
  }

  move(bars) {
    this.#offset = Math.min(Math.max(0, this.#candles.length - 10), Math.max(0, this.#offset + bars));
    this.surface.request();
  }

  #wheel(event) {
    // Without a modifier the page scrolls: a chart that catches the wheel is a trap.
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.move(-event.deltaX / this.#bar);
    else if (event.ctrlKey || event.metaKey || event.shiftKey) this.zoom(event.deltaY < 0 ? 1.12 : 1 / 1.12);
    else return;
    event.preventDefault();
  }

  #grab(event) {
    this.#drag = { x: event.clientX, offset: this.#offset };
    event.target.setPointerCapture(event.pointerId);
  }

  #pull(event) {
    if (!this.#drag) return;
    this.#offset = this.#drag.offset;
    this.move((event.clientX - this.#drag.x) / this.#bar);
  }

  #key(event) {
    const act = {
      ArrowLeft: () => this.move(5), ArrowRight: () => this.move(-5), Home: () => this.move(Infinity), End: () => this.move(-Infinity),
      '+': () => this.zoom(1.25), '=': () => this.zoom(1.25), '-': () => this.zoom(0.8),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    act();
    event.preventDefault();
  }

  /** What is visible, and how it maps to pixels. */
  #view() {
    const { width, height } = this.surface;
    const all = this.#candles;
    const decimals = priceDecimals(all.at(-1).close);
    this.surface.font(11);
    const widest = Math.max(...all.slice(-200).map((it) => Number(it.high)), Number(this.#last ?? 0));
    const axis = Math.ceil(this.surface.context.measureText(priceWith(widest, decimals)).width) + 18;
    const plot = { right: width - axis, bottom: height - AXIS_HEIGHT, top: 10 };
    const shown = plot.right / this.#bar;
    const end = all.length - this.#offset + ROOM;
    const start = end - shown;
    const first = Math.max(0, Math.floor(start));
    const visible = all.slice(first, Math.max(first, Math.ceil(Math.min(end, all.length))));
    if (!visible.length) return null;
    let low = Math.min(...visible.map((it) => Number(it.low)));
    let high = Math.max(...visible.map((it) => Number(it.high)));
    const reach = (high - low || high * 0.001) * 0.6;
    // Levels that are near stretch the scale; far ones are shown at its edge.
    for (const { price: level } of this.#levels) {
      if (level > high && level - high < reach) high = level;
      if (level < low && low - level < reach) low = level;
    }
    const pad = (high - low || high * 0.001) * 0.08;
    const y = linear(low - pad, high + pad, plot.bottom - 6, plot.top);
    return { plot, axis, decimals, first, visible, y, x: (index) => (index - start + 0.5) * this.#bar, index: (x) => Math.floor(x / this.#bar + start) };
  }

  #draw() {
    const { context, colors, height } = this.surface;
    if (!this.#candles.length) {
      this.surface.font(13);
      context.fillStyle = colors.muted;
      context.textAlign = 'center';
      context.fillText('No candle yet', this.surface.width / 2, height / 2);
      return;
    }
    const view = this.#view();
    if (!view) return;
    this.#axes(view);
    context.save();
    context.beginPath();
    context.rect(0, 0, view.plot.right, view.plot.bottom);
    context.clip();
    this.#bars(view);
    context.restore();
    this.#drawLevels(view);
    context.save();
    context.beginPath();
    context.rect(0, 0, view.plot.right, view.plot.bottom);
    context.clip();
    const marked = this.#markers(view);
    context.restore();
    this.#lastPrice(view);
    this.#crosshair(view, marked);
  }

  #axes({ plot, y, x, first, visible, decimals }) {
    const { context, colors, height } = this.surface;
    this.surface.font(11);
    context.fillStyle = colors.muted;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    const { values, decimals: tickDecimals } = ticks(y.low, y.high, Math.max(2, plot.bottom / 62));
    const lastAt = this.#lastAt({ plot, y });
    for (const value of values) {
      const at = y.at(value);
      if (at < 8 || at > plot.bottom - 4) continue;
      this.surface.hairline(0, at, plot.right, at, colors.grid);
      if (Math.abs(at - lastAt) < 16) continue;
      context.fillText(priceWith(value, Math.min(decimals, Math.max(tickDecimals, 0))), plot.right + 9, at);
    }
    const interval = visible.length > 1 ? visible[1].time_ms - visible[0].time_ms : 60000;
    const step = timeStep((plot.right / this.#bar) * interval, Math.max(2, plot.right / 96));
    context.textAlign = 'center';
    let before = first > 0 ? this.#candles[first - 1].time_ms : null;
    visible.forEach(({ time_ms: time }, index) => {
      const isTick = before !== null && onStep(time, step) !== onStep(before, step);
      const isDay = before !== null && onStep(time, 86400000) !== onStep(before, 86400000);
      before = time;
      const at = x(first + index);
      if (!isTick || at < 24 || at > plot.right - 16) return;
      this.surface.hairline(at, 0, at, plot.bottom, colors.grid);
      context.fillStyle = isDay ? colors.text : colors.muted;
      context.fillText(isDay ? day(time) : minute(time), at, height - AXIS_HEIGHT / 2 + 1);
    });
    this.surface.hairline(0, plot.bottom, plot.right, plot.bottom, colors.line);
  }

  #bars({ plot, visible, first, x, y }) {
    const { context, colors } = this.surface;
    const body = Math.max(1, Math.floor(this.#bar * 0.68));
    const volumeMax = Math.max(...visible.map((it) => it.volume), 0) || 1;
    visible.forEach((candle, index) => {
      const center = Math.round(x(first + index));
      const [open, close, high, low] = [candle.open, candle.close, candle.high, candle.low].map(Number);
      const color = close >= open ? colors.up : colors.down;
      context.fillStyle = color;
      const volume = (candle.volume / volumeMax) * plot.bottom * VOLUME_SHARE;
      context.globalAlpha = 0.14;
      context.fillRect(center - body / 2, plot.bottom - volume, body, volume);
      context.globalAlpha = 1;
      const top = Math.round(y.at(Math.max(open, close)));
      const bottom = Math.round(y.at(Math.min(open, close)));
      context.fillRect(center - 0.5, Math.round(y.at(high)), 1, Math.max(1, Math.round(y.at(low)) - Math.round(y.at(high))));
      context.fillRect(center - body / 2, top, body, Math.max(1, bottom - top));
    });
  }

  #drawLevels({ plot, y }) {
    const { colors } = this.surface;
    const taken = [];
    for (const { name, price: level, color } of this.#levels) {
      const at = y.at(level);
      const isOutside = at < plot.top || at > plot.bottom - 8;
      const line = Math.min(plot.bottom - 12, Math.max(12, at));
      if (!isOutside) this.surface.hairline(0, at, plot.right, at, colors[color], color === 'muted' ? [1, 3] : [5, 4]);
      let label = line;
      while (taken.some((it) => Math.abs(it - label) < 20)) label += isOutside && at > line ? -20 : 20;
      taken.push(label);
      const arrow = isOutside ? (at < line ? ' ↑' : ' ↓') : '';
      this.surface.tag(`${name} ${price(level)}${arrow}`, 8, label, colors.surface, colors[color]);
    }
  }

  /** Draws entries and exits; answers the fills by candle. */
  #markers({ first, visible, x, y }) {
    const { context, colors } = this.surface;
    const byIndex = new Map();
    const start = visible[0].time_ms;
    for (const fill of this.#fills) {
      if (fill.time_ms < start) continue;
      let index = visible.length - 1;
      while (index > 0 && visible[index].time_ms > fill.time_ms) index -= 1;
      const key = first + index;
      if (!byIndex.has(key)) byIndex.set(key, []);
      byIndex.get(key).push(fill);
    }
    for (const [index, fills] of byIndex) {
      const candle = this.#candles[index];
      for (const isBuy of [true, false]) {
        const some = fills.filter((it) => (it.side === 'buy') === isBuy);
        if (!some.length) continue;
        const isExit = some.every((it) => it.isExit);
        const at = y.at(Number(isBuy ? candle.low : candle.high)) + (isBuy ? 12 : -12);
        const color = isBuy ? colors.up : colors.down;
        context.beginPath();
        if (isExit) {
          context.arc(x(index), at, 4.2, 0, Math.PI * 2);
        } else {
          const tip = isBuy ? -5 : 5;
          context.moveTo(x(index), at + tip);
          context.lineTo(x(index) + 5.5, at - tip * 0.9);
          context.lineTo(x(index) - 5.5, at - tip * 0.9);
          context.closePath();
        }
        context.fillStyle = isExit ? colors.surface : color;
        context.strokeStyle = isExit ? color : colors.surface;
        context.lineWidth = isExit ? 2 : 1.5;
        if (!isExit) context.stroke();
        context.fill();
        if (isExit) context.stroke();
      }
    }
    return byIndex;
  }

  /** Where the tag of the last price is. */
  #lastAt({ plot, y }) {
    return Math.min(plot.bottom - 10, Math.max(10, y.at(Number(this.#last ?? this.#candles.at(-1).close))));
  }

  #lastPrice({ plot, y, decimals }) {
    const { colors } = this.surface;
    const candle = this.#candles.at(-1);
    const last = Number(this.#last ?? candle.close);
    const color = Number(candle.close) >= Number(candle.open) ? colors.up : colors.down;
    const at = this.#lastAt({ plot, y });
    this.surface.hairline(0, at, plot.right, at, color, [2, 3]);
    this.surface.tag(priceWith(last, decimals), plot.right + 4, at, color, colors.surface);
  }

  #crosshair({ plot, x, y, index, decimals }, marked) {
    const { colors, pointer, height } = this.surface;
    const newest = this.#candles.length - 1;
    if (!pointer || pointer.x > plot.right || pointer.y > plot.bottom) {
      this.onHover(this.#candles[newest], []);
      return;
    }
    const hovered = Math.min(newest, Math.max(0, index(pointer.x)));
    const candle = this.#candles[hovered];
    const at = x(hovered);
    this.surface.hairline(at, 0, at, plot.bottom, colors.faint, [3, 3]);
    this.surface.hairline(0, pointer.y, plot.right, pointer.y, colors.faint, [3, 3]);
    this.surface.tag(priceWith(y.back(pointer.y), decimals), plot.right + 4, pointer.y, colors.text, colors.surface);
    const time = `${day(candle.time_ms)} ${minute(candle.time_ms)}`;
    this.surface.tag(time, Math.min(plot.right - 84, Math.max(0, at - 42)), height - AXIS_HEIGHT / 2 + 1, colors.text, colors.surface);
    this.onHover(candle, marked.get(hovered) ?? []);
  }
}
