// The buttons that run the training, its speed, and the sentence about how it stands.

import { asError, say } from "../dom.js";
import { MEAN_DIGIT } from "./curve.js";

const RATES = [1, 2, 5, 10, 20, 50, Infinity]; // batches per second

const rateWords = (rate) => (rate === 1 ? "one batch a second" : Number.isFinite(rate) ? `${rate} batches a second` : "as fast as it can");

/** Makes them live. Gives { show(state, message), start() }. */
export function makeTransport(find, trainer, { restart, tell }) {
  let wasHidden = false;

  function words(state) {
    if (state === "running") return wasHidden ? "Training goes on. It was paused while this tab was in the background." : "Training on 10,000 digits.";
    if (state === "background") return "Paused while this tab was in the background.";
    if (state === "done") return `Done: test error ${asError(trainer.lastTest?.error)}. Always answering the mean digit costs ${MEAN_DIGIT}.`;
    if (state === "failed") return "The training stopped.";
    return trainer.step ? "Paused." : "All patterns are noise. Press Start to train.";
  }

  function show(state, message) {
    say(find("status"), words(state));
    wasHidden = state === "background";
    const runs = state === "running" || state === "background";
    const over = state === "done" || state === "failed";
    say(find("start"), runs ? "Pause" : trainer.step && !over ? "Go on" : "Start");
    find("start").disabled = over;
    find("one").disabled = over;
    find("restart").disabled = false;
    if (message) tell(message);
  }

  /** Starts; where nobody looks, at once as paused. */
  function start() {
    trainer.start();
    trainer.setVisible(!document.hidden);
  }

  find("start").addEventListener("click", () => (trainer.state === "running" ? trainer.pause() : trainer.start()));
  find("one").addEventListener("click", () => trainer.stepOnce());
  find("restart").addEventListener("click", restart);
  find("rate").addEventListener("input", (event) => {
    const rate = RATES[Number(event.target.value)];
    trainer.setRate(rate);
    say(find("rate-text"), rateWords(rate));
    event.target.setAttribute("aria-valuetext", rateWords(rate));
  });
  document.addEventListener("visibilitychange", () => trainer.setVisible(!document.hidden));
  return { show, start };
}
