// The live training page: puts its parts together.

import { makeAnswers } from "./answers.js";
import { makeCurve } from "./curve.js";
import { asError, finder, keepArrowKeys, onThemeChange, say, whole } from "../dom.js";
import { makeDrawing } from "./drawing.js";
import { open } from "../engine.js";
import { makeDownloads, refuseFiles, takeFiles } from "./files.js";
import { makeForm } from "./form.js";
import { fromAddress, fromPreset, toAddress, toSettings } from "./settings.js";
import { makeSheets } from "./sheets.js";
import { makeSnapshots } from "./snapshots.js";
import { makeTime } from "./time.js";
import { makeTrainer } from "./trainer.js";
import { makeTransport } from "./transport.js";
import { makeZoom } from "./zoom.js";

const PIXELS = 28 * 28;
const root = document.getElementById("live-train");
const find = finder(root);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Shows a sentence over the page until it is closed. */
function tell(sentence) {
  say(find("toast-text"), sentence);
  find("toast").hidden = false;
}

/** Scrolls to a part of the page whose head can't be seen. */
function comeTo(part) {
  const { top } = part.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) part.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

/** Why one can't draw for a network; undefined if one can. */
function unfit({ image_shape: shape, layers }) {
  if (!shape) return `This network works on vectors of ${layers[0].dim} numbers, not on images, so you can't draw for it.`;
  const [rows, columns, channels] = shape;
  if (rows === 28 && columns === 28 && !channels) return undefined;
  return `This network works on ${channels ? "colour " : ""}images of ${rows} × ${columns} pixels. You can only draw grey images of 28 × 28 pixels here, so drawing is off.`;
}

/** All that is shown of a network. */
async function viewOf(network) {
  const about = JSON.parse(await network.about());
  const patterns = await Promise.all(about.layers.map((_, k) => network.patterns(k)));
  return { network, about, patterns, unfit: unfit(about) };
}

