// The three networks: their settings, their equations, what each of them can do, and what it stores.

import { superscript } from "../dom.js";

/** Softmax compares scores; how large they are depends on the similarity, and so does a useful β: [least, most, at first]. */
const BETAS = { cosine: [1, 1000, 100], dot: [0.01, 100, 8], centred_dot: [0.01, 100, 1], euclidean: [0.005, 10, 1] };

/** c, how alike a state and a pattern are. */
const SCORE = { cosine: "cos(s, xᵢ)", dot: "s·xᵢ", centred_dot: "(s − m)·(xᵢ − m)", euclidean: "−½ ‖s − xᵢ‖²" };

/** How scores become weights. */
const WEIGHTS = { softmax: "softmax", "entmax_1.5": "entmax", sparsemax: "sparsemax", log_sum_relu: "log-sum-ReLU" };

/** F of the dense network. */
const FORCE = {
  polynomial: (n) => `F(z) = (z / d)${superscript(n)}`,
  rectified_polynomial: (n) => `F(z) = max(0, z / d)${superscript(n)}`,
};

/** Key, name and settings at first; `binary` networks store ±1. */
export const networks = [
  {
    key: "classical",
    name: "Classical",
    paper: "Hopfield 1982",
    binary: true,
    first: { storage: "hebbian" },
    controls: () => [
      { key: "storage", label: "Storage", options: [["hebbian", "Hebb’s rule"], ["pseudo_inverse", "Pseudo-inverse"]] },
    ],
    engine: ({ storage }) => ({ kind: "classical", storage }),
    equations: ({ storage }) => [
      ["Weights", storage === "hebbian" ? "W = Σᵢ xᵢ xᵢᵀ, diagonal 0" : "W = X⁺X, diagonal 0"],
      ["Update", "s ← sgn(W s), one unit after the other"],
      ["Energy", "E(s) = −½ sᵀW s"],
    ],
    summary: ({ storage }) => (storage === "hebbian"
      ? "Digits resemble one another, and Hebb’s rule mixes them up as soon as a handful is stored."
      : "The pseudo-inverse corrects for resemblance and recalls dozens of digits. The more are stored, the more sweeps it takes."),
  },
  {
    key: "dense",
    name: "Dense",
    paper: "Krotov & Hopfield 2016, Demircigil et al. 2017",
    binary: true,
    first: { interaction: "polynomial", degree: 20, beta: 0.1 },
    controls: ({ interaction }) => [
      {
        key: "interaction",
        label: "Function F",
        options: [["polynomial", "Power"], ["rectified_polynomial", "Rectified power"], ["exponential", "Exponential"]],
      },
      interaction === "exponential"
        ? { key: "beta", label: "β", range: [0.001, 1], logarithmic: true }
        : { key: "degree", label: "Degree n", range: [2, 30] },
    ],
    engine: ({ interaction: kind, degree, beta }) => ({ kind: "dense", interaction: kind === "exponential" ? { kind, beta } : { kind, degree } }),
    equations: ({ interaction, degree }) => (interaction === "exponential"
      ? [
        ["Update", "each unit takes the sign with the lower energy"],
        ["Energy", "E(s) = −β⁻¹ log Σᵢ exp(β xᵢ·s)"],
      ]
      : [
        ["Update", "each unit takes the sign with the lower energy"],
        ["Energy", "E(s) = −Σᵢ F(xᵢ·s)", FORCE[interaction](degree), "d = 784 units"],
      ]),
    summary: ({ interaction }) => (interaction === "exponential"
      ? "The steepest energy: it tells 1,000 digits apart. With a small β it mixes them, as a low degree does."
      : "A low degree mixes digits (2 is the classical network with Hebb’s rule); a high degree keeps all of them apart."),
  },
  {
    key: "continuous",
    name: "Continuous",
    paper: "Ramsauer et al. 2020",
    binary: false,
    first: { similarity: "cosine", separation: "softmax", beta: BETAS.cosine[2] },
    controls: ({ similarity }) => [
      { key: "beta", label: "β", range: BETAS[similarity].slice(0, 2), logarithmic: true },
      {
        key: "similarity",
        label: "Similarity",
        options: [["cosine", "Cosine"], ["dot", "Dot product"], ["centred_dot", "Centred dot product"], ["euclidean", "Euclidean"]],
      },
      {
        key: "separation",
        label: "Separation",
        options: [["softmax", "Softmax"], ["entmax_1.5", "1.5-entmax"], ["sparsemax", "Sparsemax"], ["log_sum_relu", "Log-sum-ReLU"]],
      },
    ],
    /** Another similarity needs another β. Log-sum-ReLU counts the patterns within a distance of √(2/β). */
    adjust: (settings, changed) => {
      if (changed === "separation" && settings.separation === "log_sum_relu") Object.assign(settings, { similarity: "euclidean", beta: 0.04 });
      else if (changed === "separation" && settings.beta === 0.04) settings.beta = BETAS[settings.similarity][2];
      if (changed !== "similarity") return;
      settings.beta = BETAS[settings.similarity][2];
      if (settings.separation === "log_sum_relu") settings.separation = "softmax";
    },
    engine: ({ similarity, separation, beta }) => ({ kind: "continuous", similarity, separation: { kind: separation }, beta }),
    equations: ({ similarity, separation }) => [
      ["Update", `s ← Σᵢ pᵢ xᵢ,  p = ${WEIGHTS[separation]}(β c)`, `cᵢ = ${SCORE[similarity]}`],
      ["Energy", energyOf(similarity, separation)],
    ],
    summary: ({ similarity, separation }) => {
      if (separation === "log_sum_relu") return "Recalls the mean of all patterns within a distance of √(2/β): one pattern, a mixture, or none, and then nothing changes: lower β.";
      if (similarity === "dot") return "A high β recalls the pattern with the largest dot product: bold digits win. A low β recalls means.";
      return "A high β recalls the stored pattern that is most alike; a low β recalls the mean of many.";
    },
    /** Cosine compares directions only. With equal norms, a mean of patterns also has the mean of their directions, which is what lowers the energy. */
    scale: (rows, { similarity }) => (similarity === "cosine" ? sameNorm(rows) : rows),
  },
];

function energyOf(similarity, separation) {
  if (separation === "log_sum_relu") return "E(s) = −β⁻¹ log(ε + Σᵢ max(0, 1 + β cᵢ)) + const, with a tiny ε";
  const sum = separation === "softmax" ? "log Σᵢ exp(β cᵢ)" : "Ω*(β c)";
  const square = { dot: " + ½ ‖s‖²", centred_dot: " + ½ ‖s − m‖²" }[similarity] ?? "";
  return `E(s) = −β⁻¹ ${sum}${square} + const`;
}

/** The patterns as the network stores them: ±1, or grey values. */
export function stored(network, settings, images) {
  if (network.binary) return images.map((image) => image.map((grey) => (grey >= 0.5 ? 1 : -1)));
  return network.scale(images, settings);
}

function sameNorm(rows) {
  const norms = rows.map((row) => Math.hypot(...row));
  const mean = norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
  return rows.map((row, i) => (norms[i] ? row.map((grey) => (grey * mean) / norms[i]) : row));
}
