// Where a position stands between its stop and its take-profit, as a line with marks: loss at the left, gain at the
// right, for a short as for a long.

import { svg } from '/assets/dom.js';

const WIDTH = 1000;
const PADDING = 24;

export function rail(position) {
  const at = (value) => (value === null ? null : Number(value));
  const marks = { stop: at(position.stop_price), entry: at(position.entry_price), mark: at(position.mark_price), take: at(position.take_price) };
  const known = Object.values(marks).filter((it) => it !== null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const isShort = Number(position.size) < 0;
  const share = (value) => (isShort ? high - value : value - low) / (high - low);
  const x = (value) => (high === low ? WIDTH / 2 : PADDING + share(value) * (WIDTH - 2 * PADDING));
  const tick = (name) => (marks[name] === null ? [] : [svg('line', { class: `rail-${name}`, x1: x(marks[name]), x2: x(marks[name]), y1: 3, y2: 17, 'vector-effect': 'non-scaling-stroke' })]);
  const gains = Number(position.unrealized_pnl) >= 0;
  const [from, to] = [x(marks.entry), x(marks.mark)].sort((a, b) => a - b);
  return svg('svg', { class: 'rail', viewBox: `0 0 ${WIDTH} 20`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('line', { class: 'rail-track', x1: 0, x2: WIDTH, y1: 10, y2: 10, 'vector-effect': 'non-scaling-stroke' }),
    svg('line', { class: gains ? 'rail-gain' : 'rail-loss', x1: from, x2: to, y1: 10, y2: 10, 'vector-effect': 'non-scaling-stroke' }),
    ...tick('stop'), ...tick('entry'), ...tick('take'),
    svg('line', { class: `rail-mark ${gains ? 'gain' : 'loss'}`, x1: x(marks.mark), x2: x(marks.mark), y1: 10, y2: 10, 'vector-effect': 'non-scaling-stroke' }));
}
