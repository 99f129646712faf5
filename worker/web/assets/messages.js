// Short sentences about what just happened: errors stay until they are closed, the rest is said to screen readers.

import { byId, h, setText } from '/assets/dom.js';

const MESSAGES_MAX = 3;

/** Something that a person must know. */
export function fail(sentence) {
  const box = byId('messages');
  const close = h('button', { type: 'button', class: 'quiet', 'aria-label': 'Dismiss' }, '×');
  const message = h('p', { class: 'notice error' }, h('span', {}, sentence), close);
  close.addEventListener('click', () => message.remove());
  box.prepend(message);
  while (box.children.length > MESSAGES_MAX) box.lastElementChild.remove();
}

export function clearFailures() {
  byId('messages').replaceChildren();
}

/** For ears only: the eye sees it elsewhere. */
export function announce(sentence) {
  setText(byId('announce'), sentence);
}
