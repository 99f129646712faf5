// The question before closing everything. Pausing asks nothing: it is safe and may be urgent.

import { byId, setText } from '/assets/dom.js';
import { count, size } from '/assets/format.js';

const WORD = 'close all';

/** Asks; true when the words were typed and sent. */
export function confirmCloseAll(status) {
  const dialog = byId('confirm');
  const word = byId('confirm-word');
  const send = byId('confirm-do');
  const positions = status.positions.map((it) => `${it.market} ${Number(it.size) < 0 ? 'short' : 'long'} ${size(it.size)}`);
  setText(byId('confirm-what'), positions.length
    ? `${status.mode}: ${count(positions.length, 'position')} will be closed: ${positions.join(', ')}.`
    : `${status.mode}: there is no open position. Orders are cancelled.`);
  word.value = '';
  send.disabled = true;
  dialog.returnValue = '';
  dialog.showModal();
  word.focus();

  return new Promise((resolve) => {
    const listening = new AbortController();
    const { signal } = listening;
    const matches = () => word.value.trim().toLowerCase() === WORD;
    word.addEventListener('input', () => { send.disabled = !matches(); }, { signal });
    byId('confirm-cancel').addEventListener('click', () => dialog.close(), { signal });
    byId('confirm-form').addEventListener('submit', (event) => {
      event.preventDefault();
      if (matches()) dialog.close('yes');
    }, { signal });
    dialog.addEventListener('close', () => {
      listening.abort();
      resolve(dialog.returnValue === 'yes');
    }, { signal });
  });
}
