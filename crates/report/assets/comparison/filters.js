// The filters above the table, which all parts of the page share.

const filterText = (field, filter) => {
  if (filter.values) return `${field.label}: ${filter.values.map(settingText).join(", ")}`;
  const { from, to } = filter;
  if (from === null) return `${field.label} ≤ ${tickText(to)}`;
  return to === null ? `${field.label} ≥ ${tickText(from)}` : `${field.label}: ${tickText(from)} to ${tickText(to)}`;
};

/** Two numbers to choose a range with. */
function rangeControls(field) {
  const input = (end, words) => {
    const made = element("input", {
      type: "number", step: "any", id: `${field.id}-${end}`, "aria-label": `${field.name}, ${words}`,
    });
    made.addEventListener("input", () => {
      const range = { from: null, to: null, ...filterOf(field) };
      // A number that is only half typed reads as empty.
      if (made.validity.badInput) return;
      range[end] = made.value === "" ? null : Number(made.value);
      setFilter(field, range);
      update();
    });
    return made;
  };
  const [from, to] = [input("from", "at least"), input("to", "at most")];
  const show = () => {
    const filter = filterOf(field);
    for (const [made, end] of [[from, "from"], [to, "to"]]) {
      if (made !== document.activeElement) made.value = filter?.[end] ?? "";
    }
  };
  return { controls: [from, "to", to], show };
}

/** A checkbox for each value, or a list if there are many. */
function valueControls(field) {
  const chosen = () => new Set(filterOf(field)?.values ?? []);
  const choose = (values) => {
    setFilter(field, { values });
    update();
  };
  if (field.values.length <= fewValues) {
    const boxes = field.values.map((_, place) => element("input", { type: "checkbox", id: `${field.id}-${place}` }));
    const change = () => choose(field.values.filter((_, place) => boxes[place].checked));
    boxes.forEach((box) => box.addEventListener("change", change));
    return {
      controls: boxes.map((box, place) => element("label", {}, box, settingText(field.values[place]))),
      show: () => boxes.forEach((box, place) => { box.checked = chosen().has(field.values[place]); }),
    };
  }
  const options = field.values.map((value, place) => element("option", { value: place }, settingText(value)));
  const list = element("select", { multiple: "", size: 5, id: `${field.id}-list`, "aria-label": field.name }, ...options);
  list.addEventListener("change", () => choose(field.values.filter((_, place) => options[place].selected)));
  return {
    controls: [list],
    show: () => options.forEach((option, place) => { option.selected = chosen().has(field.values[place]); }),
  };
}

function showFilters(section) {
  const search = element("input", { type: "search", id: "search" });
  search.value = state.text;
  search.addEventListener("input", () => {
    state.text = search.value;
    update();
  });
  const made = fields.map((field) => {
    const { controls, show } = field.byRange ? rangeControls(field) : valueControls(field);
    const name = keys.includes(field) ? field.name : `${field.label} (mean)`;
    return { show, set: element("fieldset", {}, element("legend", {}, name), element("div", { class: "choices" }, ...controls)) };
  });
  const chips = element("div", { class: "chips" });
  const count = element("p", { class: "readout", role: "status" });
  section.append(element("div", { id: "filters" },
    element("div", { class: "controls" }, element("label", { for: "search" }, "Search settings and run names"), search),
    folded("filter-fields", keys.length > 0 ? "Filter by setting or result" : "Filter by result",
      element("p", { class: "note" }, "Where nothing is checked or entered, nothing is filtered."),
      element("div", { class: "fields" }, ...made.map(({ set }) => set))),
    chips, count));

  onChange(() => [state.filters, state.text], () => {
    made.forEach(({ show }) => show());
    const clear = (text, name, remove) => element("button", {
      type: "button", "aria-label": name, onclick: () => {
        remove();
        search.value = state.text;
        update();
        search.focus({ preventScroll: true });
      },
    }, text);
    const active = fields.map((field) => [field, filterOf(field)]).filter(([, filter]) => filter !== null);
    const buttons = active.map(([field, filter]) =>
      clear(`${filterText(field, filter)} ✕`, `Remove the filter ${filterText(field, filter)}`, () => setFilter(field, null)));
    if (buttons.length > 1 || (buttons.length === 1 && state.text !== "")) {
      buttons.push(clear("Clear all", "Clear all filters", () => {
        state.filters = {};
        state.text = "";
      }));
    }
    chips.replaceChildren(...buttons);
    const runs = view.passing.reduce((sum, group) => sum + group.runs.length, 0);
    const all = (part, whole, name) => `${part === whole ? "" : `${part} of `}${whole} ${name}${whole === 1 ? "" : "s"}`;
    count.textContent = `${all(view.passing.length, groups.length, "group")}, ${all(runs, data.runs.length, "run")}`;
  });
}
