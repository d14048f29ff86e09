// The same query in all three networks: where each of them ends.

import { drawState } from "./query.js";
import { words } from "./recall.js";

/** Fills an element with a card per network; `choose(key)` is called when one is clicked. Gives { show(key, run, context), fail(key, sentence), wait(), mark(key) }. */
export function makeComparison(element, networks, choose) {
  const cards = new Map(networks.map((network) => {
    const card = document.createElement("button");
    card.type = "button";
    card.className = "outcome";
    const [name, canvas, sentence] = ["strong", "canvas", "span"].map((tag) => document.createElement(tag));
    name.textContent = network.name;
    [canvas.width, canvas.height] = [1, 1]; // square
    card.append(name, canvas, sentence);
    card.addEventListener("click", () => choose(network.key));
    return [network.key, { card, canvas, sentence }];
  }));
  element.replaceChildren(...[...cards.values()].map(({ card }) => card));
  return {
    show(key, { frames, end }, { binary, labels, target }) {
      const { card, canvas, sentence } = cards.get(key);
      drawState(canvas, frames.at(-1).state, binary);
      const said = words(end, labels, target);
      sentence.textContent = said.brief;
      card.dataset.mark = said.mark;
      card.classList.remove("waiting");
    },
    /** Nothing is known of the ends any more. */
    wait() {
      for (const { card } of cards.values()) card.classList.add("waiting");
    },
    fail(key, problem) {
      const { card, canvas, sentence } = cards.get(key);
      canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
      sentence.textContent = problem;
      card.dataset.mark = "problem";
      card.classList.remove("waiting");
    },
    /** Marks the network that is chosen. */
    mark(key) {
      for (const [own, { card }] of cards) card.setAttribute("aria-pressed", own === key);
    },
  };
}
