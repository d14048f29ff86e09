// The settings of a training: between the form's fields and what the engine takes.
//
// The form's values are flat: { preset, depth, seed, epochs, rate, "before.patterns", "last.patterns", … } with texts and numbers, so that the address of the page
// can hold those that differ from the preset.

export const GROUPS = ["before", "last"];

/** β in a text: "0.1" is fixed, "0.1 trained", "0.05 to 0.25" rises or falls over the training. */
export function betaText(beta) {
  if (typeof beta === "number") return String(beta);
  if (beta.from !== undefined) return `${beta.from} to ${beta.to}`;
  return beta.trainable === false ? String(beta.start) : `${beta.start} trained`;
}

export function betaOf(text) {
  const way = /^\s*(\S+)\s+to\s+(\S+)\s*$/.exec(text);
  if (way) return { from: Number(way[1]), to: Number(way[2]) };
  const trained = /^\s*(\S+)\s+trained\s*$/.exec(text);
  return trained ? { start: Number(trained[1]), trainable: true } : Number(text);
}

/** "top_k 3" and the like. */
export const separationText = ({ kind, ...parameter }) => [kind, ...Object.values(parameter)].join(" ");

/** `choices` lists the separations; the name of a parameter is found there. */
export function separationOf(text, choices) {
  const [kind, value] = text.trim().split(/\s+/);
  const known = choices.separations.find((one) => one.kind === kind) ?? {};
  const name = Object.keys(known).find((key) => key !== "kind");
  return name ? { kind, [name]: Number(value ?? known[name]) } : { kind };
}

export const rangeText = (range) => (range ? range.join(" to ") : "none");
export const rangeOf = (text) => (text === "none" ? null : text.split(/\s+to\s+/).map(Number));

/** The layers of a preset that stand for those before the last, and for the last. */
function models(preset, choices) {
  const { layers } = choices.presets[preset];
  return { last: layers.at(-1), before: layers.length > 1 ? layers[0] : choices.presets.digits.layers[0] };
}

/** The form's values of a preset. */
export function fromPreset(preset, choices) {
  const settings = choices.presets[preset];
  const values = {
    preset,
    depth: settings.layers.length,
    seed: settings.seed,
    epochs: settings.training.epochs,
    rate: settings.training.learning_rate,
  };
  for (const [group, layer] of Object.entries(models(preset, choices))) {
    values[`${group}.patterns`] = layer.patterns;
    values[`${group}.similarity`] = layer.similarity;
    values[`${group}.separation`] = separationText(layer.separation);
    values[`${group}.beta`] = betaText(layer.beta);
    values[`${group}.range`] = rangeText(layer.range);
  }
  return values;
}

/** What the engine takes. */
export function toSettings(values, choices) {
  const preset = choices.presets[values.preset];
  const layer = (group) => ({
    ...models(values.preset, choices)[group],
    patterns: values[`${group}.patterns`],
    similarity: values[`${group}.similarity`],
    separation: separationOf(values[`${group}.separation`], choices),
    beta: betaOf(values[`${group}.beta`]),
    range: rangeOf(values[`${group}.range`]),
  });
  return {
    ...preset,
    seed: values.seed,
    // One layer has nothing to pass on; more need it to be worth their depth.
    residual: preset.layers.length > 1 ? preset.residual : values.depth > 1,
    layers: [...Array.from({ length: values.depth - 1 }, () => layer("before")), layer("last")],
    training: { ...preset.training, epochs: values.epochs, learning_rate: values.rate },
  };
}

/** The part of the address after "#": what differs from the preset. */
export function toAddress(values, choices) {
  const usual = fromPreset(values.preset, choices);
  const parts = values.preset === "digits" ? [] : [["preset", values.preset]];
  for (const [key, value] of Object.entries(values)) {
    const unused = values.depth === 1 && key.startsWith("before.");
    if (!unused && String(value) !== String(usual[key])) parts.push([key, value]);
  }
  return new URLSearchParams(parts).toString();
}

/** What a value of the address means; undefined if it means nothing. */
function read(key, text, choices) {
  const name = key.replace(/^(before|last)\./, "");
  const positive = (number) => (Number.isFinite(number) && number > 0 ? number : undefined);
  if (["seed", "depth", "epochs", "patterns"].includes(name)) {
    const number = Number(text || NaN);
    const [least, most] = { seed: [0, Number.MAX_SAFE_INTEGER], depth: [1, 6], epochs: [1, 1000], patterns: [1, 1024] }[name]; // as in the form
    return Number.isInteger(number) && number >= least && number <= most ? number : undefined;
  }
  if (name === "rate") return positive(Number(text));
  if (name === "similarity") return choices.similarities.includes(text) ? text : undefined;
  if (name === "separation") return choices.separations.some(({ kind }) => kind === text.split(" ")[0]) ? text : undefined;
  if (name === "beta") {
    const beta = betaOf(text);
    return (typeof beta === "number" ? [beta] : Object.values(beta).filter((value) => value !== true)).every(positive) ? text : undefined;
  }
  if (name === "range") return text === "none" || (rangeOf(text).length === 2 && rangeOf(text).every(Number.isFinite)) ? text : undefined;
  return undefined;
}

/** The form's values that an address asks for, and a sentence about what in it can't be used. Other addresses of the book (#heading) ask for nothing. */
export function fromAddress(hash, choices) {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const preset = asked.get("preset") ?? "digits";
  const known = preset in choices.presets;
  const values = fromPreset(known ? preset : "digits", choices);
  const wrong = known ? [] : [`preset=${preset}`];
  for (const [key, text] of asked) {
    if (key === "preset" || (text === "" && [...asked].length === 1)) continue;
    const value = key in values ? read(key, text, choices) : undefined;
    if (value === undefined) wrong.push(`${key}=${text}`);
    else values[key] = value;
  }
  const problem = wrong.length ? `The address of this page asks for ${wrong.join(", ")}, which can't be used; the usual setting takes its place.` : undefined;
  return { values, problem };
}
