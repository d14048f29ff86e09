// The patterns of every layer, each layer a sheet of tiles.

import { element, plural, say, short } from "../dom.js";
import { drawSheet, tileAt } from "../tiles.js";

/** Whether the rows of a layer are images of a shape. */
export const isImage = (layer, shape) => Boolean(shape) && layer.dim === shape.reduce((a, b) => a * b);

/**
 * The numbers drawn black and white: a layer's range, shrunk towards 0 while its patterns use only a part of it. So faint noise can be seen, 0 keeps its grey,
 * and nothing jumps as the patterns grow. None where a layer has no range: then every tile has its own contrast.
 */
export function tones(numbers, { dim, range }) {
  if (!range) return {};
  const [low, high] = range;
  if (low > 0 || high < 0) return { low, high };
  let sum = 0;
  for (let from = 0; from < numbers.length; from += dim) {
    let used = 0;
    for (let i = from; i < from + dim; i++) used = Math.max(used, numbers[i] / (numbers[i] > 0 ? high || 1 : low || -1));
    sum += used;
  }
  const part = Math.max(1e-3, Math.min(1, (1.2 * sum * dim) / numbers.length));
  return { low: low * part, high: high * part };
}

/** "black 0, white 0.31", or "black to white: ±0.31" */
function toneWords({ low, high }) {
  if (low === undefined) return "each pattern in its own contrast";
  const number = (value) => short(value, 2);
  return low === -high ? `black to white: ±${number(high)}` : `black ${number(low)}, white ${number(high)}`;
}

/** The name of a layer, counted from 1. */
export const layerName = (k, layers) => (layers === 1 ? "Layer 1" : k === layers - 1 ? `Layer ${k + 1}, the last` : `Layer ${k + 1}`);

function makeSheet(k, choose) {
  const canvas = element("canvas", { role: "img" });
  const words = element("p", { class: "note" }, "Its rows are vectors, not images, so they are not drawn.");
  const title = element("strong");
  const facts = element("span", { class: "soft" });
  const tone = element("div", { class: "soft" });
  let shape;
  const button = element("button", {
    type: "button",
    class: "sheet",
    title: "Look at one pattern",
    onclick: (event) => {
      // A key press has no place; it opens the first pattern.
      const index = event.detail === 0 ? 0 : tileAt(canvas, event, shape);
      if (index !== undefined) choose(k, index);
    },
  }, canvas);
  const caption = element("figcaption", {}, title, " ", facts, tone);
  return {
    figure: element("figure", {}, button, words, caption),
    draw({ numbers, layer, layers, imageShape }) {
      shape = imageShape;
      const drawn = isImage(layer, imageShape);
      button.hidden = !drawn;
      words.hidden = drawn;
      say(title, layerName(k, layers));
      say(facts, `${plural(layer.patterns, "pattern")}, β\u00a0${layer.beta.map((beta) => short(beta, 2)).join(", ")}`);
      if (!drawn) return say(tone, `vectors of ${layer.dim} numbers`);
      const bounds = tones(numbers, layer);
      drawSheet(canvas, numbers, imageShape, { ...bounds, columns: across(layer.patterns) });
      const label = `The ${layer.patterns} patterns of layer ${k + 1} as images`;
      if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
      say(tone, toneWords(bounds));
    },
  };
}

/** How many tiles stand side by side: nearly a square. */
const across = (count) => Math.ceil(Math.sqrt(count));

/** The sheets of all layers: those before the last in one place, the last, which answers, in another. `choose(layer, pattern)` when a tile is picked. */
export function makeSheets(before, last, choose) {
  let sheets = [];
  function build(count) {
    sheets = Array.from({ length: count }, (_, k) => makeSheet(k, choose));
    before.replaceChildren(...sheets.slice(0, -1).map((sheet) => sheet.figure));
    before.hidden = count === 1;
    const stage = before.parentElement;
    stage.classList.toggle("single", count === 1);
    stage.classList.toggle("many", count > 3);
    last.replaceChildren(sheets.at(-1).figure);
  }
  return {
    /** Draws them; tells whether there was anything to draw. */
    draw({ about, patterns }) {
      const layers = about.layers.length;
      if (sheets.length !== layers) build(layers);
      about.layers.forEach((layer, k) => sheets[k].draw({ numbers: patterns[k], layer, layers, imageShape: about.image_shape }));
      return about.layers.some((layer) => isImage(layer, about.image_shape));
    },
  };
}
