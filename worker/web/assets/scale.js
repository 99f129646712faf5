// From values to pixels, and where the ticks go.

/** A straight line from [low, high] to [from, to]. */
export function linear(low, high, from, to) {
  const factor = high === low ? 0 : (to - from) / (high - low);
  return { at: (value) => from + (value - low) * factor, back: (pixel) => (factor ? low + (pixel - from) / factor : low), low, high };
}

/** About `count` round numbers between low and high. */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return { values: [low], decimals: 2 };
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((it) => it * power).find((it) => it >= rough);
  const values = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) values.push(value);
  const decimals = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9) + (step / power === 2.5 ? 1 : 0)));
  return { values, decimals };
}

const MINUTE = 60000;
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080].map((it) => it * MINUTE);

/** The step between time labels so that about `count` fit into `span`. */
export function timeStep(span, count) {
  return TIME_STEPS.find((step) => span / step <= count) ?? TIME_STEPS.at(-1);
}

/** Whether a local time lies on a multiple of the step. */
export function onStep(ms, step) {
  const offset = new Date(ms).getTimezoneOffset() * MINUTE;
  return Math.floor((ms - offset) / step);
}
