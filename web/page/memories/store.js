// The networks with their patterns stored, in the engine. A network is stored anew only if its patterns or its settings changed.

import { stored } from "./networks.js";

/** Gives get(network, settings, images, name) → { memory, rows }; `name` is the same for the same images. */
export function makeStore(engine) {
  const kept = new Map();
  return async function get(network, settings, images, name) {
    const wanted = JSON.stringify(network.engine(settings));
    const key = `${name} ${wanted}`;
    const old = kept.get(network.key);
    if (old?.key === key) return old;
    const rows = stored(network, settings, images);
    const dim = rows[0].length;
    const matrix = new Float32Array(rows.length * dim);
    rows.forEach((row, i) => matrix.set(row, i * dim));
    const memory = await engine.make("Memory", wanted, matrix, dim);
    kept.set(network.key, { key, memory, rows });
    await old?.memory.free();
    return kept.get(network.key);
  };
}
