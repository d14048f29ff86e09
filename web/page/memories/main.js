// The page of stored memories: digits are stored in three networks, one is damaged, and the networks recall it.

import { open } from "../engine.js";
import { keepArrowKeys, latest, say } from "../dom.js";
import { makePad } from "../pad.js";
import { networks, stored } from "./networks.js";
import { MOST, choose } from "./patterns.js";
import { Query, SHAPE, drawState } from "./query.js";
import { recall, verdict } from "./recall.js";
import { makeStore } from "./store.js";
import { makeStage } from "./stage.js";
import { makeTiles } from "./tiles.js";
import { makeComparison } from "./compare.js";
import { makeTabs, showEquations, showParameters } from "./controls.js";
import * as address from "./address.js";

const root = document.getElementById("memories");
const $ = (selector) => root.querySelector(selector);

const state = {
  seed: 1,
  count: 20,
  // The index of the pattern that is damaged; none on a blank page.
  picked: 2,
  network: "dense",
  settings: Object.fromEntries(networks.map(({ key, first }) => [key, { ...first }])),
  // The damage that the address can tell: whether the lower half is hidden, and how often noise was added.
  hidden: 1,
  noise: 0,
  query: new Query(),
  // All digits that can be stored, { image, label }: the first `count` are.
  digits: [],
  // What the networks ended in, by key: { frames, updates, settled, problem, rows, end } or { failure }.
  runs: {},
};
const first = address.flat(state);
address.apply(address.read(), state, networks, MOST);

const network = () => networks.find(({ key }) => key === state.network);
const settings = () => state.settings[state.network];
const images = () => state.digits.slice(0, state.count).map(({ image }) => image);
/** What a recall is shown with. */
const context = ({ binary }) => ({ binary, labels: state.digits.map(({ label }) => label), target: state.picked });
const still = matchMedia("(prefers-reduced-motion: reduce)");

// ---- what is shown ----

const tiles = makeTiles($(".stored-tiles"), pick);
const stage = makeStage($, (found) => tiles.mark(state.picked, found));
const comparison = makeComparison($(".outcomes"), networks, chooseNetwork);
const markTab = makeTabs($(".networks"), networks, chooseNetwork);

function showNetwork() {
  markTab(state.network);
  comparison.mark(state.network);
  showParameters($(".parameters"), network(), settings(), changeSetting);
  showTexts();
  say($(".unknown-note"), network().binary ? "Blue is unknown." : "This network has no unknown units: what is erased is background.");
}

function showTexts() {
  showEquations($(".equations"), network().equations(settings()));
  say($(".summary"), network().summary(settings()));
}

function showPatterns() {
  const { binary, labels } = context(network());
  state.rows = stored(network(), settings(), images());
  tiles.show(state.rows, labels, binary);
  [$(".count input").value, $(".count output").value] = [state.count, state.count];
}

function showPad() {
  drawState($(".query"), state.query.state(network().binary), network().binary);
}

/** The query alone, as long as its recall isn't known. */
function showQuery() {
  showPad();
  stage.load({ frames: [{ state: state.query.state(network().binary) }], rows: state.rows, ...context(network()) }, "start");
  comparison.wait();
}

/** The recall of the network that is chosen, or why there is none. */
function showRun(run) {
  $(".network-problem").hidden = run.failure === undefined;
  say($(".network-problem"), run.failure ?? "");
  if (run.failure !== undefined) showQuery();
  else stage.load({ ...run, ...context(network()) }, showing === "play" && still.matches ? "end" : showing);
}

// ---- what is computed ----

let store;
// Counts changes, so that the answer to an old question is dropped.
let version = 0;
// Whether the brush painted since the last drawing, and since the last recall.
let [wet, edited] = [false, false];
// How the next recall is shown: from its "start", at its "end", or "play"ed.
let showing = "play";

/** Recalls the query with a network. */
async function compute(of) {
  const query = state.query.state(of.binary);
  try {
    const { memory, rows } = await store(of, state.settings[of.key], images(), `${state.seed} ${state.count}`);
    const run = await recall(memory, query, of.binary);
    return { ...run, rows, end: verdict(run, rows, of.binary, state.picked) };
  } catch (error) {
    return { failure: error.message };
  }
}

