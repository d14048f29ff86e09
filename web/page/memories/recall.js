// A recall, state by state, and what it ended in.

/** Updates at most. */
export const MOST_UPDATES = 50;
/** Binary units shown at a time: a row of the image. */
const CHUNK = 28;

/**
 * Updates a state until it stays as it is. Gives { frames, updates, settled, problem }: every frame is { state, at, unit, energy }, where `at` counts updates and
 * `unit` is how far a sweep over binary units has come. Without an energy, `problem` says why.
 */
export async function recall(memory, start, binary) {
  const frames = [{ state: start, at: 0, unit: 0 }];
  let state = start;
  let updates = 0;
  let settled = false;
  while (updates < MOST_UPDATES) {
    const next = await memory.update(state);
    settled = distance(next, state) <= (binary ? 0 : 1e-4);
    if (settled) break;
    if (binary) frames.push(...sweep(state, next, updates));
    else frames.push({ state: next, at: updates + 1, unit: 0 });
    state = next;
    updates += 1;
  }
  let problem;
  try {
    const states = new Float32Array(frames.length * start.length);
    frames.forEach((frame, i) => states.set(frame.state, i * start.length));
    (await memory.energies(states)).forEach((energy, i) => {
      frames[i].energy = energy;
    });
  } catch (error) {
    problem = error.message;
  }
  return { frames, updates, settled, problem };
}

/** The states on the way of a sweep, in which units are updated from the first to the last; rows in which nothing changes are left out. */
function sweep(old, next, done) {
  const frames = [];
  let before = old;
  for (let unit = CHUNK; unit <= old.length; unit += CHUNK) {
    const state = old.slice();
    state.set(next.subarray(0, unit));
    if (distance(state, before) === 0) continue;
    frames.push({ state, at: done + unit / old.length, unit });
    before = state;
  }
  return frames;
}

function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** The cosine of two states; 0 if one of them is. */
export function overlap(a, b) {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa && bb ? ab / Math.sqrt(aa * bb) : 0;
}

/** An overlap as it is printed: .93, and never 1 or 0 if it isn't. */
export function printed(overlap) {
  const size = Math.abs(overlap);
  const shown = size > 0.9999 ? "1" : Math.min(size, 0.999).toFixed(size > 0.99 ? 3 : 2).slice(1);
  return (overlap < -0.005 ? "−" : "") + shown;
}

/**
 * What a recall ended in: { kind, index, overlap }. The kind is "pattern", "negative" (of a pattern), "mixture" (no pattern, but settled), "start" (no
 * pattern, and nothing changed) or "unsettled"; index is that of the pattern, or of the nearest one. `target` is the pattern that was damaged, which comes first if it is stored twice.
 */
export function verdict({ frames, settled }, rows, binary, target) {
  const state = frames.at(-1).state;
  const overlaps = rows.map((row) => overlap(row, state));
  const same = (index) => (binary ? distance(rows[index], state) === 0 : overlaps[index] > 0.999);
  const indices = [...rows.keys()].sort((a, b) => overlaps[b] - overlaps[a] || (b === target) - (a === target));
  const found = target !== undefined && same(target) ? target : indices[0];
  const end = (kind, index) => ({ kind, index, overlap: overlaps[index] });
  if (same(found)) return end("pattern", found);
  if (!settled) return end("unsettled", found);
  const opposite = indices.at(-1);
  if (binary && overlaps[opposite] < -0.9999) return end("negative", opposite);
  return end(frames.length === 1 ? "start" : "mixture", found);
}

/** The verdict in words: { sentence, brief, mark }, the mark "yes", "no" or "other". */
export function words({ kind, index, overlap }, labels, target) {
  const digit = labels[index];
  const nearest = `nearest is a stored ${digit}, overlap ${printed(overlap)}`;
  const said = (mark, sentence, brief) => ({ mark, sentence, brief });
  if (kind === "unsettled") return said("no", `Still changing after ${MOST_UPDATES} updates; ${nearest}.`, "Still changing");
  if (kind === "mixture") return said("no", `A mixture that was never stored; ${nearest}.`, `A mixture, nearest ${article(digit)} (${printed(overlap)})`);
  if (kind === "start") return said("no", `Nothing changes, though this was never stored; ${nearest}.`, "Nothing changes");
  if (kind === "negative") return said("other", `The negative of a stored ${digit}: its energy is as low as that of the ${digit}.`, `The negative of ${article(digit)}`);
  if (target === undefined) return said("yes", `It recalls a stored ${digit}.`, `A stored ${digit}`);
  if (index === target) return said("yes", `Recalled: the stored ${digit}.`, "Recalled");
  return said("other", `Recalled, but not the damaged one: ${article(digit)} that is stored as well.`, `Another one, ${article(digit)}`);
}

/** "a 3", "an 8". */
export const article = (label) => `${label === 8 ? "an" : "a"} ${label}`;
