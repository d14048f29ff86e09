// The page's side of the network: objects that live in the worker, called as if they were here.
//
//   const engine = await open();
//   const training = await engine.make("Training", settings, engine.train, engine.test);
//   const error = await training.train(20);
//
// Every method gives a promise. What fails rejects it with an Error whose message is a sentence for people.

/** Why this browser can't run the network; none if it can. */
export function missing() {
  const needs = "It needs Chrome or Edge 111, Firefox 114, Safari 16.4, or newer.";
  if (typeof WebAssembly !== "object") return `This browser has no WebAssembly, in which the network is computed. ${needs}`;
  // The shortest module with an instruction of 128-bit SIMD.
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  if (!WebAssembly.validate(new Uint8Array(simd))) return `This browser's WebAssembly has no SIMD instructions, in which the network is computed. ${needs}`;
  return undefined;
}

/** Starts the worker, and loads the module and the digits. */
export async function open() {
  const problem = missing();
  if (problem) throw new Error(problem);
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  const waiting = new Map();
  let count = 0;
  let failure; // of the worker itself, which then answers nothing
  const send = (target, method, args) => new Promise((resolve, reject) => {
    if (failure) return reject(failure);
    waiting.set(++count, { resolve, reject });
    const plain = args.map((value) => (value?.handle ? { object: value.handle } : value));
    worker.postMessage({ id: count, target, method, args: plain });
    return undefined;
  });
  const here = (value) => {
    if (Array.isArray(value)) return value.map(here);
    return value?.object ? object(value.object, value.type) : value;
  };
  // An object of the worker: any method but `then`, which would make it a promise. `freed` tells whether it is gone.
  const object = (handle, type) => new Proxy({ handle, type, freed: false }, {
    get: (own, name) => (name in own || name === "then" || typeof name === "symbol"
      ? own[name]
      : async (...args) => {
        own.freed ||= name === "free";
        return here(await send(handle, name, args));
      }),
  });
  worker.onmessage = ({ data: { id, value, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  };
  worker.onerror = (event) => {
    failure = new Error(event.message || "worker.js can't be loaded");
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const digits = await send("digits", "", []);
  return {
    train: here(digits.train),
    test: here(digits.test),
    /** A new object of a class. */
    make: async (type, ...args) => here(await send(type, "new", args)),
    /** A function of a class that needs no object, or of the "module". */
    call: async (type, method, ...args) => here(await send(type, method, args)),
  };
}
