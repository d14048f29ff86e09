// The energy of every state of a recall, as a curve that falls.

import { short } from "../dom.js";

const HEIGHT = 180;
const EDGE = { left: 74, right: 12, top: 14, bottom: 32 };

/** Makes an <svg> the chart. Gives { load(frames, unit), show(index) }; `unit` is what the axis counts, "sweep" or "update". */
export function makeChart(svg) {
  svg.setAttribute("role", "img");
  const add = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    svg.append(element);
    return element;
  };
  let points = [];
  let done;
  let dot;
  return {
    load(frames, unit) {
      svg.replaceChildren();
      // As wide as its place, so that its texts keep their size.
      const width = Math.max(160, svg.clientWidth);
      svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      const last = Math.max(1, Math.ceil(frames.at(-1).at));
      const energies = frames.map((frame) => frame.energy);
      const [low, high] = [Math.min(...energies), Math.max(...energies)];
      const x = (at) => EDGE.left + (at / last) * (width - EDGE.left - EDGE.right);
      const y = (energy) => EDGE.top + (high > low ? (high - energy) / (high - low) : 0) * (HEIGHT - EDGE.top - EDGE.bottom);
      points = frames.map((frame) => [x(frame.at), y(frame.energy)]);
      for (const energy of new Set([high, low])) {
        add("line", { class: "bound", x1: EDGE.left, x2: width - EDGE.right, y1: y(energy), y2: y(energy) });
        add("text", { class: "tick", x: EDGE.left - 8, y: y(energy) + 4, "text-anchor": "end" }).textContent = short(energy);
      }
      const every = Math.ceil(last / 10);
      for (let at = 0; at <= last; at += every) {
        add("line", { class: "mark", x1: x(at), x2: x(at), y1: HEIGHT - 24, y2: HEIGHT - 20 });
        add("text", { class: "tick", x: x(at), y: HEIGHT - 6, "text-anchor": "middle" }).textContent = at;
      }
      add("polyline", { class: "ahead", points: points.join(" ") });
      done = add("polyline", { class: "done" });
      dot = add("circle", { class: "dot", r: 5 });
      const fall = `from ${short(energies[0])} to ${short(energies.at(-1))} in ${last} ${unit}${last === 1 ? "" : "s"}`;
      svg.setAttribute("aria-label", energies.length > 1 ? `The energy falls ${fall}.` : `The energy is ${short(energies[0])} and stays so.`);
    },
    show(index) {
      if (!points[index]) return;
      done.setAttribute("points", points.slice(0, index + 1).join(" "));
      dot.setAttribute("cx", points[index][0]);
      dot.setAttribute("cy", points[index][1]);
    },
    clear() {
      points = [];
      svg.replaceChildren();
    },
  };
}
