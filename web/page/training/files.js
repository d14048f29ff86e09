// Pattern databases that go out of the page, and come into it.

import { element, whole } from "../dom.js";
import { isImage, tones } from "./sheets.js";
import { drawSheet } from "../tiles.js";

const MOST_BYTES = 64 * 2 ** 20;

/** Lets the browser save a file. */
function save(name, type, content) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** All sheets side by side on one canvas, every number `scale` × `scale` pixels; undefined if no layer has images. */
export function picture({ about, patterns }, scale = 3) {
  const gap = 8;
  const sheets = about.layers.flatMap((layer, k) => {
    if (!isImage(layer, about.image_shape)) return [];
    const sheet = document.createElement("canvas");
    drawSheet(sheet, patterns[k], about.image_shape, tones(patterns[k], layer));
    return [sheet];
  });
  if (!sheets.length) return undefined;
  const canvas = document.createElement("canvas");
  canvas.width = scale * (sheets.reduce((sum, sheet) => sum + sheet.width + gap, gap));
  canvas.height = scale * (Math.max(...sheets.map((sheet) => sheet.height)) + 2 * gap);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  let left = gap;
  for (const sheet of sheets) {
    context.drawImage(sheet, scale * left, scale * gap, scale * sheet.width, scale * sheet.height);
    left += sheet.width + gap;
  }
  return canvas;
}

/** Makes the buttons live. `view()` gives what is shown, `config()` the config of its training, `failed(sentence)` hears what goes wrong. */
export function makeDownloads(find, { view, config, failed }) {
  const actions = {
    "save-safetensors": async () => save("patterns.safetensors", "application/octet-stream", await view().network.safetensors()),
    "save-npz": async () => save("patterns.npz", "application/zip", await view().network.npz()),
    "save-png": async () => {
      const canvas = picture(view());
      if (!canvas) throw new Error("There are no images to draw: the patterns are vectors.");
      save("patterns.png", "image/png", await new Promise((resolve) => canvas.toBlob(resolve, "image/png")));
    },
    "save-config": async () => save("config.toml", "text/plain", await config()),
  };
  for (const [name, action] of Object.entries(actions)) {
    find(name).addEventListener("click", () => action().catch((error) => failed(error.message)));
  }
}

/** Reads a pattern database and gives it to `opened(network, name)`; says what is wrong with it to `failed(sentence)`. */
async function openFile(engine, file, { opened, failed }) {
  try {
    if (file.size > MOST_BYTES) {
      throw new Error(`${file.name} has ${whole(file.size / 2 ** 20)} MB; this page opens files of up to 64 MB.`);
    }
    const bytes = new Uint8Array(await file.arrayBuffer().catch(() => {
      throw new Error(`${file.name} can't be read. Is it a folder?`);
    }));
    await opened(await engine.call("Network", "open", file.name, bytes), file.name);
  } catch (error) {
    failed(error.message);
  }
}

const withFiles = (event) => event.dataTransfer?.types.includes("Files");

/** Until `takeFiles`, a file can't be dropped; the browser would open it in place of the page. */
export function refuseFiles() {
  document.addEventListener("dragover", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
}

/** Takes files from the button, and those dropped anywhere on the page. */
export function takeFiles(find, engine, root, callbacks) {
  const input = find("open-file");
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file) await openFile(engine, file, callbacks);
    input.value = ""; // the same file can be chosen again
  });
  const mark = (over) => root.classList.toggle("dropping", over);
  document.addEventListener("dragover", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    mark(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) mark(false);
  });
  document.addEventListener("drop", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    mark(false);
    const [file] = event.dataTransfer.files;
    if (file) openFile(engine, file, callbacks);
  });
}
