// The stage: a recall as it goes on, its energy and its overlaps, and what it ends in.

import { say, short } from "../dom.js";
import { drawState } from "./query.js";
import { words } from "./recall.js";
import { makePlayer } from "./player.js";
import { makeChart } from "./chart.js";
import { makeBars } from "./bars.js";

/** `$` finds the elements. `shown(found)` is called with every frame: the index of the stored pattern that it has ended in, if any. */
export function makeStage($, shown) {
  const chart = makeChart($(".chart"));
  const bars = makeBars($(".overlaps"));
  const player = makePlayer({ show, pause });
  // { frames, rows, binary, labels, target, end, problem }; `end` is the verdict, once it is known.
  let run;

  function pause(index) {
    return index === 0 ? 350 : Math.min(run.binary ? 70 : 450, 8000 / run.frames.length);
  }

  function show(index, playing) {
    const { frames, binary, labels, target, end } = run;
    const frame = frames[index];
    const last = index === frames.length - 1;
    drawState($(".state"), frame.state, binary);
    const line = $(".sweep");
    line.hidden = !frame.unit || last;
    line.style.top = `${(100 * frame.unit) / frame.state.length}%`;
    chart.show(index);
    bars.show(frame.state);
    say($(".energy"), frame.energy === undefined ? "" : short(frame.energy));
    const place = $(".place");
    [place.max, place.value] = [frames.length - 1, index];
    place.setAttribute("aria-valuetext", `State ${index} of ${frames.length - 1}`);
    say($(".play"), playing ? "Pause" : index === 0 ? "Recall" : last ? "Again" : "Go on");
    $(".play").disabled = place.disabled = frames.length === 1;
    $(".back").disabled = index === 0;
    $(".step").disabled = last;
    const said = last && end ? words(end, labels, target) : undefined;
    say($(".verdict"), said?.sentence ?? (playing ? "Recalling …" : ""));
    $(".recalled").dataset.mark = said?.mark ?? "";
    shown(said && ["pattern", "negative"].includes(end.kind) ? end.index : undefined);
  }

  $(".play").addEventListener("click", () => player.toggle());
  $(".back").addEventListener("click", () => player.seek(player.index - 1));
  $(".step").addEventListener("click", () => player.seek(player.index + 1));
  $(".place").addEventListener("input", (event) => player.seek(Number(event.target.value)));

  return {
    /** Whether the last state of a recall is shown; not for a query whose recall isn't known yet. */
    get atEnd() { return Boolean(run.end) && player.atEnd; },
    /** Shows a recall from its "start", at its "end", or "play"s it. Without `end` it is a query whose recall isn't known yet. */
    load(next, how) {
      run = next;
      const { frames, rows, binary, labels, target, end, problem } = run;
      const energies = end && problem === undefined;
      if (energies) chart.load(frames, binary ? "sweep" : "update");
      else chart.clear();
      say($(".axis-name"), problem ?? (binary ? "sweeps over all units" : "updates"));
      bars.load(frames, rows, labels, binary, target);
      player.load(frames.length, { at: how === "end" ? frames.length - 1 : 0, play: how === "play" });
    },
  };
}
