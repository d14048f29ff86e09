// The network, in the page: C = similarity(I, H), P = separation(β C), R = P V, layer by layer.
// Numbers are f64 here and f32 in the program; answers differ by rounding only.

/** The f32 numbers of a base64 text. */
function floats(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
const halfSquaredDistance = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return -sum / 2;
};
const largest = (x) => x.reduce((a, b) => Math.max(a, b), -Infinity);
const smallest = (x) => x.reduce((a, b) => Math.min(a, b), Infinity);
const total = (x) => x.reduce((a, b) => a + b, 0);

/** x / ‖x‖; 0 where no entry is larger than `rounding`. */
function direction(x, rounding) {
  const size = largest(x.map(Math.abs));
  if (size <= rounding) return x.map(() => 0);
  const scaled = x.map((a) => a / size);
  const norm = Math.sqrt(dot(scaled, scaled));
  return scaled.map((a) => a / norm);
}

/** φ: from a state or pattern to the space in which they are compared. */
const spaces = {
  dot: (x) => x,
  euclidean: (x) => x,
  centred_dot: (x, centre) => x.map((a, i) => a - centre[i]),
  cosine: (x) => direction(x, 0),
  layer_norm: (x) => {
    const mean = total(x) / x.length;
    const rounding = 1e-5 * largest(x.map(Math.abs));
    const root = Math.sqrt(x.length);
    return direction(x.map((a) => a - mean), rounding).map((a) => a * root);
  },
};

/** Scores to weights. */
const separations = {
  softmax: (z) => {
    const top = largest(z);
    const powers = z.map((a) => Math.exp(a - top));
    const sum = total(powers);
    return powers.map((a) => a / sum);
  },
  softmax1: (z) => {
    const top = Math.max(0, largest(z));
    const powers = z.map((a) => Math.exp(a - top));
    const sum = total(powers) + Math.exp(-top);
    return powers.map((a) => a / sum);
  },
  top_k: (z, k) => {
    const sorted = z.slice().sort((a, b) => b - a);
    const smallest = sorted[Math.min(k, z.length) - 1];
    const ties = z.filter((a) => a === smallest).length;
    const above = z.filter((a) => a > smallest).length;
    // Scores that tie for the last places share them.
    const places = Math.log((Math.min(k, z.length) - above) / ties);
    return separations.softmax(
      z.map((a) => (a < smallest ? -Infinity : a === smallest ? a + places : a)),
    );
  },
  sparsemax: (z) => {
    const tau = threshold(z, (sum, _, count) => (sum - 1) / count);
    return z.map((a) => Math.max(0, a - tau));
  },
  "entmax_1.5": (z) => {
    const half = z.map((a) => a / 2);
    const tau = threshold(half, (sum, squares, count) => {
      const mean = sum / count;
      const deviation = squares - mean * mean * count;
      return mean - Math.sqrt(Math.max(0, (1 - deviation) / count));
    });
    return half.map((a) => Math.max(0, a - tau) ** 2);
  },
  polynomial: (z, degree) => {
    const top = Math.max(largest(z), 0);
    if (top === 0) return z.map(() => 0);
    const powers = z.map((a) => Math.max(0, a / top) ** degree);
    const sum = total(powers);
    return powers.map((a) => a / sum);
  },
  log_sum_relu: (z) => {
    const near = z.map((a) => (a > -1 ? 1 : 0));
    const count = Math.max(1, total(near));
    return near.map((a) => a / count);
  },
};

/** τ of the largest set of scores that all lie above their own τ. */
function threshold(z, of) {
  const top = largest(z);
  const sorted = z.slice().sort((a, b) => b - a);
  let [sum, squares, tau] = [0, 0, -Infinity];
  for (let i = 0; i < sorted.length; i++) {
    const a = sorted[i] - top;
    sum += a;
    squares += a * a;
    const next = of(sum, squares, i + 1);
    if (a <= next) break;
    tau = next;
  }
  return tau + top;
}

/** A layer that answers states: `{ retrieved, weights }`, weights head by head. */
function makeLayer(about) {
  const { patterns: n, dim, heads } = about;
  const rows = floats(about.numbers);
  const values = about.values ? floats(about.values) : rows;
  const m = values.length / n;
  const [part, valuePart] = [dim / heads, m / heads];
  const space = spaces[about.similarity];
  const [name, parameter] =
    typeof about.separation === "string" ? [about.separation] : Object.entries(about.separation)[0];
  const separation = separations[name];
  const spherical = about.similarity === "cosine" || about.similarity === "layer_norm";
  const cut = (x, row, width, head, size) =>
    Float64Array.from(x.subarray(row * width + head * size, row * width + (head + 1) * size));
  const each = (count, make) => Array.from({ length: count }, (_, i) => make(i));
  const mean = (weights, vectors, size) => {
    const sum = new Float64Array(size);
    for (let i = 0; i < n; i++) {
      if (weights[i] === 0) continue;
      for (let j = 0; j < size; j++) sum[j] += weights[i] * vectors[i][j];
    }
    return sum;
  };
  const parts = each(heads, (head) => {
    const patterns = each(n, (row) => cut(rows, row, dim, head, part));
    const centre = mean(new Float64Array(n).fill(1 / n), patterns, part);
    const keys = patterns.map((x) => space(x, centre));
    return {
      centre,
      keys,
      values: each(n, (row) => cut(values, row, m, head, valuePart)),
      beta: Math.exp(about.log_beta[head]),
    };
  });
  const similarity = about.similarity === "euclidean" ? halfSquaredDistance : dot;
  const weigh = ({ keys, beta }, q, separation) =>
    separation(keys.map((key) => beta * similarity(q, key)), parameter);
  // On a sphere only the direction of a step counts; softmax₁ has that of the softmax, even where all its weights vanish.
  const stepping = spherical && name === "softmax1" ? separations.softmax : separation;
  return {
    about,
    answer(state) {
      const retrieved = new Float64Array(m);
      const weights = [];
      parts.forEach((of, head) => {
        const x = state.subarray(head * part, (head + 1) * part);
        let q = space(x, of.centre);
        for (let step = 1; step < about.steps; step++) {
          const weights = weigh(of, q, stepping);
          // Where no pattern is within reach, the state stays.
          if (name === "log_sum_relu" && total(weights) === 0) break;
          const next = mean(weights, of.keys, part);
          q = spherical ? space(next, of.centre) : next;
        }
        const found = weigh(of, q, separation);
        retrieved.set(mean(found, of.values, valuePart), head * valuePart);
        weights.push(...found);
      });
      return { retrieved, weights };
    },
    /** A pattern as it is stored. */
    pattern: (row) => rows.subarray(row * dim, (row + 1) * dim),
  };
}

/** The stack: of a state, what every layer answers, from the input on. */
function makeNetwork(data) {
  const layers = data.layers.map(makeLayer);
  return {
    layers,
    trace(state) {
      let input = Float64Array.from(state);
      return layers.map((layer, index) => {
        const answer = layer.answer(input);
        const adds = data.residual && index + 1 < layers.length;
        input = adds ? answer.retrieved.map((a, i) => a + input[i]) : answer.retrieved;
        return answer;
      });
    },
  };
}
