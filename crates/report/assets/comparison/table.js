// The table of groups: sorted by any column, with a checkbox that selects each group.

/** How many rows are drawn at first. */
const firstRows = 100;

/** The row of a group; made once, when it is first shown. */
function makeRow(group) {
  const box = element("input", { type: "checkbox", id: `select-${group.index}`, "aria-label": `Select ${group.label}` });
  box.addEventListener("change", () => toggle(group));
  const own = element("span");
  const settings = keys.map((key) =>
    element("td", { class: key.numeric ? "" : "words", title: settingText(key.value(group)) }, key.value(group) === null ? "–" : settingText(key.value(group))));
  const label = keys.length === 0 ? [element("td", { class: "words" }, group.label)] : [];
  const count = `${group.runs.length}${group.progress ? ` (${group.progress})` : ""}`;
  const results = group.statistics.map((found) => element("td", {}, statisticText(found)));
  const row = element("tr", {}, element("td", { class: "words" }, box, " ", own), ...label, ...settings, element("td", {}, count), ...results);
  row.addEventListener("click", (event) => {
    if (event.target !== box && getSelection().isCollapsed) toggle(group);
  });
  return { row, box, own, results };
}

/** The heading of a column: a button that sorts by it, best or smallest first, and reversed the second time. */
function makeHeading(column) {
  const descendingFirst = column.better === "higher";
  const button = pressable(`sort-${column.id}`, column.label, () => {
    // By default the table has the order of the ranking, so the first click on the ranked measure reverses it.
    const now = state.sort ?? { column: ranked?.id, descending: ranked?.better === "higher" };
    const descending = now.column === column.id ? !now.descending : descendingFirst;
    state.sort = { column: column.id, descending };
    update();
  });
  button.className = "sort";
  button.title = column.name ?? column.label;
  const heading = element("th", { scope: "col", class: column.numeric ? "" : "words" }, button);
  const show = () => {
    const now = state.sort ?? { column: ranked?.id, descending: ranked?.better === "higher" };
    if (now.column === column.id) heading.setAttribute("aria-sort", now.descending ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  };
  return { heading, show };
}

/** The best mean of each measure among the groups that pass the filters. */
function bestMeans() {
  return measures.map((measure) => {
    if (measure.better === null || view.passing.length < 2) return null;
    const means = view.passing.map(measure.value).filter((value) => value !== null);
    const [low, high] = extent(means);
    return means.length === 0 ? null : measure.better === "lower" ? low : high;
  });
}

function showTable(section) {
  const made = new Map();
  const rowOf = (group) => {
    if (!made.has(group)) made.set(group, makeRow(group));
    return made.get(group);
  };
  const headings = columns.map(makeHeading);
  const head = element("tr", {},
    element("th", { scope: "col", class: "words" }, element("span", { class: "hidden-text" }, "Selected")),
    ...(keys.length === 0 ? [element("th", { scope: "col", class: "words" }, "run")] : []),
    ...headings.map(({ heading }) => heading));
  const body = element("tbody");
  const table = element("table", {},
    element("caption", { class: "hidden-text" }, "Groups of runs with their settings and results"), element("thead", {}, head), body);
  const rows = element("div", { id: "rows", class: "rows scroll", tabindex: 0, role: "region", "aria-label": "Table of groups" }, table);

  const best = pressable("select-best", `Best ${bestGroups}`, () => {
    state.picked = null;
    update();
  });
  const all = pressable("select-all", "All", () => pick(view.passing));
  const none = pressable("select-none", "None", () => pick([]));
  const ranking = pressable("sort-ranking", "Sort by rank", () => {
    state.sort = null;
    update();
  });
  const selected = element("span", { class: "note", role: "status" });
  const more = pressable("every-row", "", () => {
    state.everyRow = !state.everyRow;
    update();
  });
  if (groups.length > 1) section.append(element("div", { class: "controls" }, element("span", {}, "Select"), best, all, none, selected, ranking));
  section.append(rows, more);

  onChange(() => [state.sort, view.rows.map((group) => group.index), state.everyRow], () => {
    headings.forEach(({ show }) => show());
    const shown = state.everyRow ? view.rows : view.rows.slice(0, firstRows);
    const means = bestMeans();
    for (const group of shown) {
      const { results } = rowOf(group);
      measures.forEach((measure, place) => {
        results[place].className = means[place] !== null && measure.value(group) === means[place] ? "best" : "";
      });
    }
    body.replaceChildren(...shown.map((group) => rowOf(group).row));
    more.hidden = view.rows.length <= firstRows;
    more.textContent = state.everyRow ? `Show the first ${firstRows}` : `Show all ${view.rows.length} groups`;
    ranking.hidden = state.sort === null;
  });
  onChange(() => [view.selection, state.picked === null, view.rows.map((group) => group.index), state.everyRow], () => {
    for (const [group, { box, own }] of made) {
      const slot = view.slots.get(group);
      box.checked = slot !== undefined;
      if (own.slot === slot && own.firstChild) continue;
      own.slot = slot;
      own.replaceChildren(mark(slot));
    }
    best.setAttribute("aria-pressed", state.picked === null);
    const hidden = view.slots.size - view.selected.length;
    selected.textContent = `${view.selected.length} selected${hidden > 0 ? `, ${hidden} more hidden by filters` : ""}`;
  });
}

/** Every run of the selected groups, drawn while the list is open. */
function showRuns(section) {
  const body = element("tbody");
  const heads = ["run", "seed", "state", "epochs", ...measures.map((measure) => measure.label)];
  const table = element("table", {},
    element("thead", {}, element("tr", {}, ...heads.map((text, place) => element("th", { scope: "col", class: place === 0 ? "words" : "" }, text)))), body);
  section.append(folded("run-list", "Runs of the selected groups",
    element("div", { class: "rows scroll", tabindex: 0, role: "region", "aria-label": "Table of runs" }, table)));
  onChange(() => [view.selection, state.open["run-list"] ?? false], () => {
    if (!state.open["run-list"]) return;
    const row = (group, run) => element("tr", {},
      element("td", { class: "words", title: run.name }, mark(view.slots.get(group)), run.name),
      ...[run.seed ?? "–", run.state, run.epochs.join(" of "), ...run.values.map(short)].map((text) => element("td", {}, String(text))));
    body.replaceChildren(...view.selected.flatMap((group) => group.runs.map((run) => row(group, run))));
  });
}
