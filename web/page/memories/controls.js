// The choice of a network, its parameters and its equations.

/** Fills `tabs` with radio buttons, one per network; `choose(key)` is called for a choice. Gives mark(key). */
export function makeTabs(tabs, networks, choose) {
  const inputs = networks.map((network) => {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "memory-network", value: network.key });
    const [name, paper] = [document.createElement("strong"), document.createElement("small")];
    name.textContent = network.name;
    paper.textContent = network.paper;
    const text = document.createElement("span");
    text.append(name, paper);
    label.append(input, text);
    input.addEventListener("change", () => choose(network.key));
    tabs.append(label);
    return input;
  });
  return (key) => inputs.forEach((input) => { input.checked = input.value === key; });
}

/** Shows the parameters of a network; `change(key)` is called after a setting was changed. */
export function showParameters(element, network, settings, change) {
  element.replaceChildren(...network.controls(settings).map((control) => {
    const label = document.createElement("label");
    label.append(Object.assign(document.createElement("span"), { textContent: control.label }));
    label.append(...(control.options ? select(control, settings, change) : slider(control, settings, change)));
    return label;
  }));
}

function select({ key, options }, settings, change) {
  const element = document.createElement("select");
  element.dataset.key = key;
  element.append(...options.map(([value, text]) => new Option(text, value, false, value === settings[key])));
  element.addEventListener("change", () => {
    settings[key] = element.value;
    change(key);
  });
  return [element];
}

function slider({ key, range: [low, high], logarithmic }, settings, change) {
  const element = Object.assign(document.createElement("input"), { type: "range" });
  element.dataset.key = key;
  const output = document.createElement("output");
  // A logarithmic slider moves over 20 places per factor of 10.
  const place = (value) => (logarithmic ? Math.round(20 * Math.log10(value)) : value);
  element.min = place(low);
  element.max = place(high);
  element.value = place(settings[key]);
  const show = () => {
    output.textContent = Number(settings[key].toPrecision(3));
    element.setAttribute("aria-valuetext", output.textContent);
  };
  show();
  element.addEventListener("input", () => {
    const moved = Number(element.value);
    settings[key] = logarithmic ? Number((10 ** (moved / 20)).toPrecision(2)) : moved;
    show();
    change(key);
  });
  return [element, output];
}

/** Shows the equations: lines of [name, equation, where …]. */
export function showEquations(list, equations) {
  list.replaceChildren(...equations.flatMap(([name, ...lines]) => {
    const term = Object.assign(document.createElement("dt"), { textContent: name });
    const text = document.createElement("dd");
    text.append(...lines.map((line) => Object.assign(document.createElement("span"), { textContent: line })));
    return [term, text];
  }));
}
