// The equity over time, as a line.

import { byId, setText } from '/assets/dom.js';
import { day, fullTime, minute, signedPercent, usd } from '/assets/format.js';
import { linear, onStep, ticks, timeStep } from '/assets/scale.js';
import { Surface } from '/assets/surface.js';

const AXIS_HEIGHT = 22;

export class EquityChart {
  constructor(store) {
    this.store = store;
    this.surface = new Surface(byId('equity'), () => this.#draw());
    store.on(['snapshots', 'status'], () => this.surface.request());
    setInterval(() => this.#describe(), 5000);
  }

  /** The stored points and the present one. */
  #points() {
    const points = this.store.list('snapshots').map((it) => ({ time: it.time_ms, equity: Number(it.equity) }));
    const { status } = this.store;
    if (status && (!points.length || status.time_ms > points.at(-1).time)) {
      points.push({ time: status.time_ms, equity: Number(status.account.equity) });
    }
    return points;
  }

  #draw() {
    const { context, colors, width, height, pointer } = this.surface;
    const points = this.#points();
    if (points.length < 2) {
      this.surface.font(12);
      context.fillStyle = colors.muted;
      context.textAlign = 'center';
      context.fillText('Starts with the second snapshot', width / 2, height / 2);
      return;
    }
    let low = Infinity;
    let high = -Infinity;
    for (const { equity } of points) {
      low = Math.min(low, equity);
      high = Math.max(high, equity);
    }
    const pad = (high - low || Math.abs(high) * 0.001 || 1) * 0.1;
    const { values, decimals } = ticks(low - pad, high + pad, height / 52);
    this.surface.font(11);
    const text = (value) => value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    const axis = Math.ceil(Math.max(...values.map((it) => context.measureText(text(it)).width))) + 12;
    const plot = { right: width - axis, bottom: height - AXIS_HEIGHT };
    const first = points[0];
    const last = points.at(-1);
    const x = linear(first.time, last.time, 0, plot.right - 6);
    const y = linear(low - pad, high + pad, plot.bottom, 6);

    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.fillStyle = colors.muted;
    for (const value of values) {
      const at = y.at(value);
      if (at < 6 || at > plot.bottom - 2) continue;
      this.surface.hairline(0, at, plot.right, at, colors.grid);
      context.fillText(text(value), plot.right + 8, at);
    }
    const step = timeStep(last.time - first.time, Math.max(2, plot.right / 84));
    context.textAlign = 'center';
    for (let index = onStep(first.time, step) + 1; ; index += 1) {
      const time = index * step + new Date(first.time).getTimezoneOffset() * 60000;
      if (time > last.time) break;
      const at = x.at(time);
      if (at > 18 && at < plot.right - 18) context.fillText(step >= 86400000 ? day(time) : minute(time), at, height - AXIS_HEIGHT / 2 + 2);
    }
    this.surface.hairline(0, plot.bottom, plot.right, plot.bottom, colors.line);

    const color = last.equity >= first.equity ? colors.up : colors.down;
    context.beginPath();
    points.forEach(({ time, equity }, index) => (index ? context.lineTo(x.at(time), y.at(equity)) : context.moveTo(x.at(time), y.at(equity))));
    context.strokeStyle = color;
    context.lineWidth = 1.75;
    context.lineJoin = 'round';
    context.stroke();
    context.lineTo(x.at(last.time), plot.bottom);
    context.lineTo(x.at(first.time), plot.bottom);
    const shade = context.createLinearGradient(0, y.at(high), 0, plot.bottom);
    shade.addColorStop(0, color);
    shade.addColorStop(1, 'transparent');
    context.globalAlpha = 0.16;
    context.fillStyle = shade;
    context.fill();
    context.globalAlpha = 1;
    this.surface.hairline(0, y.at(first.equity), plot.right, y.at(first.equity), colors.faint, [2, 4]);

    let shown = last;
    if (pointer && pointer.x <= plot.right) {
      const time = x.back(pointer.x);
      shown = points.reduce((best, it) => (Math.abs(it.time - time) < Math.abs(best.time - time) ? it : best));
      this.surface.hairline(x.at(shown.time), 0, x.at(shown.time), plot.bottom, colors.faint, [3, 3]);
    }
    context.beginPath();
    context.arc(x.at(shown.time), y.at(shown.equity), 3.5, 0, Math.PI * 2);
    context.fillStyle = color;
    context.fill();
    const change = first.equity ? signedPercent(shown.equity / first.equity - 1) : '';
    setText(byId('equity-legend'), shown === last ? `${change} since ${day(first.time)} ${minute(first.time)}` : `${usd(shown.equity)} · ${fullTime(shown.time)}`);
  }

  #describe() {
    const points = this.#points();
    if (points.length) byId('equity').setAttribute('aria-label', `Equity: from ${usd(points[0].equity)} to ${usd(points.at(-1).equity)}.`);
  }
}
