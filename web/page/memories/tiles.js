// The stored patterns, as tiles to choose from.

import { drawState } from "./query.js";
import { article } from "./recall.js";

/** Makes an element the row of stored patterns: one stop of the tab key, arrow keys go on. `pick(index)` is called for a choice. */
export function makeTiles(element, pick) {
  let tiles = [];
  const focus = (index) => {
    tiles.forEach((tile, i) => { tile.tabIndex = i === index ? 0 : -1; });
  };
  element.addEventListener("click", (event) => {
    const tile = event.target.closest("button");
    if (tile) pick(tiles.indexOf(tile));
  });
  element.addEventListener("keydown", (event) => {
    const across = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    const to = tiles[tiles.indexOf(document.activeElement) + step];
    if (!step) return;
    event.preventDefault();
    if (!to) return;
    focus(tiles.indexOf(to));
    to.focus();
  });
  return {
    show(rows, labels, binary) {
      if (tiles.length !== rows.length) {
        tiles = rows.map(() => {
          const tile = document.createElement("button");
          tile.type = "button";
          tile.className = "stored-tile";
          tile.append(document.createElement("canvas"));
          return tile;
        });
        element.replaceChildren(...tiles);
      }
      tiles.forEach((tile, i) => {
        drawState(tile.firstChild, rows[i], binary);
        tile.dataset.name = `Pattern ${i + 1}, ${article(labels[i])}`;
      });
    },
    /** Marks the pattern that was picked and the one that was found, if any. */
    mark(picked, found) {
      tiles.forEach((tile, i) => {
        tile.setAttribute("aria-pressed", i === picked);
        tile.classList.toggle("found", i === found);
        tile.setAttribute("aria-label", tile.dataset.name + (i === found ? ": recalled" : ""));
      });
      focus(picked ?? 0);
      const tile = tiles[found];
      if (!tile || element.scrollHeight <= element.clientHeight) return;
      const [top, bottom] = [tile.offsetTop, tile.offsetTop + tile.offsetHeight];
      if (top < element.scrollTop || bottom > element.scrollTop + element.clientHeight) element.scrollTop = top - element.clientHeight / 2;
    },
  };
}
