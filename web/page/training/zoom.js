// A larger view of one pattern, over the page.

import { say, short } from "../dom.js";
import { isImage, tones } from "./sheets.js";
import { drawImage, extent } from "../tiles.js";

/** Makes the dialog live: `find` finds its elements by name. */
export function makeZoom(find) {
  const dialog = find("zoom");
  let shown; // { about, patterns }
  let answers; // of the network for the drawing, or undefined
  let layer = 0;
  let index = 0;

  function draw() {
    if (!dialog.open || !shown) return;
    layer = Math.min(layer, shown.about.layers.length - 1);
    const facts = shown.about.layers[layer];
    if (!isImage(facts, shown.about.image_shape)) return dialog.close();
    index = Math.min(index, facts.patterns - 1);
    const numbers = shown.patterns[layer].subarray(index * facts.dim, (index + 1) * facts.dim);
    const { low, high } = tones(shown.patterns[layer], facts);
    drawImage(find("zoom-image"), numbers, shown.about.image_shape, low, high);
    find("zoom-image").setAttribute("aria-label", `pattern ${index + 1} of layer ${layer + 1}`);
    say(find("zoom-title"), `Layer ${layer + 1}, pattern ${index + 1}`);
    const [smallest, largest] = extent(numbers);
    const weights = answers?.[layer]?.[1];
    const heads = Array.from({ length: facts.heads }, (_, head) => weights?.[head * facts.patterns + index]);
    const weight = weights ? `Its weight for your drawing: ${heads.map((w) => (w ?? 0).toFixed(3)).join(", ")}.` : "";
    say(find("zoom-text"), `Numbers from ${short(smallest, 2)} to ${short(largest, 2)}. ${weight}`);
  }

  function move(places) {
    const count = shown.about.layers[layer].patterns;
    index = (index + places + count) % count;
    draw();
  }

  find("zoom-previous").addEventListener("click", () => move(-1));
  find("zoom-next").addEventListener("click", () => move(1));
  find("zoom-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") move(-1);
    if (event.key === "ArrowRight") move(1);
    if (event.key === "Escape") event.stopPropagation(); // the book's search would keep it from closing the dialog
  });
  // A click beside the dialog closes it.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  return {
    open(k, pattern) {
      [layer, index] = [k, pattern];
      if (!dialog.open) dialog.showModal();
      draw();
    },
    show(network) {
      shown = network;
      draw();
    },
    answer(found) {
      answers = found;
      draw();
    },
  };
}
