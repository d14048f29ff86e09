// The pattern sheets of the selected groups side by side, at one point of the training.

/** The most sheets shown at once. */
const mostSheets = 24;

const percentText = (part) => `${Math.round(1000 * part) / 10} %`;

/** The last frame at or before a point of the training; the first if there is none. */
function frameAt(parts, part) {
  const later = parts.findIndex((other) => other > part + 1e-6);
  return later < 0 ? parts.length - 1 : Math.max(0, later - 1);
}

function showSheets(section) {
  const sheets = data.sheets.filter(({ parts, layers }) => parts.length > 0 && layers.length > 0);
  if (sheets.length === 0) return removeSection(section);
  const numbers = [...new Set(sheets.flatMap(({ layers }) => layers.map(({ layer }) => layer)))].sort((a, b) => a - b);
  const layerNames = [["last", "last of each"], ...numbers.map((layer) => [String(layer), String(layer)])];
  if (!layerNames.some(([layer]) => layer === state.layer)) state.layer = "last";
  const slider = element("input", { type: "range", id: "part", min: 0, "aria-label": "Part of the training that is done" });
  const label = element("output", { id: "part-label", for: "part" });
  const place = element("div", { id: "sheets", class: "grid-of" });
  const note = element("p", { class: "note", role: "status" });
  let [stops, shown, timer] = [[1], [], null];

  const stopAt = () => stops.reduce((best, stop, k) => (Math.abs(stop - state.part) < Math.abs(stops[best] - state.part) ? k : best), 0);
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
  };
  const step = () => {
    const next = Math.min(stops.length - 1, stopAt() + 1);
    state.part = stops[next];
    if (next === stops.length - 1) stop();
    update();
  };
  const play = pressable("play", "▶ Play", () => {
    if (timer !== null) return stop();
    if (stopAt() === stops.length - 1) state.part = stops[0];
    update();
    play.textContent = "❚❚ Stop";
    timer = setInterval(step, 400);
  });
  slider.addEventListener("input", () => {
    stop();
    state.part = stops[slider.value];
    update();
  });
  const moving = element("div", { class: "controls" }, play, element("label", { for: "part" }, "Training done"), slider, label);
  section.append(moving,
    ...(numbers.length > 1 ? [element("div", { class: "controls" }, chooser("sheet-layer", "Layer", layerNames, state.layer, (value) => { state.layer = value; }))] : []),
    note, place);

  const makeSheet = (group, sheet) => {
    const run = data.runs[sheet.run];
    const byNumber = [...sheet.layers].sort((a, b) => a.layer - b.layer);
    const layer = state.layer === "last" ? byNumber.at(-1) : byNumber.find((one) => String(one.layer) === state.layer);
    const result = ranked ? `, ${ranked.label} ${short(run.values[ranked.place])}` : "";
    const seed = group.runs.length === 1 ? "" : run.seed === null ? `run ${run.name}, ` : `seed ${run.seed}, `;
    const about = `${seed}layer ${layer?.layer ?? state.layer}${layer?.values ? ", values" : ""}${result}`;
    const image = element("img", { alt: `Patterns of layer ${layer?.layer} of ${run.name}`, draggable: "false" });
    const at = element("p", { class: "readout" });
    const figure = element("figure", { class: "sheet", style: `--own: ${colourOf(view.slots.get(group))}` },
      element("figcaption", {}, element("b", {}, group.label), element("br"), about),
      ...(layer ? [image, at] : [element("p", { class: "note" }, `This network has no layer ${state.layer}.`)]));
    const show = (part) => {
      if (!layer) return;
      const frame = frameAt(sheet.parts, part);
      image.src = `data:image/jpeg;base64,${layer.frames[frame]}`;
      at.textContent = Math.abs(sheet.parts[frame] - part) > 0.0005 ? `at ${percentText(sheet.parts[frame])} of the training` : "";
    };
    return { figure, show };
  };

  onChange(() => [view.selection, state.layer], () => {
    const found = view.selected.flatMap((group) => sheets.filter((sheet) => sheet.group === group.index).slice(0, 1).map((sheet) => [group, sheet]));
    const listed = found.slice(0, mostSheets);
    stops = [...new Set(listed.flatMap(([, { parts }]) => parts.map((part) => Math.round(part * 1e4) / 1e4)))].sort((a, b) => a - b);
    if (stops.length === 0) stops = [1];
    slider.max = stops.length - 1;
    moving.hidden = stops.length === 1;
    shown = listed.map(([group, sheet]) => makeSheet(group, sheet));
    place.replaceChildren(...shown.map(({ figure }) => figure));
    const limit = found.length > listed.length ? ` The first ${listed.length} are shown.` : "";
    note.textContent = `The page holds patterns of ${sheets.length} of ${groups.length} groups, one run of each; ${found.length} of them ${found.length === 1 ? "is" : "are"} selected.${limit}`;
  });
  onChange(() => [view.selection, state.layer, state.part], () => {
    const at = stopAt();
    slider.value = at;
    label.textContent = percentText(stops[at]);
    slider.setAttribute("aria-valuetext", label.textContent);
    shown.forEach(({ show }) => show(stops[at]));
  });
}
