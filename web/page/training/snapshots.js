// The networks along the training that one can go back to, evenly spread on the scale of time.

import { place } from "./scale.js";

const MOST = 80;
const MOST_BYTES = 96e6;

/** A list of { step, network, error, about } in order of steps; networks that are dropped are freed. */
export function makeSnapshots() {
  let list = [];

  /** Drops the snapshot that is missed least; never the first, the two newest (the page still shows the older of them), or the one that is looked at. */
  function thin(kept) {
    let least = Infinity;
    let index = -1;
    for (let k = 1; k < list.length - 2; k++) {
      const gap = place(list[k + 1].step) - place(list[k - 1].step);
      if (list[k] !== kept && gap < least) [least, index] = [gap, k];
    }
    if (index >= 0) list.splice(index, 1)[0].network.free();
  }

  return {
    /** Adds the network as it is now; `kept` is the snapshot that is looked at. */
    add(snapshot, kept) {
      const same = list.at(-1);
      if (same?.step === snapshot.step && same !== kept) list.pop().network.free();
      list.push(snapshot);
      const most = Math.max(6, Math.min(MOST, Math.floor(MOST_BYTES / snapshot.bytes)));
      while (list.length > most) thin(kept);
    },
    clear() {
      for (const { network } of list) network.free();
      list = [];
    },
    /** The snapshot nearest to a step. */
    nearest: (step) => list.reduce((best, one) => (Math.abs(one.step - step) < Math.abs(best.step - step) ? one : best)),
    /** The one so many places before or after another. */
    neighbour: (snapshot, places) => list[Math.max(0, Math.min(list.length - 1, list.indexOf(snapshot) + places))],
    get newest() { return list.at(-1); },
    get length() { return list.length; },
  };
}
