// A canvas to draw on: with a mouse, a pen, a finger, or the keyboard.

import { nextFrame } from "./dom.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Makes a canvas a drawing pad for `values` (rows × columns numbers, changed in place).
 *
 * `brush(values, row, column)` paints at a point, in fractions of pixels. `draw()` draws the values on the canvas; it is called after a change, at most once per
 * frame. With the keyboard, the arrow keys move a cursor, the space key paints, shift + arrow paints on the way.
 *
 * Gives { redraw() }: asks for a `draw()`, and for the cursor above it.
 */
export function makePad(canvas, { rows, columns, values, brush, draw }) {
  let last; // where the pointer was
  let cursor; // [row, column] while the keyboard is used

  const redraw = nextFrame(() => {
    draw();
    if (cursor) drawCursor(canvas, cursor, rows, columns);
  });
  function paint(row, column) {
    brush(values, row, column);
    redraw();
  }
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * rows, ((event.clientX - box.left) / box.width) * columns];
  };
  /** Paints all along a line, so that a fast stroke has no holes. */
  function stroke(from, to) {
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let k = 1; k <= steps; k++) {
      paint(from[0] + ((to[0] - from[0]) * k) / steps, from[1] + ((to[1] - from[1]) * k) / steps);
    }
  }

  canvas.style.touchAction = "none";
  if (!canvas.hasAttribute("tabindex")) canvas.tabIndex = 0;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch { /* a pointer that is gone already */ }
    cursor = undefined;
    last = place(event);
    paint(...last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    for (const part of event.getCoalescedEvents?.() ?? []) {
      stroke(last, place(part));
      last = place(part);
    }
    stroke(last, place(event));
    last = place(event);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(name, () => { last = undefined; });
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) cursor ??= [Math.floor(rows / 2), Math.floor(columns / 2)];
    redraw();
  });
  canvas.addEventListener("blur", () => {
    cursor = undefined;
    redraw();
  });
  canvas.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if ((!step && event.key !== " ") || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // no scrolling
    event.stopPropagation(); // no turning of the book's pages
    const [row, column] = (cursor ??= [Math.floor(rows / 2), Math.floor(columns / 2)]);
    if (step) cursor = [clamp(row + step[0], rows), clamp(column + step[1], columns)];
    if (event.key === " " || event.shiftKey) paint(cursor[0] + 0.5, cursor[1] + 0.5);
    redraw();
  });
  return { redraw };
}

const clamp = (place, count) => Math.max(0, Math.min(count - 1, place));

/** Marks a pixel: as large as it is on the canvas, whatever the canvas's resolution. */
function drawCursor(canvas, [row, column], rows, columns) {
  const context = canvas.getContext("2d");
  const height = canvas.height / rows;
  const width = canvas.width / columns;
  context.fillStyle = "#e4572e";
  context.fillRect(column * width, row * height, width, height);
}

/** A soft brush, about as wide as the strokes of the digits: paints `to` on a ground of `from`. Where one already painted, the stronger ink stays. */
export function softBrush(values, [rows, columns], row, column, { from = 0, to = 1, radius = 1.6 } = {}) {
  const reach = Math.ceil(radius) + 1;
  for (let r = Math.max(0, Math.floor(row) - reach); r <= Math.min(rows - 1, row + reach); r++) {
    for (let c = Math.max(0, Math.floor(column) - reach); c <= Math.min(columns - 1, column + reach); c++) {
      const ink = Math.max(0, Math.min(1, radius - Math.hypot(r + 0.5 - row, c + 0.5 - column)));
      const i = r * columns + c;
      const painted = from + ink * (to - from);
      values[i] = to > from ? Math.max(values[i], painted) : Math.min(values[i], painted);
    }
  }
}
