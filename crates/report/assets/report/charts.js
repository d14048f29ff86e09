// Charts of numbers over epochs or patterns, in SVG, with the numbers under the pointer or the arrow keys as text.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  const made = name.startsWith("svg:")
    ? document.createElementNS(SVG, name.slice(4))
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A number with four digits that matter. */
function short(x) {
  if (!Number.isFinite(x)) return "–";
  if (Number.isInteger(x) || Math.abs(x) >= 1000) return Math.round(x).toLocaleString("en");
  return Math.abs(x) < 1e-3 ? x.toExponential(3) : x.toPrecision(4);
}

/** A number with so many digits after the point; what is no number, JSON has as null. */
const fixed = (x, digits) => (Number.isFinite(x) ? x.toFixed(digits) : "–");

/** Round numbers between two numbers. */
function ticks(low, high, logarithmic) {
  if (logarithmic) {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const factor of [1, 2, 5]) {
        const tick = factor * 10 ** power;
        if (tick >= low * 0.999 && tick <= high * 1.001) found.push(tick);
      }
    }
    return found.length > 6 ? found.filter((tick) => /^1/.test(tick.toExponential())) : found;
  }
  const rough = (high - low) / 4 || 1;
  const step = [1, 2, 5, 10].map((f) => f * 10 ** Math.floor(Math.log10(rough))).find((s) => s >= rough);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step / 1e6; tick += step) found.push(tick);
  return found;
}

/**
 * A chart of `series` [{ name, values }] over `places`, or bars of one series. The x of a place is its index.
 * options: title, x (what a place is called), logarithmic, bars, describe(place) for the text below.
 */
function chart(places, series, options) {
  const [width, height, left, right, top, bottom] = [420, 200, 52, 8, 10, 24];
  const all = series.flatMap((s) => s.values).filter(Number.isFinite);
  const logarithmic = options.logarithmic && all.every((v) => v > 0);
  let [low, high] = [smallest(all), largest(all)];
  if (options.bars || !logarithmic) low = Math.min(low, 0);
  if (low === high) high = low + (low === 0 ? 1 : Math.abs(low));
  const scale = logarithmic ? Math.log : (v) => v;
  const y = (v) =>
    height - bottom - ((scale(v) - scale(low)) / (scale(high) - scale(low))) * (height - top - bottom);
  const inner = width - left - right;
  const x = options.bars
    ? (i) => left + ((i + 0.5) / places.length) * inner
    : (i) => left + (places.length > 1 ? i / (places.length - 1) : 0.5) * inner;

  const svg = element("svg:svg", {
    viewBox: `0 0 ${width} ${height}`,
    role: "slider",
    tabindex: 0,
    "aria-label": `${options.title}. ${options.summary ?? ""}`,
    "aria-valuemin": 0,
    "aria-valuemax": places.length - 1,
  });
  for (const tick of ticks(low, high, logarithmic)) {
    svg.append(
      element("svg:line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
      element("svg:text", { class: "tick", x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, String(Number(tick.toPrecision(6)))),
    );
  }
  // Of a long training, not every epoch is there.
  for (const tick of ticks(places[0], places.at(-1)).filter((tick) => places.includes(tick))) {
    const at = x(places.indexOf(tick));
    svg.append(element("svg:text", { class: "tick", x: at, y: height - 6, "text-anchor": "middle" }, tick));
  }
  series.forEach((s, k) => {
    if (options.bars) {
      const wide = Math.max(0.6, (inner / places.length) * 0.8);
      s.values.forEach((v, i) =>
        svg.append(
          element("svg:rect", { class: "bar", x: x(i) - wide / 2, y: y(v), width: wide, height: y(low) - y(v) }),
        ),
      );
      return;
    }
    const points = s.values.map((v, i) => (Number.isFinite(v) ? `${x(i)},${y(v)}` : null)).filter(Boolean);
    svg.append(element("svg:polyline", { class: `line line-${k % 6}`, points: points.join(" ") }));
    if (points.length === 1) {
      svg.append(element("svg:circle", { class: `dot line-${k % 6}`, cx: x(0), cy: y(s.values[0]), r: 3 }));
    }
  });
  const cursor = element("svg:line", { class: "cursor", y1: top, y2: height - bottom, visibility: "hidden" });
  svg.append(cursor);

  const describe =
    options.describe ??
    ((i) => series.map((s) => `${s.name} ${short(s.values[i])}`).join(" · "));
  const readout = element("p", { class: "readout", "aria-hidden": "true" });
  let place = places.length - 1;
  const show = (i) => {
    place = Math.max(0, Math.min(places.length - 1, i));
    cursor.setAttribute("x1", x(place));
    cursor.setAttribute("x2", x(place));
    cursor.setAttribute("visibility", "visible");
    readout.textContent = `${options.x} ${places[place]}: ${describe(place)}`;
    svg.setAttribute("aria-valuenow", place);
    svg.setAttribute("aria-valuetext", readout.textContent);
  };
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const from = ((event.clientX - box.left) / box.width) * width - left;
    const part = from / inner;
    return options.bars ? Math.floor(part * places.length) : Math.round(part * (places.length - 1));
  };
  svg.addEventListener("pointermove", (event) => show(at(event)));
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(place + step);
  });
  const legend = element("p", { class: "legend" });
  if (series.length > 1) {
    series.forEach((s, k) => legend.append(element("span", { class: `key line-${k % 6}` }, s.name)));
  }
  show(place);
  cursor.setAttribute("visibility", "hidden");
  return element("figure", { class: "chart" }, element("figcaption", {}, options.title), legend, svg, readout);
}
