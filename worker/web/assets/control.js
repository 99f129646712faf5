// What the bot is asked to be, how far that has come, and the buttons that change it.
//
// Asked, accepted and effective are three facts. "Paused" is shown when it is true, not when it was clicked.

import { ApiError, hold } from '/assets/api.js';
import { byId, setText } from '/assets/dom.js';
import { count } from '/assets/format.js';
import { confirmCloseAll } from '/assets/dialog.js';
import { announce, clearFailures, fail } from '/assets/messages.js';

const STRENGTH = { None: 0, Running: 0, Paused: 1, Stopped: 1, CloseAll: 2 };
const ON_THE_WAY = { Running: 'Starting', Paused: 'Pausing', CloseAll: 'Closing everything', Stopped: 'Stopping' };
const REACHED = { Running: 'Running', Paused: 'Paused', CloseAll: 'Closed, flat', Stopped: 'Stopped' };

function left({ positions, orders }) {
  const parts = [positions && count(positions, 'position'), orders && count(orders, 'order')].filter(Boolean);
  return parts.length ? `${parts.join(' and ')} left` : '';
}

export class Control {
  /** The level that was clicked and is not answered yet. */
  #asking = null;
  #said = '';

  constructor(store, connection) {
    this.store = store;
    this.connection = connection;
    store.on(['status'], () => this.show());
    byId('pause').addEventListener('click', () => this.#ask('Paused'));
    byId('resume').addEventListener('click', () => this.#ask('None'));
    byId('close-all').addEventListener('click', async () => {
      if (await confirmCloseAll(store.status)) this.#ask('CloseAll');
    });
  }

  async #ask(level) {
    this.#asking = level;
    clearFailures();
    this.show();
    try {
      const reply = await hold(level);
      this.store.setStatus({ ...this.store.status, control: reply.control });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fail(error.message);
    } finally {
      this.#asking = null;
      this.show();
    }
  }

  show() {
    const { status } = this.store;
    if (!status) return;
    const { control } = status;
    const asked = this.#asking;
    const wanted = asked === null || STRENGTH[asked] < STRENGTH[control.desired]
      ? control.in_force
      : asked === 'None' ? control.desired : asked;
    const accepted = asked === null && control.accepted;
    const effective = accepted && control.effective;

    const word = effective ? REACHED[wanted] : ON_THE_WAY[wanted];
    const byManifest = control.local_hold === 'None' && control.desired !== 'Running';
    const detail = effective ? (byManifest ? 'by the manifest' : '') : (accepted ? left(control.remaining) : 'waiting for the worker');
    byId('state').dataset.level = effective ? wanted : 'moving';
    setText(byId('state-word'), word);
    setText(byId('state-detail'), detail);
    const done = [true, accepted, effective];
    [...byId('steps').children].forEach((step, index) => {
      const state = done[index] ? 'done' : done[index - 1] ? 'now' : 'later';
      step.dataset.state = state;
      if (state === 'now') step.setAttribute('aria-current', 'step');
      else step.removeAttribute('aria-current');
    });
    const sentence = `${word}${detail ? `, ${detail}` : ''}`;
    if (sentence !== this.#said) {
      if (this.#said) announce(sentence);
      this.#said = sentence;
    }

    // What the page knows may be old: then nothing is greyed out for it. Pausing must not need a WebSocket.
    const isKnown = this.connection.state === 'live';
    const busy = asked !== null;
    byId('pause').disabled = busy || (isKnown && STRENGTH[control.in_force] >= STRENGTH.Paused);
    byId('resume').disabled = busy || (isKnown && control.local_hold === 'None');
    byId('close-all').disabled = busy || (isKnown && control.local_hold === 'CloseAll');
    byId('resume').title = byManifest ? 'The manifest asks for this: change spec.desiredState there.' : '';
  }
}
