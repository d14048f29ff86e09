// Which digits are stored: drawn by a seed, one of each class first.

/** How many can be stored. */
export const MOST = 100;

/** Draws numbers in [0, 1): the same for the same seed (Mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `MOST` different digits: { image, label }, the first ten of different classes, as far as there are such. */
export async function choose(digits, seed) {
  const count = await digits.count();
  const draw = random(seed);
  const drawn = new Set();
  while (drawn.size < Math.min(count, 2 * MOST)) drawn.add(Math.floor(draw() * count));
  const candidates = await Promise.all([...drawn].map(async (index) => ({ index, label: await digits.label(index) })));
  const first = [];
  for (const digit of candidates) first[digit.label] ??= digit;
  const heads = first.filter(Boolean);
  const chosen = [...heads, ...candidates.filter((digit) => !heads.includes(digit))].slice(0, MOST);
  return Promise.all(chosen.map(async ({ index, label }) => ({ label, image: await digits.image(index) })));
}
