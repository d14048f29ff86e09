// The groups of runs, what they are called and how well they did.

/** Compares settings: numbers first, by size; unset ones last. */
function compareValues(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number" || typeof b === "number") return typeof a === "number" ? -1 : 1;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

const settingText = (value) => (value === null ? "not set" : String(value));

/** The most values for which a filter shows checkboxes. */
const fewValues = 8;

const keys = data.keys.map(({ name, label }, place) => {
  const values = [...new Set(data.groups.map((group) => group.settings[place]))].sort(compareValues);
  const numeric = values.every((value) => value === null || typeof value === "number");
  return {
    id: `key:${name}`,
    name,
    label,
    values,
    numeric,
    byRange: numeric && values.length > fewValues,
    value: (group) => group.settings[place],
  };
});

const measures = data.measures.map((measure, place) => ({
  ...measure,
  id: `measure:${measure.name}`,
  numeric: true,
  byRange: true,
  place,
  value: (group) => group.statistics[place]?.mean ?? null,
}));

/** What groups can be filtered by. */
const fields = [...keys, ...measures];

const measureOf = (name) => measures.find((measure) => measure.name === name) ?? ranked ?? measures[0];
const ranked = measures.find((measure) => measure.name === data.rank.measure);

/** Mean and standard deviation (n − 1) of the values that are known. */
function statistic(values) {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return null;
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: known.length > 1 ? Math.sqrt(squares / (known.length - 1)) : null };
}

/** Mean ± standard deviation, both to the second digit of the deviation. */
function statisticText(found) {
  if (found === null) return "–";
  const { mean, deviation } = found;
  if (deviation === null) return short(mean);
  const size = Math.abs(mean);
  if (deviation === 0) return `${short(mean)} ± 0`;
  if (size < 1e-3 || size >= 1e6) return `${mean.toExponential(2)} ± ${deviation.toExponential(1)}`;
  const digits = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(deviation))));
  return `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

/** "training, 12 of 60 epochs" for the run that is least far; empty if all runs are finished. */
function progressText(runs) {
  const waiting = runs.filter((run) => run.state !== "finished");
  if (waiting.length === 0) return "";
  const count = (name) => waiting.filter((run) => run.state === name).length;
  const counts = ["training", "unfinished"].filter(count).map((name) => (runs.length > 1 ? `${count(name)} ${name}` : name));
  const [done, total] = waiting.reduce((least, { epochs }) => (epochs[0] < least[0] ? epochs : least), waiting[0].epochs);
  return `${counts.join(", ")}, ${done} of ${total} epochs`;
}

const groups = data.groups.map((group, index) => {
  const runs = group.runs.map((place) => ({ ...data.runs[place], index: place }));
  const settings = keys.map((key, place) => `${key.label}=${settingText(group.settings[place])}`);
  const unnamed = runs.length === 1 ? runs[0].name : "all runs";
  const label = settings.join(", ") || unnamed;
  const progress = progressText(runs);
  return {
    index,
    settings: group.settings,
    runs,
    label,
    progress,
    text: [label, progress, ...runs.map((run) => `${run.name} ${run.state}`)].join(" ").toLowerCase(),
    statistics: measures.map((_, place) => statistic(runs.map((run) => run.values[place]))),
  };
});
