// Plays the frames of a recall: play, pause, step, back. Stops while the page is in the background.

/** `show(index, playing)` is called for every change; `pause(index)` gives the milliseconds that frame `index` stays. */
export function makePlayer({ show, pause }) {
  let count = 1;
  let index = 0;
  let playing = false;
  let timer;

  function go(to) {
    index = Math.max(0, Math.min(count - 1, to));
    if (index === count - 1) playing = false;
    show(index, playing);
    clearTimeout(timer);
    if (playing && !document.hidden) timer = setTimeout(() => go(index + 1), pause(index));
  }
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (playing && !document.hidden) go(index);
  });
  return {
    get index() { return index; },
    get atEnd() { return index === count - 1; },
    /** Other frames; `at` is the frame to begin with. */
    load(frames, { at = 0, play = false } = {}) {
      count = frames;
      playing = play;
      go(at);
    },
    /** From the start, if it is at the end. */
    toggle() {
      playing = !playing;
      go(playing && index === count - 1 ? 0 : index);
    },
    seek(to) {
      playing = false;
      go(to);
    },
  };
}
