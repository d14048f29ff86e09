// Form controls that set the state.

/** A list to choose one of `options` ([value, text]) from. */
function chooser(id, label, options, chosen, choose) {
  const select = element("select", { id }, ...options.map(([value, text]) => element("option", { value }, text)));
  select.value = chosen;
  select.addEventListener("change", () => {
    choose(select.value);
    update();
  });
  return element("label", {}, label, select);
}

function checkbox(id, label, checked, check) {
  const input = element("input", { type: "checkbox", id });
  input.checked = checked;
  input.addEventListener("change", () => {
    check(input.checked);
    update();
  });
  return element("label", {}, input, label);
}

function pressable(id, text, press) {
  return element("button", { type: "button", id, onclick: press }, text);
}

/** A <details> that stays open or closed through a reload. */
function folded(id, summary, ...content) {
  const details = element("details", { id }, element("summary", { id: `${id}-summary` }, summary), ...content);
  details.open = state.open[id] ?? false;
  details.addEventListener("toggle", () => {
    state.open[id] = details.open;
    update();
  });
  return details;
}

/** A chart to draw into, which takes the keyboard. */
function drawing(id) {
  const svg = element("svg:svg", { id, role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuenow": 0 });
  const readout = element("p", { class: "readout", "aria-hidden": "true" });
  const figure = element("figure", { class: "chart" }, element("div", { class: "wider" }, svg), readout);
  const tell = (text, now, last) => {
    readout.textContent = text;
    svg.setAttribute("aria-valuenow", now);
    svg.setAttribute("aria-valuemax", Math.max(0, last));
    svg.setAttribute("aria-valuetext", text);
  };
  const place = (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  const width = () => Math.max(280, Math.round(figure.getBoundingClientRect().width) - 24);
  return { svg, figure, tell, place, width };
}

/** Moves by the arrow keys, Home and End; `move` gets a step to the right and a step up. */
function onArrows(svg, move) {
  const steps = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], Home: [-Infinity, 0], End: [Infinity, 0],
  };
  svg.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    move(...step);
  });
}

/** Removes a section that has nothing to show, and the link to it. */
function removeSection(section) {
  const { id } = section.querySelector("h2");
  document.querySelector(`nav a[href="#${id}"]`).remove();
  section.remove();
}
