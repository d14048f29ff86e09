// Axes: where a value lies between 0 and 1, and the grid of a chart.

const tickText = (value) => String(Number(value.toPrecision(6)));

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

/**
 * An axis for numbers, logarithmic only if all are positive. `place` gives 0 to 1, or NaN if unknown; `invert` is its
 * inverse; `part` is how far a value is between the smallest and the largest. With `unset`, null lies at the low end.
 */
function numberAxis(values, { logarithmic, marks, unset = false, margin = 0.05 }) {
  let [low, high] = extent(values);
  const log = logarithmic && low > 0;
  const [scale, back] = log ? [Math.log, Math.exp] : [(value) => value, (value) => value];
  const [smallest, largest] = [scale(low), scale(high)];
  if (high - low <= 1e-9 * Math.abs(high)) {
    const half = Math.abs(low) / 2 || 0.5;
    [low, high] = [low - half, high + half];
  }
  const around = (scale(high) - scale(low)) * margin;
  const [first, last] = [scale(low) - around, scale(high) + around];
  const start = unset ? 0.12 : 0;
  const place = (value) =>
    Number.isFinite(value) ? start + ((1 - start) * (scale(value) - first)) / (last - first) : unset ? 0.03 : NaN;
  const known = values.some(Number.isFinite);
  let numbers = marks ?? (known ? ticks(back(first), back(last), log) : []);
  if (!marks && log && numbers.length < 3) numbers = ticks(back(first), back(last), false);
  return {
    place,
    invert: (at) => back(first + ((at - start) / (1 - start)) * (last - first)),
    part: (value) => (Number.isFinite(value) ? (scale(value) - smallest) / (largest - smallest || 1) : NaN),
    marks: [...(unset ? [[0.03, settingText(null)]] : []), ...numbers.map((value) => [place(value), tickText(value)])],
    logarithmic: log,
  };
}

/** An axis with a place for each value of a key that is no number. */
function categoryAxis(values) {
  const places = new Map(values.map((value, index) => [value, (index + 0.5) / values.length]));
  const place = (value) => places.get(value) ?? NaN;
  return { place, marks: values.map((value) => [place(value), settingText(value)]) };
}

/** The axis of a key: logarithmic where its values are positive and far apart. */
function keyAxis(key) {
  if (!key.numeric) return categoryAxis(key.values);
  const known = key.values.filter((value) => value !== null);
  const [low, high] = extent(known);
  const logarithmic = low > 0 && high / low > 10;
  return numberAxis(known, {
    logarithmic,
    marks: known.length <= fewValues ? known : undefined,
    unset: known.length < key.values.length,
  });
}

/** The axis of a measure over the means of groups or over runs. */
const measureAxis = (measure, values) => numberAxis(values, { logarithmic: measure.log });

/** A text of at most `most` characters; a key keeps its end. */
function clipped(text, most, keepEnd = false) {
  if (text.length <= most) return text;
  const kept = Math.max(1, most - 1);
  return keepEnd ? `…${text.slice(-kept)}` : `${text.slice(0, kept)}…`;
}

/** Marks whose texts do not overlap, given the space that each needs. */
function spaced(marks, position, space) {
  let end = -Infinity;
  return [...marks]
    .sort((a, b) => position(a) - position(b))
    .filter((mark) => {
      const half = space(mark) / 2;
      if (position(mark) - half < end) return false;
      end = position(mark) + half;
      return true;
    });
}

/** The sides of a chart, with room for the texts of its vertical axis, and its grid. */
function grid(width, height, xAxis, yAxis, xName) {
  const texts = yAxis.marks.map(([, text]) => text.length);
  const [left, right, top, bottom] = [14 + 6.5 * Math.max(2, ...texts), 14, 10, 40];
  const x = (part) => left + part * (width - left - right);
  const y = (part) => height - bottom - part * (height - top - bottom);
  const shapes = [];
  for (const [at, text] of spaced(yAxis.marks, ([part]) => -y(part), () => 14)) {
    shapes.push(
      element("svg:line", { class: "grid", x1: left, x2: width - right, y1: y(at), y2: y(at) }),
      element("svg:text", { class: "tick", x: left - 6, y: y(at) + 4, "text-anchor": "end" }, text),
    );
  }
  const labels = xAxis.marks.map(([at, text]) => [at, clipped(text, 16)]);
  for (const [at, text] of spaced(labels, ([part]) => x(part), ([, label]) => 8 + 6.5 * label.length)) {
    shapes.push(element("svg:text", { class: "tick", x: x(at), y: height - 24, "text-anchor": "middle" }, text));
  }
  shapes.push(element("svg:text", { class: "axis-name", x: x(0.5), y: height - 6, "text-anchor": "middle" }, xName));
  return { x, y, left, right: width - right, top, bottom: height - bottom, shapes };
}
