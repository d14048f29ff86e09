// Which groups pass the filters, in which order, and which of them are selected.

/** How many groups are selected at first. */
const bestGroups = 8;

/** A filter as the field's controls show it: new runs can turn a field of few values into one of many. */
function filterOf(field) {
  const filter = state.filters[field.id];
  if (!filter) return null;
  if (field.byRange && filter.values) {
    const known = filter.values.filter(Number.isFinite);
    return known.length === 0 ? null : { from: Math.min(...known), to: Math.max(...known) };
  }
  if (!field.byRange && !filter.values) return { values: field.values.filter((value) => inRange(value, filter)) };
  return filter;
}

const inRange = (value, { from, to }) =>
  Number.isFinite(value) && (from === null || value >= from) && (to === null || value <= to);

function setFilter(field, filter) {
  const empty = !filter || (filter.values ? filter.values.length === 0 : filter.from === null && filter.to === null);
  if (empty) delete state.filters[field.id];
  else state.filters[field.id] = filter;
}

/** The groups that pass all filters, best first. */
function passingGroups() {
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const active = fields.map((field) => [field, filterOf(field)]).filter(([, filter]) => filter !== null);
  const passes = (group) =>
    words.every((word) => group.text.includes(word)) &&
    active.every(([field, filter]) => {
      const value = field.value(group);
      return filter.values ? filter.values.includes(value) : inRange(value, filter);
    });
  return groups.filter(passes);
}

/** What the table can be sorted by. */
const columns = [...keys, { id: "runs", label: "runs", numeric: true, value: (group) => group.runs.length }, ...measures];

/** Groups by the chosen column; unknown values stay last, and equal ones stay in the order of the ranking. */
function sorted(list) {
  const column = columns.find((one) => one.id === state.sort?.column);
  if (column === undefined) return list;
  const sign = state.sort.descending ? -1 : 1;
  return [...list].sort((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (left === null || right === null) return (left === null) - (right === null) || a.index - b.index;
    return sign * compareValues(left, right) || a.index - b.index;
  });
}

const groupOfRun = new Map(data.runs.map((run) => [run.name, groups[run.group]]));

/** The selected groups by colour; null where a colour is free. */
function selectedGroups(passing) {
  if (state.picked === null) return passing.slice(0, bestGroups);
  const seen = new Set();
  return state.picked.map((name) => {
    const group = groupOfRun.get(name) ?? null;
    if (group === null || seen.has(group)) return null;
    seen.add(group);
    return group;
  });
}

function derive() {
  const passing = passingGroups();
  const slots = new Map();
  selectedGroups(passing).forEach((group, slot) => group && slots.set(group, slot));
  return {
    passing,
    rows: sorted(passing),
    slots, // the colour of each selected group
    selected: passing.filter((group) => slots.has(group)),
    // For `onChange`: which groups are selected, in which colour.
    selection: passing.filter((group) => slots.has(group)).map((group) => [group.index, slots.get(group)]),
  };
}

/** Selects or deselects a group; the others keep their colours. */
function toggle(group) {
  const picked = selectedGroups(view.passing);
  const slot = picked.indexOf(group);
  const free = picked.indexOf(null);
  if (slot >= 0) picked[slot] = null;
  else if (free >= 0) picked[free] = group;
  else picked.push(group);
  pick(picked);
}

function pick(picked) {
  state.picked = picked.map((group) => group?.runs[0].name ?? null);
  update();
}
