"""The network of the site (`web/build`), in WebAssembly, against the program and against the report's JavaScript."""

import numpy
import pytest
from conftest import ROOT, needs_site, program
from safetensors.numpy import load_file

pytestmark = needs_site

# Patterns after training in the page, with the config that does the same in the program.
TRAINED = """async ([preset, change]) => {
  const [live] = (await (await fetch("index.html")).text()).match(/live-[0-9a-f]{8}/);
  const { open } = await import(new URL(`${live}/engine.js`, location.href));
  const engine = await open();
  const settings = JSON.parse(await engine.call("module", "choices")).presets[preset];
  Object.assign(settings.training, change);
  const training = await engine.make("Training", JSON.stringify(settings), engine.train, engine.test);
  await training.train(await training.total());
  const network = await training.network();
  const layers = settings.layers.map((_, layer) => network.patterns(layer).then((rows) => Array.from(rows)));
  return [await training.config(), await training.steps(), await Promise.all(layers)];
}"""


@pytest.mark.parametrize("preset", ["digits", "readable", "accurate"])
def test_200_steps_in_the_page_give_the_patterns_of_the_program(visit, tmp_path, preset):
    page = visit("changelog.html").page  # a page without a training of its own
    # With the rates of digits and accurate, 10 and 8, differences of rounding grow a thousandfold in 200 steps.
    change = {"epochs": 5, "batch_size": 250, "learning_rate": 1}
    config, steps, found = page.evaluate(TRAINED, [preset, change])
    assert steps == 200
    (tmp_path / "config.toml").write_text(config)
    program("train", tmp_path / "config.toml", "--quiet", "--run", tmp_path / "run")
    expected = load_file(tmp_path / "run/patterns.safetensors")
    for layer, patterns in enumerate(found):
        native = expected[f"layers.{layer}.patterns"].ravel()
        off = numpy.abs(numpy.array(patterns) - native)
        # A pattern that enters the support of a sparsemax does so with a jump, and rounding decides when.
        sparse = "sparsemax" in config and layer + 1 == len(found)
        measured = numpy.sqrt((off**2).mean()) if sparse else off.max()
        assert measured < 1e-4, f"layer {layer}"


# What the page's JavaScript and WebAssembly answer to a digit, after a few steps of every stack that can be trained.
COMPARED = """async () => {
  const [live] = (await (await fetch("index.html")).text()).match(/live-[0-9a-f]{8}/);
  const { open } = await import(new URL(`${live}/engine.js`, location.href));
  const engine = await open();
  const { presets, similarities, separations } = JSON.parse(await engine.call("module", "choices"));
  const base64 = (numbers) => btoa(Array.from(new Uint8Array(numbers.buffer), (b) => String.fromCharCode(b)).join(""));
  const found = [];
  for (const similarity of similarities) {
    for (const separation of separations) {
      const settings = structuredClone(presets.digits);
      for (const layer of settings.layers) {
        Object.assign(layer, { similarity, patterns: 20, beta: 0.3, init: { kind: "data" } });
        layer.separation = { ...separation, ...("k" in separation && { k: 3 }), ...("degree" in separation && { degree: 2 }) };
      }
      let training;
      try {
        training = await engine.make("Training", JSON.stringify(settings), engine.train, engine.test);
      } catch (error) {
        found.push([similarity, separation.kind, error.message]);
        continue;
      }
      await training.train(3);
      const network = await training.network();
      const about = JSON.parse(await network.about());
      const layers = await Promise.all(about.layers.map(async (layer, index) => {
        const { kind, k, degree } = layer.separation;
        const parameter = k ?? degree;
        return {
          ...layer,
          separation: parameter === undefined ? kind : { [kind]: parameter },
          numbers: base64(await network.patterns(index)),
          log_beta: layer.beta.map(Math.log),
        };
      }));
      const script = makeNetwork({ residual: about.residual, layers });
      const state = await engine.test.image(7);
      const ours = script.trace(state);
      const theirs = await network.trace(state);
      const off = Math.max(...ours.flatMap(({ retrieved, weights }, index) => {
        const [answer, shares] = theirs[index];
        return [...Array.from(answer, (a, i) => Math.abs(a - retrieved[i])), ...Array.from(shares, (w, i) => Math.abs(w - weights[i]))];
      }));
      found.push([similarity, separation.kind, off]);
    }
  }
  return found;
}"""


def test_the_reports_javascript_answers_as_webassembly_does(visit):
    page = visit("changelog.html").page
    page.evaluate("(text) => { const script = document.createElement('script'); script.text = text; document.head.append(script); }",
                  (ROOT / "crates/report/assets/report/network.js").read_text())
    found = page.evaluate(COMPARED)
    assert len(found) == 35
    refused = [(similarity, kind) for similarity, kind, off in found if isinstance(off, str)]
    # Log-sum-ReLU is a separation of Euclidean distances, which are no scores for a polynomial.
    expected = [(other, "log_sum_relu") for other in ("dot", "centred_dot", "cosine", "layer_norm")]
    assert sorted(refused) == sorted([*expected, ("euclidean", "polynomial")])
    for similarity, kind, off in found:
        if (similarity, kind) not in refused:
            assert off < 2e-4, f"{similarity}, {kind}: {off}"
