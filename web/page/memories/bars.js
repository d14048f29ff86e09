// How much a state overlaps with the stored patterns that matter, as bars.

import { drawState } from "./query.js";
import { article, overlap, printed } from "./recall.js";

/** The indices of the rows that overlap most with a state. */
function best(rows, state, count) {
  const overlaps = rows.map((row) => overlap(row, state));
  return [...rows.keys()].sort((a, b) => overlaps[b] - overlaps[a]).slice(0, count);
}

/** Makes a list the bars of overlaps. Gives { load(frames, rows, labels, binary, target), show(state) }. */
export function makeBars(list) {
  let bars = [];
  return {
    /** The patterns that matter in this recall: the best three of its end, the best of its start, and the one that was damaged. */
    load(frames, rows, labels, binary, target) {
      const end = best(rows, frames.at(-1).state, 5);
      const wanted = [...end.slice(0, 3), target, ...best(rows, frames[0].state, 1), ...end].filter((index) => index !== undefined);
      const chosen = [...new Set(wanted)].slice(0, 5);
      chosen.sort((a, b) => overlap(rows[b], frames.at(-1).state) - overlap(rows[a], frames.at(-1).state));
      bars = chosen.map((index) => {
        const item = document.createElement("li");
        const canvas = document.createElement("canvas");
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `Pattern ${index + 1}, ${article(labels[index])}`);
        drawState(canvas, rows[index], binary);
        const track = document.createElement("span");
        track.className = "track";
        track.append(document.createElement("span"));
        const value = document.createElement("span");
        value.className = "value";
        item.append(canvas, track, value);
        item.classList.toggle("target", index === target);
        return { row: rows[index], item, fill: track.firstChild, value };
      });
      list.replaceChildren(...bars.map((bar) => bar.item));
    },
    show(state) {
      for (const { row, item, fill, value } of bars) {
        const cosine = overlap(row, state);
        fill.style.width = `${100 * Math.min(1, Math.abs(cosine))}%`;
        item.classList.toggle("negative", cosine < 0);
        value.textContent = printed(cosine);
      }
    },
  };
}
