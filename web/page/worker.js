// Runs the network beside the page: the WebAssembly module, the objects made with it, and the calls of them.
//
// A call is { id, target, method, args }: `target` is the number of an object, the name of a class (method "new" makes an object), or "module". It is answered with
// { id, value } or { id, error }. Objects stay here; the page gets { object, type } in their place.

import init, * as hopfield from "./hopfield_web.js";

const objects = new Map();
let count = 0;

const load = (async () => {
  await init();
  const file = async (name) => {
    const response = await fetch(new URL(`digits/${name}`, import.meta.url));
    if (!response.ok) throw new Error(`${response.url} can't be loaded: ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const digits = async (part) =>
    new hopfield.Digits(...await Promise.all([file(`${part}-images-idx3-ubyte`), file(`${part}-labels-idx1-ubyte`)]));
  const [train, test] = await Promise.all([digits("train"), digits("t10k")]);
  return { train, test };
})();

/** What the page gets of a value: objects of the module stay here. */
function sent(value) {
  if (Array.isArray(value)) return value.map(sent);
  if (!value || typeof value !== "object" || !(value.constructor.name in hopfield)) return value;
  objects.set(++count, value);
  return { object: count, type: value.constructor.name };
}

const received = (value) => value?.object ? objects.get(value.object) : value;

async function answer({ target, method, args }) {
  const digits = await load;
  if (target === "digits") return digits;
  if (typeof target === "number" && !objects.has(target)) throw new Error("This network has just been replaced by another one. Try again.");
  if (method === "free") {
    objects.get(target).free();
    objects.delete(target);
    return undefined;
  }
  const of = target === "module" ? hopfield : typeof target === "number" ? objects.get(target) : hopfield[target];
  const values = args.map(received);
  return method === "new" ? new of(...values) : of[method](...values);
}

self.onmessage = async ({ data: call }) => {
  try {
    const value = await answer(call);
    const found = call.target === "digits" ? { train: sent(value.train), test: sent(value.test) } : sent(value);
    self.postMessage({ id: call.id, value: found }, found?.buffer instanceof ArrayBuffer ? [found.buffer] : []);
  } catch (error) {
    self.postMessage({ id: call.id, error: String(error?.message ?? error) });
  }
};
