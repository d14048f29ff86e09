// The slider through time: the training so far, and the way back to now.

import { say, whole } from "../dom.js";
import { place, stepAt } from "./scale.js";

const JUMPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };

/**
 * Makes the slider live. `look(snapshot)` is called with the moment that is looked at; undefined: now.
 *
 * Gives { reset(total, perEpoch), advance(step), choose(step) } and the snapshot looked at.
 */
export function makeTime(find, snapshots, look) {
  const slider = find("time");
  let perEpoch = 1;
  let step = 0;
  let looked;

  function show() {
    const at = looked ? looked.step : step;
    slider.value = place(at);
    const words = looked ? `step ${whole(at)}, epoch ${(at / perEpoch).toFixed(1)}` : "now";
    slider.setAttribute("aria-valuetext", words);
    find("back").hidden = !looked;
    say(find("time-text"), looked ? `Step ${whole(at)}, epoch ${(at / perEpoch).toFixed(1)}` : "Drag to look back.");
  }
  function set(snapshot) {
    const next = snapshot === snapshots.newest ? undefined : snapshot;
    const same = next === looked;
    looked = next;
    show();
    if (!same) look(looked);
  }
  const choose = (wanted) => snapshots.length && set(snapshots.nearest(wanted));

  slider.addEventListener("input", () => choose(stepAt(Number(slider.value))));
  slider.addEventListener("keydown", (event) => {
    const places = JUMPS[event.key];
    if (places === undefined || !snapshots.length) return;
    event.preventDefault();
    set(snapshots.neighbour(looked ?? snapshots.newest, places));
  });
  find("back").addEventListener("click", () => {
    set(undefined);
    slider.focus({ focusVisible: false });
  });

  return {
    reset(total, each) {
      [perEpoch, step, looked] = [each, 0, undefined];
      slider.max = place(total);
      show();
    },
    advance(now) {
      step = now;
      if (!looked) show();
    },
    choose,
    get looked() { return looked; },
  };
}
