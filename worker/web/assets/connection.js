// The WebSocket: connects, notices silence, connects again with growing pauses, and says which of it is the case.

const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 15000;
/** The worker says something several times a second; so much silence is a dead connection. */
const SILENCE_MS_MAX = 30000;

export class Connection {
  /** `connecting`, `live`, `waiting` or `ended`. */
  state = 'connecting';
  /** Why the last one ended, in the worker's words. */
  reason = '';
  retryAt = 0;
  #pause = PAUSE_MS_MIN;
  #socket = null;
  #timer = null;
  #heardAt = 0;
  #seq = 0;

  /** `onEvent(type, data)`, `onState()`, and `mayConnect()`, which asks whether the worker still knows this page. */
  constructor({ onEvent, onState, isKnown }) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.isKnown = isKnown;
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => document.hidden || this.hurry());
    setInterval(() => this.#watch(), 1000);
  }

  open() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    this.#socket = socket;
    this.#heardAt = Date.now();
    this.#seq = 0;
    this.#set('connecting');
    socket.onmessage = ({ data }) => this.#socket === socket && this.#hear(data);
    socket.onclose = ({ reason }) => this.#socket === socket && this.#lost(reason);
  }

  /** Tries at once if it is waiting. */
  hurry() {
    if (this.state === 'waiting') this.open();
  }

  #hear(text) {
    const { seq, type, data } = JSON.parse(text);
    this.#heardAt = Date.now();
    // A gap would mean that the page shows less than there is: start afresh.
    if (seq !== this.#seq + 1) return this.#socket.close();
    this.#seq = seq;
    this.onEvent(type, data, seq === 1);
    if (seq === 1) {
      this.#pause = PAUSE_MS_MIN;
      this.reason = '';
      this.#set('live');
    }
  }

  async #lost(reason) {
    this.#socket = null;
    this.reason = reason;
    const known = await this.isKnown();
    const pause = known ? this.#pause * (0.75 + Math.random() / 2) : PAUSE_MS_MAX;
    this.#pause = Math.min(this.#pause * 1.8, PAUSE_MS_MAX);
    this.retryAt = Date.now() + pause;
    this.#timer = setTimeout(() => this.open(), pause);
    this.#set(known ? 'waiting' : 'ended');
  }

  #watch() {
    const socket = this.#socket;
    if (!socket || Date.now() - this.#heardAt < SILENCE_MS_MAX) return;
    this.#socket = null;
    socket.onclose = null;
    socket.close();
    this.#lost('nothing came for a while');
  }

  #set(state) {
    this.state = state;
    this.onState();
  }
}
