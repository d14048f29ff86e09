// What each layer answers: the image, its weights as bars, the patterns that weigh most, its energy.

import { element, say, short } from "../dom.js";
import { isImage, layerName, tones } from "./sheets.js";
import { drawImage } from "../tiles.js";

const TOP = 5;
const BAR = 4; // canvas pixels per pattern
const HEIGHT = 64;

/** How many patterns share in an answer: the exponential of the entropy of the weights, per head. */
export function perplexity(weights, heads) {
  const each = weights.length / heads;
  let sum = 0;
  for (let head = 0; head < heads; head++) {
    const part = weights.subarray(head * each, (head + 1) * each);
    const total = part.reduce((a, b) => a + b, 0);
    const entropy = part.reduce((a, b) => (b > 0 ? a - (b / total) * Math.log(b / total) : a), 0);
    sum += Math.exp(entropy);
  }
  return sum / heads;
}

/** The places of the largest numbers. */
const largest = (numbers, count) => Array.from(numbers, (number, k) => [number, k]).sort((a, b) => b[0] - a[0]).slice(0, count);

function drawBars(canvas, weights) {
  canvas.width = weights.length * BAR - 1;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(canvas).color;
  const top = weights.reduce((a, b) => Math.max(a, b), 0);
  weights.forEach((weight, k) => {
    const tall = top > 0 ? Math.round((weight / top) * (HEIGHT - 1)) : 0;
    context.fillRect(k * BAR, HEIGHT - 1 - tall, BAR - 1, tall + 1);
  });
}

function makeLayer(k, choose) {
  const title = element("h3");
  const answer = element("canvas", { role: "img", class: "tile answer" });
  const bars = element("canvas", { role: "img", class: "bars" });
  const facts = element("p", { class: "note" });
  const winners = Array.from({ length: TOP }, () => {
    const canvas = element("canvas", { role: "img", class: "tile" });
    const caption = element("span");
    let index = 0;
    const button = element("button", { type: "button", class: "winner", title: "Look at this pattern", onclick: () => choose(k, index) }, canvas, caption);
    return { button, canvas, caption, set: (pattern) => { index = pattern; } };
  });
  const card = element("section", { class: "card" }, title,
    element("div", { class: "answer-and-bars" }, answer, bars),
    element("div", { class: "winners" }, ...winners.map((winner) => winner.button)),
    facts);

  function show({ about, patterns }, [retrieved, weights, energy]) {
    const layer = about.layers[k];
    const shape = about.image_shape;
    card.setAttribute("aria-label", `Layer ${k + 1}`);
    say(title, layerName(k, about.layers.length));
    answer.hidden = !isImage({ dim: retrieved.length }, shape);
    const bounds = tones(patterns[k], layer);
    if (!answer.hidden) drawImage(answer, retrieved, shape, bounds.low, bounds.high);
    answer.setAttribute("aria-label", `the answer of layer ${k + 1}`);
    drawBars(bars, weights);
    const order = largest(weights, TOP);
    bars.setAttribute("aria-label", `weights of the ${layer.patterns} patterns; the largest is ${short(order[0][0])}, of pattern ${order[0][1] % layer.patterns + 1}`);
    winners.forEach(({ button, canvas, caption, set }, rank) => {
      button.hidden = rank >= order.length || !isImage(layer, shape);
      if (button.hidden) return;
      const [weight, place] = order[rank];
      const index = place % layer.patterns;
      set(index);
      drawImage(canvas, patterns[k].subarray(index * layer.dim, (index + 1) * layer.dim), shape, bounds.low, bounds.high);
      canvas.setAttribute("aria-label", `pattern ${index + 1}`);
      // Weights that are exactly 0 take no part.
      canvas.classList.toggle("faint", weight === 0);
      say(caption, weight === 0 ? "0" : weight.toFixed(2));
    });
    const sharing = perplexity(weights, layer.heads);
    const shared = order[0][0] === 0 ? "no pattern is near enough to answer" : sharing < 1.05 ? "one pattern gives this answer" : `${short(sharing, 2)} patterns share in this answer`;
    say(facts, `${shared}; ${energy === null || energy === undefined ? "this layer has no energy" : `energy ${short(energy, 4)}`}`);
  }
  return { card, show };
}

/** Cards for the layers of a network, in a place on the page. `choose(layer, pattern)` when a pattern is picked. */
export function makeAnswers(place, choose) {
  let layers = [];
  return {
    show(network, trace) {
      if (layers.length !== trace.length) {
        layers = trace.map((_, k) => makeLayer(k, choose));
        place.replaceChildren(...layers.map((layer) => layer.card));
      }
      trace.forEach((found, k) => layers[k].show(network, found));
    },
    clear() {
      layers = [];
      place.replaceChildren();
    },
  };
}
