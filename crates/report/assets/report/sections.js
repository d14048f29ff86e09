// The parts of the page that show the training and what came of it.

/** The training curves. */
function showCurves(section, data) {
  const { metrics } = data;
  if (metrics.length === 0) {
    section.append(element("p", {}, "There are no metrics with these patterns."));
    return;
  }
  const epochs = metrics.map((line) => line.epoch);
  const of = (name, values) => ({ name, values: metrics.map(values) });
  const held = "validation_mse" in metrics[0] ? "validation" : "test";
  const layers = metrics[0].layers.map((_, k) => k);
  const mean = (x) => x.reduce((a, b) => a + b, 0) / x.length;
  const perLayer = (values) => layers.map((k) => of(`layer ${k}`, (line) => values(line.layers[k])));
  const charts = [
    [`Mean squared error per ${data.image_shape ? "pixel" : "number"}`, true, [
      of("training", (line) => line.train_mse),
      of(held, (line) => line[`${held}_mse`]),
    ]],
    ["β, the inverse temperature", true, perLayer((layer) => mean(layer.beta))],
    [`Perplexity: patterns that share ${data.image_shape ? "an image's" : "a row's"} weight`, false, perLayer((layer) => layer.perplexity)],
    ["Patterns in use", false, perLayer((layer) => layer.used_patterns)],
  ];
  for (const [title, logarithmic, series] of charts) {
    const [first, last] = [series[series.length - 1].values[0], series[series.length - 1].values.at(-1)];
    const summary = `${series.at(-1).name}: from ${short(first)} to ${short(last)} at epoch ${epochs.at(-1)}.`;
    section.append(chart(epochs, series, { title, x: "epoch", logarithmic, summary }));
  }
}

/** A sheet per layer, and the film of the training. */
function showPatterns(section, data) {
  const { evolution, layers, image_shape: [rows, columns] } = data;
  const sheets = evolution.sheets.map((sheet) => {
    const about = layers[sheet.layer];
    const count = sheet.order.length;
    const image = element("img", { alt: `${count} patterns of layer ${sheet.layer}`, draggable: "false" });
    const readout = element("p", { class: "readout" });
    const name = `layer ${sheet.layer}${sheet.values ? ", values" : ""}`;
    const shown = count < about.patterns ? `the first ${count} of ${about.patterns}` : count;
    const likeness = sheet.values || about.likeness === null ? "" : `, likeness ${about.likeness}`;
    const details = element("div", { class: "details", "aria-live": "polite" });
    const under = (event) => {
      const box = image.getBoundingClientRect();
      const across = Math.ceil(Math.sqrt(count));
      const down = Math.ceil(count / across);
      const place = (offset, size, tiles, pixels) =>
        Math.min(tiles - 1, Math.floor(((offset / size) * (tiles * (pixels + 1) + 1) - 0.5) / (pixels + 1)));
      const column = Math.max(0, place(event.clientX - box.left, box.width, across, columns));
      const row = Math.max(0, place(event.clientY - box.top, box.height, down, rows));
      return sheet.order[row * across + column] ?? null;
    };
    image.addEventListener("pointermove", (event) => {
      const index = under(event);
      readout.textContent = index === null ? "" : describePattern(about, index);
    });
    image.addEventListener("click", (event) => {
      const index = under(event);
      if (index !== null) details.replaceChildren(...showAlike(data, sheet, index));
    });
    section.append(element("figure", { class: "sheet" }, element("figcaption", {}, `${name}: ${shown} patterns${likeness}`), image, readout, details));
    return (frame) => { image.src = `data:image/jpeg;base64,${sheet.frames[frame]}`; };
  });
  playFilm(evolution.labels, (frame) => sheets.forEach((sheet) => sheet(frame)));
}

/** Plays the frames once, unless the reader prefers reduced motion; the slider and the button show them again. */
function playFilm(labels, showFrame) {
  const last = labels.length - 1;
  const slider = document.querySelector("#step");
  const play = document.querySelector("#play");
  let timer = null;
  const show = (frame) => {
    slider.value = frame;
    showFrame(frame);
    document.querySelector("#step-label").textContent = labels[frame];
    slider.setAttribute("aria-valuetext", labels[frame]);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
  };
  const start = () => {
    play.textContent = "❚❚ Stop";
    show(Number(slider.value) === last ? 0 : Number(slider.value));
    timer = setInterval(() => {
      show(Number(slider.value) + 1);
      if (Number(slider.value) === last) stop();
    }, 250);
  };
  slider.max = last;
  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });
  play.addEventListener("click", () => (timer === null ? start() : stop()));
  show(last);
  if (last === 0) document.querySelector("#film").hidden = true;
  else if (!matchMedia("(prefers-reduced-motion: reduce)").matches) start();
}