/** Recalls with the network that is shown, then with the others. */
const refresh = latest(async () => {
  const asked = version;
  const now = network();
  for (const of of [now, ...networks.filter((other) => other !== now)]) {
    const run = await compute(of);
    if (asked !== version) return;
    state.runs[of.key] = run;
    if (of === now) showRun(run);
    if (run.failure === undefined) comparison.show(of.key, run, context(of));
    else comparison.fail(of.key, run.failure);
  }
});

/** After any change: computes, and shows the recall as `how` says. */
function changed(how) {
  version += 1;
  showing = how;
  wet = edited = false;
  if (how !== "end") showQuery();
  address.write(address.flat(state), first);
  return refresh();
}

/** While a slider is moved, the end is what one looks at, unless the recall has not been started yet. */
const afterSlider = () => (showing === "start" && !stage.atEnd ? "start" : "end");

// ---- what can be done ----

function chooseNetwork(key) {
  state.network = key;
  showNetwork();
  showPatterns();
  changed("play");
}

function changeSetting(key) {
  const isChoice = network().controls(settings()).some((control) => control.key === key && control.options);
  network().adjust?.(settings(), key);
  showTexts();
  if (!isChoice) return changed(afterSlider());
  // A choice can bring other parameters and other patterns.
  showNetwork();
  showPatterns();
  $(`.parameters [data-key="${key}"]`).focus();
  return changed("play");
}

function pick(index) {
  state.picked = index;
  state.query.pick(state.digits[index].image);
  changed("play");
}

/** After another choice of digits. */
function storeDigits(how) {
  if (state.picked >= state.count) state.picked = 0;
  if (state.picked !== undefined) state.query.pick(state.digits[state.picked].image);
  showPatterns();
  showPad();
  return changed(how);
}

$(".count input").addEventListener("input", (event) => {
  state.count = Number(event.target.value);
  storeDigits(afterSlider());
});
let nextSeed = state.seed; // of the digits that were asked for last
$(".others").addEventListener("click", async () => {
  const seed = nextSeed += 1;
  const digits = await choose(page.engine.train, seed);
  if (seed !== nextSeed) return;
  // Both at once: the seed tells which digits a network has stored.
  [state.seed, state.digits] = [seed, digits];
  storeDigits("play");
});

const damage = {
  hide() {
    state.hidden = 1;
    state.query.hideLowerHalf();
  },
  noise() {
    state.noise += 1;
    state.query.addNoise(state.noise);
  },
  blank() {
    state.picked = undefined;
    state.hidden = state.noise = 0;
    state.query.blank();
    $('[name="memory-brush"][value="draw"]').checked = true;
  },
  reset() {
    state.hidden = state.noise = 0;
    state.query.reset();
  },
};
for (const button of root.querySelectorAll("[data-damage]")) {
  button.addEventListener("click", () => {
    damage[button.dataset.damage]();
    changed("start");
  });
}

makePad($(".query"), {
  rows: SHAPE[0],
  columns: SHAPE[1],
  values: state.query,
  brush(query, row, column) {
    query.paint($('[name="memory-brush"]:checked').value, row, column);
    version += 1;
    wet = edited = true;
  },
  draw() {
    if (wet) showQuery();
    else showPad();
    wet = false;
  },
});
// At the end of a stroke; that of the keyboard ends with the key.
for (const name of ["pointerup", "pointercancel", "lostpointercapture", "keyup", "blur"]) {
  $(".query").addEventListener(name, () => {
    if (edited) changed("start");
  });
}

// ---- the start ----

const page = { engine: undefined, state, ready: start() };
window.hopfieldMemories = page;
page.ready.catch(() => {}); // it is on the page

async function start() {
  keepArrowKeys(root);
  showNetwork();
  try {
    const engine = await open();
    page.engine = engine;
    store = makeStore(engine);
    state.digits = await choose(engine.train, state.seed);
  } catch (error) {
    const problem = $(".loading-problem");
    problem.hidden = false;
    say(problem, error.message);
    say($(".verdict"), "");
    root.classList.add("broken");
    throw error;
  }
  for (const part of root.querySelectorAll("[inert]")) part.inert = false;
  for (let times = 1; times <= state.noise; times++) state.query.addNoise(times);
  if (state.hidden) state.query.hideLowerHalf();
  // Another fragment that was typed, or a link to this page.
  window.addEventListener("hashchange", () => {
    if (location.hash.includes("=")) location.reload();
  });
  await storeDigits("play");
}
