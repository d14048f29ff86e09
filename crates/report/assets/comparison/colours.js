// Colours and dashes of groups and values.

/** The colour of a slot: the six line colours, then hues far apart. */
const colourOf = (slot) =>
  slot < 6 ? `var(--line-${slot})` : `oklch(var(--tone) 0.14 ${Math.round(slot * 137.5) % 360})`;

const dashes = [["", ""], ["dashed", "8 4"], ["dotted", "2 4"]];
const dashOf = (slot) => dashes[Math.floor(slot / 6) % dashes.length];

/** The short line that stands for a group in the table and the legends. */
function mark(slot) {
  if (slot === undefined) return element("span", { class: "mark" });
  return element("span", { class: `mark ${dashOf(slot)[0]}`, style: `--own: ${colourOf(slot)}` });
}

/** From best (0) to worst (1), or from low to high. */
const rampColour = (part) =>
  Number.isFinite(part)
    ? `color-mix(in oklab, var(--worst) ${Math.round(100 * part)}%, var(--best))`
    : "var(--soft)";

/** The two ends of the ramp. */
const rampLegend = (first, last) => element("p", { class: "legend" }, first, element("span", { class: "ramp" }), last);

/** How the values of a key are coloured, and the legend; `key` may be undefined. */
function keyColours(key) {
  if (key === undefined) return { colour: () => colourOf(0), legend: "" };
  if (key.byRange) {
    const axis = keyAxis(key);
    const known = key.values.filter(Number.isFinite);
    const legend = rampLegend(`${key.label} ${settingText(known[0])}`, settingText(known.at(-1)));
    const colour = (value) => (value === null ? "var(--soft)" : rampColour(axis.part(value)));
    return { colour, legend };
  }
  const places = new Map(key.values.map((value, place) => [value, place]));
  const shown = key.values.slice(0, 24);
  const entry = (value, place) => element("li", {}, mark(place), `${key.label}=${settingText(value)}`);
  const more = key.values.length - shown.length;
  const legend = element("ul", { class: "keyed dense" }, ...shown.map(entry), more > 0 ? element("li", {}, `and ${more} more`) : "");
  return { colour: (value) => colourOf(places.get(value)), legend };
}
