// The error over the training, on logarithmic axes.

import { asError, nextFrame } from "../dom.js";
import { place, stepAt } from "./scale.js";

/** What always answering the mean digit costs. */
export const MEAN_DIGIT = 0.064;
const LEFT = 46;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 28;

/** Marks at 1, 2 and 5 times powers of ten between two numbers; only at the powers if there were more than `most`. */
function marks(low, high, most = 8) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const digit of [1, 2, 5]) {
      const mark = digit * 10 ** power;
      if (mark >= low * 0.999 && mark <= high * 1.001) found.push(mark);
    }
  }
  return found.length > most ? found.filter((mark) => Number.isInteger(Math.round(1e6 * Math.log10(mark)) / 1e6)) : found;
}

/** The nearest of 1, 2, 5 × 10ⁿ below (or above) a number. */
function round(number, up) {
  const candidates = marks(number / 10, number * 10);
  return up ? candidates.find((mark) => mark >= number * 1.05) : candidates.filter((mark) => mark <= number * 0.95).at(-1);
}

/**
 * A curve on a canvas. `choose(step)` is called when one points at a moment.
 *
 * Gives { reset(total, perEpoch), train(step, error), test(step, error), look(step | undefined), draw() }; `look` marks the moment that is shown.
 */
export function makeCurve(canvas, choose) {
  let training = [];
  let testing = [];
  let total = 1;
  let perEpoch = 1;
  let looked;

  /** Where things are on the canvas, in CSS pixels. */
  function frame() {
    const box = { width: canvas.clientWidth, height: canvas.clientHeight };
    let [low, high] = [MEAN_DIGIT, MEAN_DIGIT];
    for (const [, error] of [...training, ...testing]) {
      if (error > 0) [low, high] = [Math.min(low, error), Math.max(high, error)];
    }
    [low, high] = [round(Math.min(low, 0.025), false), round(Math.min(high, 1e6), true)];
    const width = box.width - LEFT - RIGHT;
    const height = box.height - TOP - BOTTOM;
    const part = (error) => Math.log(high / Math.max(low, error)) / Math.log(high / low);
    return { ...box, low, high, x: (step) => LEFT + (width * place(step)) / place(total), y: (error) => TOP + height * part(error) };
  }

  function drawAxes(context, at, colours) {
    context.font = "12px system-ui, sans-serif";
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const mark of marks(at.low, at.high)) {
      line(context, colours.rule, [[at.x(0), at.y(mark)], [at.x(total), at.y(mark)]]);
      context.fillStyle = colours.soft;
      context.fillText(Number(mark.toPrecision(1)).toString(), LEFT - 6, at.y(mark));
    }
    context.textBaseline = "top";
    let free = -Infinity; // of labels so far
    for (const epoch of [0, ...marks(0.1, total / perEpoch, 99)]) {
      const x = Math.min(at.x(epoch * perEpoch), at.width - RIGHT - 6);
      if (x < free) continue;
      context.textAlign = "center";
      context.fillText(String(Number(epoch.toPrecision(1))), x, at.height - BOTTOM + 8);
      free = x + 26;
    }
    context.textAlign = "right";
    context.fillText("epoch", LEFT - 8, at.height - BOTTOM + 8);
  }

  function drawReference(context, at, colours) {
    context.setLineDash([4, 4]);
    line(context, colours.soft, [[at.x(0), at.y(MEAN_DIGIT)], [at.x(total), at.y(MEAN_DIGIT)]]);
    context.setLineDash([]);
    context.textAlign = "right";
    context.textBaseline = "bottom";
    context.fillStyle = colours.soft;
    context.fillText(`always the mean digit: ${MEAN_DIGIT}`, at.x(total) - 2, at.y(MEAN_DIGIT) - 3);
  }

  function draw() {
    const scale = devicePixelRatio || 1;
    const at = frame();
    if (!at.width) return;
    canvas.width = Math.round(at.width * scale);
    canvas.height = Math.round(at.height * scale);
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    const style = getComputedStyle(canvas);
    const colours = Object.fromEntries(["soft", "rule", "accent", "second"].map((name) => [name, style.getPropertyValue(`--live-${name}`) || style.color]));
    drawAxes(context, at, colours);
    drawReference(context, at, colours);
    const points = (list) => list.filter(([, error]) => error > 0).map(([step, error]) => [at.x(step), at.y(error)]);
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    line(context, colours.second, points(training));
    context.lineWidth = 2.5;
    line(context, colours.accent, points(testing));
    const end = points(testing).at(-1);
    if (end) dot(context, colours.accent, end);
    if (looked !== undefined) {
      context.lineWidth = 1.5;
      line(context, style.color, [[at.x(looked), TOP], [at.x(looked), at.height - BOTTOM]]);
    }
    describe();
  }

  function describe() {
    const last = testing.at(-1);
    const text = `Error per pixel over the training, on logarithmic axes${last ? `; the test error is ${asError(last[1])} after ${last[0]} steps` : ""}.`;
    if (canvas.getAttribute("aria-label") !== text) canvas.setAttribute("aria-label", text);
  }

  const later = nextFrame(draw);

  new ResizeObserver(later).observe(canvas);
  const pointed = (event) => {
    const box = canvas.getBoundingClientRect();
    const part = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
    return stepAt(Math.max(0, Math.min(1, part)) * place(total));
  };
  canvas.addEventListener("pointerdown", (event) => choose(pointed(event)));
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons & 1) choose(pointed(event));
  });

  return {
    reset(steps, each) {
      [training, testing, total, perEpoch, looked] = [[], [], steps, each, undefined];
      later();
    },
    train(step, error) {
      if (Number.isFinite(error)) training.push([step, error]);
      // Points closer than a pixel are merged.
      if (training.length > 1500) training = pairs(training);
      later();
    },
    test(step, error) {
      if (Number.isFinite(error)) testing.push([step, error]);
      later();
    },
    look(step) {
      looked = step;
      later();
    },
    /** The error on the test digits measured nearest to a step. */
    testNear: (step) => testing.reduce((best, one) => (!best || Math.abs(one[0] - step) < Math.abs(best[0] - step) ? one : best), undefined)?.[1],
    draw: later,
  };
}

/** Every two neighbours become one: the mean error, at the later step. */
function pairs(points) {
  const merged = [];
  for (let k = 0; k + 1 < points.length; k += 2) merged.push([points[k + 1][0], (points[k][1] + points[k + 1][1]) / 2]);
  return points.length % 2 ? [...merged, points.at(-1)] : merged;
}

function line(context, colour, points) {
  context.strokeStyle = colour;
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

function dot(context, colour, [x, y]) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  context.fill();
}
