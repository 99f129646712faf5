// A canvas that is sharp on every screen, knows the page's colours, and draws at most once per frame.

const COLORS = ['text', 'muted', 'faint', 'line', 'surface', 'up', 'down', 'accent', 'warn', 'grid'];

export class Surface {
  width = 0;
  height = 0;
  colors = {};
  /** Where the pointer is, in CSS pixels; null when it is elsewhere. */
  pointer = null;
  #scheduled = false;

  /** `draw(context, surface)` paints everything. */
  constructor(canvas, draw) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.draw = draw;
    new ResizeObserver(() => this.#fit()).observe(canvas.parentElement);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.#readColors(); this.request(); });
    canvas.addEventListener('pointermove', (event) => this.#point(event));
    canvas.addEventListener('pointerleave', () => { this.pointer = null; this.request(); });
    this.#readColors();
    this.#fit();
  }

  request() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      const { context, width, height } = this;
      if (!width || !height) return;
      const ratio = devicePixelRatio || 1;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      this.draw(context, this);
    });
  }

  font(size = 11, weight = 400) {
    this.context.font = `${weight} ${size}px ${this.family}`;
  }

  /** A thin line that does not blur. */
  hairline(x1, y1, x2, y2, color, dash = []) {
    const { context } = this;
    context.save();
    context.strokeStyle = color;
    context.lineWidth = 1;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
    context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
    context.stroke();
    context.restore();
  }

  /** A text in a small filled box; `x` is its left edge, `y` its middle. */
  tag(text, x, y, background, color, { right = false, width = 0 } = {}) {
    const { context } = this;
    this.font(11, 500);
    const boxWidth = Math.max(width, context.measureText(text).width + 10);
    const left = right ? x - boxWidth : x;
    context.fillStyle = background;
    context.beginPath();
    context.roundRect(left, y - 9, boxWidth, 18, 3);
    context.fill();
    context.fillStyle = color;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(text, left + 5, y + 0.5);
    return boxWidth;
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    this.pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
    this.request();
  }

  #fit() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    const ratio = devicePixelRatio || 1;
    this.width = clientWidth;
    this.height = clientHeight;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.request();
  }

  #readColors() {
    const style = getComputedStyle(document.documentElement);
    for (const name of COLORS) this.colors[name] = style.getPropertyValue(`--${name}`).trim();
    this.family = getComputedStyle(document.body).fontFamily;
  }
}
