// The training curves of the selected groups on top of each other.

/** The most groups whose curves are drawn faintly behind the selected ones. */
const mostOthers = 200;

/** The most entries of a legend. */
const legendEntries = 24;

function showCurves(section) {
  if (data.curves.length === 0) return removeSection(section);
  const curve = () => data.curves.find(({ measure }) => measure === state.curve) ?? data.curves[0];
  const logarithmic = () => state.logarithmic[curve().measure] ?? curve().log;
  const log = checkbox("curve-log", "logarithmic", logarithmic(), (checked) => { state.logarithmic[curve().measure] = checked; });
  const others = checkbox("curve-others", "unselected groups in grey", state.others, (checked) => { state.others = checked; });
  const { svg, figure, tell, place, width } = drawing("curve-chart");
  const legend = element("ul", { class: "keyed" });
  figure.append(legend);
  const choose = chooser("curve", "Curve", data.curves.map(({ measure, label }) => [measure, label]), curve().measure, (value) => { state.curve = value; });
  section.append(element("div", { class: "controls" }, ...(data.curves.length > 1 ? [choose] : []), log, others), figure);

  const known = new Map();
  const seriesOf = (group) => {
    const name = `${data.curves.indexOf(curve())} ${group.index}`;
    if (!known.has(name)) known.set(name, groupSeries(curve(), group));
    return known.get(name);
  };
  let [drawn, epochs, at, near, emphasis, cursor, axes] = [[], [], null, 0, null, null, null];

  const show = () => {
    if (drawn.length === 0) return tell("No curves: no group is selected, or none has this curve yet.", 0, 0);
    near = Math.max(0, Math.min(drawn.length - 1, near));
    const epoch = epochs[at];
    const { group, points, runs } = drawn[near];
    const point = pointAt(drawn[near], epoch);
    const range = point?.runs > 1 ? `${short(point.low)} to ${short(point.high)}, ` : "";
    const band = point && runs > 1 ? ` (${range}${point.runs} of ${runs} runs)` : "";
    tell(`epoch ${epoch}, ${group.label}: ${point ? short(point.mean) : "–"}${band}`, at, epochs.length - 1);
    cursor.setAttribute("transform", `translate(${axes.x(axes.epochs.place(epoch))})`);
    const slot = view.slots.get(group);
    emphasis.setAttribute("d", pathOf(points.map((p) => [p.epoch, p.mean]), axes.px, axes.py));
    emphasis.setAttribute("style", `--own: ${colourOf(slot)}; stroke-dasharray: ${dashOf(slot)[1] || "none"}`);
    const entry = (series, k) => {
      const value = pointAt(series, epoch);
      return element("li", { class: k === near ? "near" : "" }, mark(view.slots.get(series.group)),
        element("span", { class: "what" }, series.group.label), element("span", { class: "value" }, value ? short(value.mean) : "–"));
    };
    const more = drawn.length - legendEntries;
    legend.replaceChildren(...drawn.slice(0, legendEntries).map(entry), ...(more > 0 ? [element("li", {}, `and ${more} more`)] : []));
  };

  const draw = () => {
    drawn = view.selected.map(seriesOf).filter(({ points }) => points.length > 0);
    const allowed = view.passing.length <= mostOthers;
    const rest = allowed && state.others && drawn.length > 0 ? view.passing.filter((group) => !view.slots.has(group)).map(seriesOf) : [];
    const before = epochs[at];
    epochs = [...new Set(drawn.flatMap(({ points }) => points.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
    at = epochs.includes(before) ? epochs.indexOf(before) : epochs.length - 1;
    const values = drawn.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
    const measured = numberAxis(values, { logarithmic: logarithmic(), margin: 0.03 });
    const time = numberAxis(epochs, { logarithmic: false, margin: 0 });
    time.marks = time.marks.filter(([, text]) => Number.isInteger(Number(text)));
    const [wide, tall] = [width(), Math.max(240, Math.min(420, width() * 0.5))];
    const frame = grid(wide, tall, time, measured, "epoch");
    axes = { ...frame, epochs: time, px: (epoch) => frame.x(time.place(epoch)), py: (value) => frame.y(measured.place(value)) };
    const line = (points, attributes) => element("svg:path", { d: pathOf(points, axes.px, axes.py), ...attributes });
    const clip = element("svg:clipPath", { id: "curve-clip" }, element("svg:rect", { x: frame.left, y: frame.top, width: frame.right - frame.left, height: frame.bottom - frame.top }));
    const shapes = element("svg:g", { "clip-path": "url(#curve-clip)" });
    // Values that a logarithmic axis cannot show are left out.
    const fits = (value) => !measured.logarithmic || value > 0;
    for (const { points } of rest) shapes.append(line(points.filter((p) => fits(p.mean)).map((p) => [p.epoch, p.mean]), { class: "faint" }));
    for (const { group, points, runs } of [...drawn].reverse()) {
      const style = `--own: ${colourOf(view.slots.get(group))}; stroke-dasharray: ${dashOf(view.slots.get(group))[1] || "none"}`;
      const edge = [...points.map((p) => [p.epoch, p.high]), ...points.map((p) => [p.epoch, p.low]).reverse()];
      if (runs > 1) shapes.append(line(edge, { class: "band", style }));
      shapes.append(line(points.map((p) => [p.epoch, p.mean]), { class: "line own", style }));
      if (points.length === 1) shapes.append(element("svg:circle", { class: "dot", style, cx: axes.px(points[0].epoch), cy: axes.py(points[0].mean), r: 4 }));
    }
    emphasis = element("svg:path", { class: "line own thick near-by" });
    cursor = element("svg:line", { class: "cursor", y1: frame.top, y2: frame.bottom });
    shapes.append(emphasis);
    svg.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    svg.setAttribute("aria-label", `${curve().label}, ${drawn.length} group${drawn.length === 1 ? "" : "s"}`);
    svg.replaceChildren(clip, ...frame.shapes, shapes, cursor);
    svg.parentNode.hidden = drawn.length === 0;
    const [box] = log.children;
    box.disabled = extent(values)[0] <= 0;
    box.checked = measured.logarithmic;
    others.hidden = !allowed || groups.length === 1;
    legend.replaceChildren();
    show();
  };

  svg.addEventListener("pointermove", (event) => {
    if (drawn.length === 0) return;
    const [x, y] = place(event);
    const distance = (epoch) => Math.abs(axes.px(epoch) - x);
    at = epochs.reduce((best, epoch, k) => (distance(epoch) < distance(epochs[best]) ? k : best), 0);
    const away = (series) => {
      const point = pointAt(series, epochs[at]);
      return point ? Math.abs(axes.py(point.mean) - y) : Infinity;
    };
    near = drawn.reduce((best, series, k) => (away(series) < away(drawn[best]) ? k : best), 0);
    show();
  });
  onArrows(svg, (right, up) => {
    if (drawn.length === 0) return;
    at = Math.max(0, Math.min(epochs.length - 1, at + right));
    near -= up;
    show();
  });
  onChange(() => [view.selection, state.curve, logarithmic(), state.others, state.others && view.passing.map((group) => group.index), width()], draw);
}
