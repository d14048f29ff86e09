// Patterns that are no images: where they lie among the training rows, and what they are like.

/** Training rows and patterns by the two principal components of the rows, for each layer whose patterns are rows. */
function showMap(section, { map, layers }) {
  const [wide, tall, margin] = [420, 420, 12];
  const percent = map.explained.map((share) => `${fixed(100 * share, 0)} %`);
  for (const { layer, patterns } of map.layers) {
    const all = [...map.rows, ...patterns];
    const range = (axis) => [smallest(all.map((point) => point[axis])), largest(all.map((point) => point[axis]))];
    const [[left, right], [bottom, top]] = [range(0), range(1)];
    const dot = ([x, y], attributes) => element("svg:circle", {
      cx: (margin + ((x - left) / (right - left || 1)) * (wide - 2 * margin)).toFixed(1),
      cy: (tall - margin - ((y - bottom) / (top - bottom || 1)) * (tall - 2 * margin)).toFixed(1),
      ...attributes,
    });
    const readout = element("p", { class: "readout" });
    const rows = map.rows.map((point, row) => {
      const label = map.labels ? map.labels[row] % 6 : null;
      const style = label === null ? "fill: var(--soft)" : `fill: var(--line-${label})`;
      return dot(point, { r: 1.6, style: `${style}; opacity: .45` });
    });
    const marks = patterns.map((point, k) => {
      const mark = dot(point, { r: 4.5, style: "fill: var(--page); stroke: var(--text); stroke-width: 2" });
      mark.addEventListener("pointerenter", () => { readout.textContent = describePattern(layers[layer], k); });
      return mark;
    });
    const about = `layer ${layer}: ${patterns.length} patterns among ${map.rows.length} training rows`;
    const svg = element("svg:svg", { viewBox: `0 0 ${wide} ${tall}`, role: "img", "aria-label": about }, ...rows, ...marks);
    section.append(element("figure", { class: "chart" },
      element("figcaption", {}, `${about}, by the first two principal components of the rows (${percent.join(" and ")} of their variance)`),
      svg, readout));
  }
}

/** A table of the patterns of each layer. */
function showNearest(section, { alike, layers }) {
  const list = (found, name) =>
    found.map(([place, r]) => `${name(place)} (${fixed(r, 2)})`).join(", ");
  (alike ? alike.layers : []).forEach((patterns, k) => {
    const usage = layers[k].usage;
    const cell = (name, text) => element(name, name === "th" ? { scope: "row" } : {}, String(text));
    const head = ["pattern", "mean weight", "best match of", "most like training rows", "most like patterns"];
    section.append(element("details", k === layers.length - 1 ? { open: "" } : {},
      element("summary", {}, `Layer ${k}: what its patterns are most like (correlation)`),
      element("div", { class: "scroll" }, element("table", { class: "alike" },
        element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
        element("tbody", {}, ...patterns.map(({ images, patterns: others }, i) => element("tr", {},
          cell("th", i), cell("td", short(usage.mean_weights[i])), cell("td", `${short(usage.best_matches[i])} test rows`),
          cell("td", list(images, (row) => row)), cell("td", list(others, (other) => other)))))))));
  });
}
