// Numbers and times as people read them. Amounts come as exact decimal strings and are rounded here, for the eye only.

const MINUS = '\u2212';
const formats = new Map();

function fixed(value, decimals) {
  if (!formats.has(decimals)) {
    formats.set(decimals, new Intl.NumberFormat('en-US', {
      minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    }));
  }
  const text = formats.get(decimals).format(Math.abs(value));
  const isZero = !/[1-9]/.test(text);
  return { text, sign: isZero ? 0 : Math.sign(value) };
}

function write({ text, sign }, plus = '') {
  return (sign < 0 ? MINUS : sign > 0 ? plus : '') + text;
}

/** Dollars with cents. */
export const usd = (value) => write(fixed(Number(value), 2));
/** Dollars with a sign, for profit and loss. */
export const signedUsd = (value) => write(fixed(Number(value), 2), '+');
/** A ratio as a percentage. */
export const percent = (ratio, decimals = 2) => `${write(fixed(Number(ratio) * 100, decimals))}\u2009%`;
export const signedPercent = (ratio) => `${write(fixed(Number(ratio) * 100, 2), '+')}\u2009%`;

/** How many decimals a price of this size needs: about six significant figures. */
export function priceDecimals(value) {
  const size = Math.abs(Number(value));
  if (size >= 1000) return 1;
  if (size >= 100) return 2;
  if (size >= 10) return 3;
  if (size >= 1) return 4;
  return 6;
}

export const price = (value) => (value === null || value === undefined ? '–' : write(fixed(Number(value), priceDecimals(value))));
export const priceWith = (value, decimals) => write(fixed(Number(value), decimals));

/** A size without trailing zeros. */
export const size = (value) => new Intl.NumberFormat('en-US', { maximumFractionDigits: 8 }).format(Math.abs(Number(value)));

/** The class of a profit or loss. */
export function tone(value) {
  const { sign } = fixed(Number(value), 2);
  return sign > 0 ? 'up' : sign < 0 ? 'down' : '';
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minuteFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const fullFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export const clock = (ms) => clockFormat.format(ms);
export const minute = (ms) => minuteFormat.format(ms);
export const day = (ms) => dayFormat.format(ms);
export const fullTime = (ms) => fullFormat.format(ms);

/** The clock time, with the day when it is another one. */
export function stamp(ms) {
  const isToday = new Date(ms).toDateString() === new Date().toDateString();
  return isToday ? clock(ms) : `${day(ms)} ${minute(ms)}`;
}

/** A length of time, short: `0.4 s`, `12 s`, `3 min`, `2 h`. */
export function span(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** An interval in words. */
export function interval(ms) {
  if (ms % 3600000 === 0) return `${ms / 3600000} h`;
  if (ms % 60000 === 0) return `${ms / 60000} min`;
  return `${ms / 1000} s`;
}

/** `open_long` and `openLong` as words. */
export const words = (name) => name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase();

/** `1 order`, `2 orders`. */
export const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