function start(engine, choices) {
  const zoom = makeZoom(find);
  const drawing = makeDrawing(find, engine, makeAnswers(find("answers"), zoom.open), zoom.answer);
  const sheets = makeSheets(find("before"), find("last"), zoom.open);
  const snapshots = makeSnapshots();
  const curve = makeCurve(find("curve"), (step) => time.choose(step));
  const time = makeTime(find, snapshots, (snapshot) => {
    curve.look(snapshot?.step);
    showMoment(snapshot ?? snapshots.newest);
  });
  let view; // what is shown
  let wanted; // the network that is to be shown, which may still be on its way
  let file; // a network that was opened, while it is shown
  let values; // of the form

  async function show(network) {
    wanted = network;
    try {
      const next = await viewOf(network);
      if (wanted !== network) return;
      view = next;
    } catch (error) {
      if (wanted === network) tell(error.message);
      return;
    }
    find("sheet-note").hidden = !sheets.draw(view);
    zoom.show(view);
    await drawing.show(view);
  }

  function showNumbers(snapshot) {
    say(find("step"), `${whole(snapshot.step)} of ${whole(trainer.total)}`);
    say(find("epoch"), `${(snapshot.step / trainer.perEpoch).toFixed(1)} of ${trainer.settings.training.epochs}`);
    say(find("train-error"), asError(snapshot.error));
    say(find("test-error"), asError(time.looked ? curve.testNear(snapshot.step) : trainer.lastTest?.error));
    if (snapshot.speed) say(find("speed"), whole(Number(snapshot.speed.toPrecision(2))));
  }

  const showMoment = (snapshot) => {
    showNumbers(snapshot);
    return file ? undefined : show(snapshot.network);
  };

  const trainer = makeTrainer(engine, {
    async frame({ step, error, network, speed }) {
      const bytes = 4 * PIXELS * trainer.settings.layers.reduce((sum, layer) => sum + layer.patterns, 0);
      const snapshot = { step, error: error ?? snapshots.newest?.error, network, speed, bytes };
      snapshots.add(snapshot, time.looked);
      time.advance(step);
      curve.train(step, error);
      if (!time.looked) await showMoment(snapshot);
    },
    tested({ step, error }) {
      curve.test(step, error);
      if (!time.looked) say(find("test-error"), asError(error));
    },
    changed: (state, message) => transport.show(state, message),
  });
  const transport = makeTransport(find, trainer, { restart: () => begin(values, true), tell });

  /** Starts a training with the form's values; where they are refused, the old one stays. */
  async function begin(asked, running = true) {
    const problem = find("settings-problem");
    try {
      await trainer.begin(toSettings(asked, choices), () => {
        closeFile();
        wanted = undefined; // a network that is on its way goes with its snapshots
        snapshots.clear();
        curve.reset(trainer.total, trainer.perEpoch);
        time.reset(trainer.total, trainer.perEpoch);
      });
    } catch (error) {
      say(problem, error.message);
      problem.hidden = false;
      problem.scrollIntoView({ block: "nearest" });
      return false;
    }
    problem.hidden = true;
    values = asked;
    form.show(values);
    const address = toAddress(values, choices);
    if (address || location.hash.includes("=")) history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
    if (running && !file) transport.start(); // a file may have been opened meanwhile
    return true;
  }
  const beginAndLook = async (asked) => {
    if (await begin(asked)) comeTo(find("stage"));
  };
  const form = makeForm(find, choices, beginAndLook);

  function closeFile() {
    if (!file) return;
    file.free();
    file = undefined;
    setFile(false);
  }
  function setFile(shown) {
    find("file-banner").hidden = !shown;
    for (const name of ["course", "transport"]) find(name).hidden = shown;
    find("stage").classList.toggle("alone", shown);
    find("save-config").disabled = shown;
  }
  async function openNetwork(network, name) {
    trainer.pause();
    const old = file;
    file = network;
    find("toast").hidden = true;
    await show(network);
    old?.free();
    if (file !== network) return; // another file was opened meanwhile, or a training begun
    const { about } = view;
    const sizes = about.layers.map((layer) => `${layer.patterns} × ${layer.dim}`).join(", ");
    say(find("file-text"), `${name}: ${about.layers.length === 1 ? "one layer" : `${about.layers.length} layers`} of ${sizes} (patterns × numbers). The training is paused.`);
    setFile(true);
    comeTo(find("file-banner"));
  }

  find("file-back").addEventListener("click", () => {
    closeFile();
    show((time.looked ?? snapshots.newest).network);
  });
  find("toast-close").addEventListener("click", () => { find("toast").hidden = true; });
  makeDownloads(find, { view: () => view, config: () => trainer.training.config(), failed: tell });
  takeFiles(find, engine, root, { opened: openNetwork, failed: tell });
  onThemeChange(() => {
    curve.draw();
    drawing.answer();
  });
  addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return;
    const { values: asked, problem } = fromAddress(location.hash, choices);
    if (problem) tell(problem);
    beginAndLook(asked);
  });

  return { trainer, begin, drawing, get view() { return view; }, get snapshots() { return snapshots; } };
}

async function load() {
  keepArrowKeys(root);
  refuseFiles();
  const engine = await open();
  engine.testCount = await engine.test.count();
  const choices = JSON.parse(await engine.call("module", "choices"));
  const page = start(engine, choices);
  live.engine = engine;
  live.page = page;
  const { values, problem } = fromAddress(location.hash, choices);
  if (problem) tell(problem);
  await page.drawing.next();
  find("rest").hidden = false;
  find("stage").classList.remove("loading");
  if (!await page.begin(values, !still)) {
    tell(find("settings-problem").textContent);
    await page.begin(fromPreset("digits", choices), !still);
  }
}

/** For those who look into the page, and for its tests. */
const live = {
  engine: undefined,
  page: undefined,
  state: {
    get state() { return live.page?.trainer.state; },
    get running() { return live.page?.trainer.state === "running"; },
    get steps() { return live.page?.trainer.step ?? 0; },
    get total() { return live.page?.trainer.total; },
    get training() { return live.page?.trainer.training; },
    get network() { return live.page?.view?.network; },
    get about() { return live.page?.view?.about; },
    get snapshots() { return live.page?.snapshots.length ?? 0; },
    get testError() { return live.page?.trainer.lastTest?.error; },
  },
};
window.hopfieldLive = live;
live.ready = load();
live.ready.catch((error) => {
  find("status").hidden = true;
  find("stage").hidden = true;
  find("transport").hidden = true;
  const sentence = error.message.startsWith("This browser") ? error.message : `The network could not be loaded. Reload the page to try again. (${error.message})`;
  say(find("broken"), sentence);
  find("broken").hidden = false;
});
