// Parallel coordinates: an axis per setting and one for a measure, a line per group; dragging on an axis filters.

function showParallel(section) {
  if (keys.length < 2 || measures.length === 0) return removeSection(section);
  const measure = () => measureOf(state.parallel);
  const { svg, figure, tell, place, width } = drawing("parallel-chart");
  const legend = element("div");
  figure.append(legend);
  section.append(element("div", { class: "controls" },
    chooser("parallel-measure", "Result", measures.map(({ name, label }) => [name, label]), measure().name, (value) => { state.parallel = value; })), figure);
  const [tall, top, bottom] = [340, 42, 322];
  const y = (part) => bottom - part * (bottom - top);
  const partAt = (at) => Math.max(0, Math.min(1, (bottom - at) / (bottom - top)));
  let [axes, lines, near, emphasis, drag] = [[], [], 0, null, null];

  const show = () => {
    if (lines.length === 0) return tell("No group passes the filters.", 0, 0);
    near = Math.max(0, Math.min(lines.length - 1, near));
    const { group, d } = lines[near];
    emphasis.setAttribute("d", d);
    const result = statisticText(group.statistics[measure().place]);
    tell(`${group.label}: ${measure().label} ${result}${view.slots.has(group) ? ", selected" : ""}`, near, lines.length - 1);
  };

  /** What the drag from one part of an axis to another filters by. */
  const brushed = ({ field, axis }, from, to) => {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    if (!field.byRange) return { values: field.values.filter((value) => axis.place(value) >= low && axis.place(value) <= high) };
    return { from: Number(axis.invert(low).toPrecision(4)), to: Number(axis.invert(high).toPrecision(4)) };
  };

  /** The parts of an axis that its filter covers. */
  const covered = ({ field, axis }) => {
    const filter = filterOf(field);
    if (filter === null) return [];
    if (filter.values) return filter.values.map((value) => [axis.place(value) - 0.02, axis.place(value) + 0.02]);
    const ends = [filter.from === null ? 0 : axis.place(filter.from), filter.to === null ? 1 : axis.place(filter.to)];
    return [ends.map((end) => (Number.isFinite(end) ? Math.max(0, Math.min(1, end)) : 0))];
  };

  const drawAxis = (one) => {
    const { x, field, axis, space } = one;
    const name = element("svg:text", { class: "axis-name", x, y: 16, "text-anchor": "middle" },
      clipped(field.label, Math.min(15, Math.floor(space / 7)), keys.includes(field)), element("svg:title", {}, field.name));
    // Right of the last axis there are no lines.
    const [side, anchor] = one === axes.at(-1) ? [6, "start"] : [-6, "end"];
    const texts = spaced(axis.marks, ([part]) => -y(part), () => 13).map(([part, text]) =>
      element("svg:text", { class: "tick", x: x + side, y: y(part) + 4, "text-anchor": anchor }, clipped(text, 9)));
    const brushes = covered(one).map(([low, high]) =>
      element("svg:rect", { class: "brush", x: x - 7, width: 14, y: y(high), height: Math.max(3, y(low) - y(high)) }));
    const grip = element("svg:rect", { class: "grip", x: x - 16, width: 32, y: top - 14, height: bottom - top + 28 });
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      svg.setPointerCapture(event.pointerId);
      drag = { field, from: partAt(place(event)[1]), moved: false };
    });
    return [element("svg:line", { class: "axis", x1: x, x2: x, y1: top, y2: bottom }), name, ...texts, ...brushes, grip];
  };

  const draw = () => {
    const before = lines[near]?.group;
    const space = Math.max(92, (width() - 120) / keys.length);
    const wide = Math.round(space * keys.length + 120);
    const means = groups.map((group) => measure().value(group));
    axes = [...keys, measure()].map((field, k) => ({
      field, space, x: 70 + space * k, axis: k < keys.length ? keyAxis(field) : measureAxis(field, means),
    }));
    const d = (group) => axes.flatMap(({ field, axis, x }) => {
      const part = axis.place(field.value(group));
      return Number.isFinite(part) ? [`${x.toFixed(1)},${y(part).toFixed(1)}`] : [];
    }).map((point, k) => (k ? "L" : "M") + point).join("");
    const passing = new Set(view.passing);
    const faint = groups.filter((group) => !passing.has(group)).map((group) => element("svg:path", { class: "faint", d: d(group) }));
    const { axis } = axes.at(-1);
    const higher = measure().better === "higher";
    const colour = (group) => {
      const part = axis.part(measure().value(group));
      return rampColour(higher ? 1 - part : part);
    };
    const value = (group) => measure().value(group) ?? NaN;
    lines = [...view.passing].sort((a, b) => (higher ? value(b) - value(a) : value(a) - value(b)) || a.index - b.index)
      .map((group) => ({ group, d: d(group) }));
    // Where all groups are selected, none stands out.
    const standsOut = (group) => view.slots.has(group) && view.selected.length < lines.length;
    const paths = lines.map(({ group, d: path }) =>
      element("svg:path", { class: `line own ${standsOut(group) ? "" : "thin"}`, style: `--own: ${colour(group)}; opacity: ${standsOut(group) ? 1 : 0.6}`, d: path }));
    emphasis = element("svg:path", { class: "line thick near-by", style: "stroke: var(--text)" });
    svg.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    svg.setAttribute("style", `width: ${wide}px; max-width: none`);
    svg.setAttribute("aria-label", `${lines.length} groups by ${axes.map(({ field }) => field.label).join(", ")}`);
    // The best lines are on top.
    svg.replaceChildren(...faint, ...paths.reverse(), emphasis, ...axes.flatMap(drawAxis));
    const better = measure().better === null ? ["low", "high"] : ["best", "worst"];
    legend.replaceChildren(rampLegend(`${measure().label}: ${better[0]}`, `${better[1]}; selected groups are thicker`));
    svg.parentNode.hidden = lines.length === 0;
    near = Math.max(0, lines.findIndex(({ group }) => group === before));
    show();
  };

  const filterByDrag = (event) => {
    const to = partAt(place(event)[1]);
    drag.moved ||= Math.abs(to - drag.from) > 0.02;
    if (!drag.moved) return;
    setFilter(drag.field, brushed(axes.find(({ field }) => field === drag.field), drag.from, to));
    update();
  };
  const follow = (event) => {
    const [x, at] = place(event);
    const right = axes.findIndex((axis) => axis.x > x);
    if (right <= 0 || lines.length === 0) return;
    const [one, two] = [axes[right - 1], axes[right]];
    const part = (x - one.x) / (two.x - one.x);
    const away = ({ group }) => {
      const [left, next] = [one, two].map(({ field, axis }) => y(axis.place(field.value(group))));
      const distance = Math.abs(left + part * (next - left) - at);
      return Number.isFinite(distance) ? distance : Infinity;
    };
    near = lines.reduce((best, line, k) => (away(line) < away(lines[best]) ? k : best), 0);
    show();
  };
  svg.addEventListener("pointermove", (event) => (drag ? filterByDrag(event) : follow(event)));
  svg.addEventListener("pointerup", (event) => {
    if (drag === null) return;
    if (!drag.moved) setFilter(drag.field, null);
    drag = null;
    update();
    event.preventDefault();
  });
  svg.addEventListener("pointercancel", () => { drag = null; });
  svg.addEventListener("click", (event) => {
    const [x] = place(event);
    if (lines.length > 0 && axes.every((axis) => Math.abs(axis.x - x) > 16)) toggle(lines[near].group);
  });
  svg.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && lines.length > 0) toggle(lines[near].group);
  });
  onArrows(svg, (right, up) => {
    near += right - up;
    show();
  });
  onChange(() => [view.passing.map((group) => group.index), view.selection, state.filters, state.parallel, width()], draw);
}
