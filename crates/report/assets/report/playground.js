// Draw or pick an image, damage it, and see what every layer makes of it.

function startPlayground(data) {
  const [rows, columns, channels = 1] = data.image_shape;
  const dim = rows * columns * channels;
  const network = makeNetwork(data);
  const $ = (id) => document.getElementById(id);
  const input = $("input");
  const digits = data.digits;
  const pixels = Uint8Array.from(atob(digits.pixels), (c) => c.charCodeAt(0));

  // The clean image, as it was picked or drawn, in grey values (or colours) from 0 to 1; what the network sees is made of it.
  let clean = new Float32Array(dim);
  let state = clean;
  let answers = [];
  // The pixel under the keyboard's cursor, if the canvas has the focus.
  let cursor = null;

  // Noise that stays while one draws: drawn once, by Box and Muller, and scaled.
  const noise = Float32Array.from({ length: dim }, () =>
    Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()));
  const hidden = {
    none: () => false,
    bottom: (row) => row >= Math.floor(rows / 2),
    top: (row) => row < Math.floor(rows / 2),
    left: (_, column) => column < Math.floor(columns / 2),
    right: (_, column) => column >= Math.floor(columns / 2),
  };

  const winners = data.layers.map((about, k) => makeLayerView(about, k, network.layers[k], data));
  $("layers").append(...winners.map((view) => view.element));

  function update() {
    const std = Number($("noise").value);
    const hides = hidden[$("mask").value];
    $("noise-value").textContent = std.toFixed(2);
    const wanted = toNetwork(clean, data.grey);
    state = wanted.map((value, i) => {
      const pixel = Math.floor(i / channels);
      return (hides(Math.floor(pixel / columns), pixel % columns) ? 0 : value) + std * noise[i];
    });
    answers = network.trace(state);
    draw(input, toGrey(state, data.grey), data.image_shape, 0, 1);
    if (cursor) {
      const context = input.getContext("2d");
      context.fillStyle = "#e4572e";
      context.fillRect(cursor[1], cursor[0], 1, 1);
    }
    const output = answers.at(-1).retrieved;
    draw($("output"), toGrey(output, data.grey), data.image_shape, 0, 1);
    winners.forEach((view, k) => view.show(answers[k].weights));
    const error = output.reduce((sum, value, i) => sum + (value - wanted[i]) ** 2, 0) / dim;
    $("error").textContent = `MSE to the clean image: ${short(error)}`;
  }
  let asked = false;
  const later = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      update();
    });
  };

  // A soft brush, as wide as the strokes of the digits.
  function paint(y, x) {
    const erases = $("eraser").checked;
    for (let row = Math.floor(y) - 2; row <= y + 2; row++) {
      for (let column = Math.floor(x) - 2; column <= x + 2; column++) {
        if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
        const distance = Math.hypot(row + 0.5 - y, column + 0.5 - x);
        const ink = Math.max(0, Math.min(1, 1.6 - distance));
        for (let i = (row * columns + column) * channels, end = i + channels; i < end; i++) {
          clean[i] = erases ? Math.min(clean[i], 1 - ink) : Math.max(clean[i], ink);
        }
      }
    }
    later();
  }
  const place = (event) => {
    const box = input.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * rows, ((event.clientX - box.left) / box.width) * columns];
  };
  let from = null;
  input.addEventListener("pointerdown", (event) => {
    input.setPointerCapture(event.pointerId);
    from = place(event);
    paint(...from);
  });
  input.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = place(event);
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let k = 1; k <= steps; k++) {
      paint(from[0] + ((to[0] - from[0]) * k) / steps, from[1] + ((to[1] - from[1]) * k) / steps);
    }
    from = to;
  });
  for (const end of ["pointerup", "pointercancel"]) input.addEventListener(end, () => { from = null; });
  input.addEventListener("focus", () => {
    if (input.matches(":focus-visible")) cursor ??= [Math.floor(rows / 2), Math.floor(columns / 2)];
    later();
  });
  input.addEventListener("blur", () => { cursor = null; later(); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    cursor ??= [Math.floor(rows / 2), Math.floor(columns / 2)];
    if (step) {
      cursor = [
        Math.max(0, Math.min(rows - 1, cursor[0] + step[0])),
        Math.max(0, Math.min(columns - 1, cursor[1] + step[1])),
      ];
    }
    // The space key draws; with shift, the way is drawn.
    if (event.key === " " || event.shiftKey) paint(cursor[0] + 0.5, cursor[1] + 0.5);
    later();
  });

  function pick(index) {
    clean = Float32Array.from(pixels.subarray(index * dim, (index + 1) * dim), (p) => Math.fround(p / 255));
    later();
  }
  const choice = $("digit");
  const count = pixels.length / dim;
  for (let i = 0; i < count; i++) {
    choice.append(element("option", { value: i }, digits.labels ? `${digits.labels[i]} (image ${i})` : `image ${i}`));
  }
  choice.addEventListener("change", () => pick(Number(choice.value)));
  $("next").addEventListener("click", () => {
    choice.value = (Number(choice.value) + 1) % count;
    pick(Number(choice.value));
  });
  $("clear").addEventListener("click", () => { clean = new Float32Array(dim); later(); });
  $("feed").addEventListener("click", () => {
    clean = Float32Array.from(toGrey(answers.at(-1).retrieved, data.grey));
    $("noise").value = 0;
    $("mask").value = "none";
    later();
  });
  $("noise").addEventListener("input", later);
  $("mask").addEventListener("change", later);
  choice.value = 0;
  pick(0);
  update();
  // For those who look into the page, and for its test.
  window.hopfield = { network, answer: (image) => Array.from(network.trace(image).at(-1).retrieved), output: () => Array.from(answers.at(-1).retrieved) };
}

