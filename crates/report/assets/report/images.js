// Images on canvases.

/** Draws the numbers of an image, grey or in three colours: `low` is black, `high` white; without them the smallest and the largest number. */
function draw(canvas, numbers, [rows, columns, channels = 1], low, high) {
  if (low === undefined) [low, high] = [smallest(numbers), largest(numbers)];
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  const tone = (number) => {
    const unit = high > low ? (number - low) / (high - low) : 0.5;
    return Math.round(255 * Math.max(0, Math.min(1, unit)));
  };
  for (let i = 0; i < rows * columns; i++) {
    const at = (channel) => tone(numbers[i * channels + (channels === 3 ? channel : 0)]);
    image.data.set([at(0), at(1), at(2), 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** What a network sees of grey values from 0 to 1; `grey` says what their scaling was, if it is another one. */
const toNetwork = (greys, grey) =>
  grey ? greys.map((g, i) => g * grey.factor[i % grey.factor.length] + grey.offset[i % grey.offset.length]) : greys;

/** Grey values of what a network sees. */
const toGrey = (numbers, grey) =>
  grey ? numbers.map((y, i) => (y - grey.offset[i % grey.offset.length]) / grey.factor[i % grey.factor.length]) : numbers;

/** Draws a pattern of a layer. Where each pixel was scaled alone, that is undone. */
function drawPattern(canvas, numbers, shape, about, grey) {
  const alone = grey && Math.max(grey.offset.length, grey.factor.length) > 1;
  if (!alone) draw(canvas, numbers, shape, about.range?.[0], about.range?.[1]);
  else draw(canvas, toGrey(numbers, grey), shape, ...(about.range ? [0, 1] : []));
}
