// Brings a drawing into the form of MNIST's digits: in a box of 20 × 20 pixels, its centre of mass in the middle of 28 × 28.

const SIDE = 28;
const BOX = 20;
const INK = 0.1; // above which a pixel counts as drawn

/** Rows and columns of the ink, and its centre of mass; undefined without ink. */
function inked(image) {
  let [top, bottom, left, right] = [SIDE, -1, SIDE, -1];
  let [mass, y, x] = [0, 0, 0];
  image.forEach((ink, i) => {
    if (ink < INK) return;
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    mass += ink;
    y += ink * (row + 0.5);
    x += ink * (column + 0.5);
  });
  return bottom < 0 ? undefined : { size: Math.max(bottom - top, right - left) + 1, y: y / mass, x: x / mass };
}

/** The ink at a point between pixels. */
function between(image, y, x) {
  const [top, left] = [Math.floor(y - 0.5), Math.floor(x - 0.5)];
  const [down, right] = [y - 0.5 - top, x - 0.5 - left];
  const at = (row, column) => (row < 0 || column < 0 || row >= SIDE || column >= SIDE ? 0 : image[row * SIDE + column]);
  return (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) + down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1));
}

/** The drawing, scaled and moved; an empty one stays as it is. */
export function likeMnist(image) {
  const found = inked(image);
  if (!found) return Float32Array.from(image);
  const scale = Math.max(0.5, Math.min(3, BOX / found.size));
  const parts = [1 / 6, 3 / 6, 5 / 6]; // nine samples per pixel
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    let sum = 0;
    for (const down of parts) {
      for (const right of parts) {
        const y = (Math.floor(i / SIDE) + down - SIDE / 2) / scale + found.y;
        const x = ((i % SIDE) + right - SIDE / 2) / scale + found.x;
        sum += between(image, y, x);
      }
    }
    return Math.min(1, sum / 9);
  });
}
