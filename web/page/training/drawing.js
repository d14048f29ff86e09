// The digit that one draws, what is damaged of it, and the network's answer.

import { latest, say } from "../dom.js";
import { likeMnist } from "./mnist.js";
import { makePad, softBrush } from "../pad.js";
import { drawImage } from "../tiles.js";

const SIDE = 28;
const SHAPE = [SIDE, SIDE];
const HIDDEN = {
  none: () => false,
  bottom: (row) => row >= SIDE / 2,
  top: (row) => row < SIDE / 2,
  left: (_, column) => column < SIDE / 2,
  right: (_, column) => column >= SIDE / 2,
};

/** Normal noise that stays the same while one draws. */
const NOISE = Float32Array.from({ length: SIDE * SIDE }, () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()));

/**
 * Makes the part of the page live. `answers` shows what the layers answer, `traced(trace)` hears of it.
 *
 * Gives { show(network view), next(), answer() }.
 */
export function makeDrawing(find, engine, answers, traced) {
  const values = new Float32Array(SIDE * SIDE);
  let drawn = false; // whether it is more than a test digit, which is centred already
  let digit = -1;
  let shown; // the network that answers

  const erases = () => find("tool-erase").checked;
  const pad = makePad(find("pad"), {
    rows: SIDE,
    columns: SIDE,
    values,
    brush(into, row, column) {
      drawn = true;
      say(find("digit-name"), "your drawing");
      softBrush(into, SHAPE, row, column, erases() ? { from: 1, to: 0 } : {});
    },
    draw() {
      drawImage(find("pad"), values, SHAPE, 0, 1);
      answer();
    },
  });

  /** What the network should answer, and what it sees. */
  function images() {
    const clean = drawn && find("centre").checked ? likeMnist(values) : Float32Array.from(values);
    const std = Number(find("noise").value);
    const hides = HIDDEN[find("hide").value];
    const state = clean.map((ink, i) => (hides(Math.floor(i / SIDE), i % SIDE) ? 0 : ink) + std * NOISE[i]);
    return { clean, state };
  }

  const answer = latest(async () => {
    const view = shown;
    if (!view || view.unfit) return;
    const { clean, state } = images();
    drawImage(find("seen"), state, SHAPE, 0, 1);
    let trace;
    try {
      trace = await view.network.trace(state);
    } catch (error) {
      // A network that is gone has a successor, which is asked next.
      if (view === shown && !view.network.freed) say(find("answer-error"), error.message);
      return;
    }
    const output = trace.at(-1)[0];
    if (output.length === SIDE * SIDE) {
      drawImage(find("answer"), output, SHAPE, 0, 1);
      const error = output.reduce((sum, number, i) => sum + (number - clean[i]) ** 2, 0) / output.length;
      say(find("answer-error"), `error ${error.toFixed(4)}`);
    }
    answers.show(view, trace);
    traced(trace);
  });

  async function take(index) {
    const [image, label] = await Promise.all([engine.test.image(index), engine.test.label(index)]);
    values.set(image);
    drawn = false;
    say(find("digit-name"), `test digit ${index + 1}, a ${label}`);
    pad.redraw();
  }
  async function next() {
    digit = (digit + 1) % engine.testCount;
    await take(digit);
  }

  find("next-digit").addEventListener("click", next);
  find("clear").addEventListener("click", () => {
    values.fill(0);
    drawn = true;
    find("tool-draw").checked = true;
    say(find("digit-name"), "your drawing");
    pad.redraw();
  });
  for (const name of ["noise", "hide", "centre"]) find(name).addEventListener("input", () => {
    say(find("noise-value"), Number(find("noise").value).toFixed(2));
    answer();
  });

  return {
    next,
    answer,
    /** Another network answers; its `unfit` is a sentence that says why it can't, if so. */
    show(view) {
      shown = view;
      find("drawing").hidden = Boolean(view.unfit);
      find("drawing-unfit").hidden = !view.unfit;
      say(find("drawing-unfit"), view.unfit ?? "");
      if (view.unfit) {
        answers.clear();
        traced(undefined);
      }
      return answer();
    },
  };
}