/** Bars of a layer's weights, and the patterns that win. */
function makeLayerView(about, k, layer, data) {
  const WINNERS = 5;
  const isImage = about.dim === data.image_shape.reduce((a, b) => a * b);
  const bars = element("canvas", { class: "weights", width: about.patterns * about.heads, height: 60, role: "img" });
  const tiles = Array.from({ length: Math.min(WINNERS, about.patterns) }, () => {
    const canvas = element("canvas", { role: "img" });
    const caption = element("figcaption", {});
    return { canvas, caption, figure: element("figure", { class: "winner" }, canvas, caption) };
  });
  const show = (weights) => {
    const top = largest(weights);
    const context = bars.getContext("2d");
    context.clearRect(0, 0, bars.width, bars.height);
    context.fillStyle = getComputedStyle(bars).color;
    weights.forEach((w, i) => {
      const tall = top > 0 ? Math.round((w / top) * bars.height) : 0;
      context.fillRect(i, bars.height - tall, 1, tall);
    });
    const order = weights.map((w, i) => [w, i]).sort((a, b) => b[0] - a[0]).slice(0, tiles.length);
    bars.setAttribute("aria-label", `weights of layer ${k}; the largest is ${short(top)}, of pattern ${order[0][1] % about.patterns}`);
    tiles.forEach(({ canvas, caption }, place) => {
      const [weight, index] = order[place];
      const row = index % about.patterns;
      if (isImage) drawPattern(canvas, layer.pattern(row), data.image_shape, about, data.grey);
      canvas.hidden = !isImage;
      canvas.setAttribute("aria-label", `pattern ${row}`);
      const head = about.heads > 1 ? ` (head ${Math.floor(index / about.patterns)})` : "";
      caption.textContent = `${row}${head}: ${weight.toFixed(3)}`;
    });
  };
  const name = `Layer ${k}`;
  return {
    show,
    element: element("section", { class: "layer", "aria-label": name },
      element("h3", {}, name),
      bars,
      element("div", { class: "winners" }, ...tiles.map((tile) => tile.figure))),
  };
}
