// With --watch, the page loads itself again every few seconds, but not while the reader is busy.

/** How long after the last key, click or turn of the wheel the reader counts as busy. */
const busyMilliseconds = 3000;

function startWatching(place) {
  if (!data.refresh) return;
  const loaded = Date.now();
  let [last, pressed] = [0, false];
  const note = element("span", { class: "note" });
  const button = pressable("pause", "", () => {
    state.paused = !state.paused;
    show();
    save();
  });
  const show = () => {
    button.textContent = state.paused ? "Resume" : "Pause";
    const seconds = data.refresh === 1 ? "second" : `${data.refresh} seconds`;
    note.textContent = state.paused ? "Not reloading." : `This page reloads every ${seconds}.`;
  };
  const busy = (event) => {
    last = Date.now();
    if (event.type === "pointerdown") pressed = true;
    else if (event.type.startsWith("pointer")) pressed = event.buttons > 0 && event.type === "pointermove";
  };
  for (const type of ["pointerdown", "pointerup", "pointercancel", "keydown", "input", "wheel"]) {
    addEventListener(type, busy, { capture: true, passive: true });
  }
  addEventListener("pointermove", (event) => { if (pressed) busy(event); }, { capture: true, passive: true });
  setInterval(() => {
    if (state.paused || pressed || Date.now() - last < busyMilliseconds) return;
    if (Date.now() - loaded >= 1000 * data.refresh) location.reload();
  }, 200);
  place.hidden = false;
  place.append(note, button);
  show();
}
