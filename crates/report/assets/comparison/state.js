// What the reader has chosen, kept through a reload of the page.

const data = JSON.parse(document.getElementById("data").textContent);

/** The reader's choices. They name keys, measures and runs, because indices change when new runs arrive. */
const state = {
  sort: null, // { column, descending }; null: by rank
  text: "",
  filters: {}, // by the id of a field: { values } or { from, to }
  picked: null, // the name of a run of each selected group, by colour; null: the best groups
  everyRow: false,
  curve: null, // a measure
  logarithmic: {}, // by curve, where the reader has set it
  others: true, // whether the curves of unselected groups are drawn
  key: null,
  measure: null,
  colour: null,
  parallel: null, // a measure
  part: 1, // how much of the training is done in the pattern sheets
  layer: "last",
  open: {}, // by the id of a <details>
  paused: false,
  scroll: null,
  focus: null, // an id
};

const storageKey = `hopfield compare ${location.pathname}`;

function save() {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(state));
  } catch {
    // Without storage, a reload starts afresh.
  }
}

function restore() {
  try {
    Object.assign(state, JSON.parse(sessionStorage.getItem(storageKey) ?? "{}"));
  } catch {
    // As above.
  }
}

restore();

/** What follows from the choices: see `derive`. */
let view = null;

const parts = [];

/** Adds a part of the page that `draw` draws whenever `inputs` change. */
function onChange(inputs, draw) {
  parts.push({ inputs, draw, drawn: null });
}

/** Draws what has changed. */
function update() {
  view = derive();
  for (const part of parts) {
    const inputs = JSON.stringify(part.inputs());
    if (inputs === part.drawn) continue;
    part.drawn = inputs;
    part.draw();
  }
  save();
}

/** Puts the reader back to where they were before a reload. */
function restorePlace() {
  const [navigation] = performance.getEntriesByType("navigation");
  if (navigation?.type === "reload") {
    document.getElementById(state.focus)?.focus({ preventScroll: true });
    if (state.scroll !== null) {
      history.scrollRestoration = "manual";
      scrollTo({ left: 0, top: state.scroll.page, behavior: "instant" });
      document.getElementById("rows").scrollTo(state.scroll.left, state.scroll.rows);
    }
  }
  addEventListener("pagehide", () => {
    const rows = document.getElementById("rows");
    state.scroll = { page: scrollY, left: rows.scrollLeft, rows: rows.scrollTop };
    state.focus = document.activeElement?.id || null;
    save();
  });
}
