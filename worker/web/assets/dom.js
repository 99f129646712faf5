// Makes and updates elements. Every text goes through textContent: what a model or a venue says is never markup.

/** An element with attributes and children; strings become text. Attributes that are null or false are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** A point in time, as `text`, with the full one behind it. */
export function time(ms, text, full, className = null) {
  return h('time', { class: className, datetime: new Date(ms).toISOString(), title: full }, text);
}

/** A table row. The roles are said in words, because on a phone its cells are laid out as a grid. */
export function row(...cells) {
  for (const cell of cells) cell.setAttribute('role', 'cell');
  return h('tr', { role: 'row' }, ...cells);
}

export const byId = (id) => document.getElementById(id);

/** Sets a text only when it changes, so that selections and screen readers are left in peace. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setClass(node, name) {
  if (node.className !== name) node.className = name;
}

/**
 * Makes the children of `parent` show `items` in order. Nodes are kept by key, so that open details, focus and
 * scroll positions survive an update.
 */
export function reconcile(parent, items, keyOf, create, update) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let before = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = old.get(key);
    if (node) {
      old.delete(key);
    } else {
      node = create(item);
      node.dataset.key = key;
    }
    update?.(node, item);
    if (node === before) before = before.nextElementSibling;
    else parent.insertBefore(node, before);
  }
  for (const node of old.values()) node.remove();
}