/** A pattern, the training images and the patterns of its layer that it is most like. */
function showAlike(data, { layer }, index) {
  const about = data.layers[layer];
  const parts = [element("p", {}, describePattern(about, index))];
  if (data.alike === null) return parts;
  const patterns = floats(about.numbers);
  const bytes = (text) => Float32Array.from(atob(text), (c) => c.charCodeAt(0));
  const tile = (numbers, text, paint) => {
    const canvas = element("canvas", { role: "img", "aria-label": text });
    paint(canvas, numbers);
    return element("figure", {}, canvas, element("figcaption", {}, text));
  };
  const ofPattern = (canvas, numbers) => drawPattern(canvas, numbers, data.image_shape, about, data.grey);
  const ofImage = (canvas, numbers) => draw(canvas, numbers, data.image_shape, 0, 255);
  const pattern = (k, text) => tile(patterns.subarray(k * about.dim, (k + 1) * about.dim), text, ofPattern);
  const { images, patterns: others } = data.alike.layers[layer][index];
  parts.push(element("div", { class: "tiles" },
    pattern(index, `pattern ${index}`),
    ...images.map(([place, r]) => tile(bytes(data.alike.images[place]), `training image ${place}: ${fixed(r, 2)}`, ofImage)),
    ...others.map(([place, r]) => pattern(place, `pattern ${place}: ${fixed(r, 2)}`))));
  return parts;
}

function describePattern(about, index) {
  const { mean_weights: weights, best_matches: matches } = about.usage;
  const heads = about.heads > 1 ? `, over its ${about.heads} heads` : "";
  return `pattern ${index}: mean weight ${short(weights[index])}, the best match of ${short(matches[index])} test ${data.image_shape ? "images" : "rows"}${heads}`;
}

/** How each pattern is used. */
function showUsage(section, data) {
  data.layers.forEach((about, k) => {
    const places = about.usage.mean_weights.map((_, i) => i);
    const title = `Layer ${k}: mean weight of each pattern over the test ${data.image_shape ? "images" : "rows"}`;
    section.append(chart(places, [{ name: "mean weight", values: about.usage.mean_weights }], {
      title, x: "pattern", bars: true,
      summary: `${data.measured.layers[k].used_patterns} of ${places.length * about.heads} are in use.`,
      describe: (i) => describePattern(about, i).replace(/^pattern \d+: /, ""),
    }));
  });
}

/** Errors on the test images. */
function showMeasured(section, { measured, layers, image_shape }) {
  const percent = (x) => (x === null ? "–" : `${fixed(100 * x, 1)} %`);
  const [rows, number] = image_shape ? ["images", "pixel"] : ["rows", "number"];
  const labels = measured.labels.length > 0;
  const table = (caption, head, rows) => {
    const cell = (name, text, scope) => element(name, scope ? { scope } : {}, String(text));
    return element("div", { class: "scroll" }, element("table", {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...head.map((text) => cell("th", text, "col")))),
      element("tbody", {}, ...rows.map(([first, ...rest]) =>
        element("tr", {}, cell("th", first, "row"), ...rest.map((text) => cell("td", text))))),
    ));
  };
  section.append(
    element("p", {},
      `${measured.images.toLocaleString("en")} test ${rows} of ${measured.data}, ${measured.damage}: MSE ${fixed(measured.mse, 5)} per ${number}` +
      (measured.psnr === null ? "" : `, PSNR ${fixed(measured.psnr, 2)} dB`) + (measured.ssim === null ? "" : `, SSIM ${fixed(measured.ssim, 3)}`) + "."),
    table("Layers", ["layer", "patterns", "used", "entropy", "perplexity", "metastable size", "labels right", "likeness"],
      measured.layers.map((layer, k) => [k, layer.heads > 1 ? `${layer.patterns}×${layer.heads}` : layer.patterns, layer.used_patterns, fixed(layer.entropy, 2),
        fixed(layer.perplexity, 1), fixed(layer.metastable_size, 1), percent(layer.label_accuracy), layers[k].likeness ?? "–"])),
    element("p", { class: "note" },
      "Labels right: how often the label of an image is that of its best pattern, the most frequent one among the training images that the pattern is best for. " +
      "Likeness: the mean correlation of a pattern with the training image that it is most like; ± means that negatives of images count, too."),
    ...(labels ? [table("Labels", ["label", rows, `MSE per ${number}`],
      measured.labels.map(({ label, name, images, mse }) => [name ?? label, images, fixed(mse, 5)]))] : []),
  );
}
