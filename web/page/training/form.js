// The form with the settings.

import { element, say } from "../dom.js";
import { betaOf, betaText, fromPreset, GROUPS, rangeText, separationOf } from "./settings.js";

const PRESETS = {
  digits: "three layers whose patterns stay images",
  readable: "one layer, whose patterns stay images",
  accurate: "three layers without bounds: about a third of the error, but grey texture",
};
const GENERAL = [
  ["depth", "Depth", "how many layers follow one another; the last one answers", { min: 1, max: 6, step: 1 }],
  ["seed", "Seed", "another seed is another noise to start from", { min: 0, step: 1 }],
  ["epochs", "Epochs", "how many times the training sees all 10,000 digits", { min: 1, max: 1000, step: 1 }],
  ["rate", "Learning rate", "how far each step moves the patterns", { min: 0, step: "any" }],
];
const HEADINGS = { before: "Layers before the last", last: "Last layer" };
const ROWS = [
  ["patterns", "Patterns, N", "how many patterns a layer holds"],
  ["similarity", "Similarity", "how a state is compared with a pattern"],
  ["separation", "Separation", "how scores become weights: softmax gives some weight to every pattern, sparsemax to a few only"],
  ["beta", "β", "how sharply a layer chooses: the larger, the closer its answer is to the single best pattern"],
  ["range", "Range", "the bounds of every number in a pattern; without bounds the error is lower, but patterns no longer look like images"],
];
const RANGES = [null, [0, 1], [-1, 1], [-1, 2], [0, 4]];

const option = (value, text) => element("option", { value }, text);
const number = (attributes) => element("input", { type: "number", required: true, inputmode: "decimal", ...attributes });

/** A control for a setting of a layer: { element, get(), set(value) }. */
const CONTROLS = {
  patterns(label) {
    const input = number({ min: 1, max: 1024, step: 1, "aria-label": label, inputmode: "numeric" });
    return { element: input, get: () => input.valueAsNumber, set: (value) => { input.value = value; } };
  },
  similarity(label, choices) {
    const select = element("select", { "aria-label": label }, ...choices.similarities.map((one) => option(one, one.replace("_", " "))));
    return { element: select, get: () => select.value, set: (value) => { select.value = value; } };
  },
  separation(label, choices) {
    const select = element("select", { "aria-label": label }, ...choices.separations.map(({ kind }) => option(kind, kind.replace(/_/g, " "))));
    const input = number({ min: 1, max: 100, step: 1, inputmode: "numeric", class: "small" });
    const name = element("span", {});
    const parameter = element("label", { class: "inline" }, name, " ", input);
    const parameterName = (kind) => Object.keys(choices.separations.find((one) => one.kind === kind)).find((key) => key !== "kind");
    function show(value) {
      const found = parameterName(select.value);
      parameter.hidden = !found;
      input.disabled = !found;
      if (found) {
        say(name, found);
        input.value = value ?? (found === "degree" ? 2 : 1);
      }
    }
    select.addEventListener("change", () => show());
    return {
      element: element("div", { class: "pair" }, select, parameter),
      get: () => (parameterName(select.value) ? `${select.value} ${input.value}` : select.value),
      set(text) {
        const { kind, ...rest } = separationOf(text, choices);
        select.value = kind;
        show(Object.values(rest)[0]);
      },
    };
  },
  beta(label) {
    const kind = element("select", { "aria-label": `${label}: fixed, trained or scheduled` },
      option("trained", "trained, from"), option("fixed", "fixed at"), option("scheduled", "goes from"));
    const input = () => number({ min: 0, step: "any", class: "small" });
    const [start, end] = [input(), input()];
    start.setAttribute("aria-label", `${label}, or where it starts`);
    end.setAttribute("aria-label", `${label} at the end`);
    const to = element("span", { class: "inline" }, "to ", end);
    const show = () => {
      to.hidden = kind.value !== "scheduled";
      end.disabled = to.hidden;
      if (!to.hidden) end.value ||= start.value;
    };
    kind.addEventListener("change", show);
    return {
      element: element("div", { class: "pair" }, kind, element("span", { class: "inline" }, start, " ", to)),
      get: () => betaText({ trained: { start: start.value, trainable: true }, fixed: { start: start.value, trainable: false }, scheduled: { from: start.value, to: end.value } }[kind.value]),
      set(text) {
        const beta = betaOf(text);
        kind.value = typeof beta === "number" ? "fixed" : beta.from !== undefined ? "scheduled" : "trained";
        start.value = typeof beta === "number" ? beta : beta.from ?? beta.start;
        end.value = beta.to ?? "";
        show();
      },
    };
  },
  range(label) {
    const words = (range) => (range ? `[${range.join(", ").replace(/-/g, "−")}]` : "none");
    const select = element("select", { "aria-label": label }, ...RANGES.map((range) => option(rangeText(range), words(range))));
    return {
      element: select,
      get: () => select.value,
      set(text) {
        if (![...select.options].some((one) => one.value === text)) select.append(option(text, words(text.split(" to "))));
        select.value = text;
      },
    };
  },
};

