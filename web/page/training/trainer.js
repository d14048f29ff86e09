// Runs the training: in calls of about a tenth of a second, so that the page can draw in between.

const CALL_MS = 80; // of training between two frames at full speed
const OPENING = 24; // batches at first that are slow enough to watch, as most happens in them
const OPENING_MS = 110;
const NOISE_MS = 900; // for which the noise at the start is shown
const TEST_SHARE = 7; // measuring on test digits takes at most one seventh of the time

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Makes a trainer. Its callbacks:
 *
 * - `frame({ step, error, network, speed })` after each call: the mean error over it, the network as it is now (the receiver frees it), digits per second;
 *   the training goes on when its promise is kept, so that the page's questions are answered first
 * - `tested({ step, error })` after each measurement on the test digits
 * - `changed(state, message)` when it becomes "running", "paused", "background" (paused because the tab is hidden), or "done"; or "failed", with a sentence
 */
export function makeTrainer(engine, { frame, tested, changed }) {
  let training;
  let settings;
  let step = 0;
  let total = 0;
  let perEpoch = 1;
  let state = "paused";
  let rate = Infinity; // batches per second
  let msPerStep = CALL_MS;
  let testDue = 0;
  let lastTest; // { step, error }
  let busy = Promise.resolve(); // calls of the training follow one another
  let run = 0; // each start has a number: an older loop sees that it is over

  function become(next, message) {
    state = next;
    if (next !== "running") run += 1;
    changed(next, message);
  }

  /** Runs work on the present training after all work asked for earlier; tells failures. */
  function inTurn(work) {
    const own = training;
    busy = busy.then(() => (own === training ? work(own) : undefined)).catch((error) => {
      if (own === training) become("failed", error.message);
    });
    return busy;
  }

  const advance = (steps) => inTurn(async (own) => {
    const began = performance.now();
    const [error, done, network] = await Promise.all([own.train(steps), own.steps(), own.network()]);
    if (own !== training) return network.free();
    const took = performance.now() - began;
    const made = done - step;
    if (made > 0) msPerStep = took / made;
    step = done;
    await frame({ step, error: made > 0 ? error : undefined, network, speed: made > 0 && done < total ? (made * settings.training.batch_size * 1000) / took : undefined });
    if (own !== training) return;
    if (made > 0 && !Number.isFinite(error)) become("failed", "The error is no longer a number: the steps are too large. Lower the learning rate, or start again.");
    else if (step >= total) await finish(own);
    else if (performance.now() >= testDue) await measure(own);
  });

  async function measure(own) {
    const began = performance.now();
    const error = await own.test_error(engine.testCount);
    if (own !== training) return;
    testDue = performance.now() + Math.max(900, TEST_SHARE * (performance.now() - began));
    lastTest = { step, error };
    tested(lastTest);
  }

  async function finish(own) {
    await measure(own);
    if (own === training) become("done");
  }

  /** How many steps the next call does, and how long it takes at least; the first ones are slow, so that one can watch the noise go. */
  function next() {
    const most = Math.max(1, (step - OPENING) / 4);
    const steps = Math.max(1, Math.round(Math.min(Number.isFinite(rate) ? rate / 10 : CALL_MS / msPerStep, most)));
    const least = step < OPENING ? OPENING_MS : 0;
    return { steps, ms: Math.max(least, Number.isFinite(rate) ? (1000 * steps) / rate : 0) };
  }

  /** Waits in short parts, so that a pause or a new speed is felt at once. */
  async function rest(own, until) {
    const asked = rate;
    while (own === run && asked === rate && performance.now() < until) await pause(Math.min(50, until - performance.now()));
  }

  async function loop(own) {
    while (own === run) {
      if (step === 0) await rest(own, performance.now() + NOISE_MS);
      if (own !== run) return;
      const began = performance.now();
      const { steps, ms } = next();
      await advance(steps);
      await rest(own, began + ms);
    }
  }

  function start() {
    if (state === "running" || !training || step >= total) return;
    become("running");
    run += 1;
    loop(run);
  }

  return {
    /** Begins anew with settings; rejects with the engine's sentence, and keeps the old training, if they are wrong. `begun` is called before the first frame. */
    async begin(wanted, begun) {
      const made = await engine.make("Training", JSON.stringify(wanted), engine.train, engine.test);
      const [all, each] = await Promise.all([made.total(), made.per_epoch()]);
      const old = training;
      [training, settings, step, total, perEpoch, testDue, lastTest] = [made, wanted, 0, all, each, 0, undefined];
      become("paused");
      begun();
      old?.free();
      await inTurn(async (own) => {
        const network = await own.network();
        if (own !== training) return network.free();
        await frame({ step: 0, network });
        await measure(own);
      });
    },
    start,
    pause() {
      if (state === "running" || state === "background") become("paused");
    },
    stepOnce() {
      if (state === "running") become("paused");
      return step < total ? advance(1) : undefined;
    },
    /** Batches per second; Infinity: as fast as it can. */
    setRate(value) {
      rate = value;
    },
    /** Tells whether the page can be seen. */
    setVisible(visible) {
      if (!visible && state === "running") become("background");
      else if (visible && state === "background") start();
    },
    get state() { return state; },
    get step() { return step; },
    get total() { return total; },
    get perEpoch() { return perEpoch; },
    get settings() { return settings; },
    get training() { return training; },
    get lastTest() { return lastTest; },
  };
}
