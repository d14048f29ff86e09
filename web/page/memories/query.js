// What is recalled from: a stored pattern or a blank page, and the damage done to it. All networks get the same query, each in its own units.

import { drawImage } from "../tiles.js";
import { softBrush } from "../pad.js";
import { random } from "./patterns.js";

export const SHAPE = [28, 28];
const [ROWS, COLUMNS] = SHAPE;
const DIM = ROWS * COLUMNS;

/** A blue that no ink has, in two tones. */
const UNKNOWN = [[0.33, 0.42, 0.66], [0.27, 0.35, 0.57]];

export class Query {
  /** The clean image, grey values; none on a blank page. */
  base;
  /** Grey values that were drawn. */
  ink = new Float32Array(DIM);
  /** 1 where a pixel is the opposite of what it was. */
  flipped = new Uint8Array(DIM);
  /** 1 where a pixel is unknown. */
  unknown = new Uint8Array(DIM);

  /** As units of ±1, and 0 where nothing is known; or as grey values, with the background where nothing is known. */
  state(binary) {
    return Float32Array.from({ length: DIM }, (_, i) => {
      if (this.unknown[i]) return 0;
      const clean = Math.max(this.base?.[i] ?? 0, this.ink[i]);
      const grey = this.flipped[i] ? 1 - clean : clean;
      return binary ? (grey >= 0.5 ? 1 : -1) : grey;
    });
  }

  /** Puts another image under the same damage. */
  pick(image) {
    this.base = image;
    this.ink.fill(0);
  }

  reset() {
    for (const layer of [this.ink, this.flipped, this.unknown]) layer.fill(0);
  }

  blank() {
    this.reset();
    this.base = undefined;
  }

  hideLowerHalf() {
    this.unknown.fill(1, DIM / 2);
    this.flipped.fill(0, DIM / 2);
    this.ink.fill(0, DIM / 2);
  }

  /** Flips a fifth of the pixels, the same ones for the same seed. */
  addNoise(seed) {
    const draw = random(1000 + seed);
    for (let i = 0; i < DIM; i++) if (draw() < 0.2) this.flipped[i] ^= 1;
  }

  /** Paints with a tool at a point. */
  paint(tool, row, column) {
    if (tool === "draw") {
      const stroke = new Float32Array(DIM);
      softBrush(stroke, SHAPE, row, column);
      stroke.forEach((ink, i) => {
        if (ink < 0.5) return;
        this.ink[i] = Math.max(this.ink[i], ink);
        this.flipped[i] = this.unknown[i] = 0;
      });
      return;
    }
    for (let i = 0; i < DIM; i++) {
      const distance = Math.hypot(Math.floor(i / COLUMNS) + 0.5 - row, (i % COLUMNS) + 0.5 - column);
      if (distance > 2.5) continue;
      if (tool === "erase") {
        this.unknown[i] = 1;
        this.flipped[i] = this.ink[i] = 0;
      } else if (Math.random() < 0.15) {
        this.unknown[i] = 0;
        this.flipped[i] ^= 1;
      }
    }
  }
}

/** Draws a state: ink white, paper black, unknown units of a binary network blue. */
export function drawState(canvas, state, binary) {
  if (!binary) return drawImage(canvas, state, SHAPE, 0, 1);
  const colours = new Float32Array(3 * DIM);
  state.forEach((unit, i) => {
    const checker = (Math.floor(i / COLUMNS) + i) % 2;
    colours.set(unit ? [unit, unit, unit] : UNKNOWN[checker], 3 * i);
  });
  return drawImage(canvas, colours, [...SHAPE, 3], 0, 1);
}