/**
 * Fills the form. `begin(values)` is called with the form's values when a training with them is asked for: by a preset, at once; by the button for other changes.
 *
 * Gives { show(values): the values of the training that runs }.
 */
export function makeForm(find, choices, begin) {
  const form = find("settings");
  const controls = {};
  let current; // the values of the training that runs

  const names = [...new Set([...Object.keys(PRESETS), ...Object.keys(choices.presets)])].filter((name) => name in choices.presets);
  const presets = names.map((preset) => element("button", {
    type: "button",
    class: "preset",
    value: preset,
    onclick: () => begin(fromPreset(preset, choices)),
  }, element("strong", {}, preset), element("span", { class: "soft" }, PRESETS[preset] ?? "")));
  find("presets").replaceChildren(...presets);

  find("general").replaceChildren(...GENERAL.map(([key, name, why, attributes]) => {
    const input = number(attributes);
    controls[key] = { element: input, get: () => input.valueAsNumber, set: (value) => { input.value = value; } };
    return element("label", { class: "general" }, element("strong", {}, name), input, element("span", { class: "soft" }, why));
  }));

  const cells = GROUPS.map((group) => element("h3", { class: group }, HEADINGS[group]));
  const rows = ROWS.flatMap(([key, name, why]) => [
    element("p", {}, element("strong", {}, name), " ", element("span", { class: "soft" }, why)),
    ...GROUPS.map((group) => {
      const control = CONTROLS[key](`${name}, ${HEADINGS[group].toLowerCase()}`, choices);
      controls[`${group}.${key}`] = control;
      return element("div", { class: `cell ${group}` }, control.element);
    }),
  ]);
  find("layers").replaceChildren(element("span", { class: "corner" }), ...cells, ...rows);

  /** The values in the form, of the preset that it came from. */
  const read = () => ({ preset: current.preset, ...Object.fromEntries(Object.entries(controls).map(([key, control]) => [key, control.get()])) });

  function refresh() {
    const one = Number(controls.depth.get()) === 1;
    for (const cell of find("layers").querySelectorAll(".before")) {
      cell.classList.toggle("off", one);
      for (const field of cell.querySelectorAll("input, select")) field.disabled = one || field.closest("[hidden]") !== null;
    }
    const values = read();
    const changed = Object.keys(current).some((key) => String(values[key]) !== String(current[key]) && !(one && key.startsWith("before.")));
    form.classList.toggle("changed", changed);
    find("apply").disabled = !changed;
    find("undo").hidden = !changed;
    say(find("apply-note"), changed ? "The settings differ from those of this training." : "");
  }

  function show(values) {
    current = values;
    for (const [key, control] of Object.entries(controls)) control.set(values[key]);
    for (const button of presets) button.setAttribute("aria-pressed", String(button.value === values.preset));
    refresh();
  }

  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin(read());
  });
  find("undo").addEventListener("click", () => {
    show(current);
    controls.depth.element.focus();
  });
  return { show };
}
