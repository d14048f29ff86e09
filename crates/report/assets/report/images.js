// Images on canvases.

/** Draws numbers as grey values: `low` is black, `high` white; without them the smallest and the largest number. */
function draw(canvas, numbers, [rows, columns], low, high) {
  if (low === undefined) [low, high] = [smallest(numbers), largest(numbers)];
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let i = 0; i < numbers.length; i++) {
    const unit = high > low ? (numbers[i] - low) / (high - low) : 0.5;
    const grey = Math.round(255 * Math.max(0, Math.min(1, unit)));
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
