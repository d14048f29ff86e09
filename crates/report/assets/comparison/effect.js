// A measure against one setting: a dot per run, and lines through the means of groups that differ only in it.

/** Groups that differ only in the setting at `place`, in its order. */
function families(list, place, order) {
  const found = new Map();
  for (const group of list) {
    const rest = JSON.stringify(group.settings.filter((_, other) => other !== place));
    if (!found.has(rest)) found.set(rest, []);
    found.get(rest).push(group);
  }
  return [...found.values()].map((family) => family.sort((a, b) => order(a) - order(b)));
}

function showEffect(section) {
  if (keys.length === 0 || measures.length === 0) return removeSection(section);
  const key = () => keys.find(({ name }) => name === state.key) ?? keys[0];
  const measure = () => measureOf(state.measure);
  const colouring = () => {
    const others = keys.filter((other) => other !== key());
    return state.colour === "" ? undefined : others.find(({ name }) => name === state.colour) ?? others[0];
  };
  const { svg, figure, tell, place, width } = drawing("effect-chart");
  const legend = element("div");
  figure.append(legend);
  const named = (list) => list.map(({ name, label }) => [name, label]);
  section.append(element("div", { class: "controls" },
    chooser("effect-key", "Setting", named(keys), key().name, (value) => { state.key = value; }),
    chooser("effect-measure", "Result", named(measures), measure().name, (value) => { state.measure = value; }),
    ...(keys.length > 1 ? [chooser("effect-colour", "Colour", [["", "none"], ...named(keys)], colouring()?.name ?? "", (value) => { state.colour = value; })] : []),
  ), figure);
  const colourList = section.querySelector("#effect-colour");
  let [dots, near, ring, missing] = [[], 0, null, ""];

  const show = () => {
    if (dots.length === 0) return tell(`No run with a known ${measure().label}.`, 0, 0);
    near = Math.max(0, Math.min(dots.length - 1, near));
    const { x, y, run, group, value } = dots[near];
    ring.setAttribute("cx", x);
    ring.setAttribute("cy", y);
    const seed = run.seed === null ? "" : `, seed ${run.seed}`;
    const selected = view.slots.has(group) ? ", selected" : "";
    tell(`${group.label}${seed}: ${measure().label} ${short(value)}${selected}${missing}`, near, dots.length - 1);
  };

  const draw = () => {
    if (colourList) {
      for (const option of colourList.options) option.disabled = option.value === key().name;
      colourList.value = colouring()?.name ?? "";
    }
    const before = dots[near]?.run.name;
    const { colour, legend: shown } = keyColours(colouring());
    const own = (group) => `--own: ${colouring() ? colour(colouring().value(group)) : colour()}`;
    const points = view.passing.flatMap((group) => group.runs.map((run) => ({ group, run, value: run.values[measure().place] })));
    const values = points.filter(({ value }) => Number.isFinite(value));
    missing = values.length < points.length ? ` (runs without a value, left out: ${points.length - values.length})` : "";
    const [across, up] = [keyAxis(key()), measureAxis(measure(), values.map(({ value }) => value))];
    const [wide, tall] = [width(), Math.max(240, Math.min(420, width() * 0.5))];
    const frame = grid(wide, tall, across, up, key().name);
    const x = (group) => frame.x(across.place(key().value(group)));
    const lines = families(view.passing, keys.indexOf(key()), x).flatMap((family) => {
      const means = family.map((group) => [x(group), frame.y(up.place(measure().value(group)))]).filter((point) => point.every(Number.isFinite));
      const d = means.map(([a, b], k) => `${k ? "L" : "M"}${a.toFixed(1)},${b.toFixed(1)}`).join("");
      return means.length > 1 ? [element("svg:path", { class: "line own thin", style: own(family[0]), d })] : [];
    });
    dots = values.map((point) => ({ ...point, x: x(point.group), y: frame.y(up.place(point.value)) }));
    dots.sort((a, b) => a.x - b.x || b.y - a.y);
    const circles = dots.map((dot) => element("svg:circle", { class: "dot", style: own(dot.group), cx: dot.x.toFixed(1), cy: dot.y.toFixed(1), r: 3.5 }));
    ring = element("svg:circle", { class: "ring near-by", r: 6.5, cx: -100 });
    svg.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    svg.setAttribute("aria-label", `${measure().label} against ${key().name}, ${dots.length} runs`);
    svg.replaceChildren(...frame.shapes, ...lines, ...circles, ring);
    legend.replaceChildren(shown);
    svg.parentNode.hidden = dots.length === 0;
    near = Math.max(0, dots.findIndex(({ run }) => run.name === before));
    show();
  };

  const nearest = (event) => {
    const [x, y] = place(event);
    const away = (dot) => (dot.x - x) ** 2 + (dot.y - y) ** 2;
    near = dots.reduce((best, dot, k) => (away(dot) < away(dots[best]) ? k : best), 0);
    show();
  };
  svg.addEventListener("pointermove", nearest);
  svg.addEventListener("click", (event) => {
    nearest(event);
    if (dots.length > 0) toggle(dots[near].group);
  });
  svg.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && dots.length > 0) toggle(dots[near].group);
  });
  onArrows(svg, (right, up) => {
    near += right + up;
    show();
  });
  onChange(() => [view.passing.map((group) => group.index), state.key, state.measure, state.colour, width()], draw);
  onChange(() => view.selection, show);
}
