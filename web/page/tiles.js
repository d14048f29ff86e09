// Images, and sheets of patterns, on canvases.

/** How the tiles of each sheet are arranged, for `tileAt`. */
const sheets = new WeakMap();

/** The smallest and the largest number. */
export function extent(numbers) {
  let low = Infinity;
  let high = -Infinity;
  for (const number of numbers) {
    if (number < low) low = number;
    if (number > high) high = number;
  }
  return [low, high];
}

/** Writes an image into a larger ImageData, its upper left corner at (top, left). */
function put(image, numbers, [rows, columns, channels = 1], low, high, top, left) {
  const factor = high > low ? 255 / (high - low) : 0;
  const data = image.data; // clamps to 0 … 255
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * channels;
      const to = 4 * ((top + row) * image.width + left + column);
      for (let c = 0; c < 3; c++) {
        const number = numbers[from + (channels === 3 ? c : 0)];
        data[to + c] = factor ? Math.round((number - low) * factor) : 128;
      }
      data[to + 3] = 255;
    }
  }
}

function show(canvas, image) {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Draws one image: `low` is black, `high` white; without them the smallest and the largest number. `shape` is [rows, columns], or [rows, columns, 3] for colours. */
export function drawImage(canvas, numbers, shape, low, high) {
  const [smallest, largest] = low === undefined ? extent(numbers) : [low, high];
  const image = new ImageData(shape[1], shape[0]);
  put(image, numbers, shape, smallest, largest, 0, 0);
  show(canvas, image);
}

/** Draws all rows of a matrix as tiles of a grid, one canvas pixel per number; gaps are transparent. Without bounds, each tile has its own contrast. */
export function drawSheet(canvas, numbers, shape, { low, high, columns, gap = 1 } = {}) {
  const [rows, width, channels = 1] = shape;
  const dim = rows * width * channels;
  const count = Math.floor(numbers.length / dim);
  const across = Math.max(1, Math.min(count, columns ?? Math.ceil(Math.sqrt(count))));
  const down = Math.max(1, Math.ceil(count / across));
  const image = new ImageData(across * (width + gap) - gap, down * (rows + gap) - gap);
  for (let k = 0; k < count; k++) {
    const tile = numbers.subarray(k * dim, (k + 1) * dim);
    const [smallest, largest] = low === undefined ? extent(tile) : [low, high];
    put(image, tile, shape, smallest, largest, Math.floor(k / across) * (rows + gap), (k % across) * (width + gap));
  }
  sheets.set(canvas, { count, columns: across, gap });
  show(canvas, image);
}

/** The index of the tile under a pointer on a sheet; undefined beside the tiles. */
export function tileAt(canvas, event, [rows, width], layout = {}) {
  const { count = Infinity, columns, gap = 1 } = { ...sheets.get(canvas), ...layout };
  const box = canvas.getBoundingClientRect();
  const column = Math.floor((((event.clientX - box.left) / box.width) * canvas.width) / (width + gap));
  const row = Math.floor((((event.clientY - box.top) / box.height) * canvas.height) / (rows + gap));
  const index = row * columns + column;
  return row >= 0 && column >= 0 && column < columns && index < count ? index : undefined;
}
