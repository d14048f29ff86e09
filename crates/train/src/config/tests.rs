//! Every kind of problem, and the way back to TOML.

use std::fs;
use std::path::Path;

use hopfield_data::{Bundled, Damage, Noise};
use hopfield_layer::{
    Beta, BetaSchedule, Init, Range, ScheduleShape, Separation, Similarity, Values,
};

use super::{Config, Task};

const MINIMAL: &str = "[[layers]]\npatterns = 64\n";

fn parse(source: &str, assignments: &[&str]) -> Result<Config, Vec<String>> {
    let assignments: Vec<String> = assignments.iter().map(ToString::to_string).collect();
    let parsed = Config::parse(Path::new("c.toml"), source, &assignments, &[]);
    parsed.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn assert_problem(source: &str, expected: &str) {
    assert_eq!(parse(source, &[]).expect_err("accepted"), [expected]);
}

#[test]
fn a_minimal_config_gets_the_documented_defaults() {
    let config = parse(MINIMAL, &[]).unwrap();
    assert_eq!(config.data.source(1).to_string(), Bundled.to_string());
    assert_eq!(config.task.damage(), Damage::None);
    assert_eq!(config.layers.len(), 1);
    assert_eq!(config.training.batch_size, 128);
    assert_eq!(config.layers[0].beta, Beta::Trainable(0.3));
}

#[test]
fn what_is_written_out_reads_back_equal() {
    let sources = [
        MINIMAL,
        "seed = 9\ndevice = \"flex\"\n[data]\nsource = \"mnist\"\n[task]\nkind = \"denoise\"\nstd = 0.25\n\
         [[layers]]\nrepeat = 2\npatterns = 3\nbeta = 0.2\ninit = { kind = \"uniform\", low = -1, high = 2.5 }\n\
         [[layers]]\npatterns = 5\nbeta = { start = 8 }\ninit = { kind = \"data\" }\nrange = [0, 1]\n\
         [training]\nschedule = \"constant\"\nmomentum = 0\n",
        "[data]\nsource = \"mnist\"\ndir = \"a folder\"\nvalidation = 50\n[task]\nkind = \"denoise\"\nnoise = \"salt_and_pepper\"\n\
         [[layers]]\npatterns = 3\nbeta = { spread = 2.0, trainable = false }\n",
        "[task]\nkind = \"complete\"\nmask = \"random\"\nfraction = 0.1\n[[layers]]\npatterns = 1\n",
        "[task]\nkind = \"complete\"\nmask = \"left\"\n[[layers]]\npatterns = 1\n",
        "[[layers]]\npatterns = 3\nvalues = { dim = 10, init = { kind = \"k_means++\" } }\nheads = 2\nsteps = 3\n\
         similarity = \"centred_dot\"\nseparation = { kind = \"top_k\", k = 4 }\nbeta = { start = [1, 2.5] }\n\
         [[layers]]\npatterns = 3\nvalues = {}\nseparation = \"entmax_1.5\"\nbeta = { from = 0.1, to = 2, shape = \"cosine\" }\n\
         [[layers]]\npatterns = 3\nseparation = { kind = \"polynomial\", degree = 3 }\nbeta = { start = 2, trainable = false }\n\
         [training]\nreseed_every = 4\ngradient_limit = 0.5\nbalance = 0.5\n",
        "[task]\nkind = \"classify\"\nmemories = 7\ndegree = 3\nlabels = 26\ntemperature = 90\nloss_power = 2\ndecay = 0.998\nfloor = 1e-4\n\
         [training]\nlearning_rate = 0.01\nmomentum = 0\n",
        "residual = true\ninit_from = \"a run\"\n[[layers]]\nrepeat = 2\npatterns = 3\n\
         [output]\nsnapshots = 0\nexport = [\"npz\", \"parquet\"]\n",
    ];
    for source in sources {
        let config = parse(source, &[]).unwrap();
        let written = config.to_toml();
        let again =
            parse(&written, &[]).unwrap_or_else(|problems| panic!("{problems:?}\n{written}"));
        assert_eq!(again, config, "{written}");
        assert_eq!(again.sha256(), config.sha256());
    }
    let hashes: Vec<_> =
        sources.iter().map(|source| parse(source, &[]).unwrap().sha256()).collect();
    assert_ne!(hashes[0], hashes[1]);
}

/// Written by the program before its configs were read by serde. A run is known by the hash of this text.
#[test]
fn what_is_written_out_stays_the_same_to_the_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/resolved");
    let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
    for (source, resolved) in [
        ("minimal.source.toml", "minimal.toml"),
        ("everything.source.toml", "everything.toml"),
        ("classify.source.toml", "classify.toml"),
        ("salt.source.toml", "salt.toml"),
        ("random.source.toml", "random.toml"),
        ("complete.source.toml", "complete.toml"),
        ("../../../../../configs/accurate.toml", "accurate.toml"),
    ] {
        let options = [("device", "flex")];
        let config = Config::parse(Path::new("c.toml"), &read(source), &[], &options).unwrap();
        assert_eq!(config.to_toml(), read(resolved), "{source}");
    }
}

#[test]
fn every_named_setting_is_in_the_schema() {
    for similarity in Similarity::ALL {
        let config = parse(&format!("{MINIMAL}similarity = \"{similarity}\"\n"), &[]).unwrap();
        assert_eq!(config.layers[0].similarity, similarity);
    }
    for separation in Separation::ALL {
        let mut table = format!("kind = \"{}\"", separation.kind());
        if let Some((key, number)) = separation.parameter() {
            table += &format!(", {key} = {number}");
        }
        let similarity = if separation == Separation::LogSumRelu { "euclidean" } else { "dot" };
        let keys = format!("similarity = \"{similarity}\"\nseparation = {{ {table} }}\n");
        let config = parse(&format!("{MINIMAL}{keys}"), &[]).unwrap();
        assert_eq!(config.layers[0].separation, separation);
    }
    for init in Init::ALL {
        let source = format!("{MINIMAL}init = {{ kind = \"{}\" }}\n", init.kind());
        assert_eq!(parse(&source, &[]).unwrap().layers[0].init.kind(), init.kind());
    }
    for shape in ScheduleShape::ALL {
        let source = format!("{MINIMAL}beta = {{ from = 1, to = 2, shape = \"{shape}\" }}\n");
        let schedule = BetaSchedule { from: 1.0, to: 2.0, shape };
        assert_eq!(parse(&source, &[]).unwrap().layers[0].beta, Beta::Scheduled(schedule));
    }
}

#[test]
fn settings_are_read() {
    let source = "[[layers]]\nrepeat = 2\npatterns = 3\nbeta = 0.2\n[[layers]]\npatterns = 5\n\
                  beta = { start = 8 }\ninit = { kind = \"data\" }\nrange = [0, 1]\n";
    let config = parse(source, &[]).unwrap();
    let patterns: Vec<_> = config.layers.iter().map(|layer| layer.patterns).collect();
    assert_eq!(patterns, [3, 3, 5]);
    assert_eq!(config.layers[0].beta, Beta::Fixed(0.2));
    assert_eq!(config.layers[2].beta, Beta::Trainable(8.0));
    assert_eq!(config.layers[2].init, Init::Data);
    assert_eq!(config.layers[2].range, Some(Range { low: 0.0, high: 1.0 }));
    // A folder wins over a source.
    let dir = parse(&format!("[data]\nsource = \"mnist\"\ndir = \"x\"\n{MINIMAL}"), &[]).unwrap();
    assert_eq!(dir.data.source(1).to_string(), "x");
}

#[test]
fn a_problem_names_file_line_key_value_and_what_is_allowed() {
    assert_problem(
        "[[layers]]\npatterns = -3\n",
        "c.toml:2: layers.0.patterns = -3; allowed: a whole number from 1 to 1000000",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\n\n[training]\nbatch_size = 0\n",
        "c.toml:5: training.batch_size = 0; allowed: a whole number from 1 to 1000000",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\n[training]\nlearning_rate = nan\n",
        "c.toml:4: training.learning_rate = nan; allowed: a number above 0, at most 3.4e38",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\n[training]\nschedule = \"step\"\n",
        "c.toml:4: training.schedule = \"step\"; allowed: \"constant\" or \"cosine\"",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\nbeta = -1\n",
        "c.toml:3: layers.0.beta = -1; allowed: a number above 0, at most 3.4e38, or { start = …, trainable = … }, \
         or { spread = …, trainable = … }, or { from = …, to = …, shape = … }",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\nrange = [1, 0]\n",
        "c.toml:3: layers.0.range = [1, 0]; allowed: low below high, both within ±3.4e38",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\ninit = \"data\"\n",
        "c.toml:3: layers.0.init = \"data\"; allowed: a table",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\ninit = { kind = \"uniform\", low = 2, high = 1 }\n",
        "c.toml:3: layers.0.init = { kind = \"uniform\", low = 2, high = 1 }; allowed: low below high, both within ±3.4e38",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\n[training]\nepochs = 1979-05-27\n",
        "c.toml:4: training.epochs = 1979-05-27; allowed: a whole number from 1 to 1000000",
    );
    // What f32 can't hold, and what only the layer itself knows.
    assert_problem(
        "[[layers]]\npatterns = 8\n[task]\nkind = \"denoise\"\nstd = 1e39\n",
        "c.toml:5: task.std = 1e39; allowed: a number above 0, at most 3.4e38",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\nbeta = 1e-40\n",
        "c.toml:3: layers.0.beta = 1e-40; allowed: a number from 1.2e-38 to 3.4e38",
    );
}

#[test]
fn a_device_is_one_that_was_compiled_in() {
    assert_problem(
        "device = \"tpu\"\n[[layers]]\npatterns = 8\n",
        "c.toml:1: device = \"tpu\"; allowed: cuda, rocm, metal, vulkan, webgpu, wgpu, flex, cpu, ndarray",
    );
    let on = |device| Config::parse(Path::new("c.toml"), MINIMAL, &[], &[("device", device)]);
    assert_eq!(on("flex").unwrap().device, "flex");
    let problems = on("tpu").unwrap_err();
    assert!(problems[0].to_string().starts_with("--device tpu: device = tpu; allowed: cuda, "));
}

#[test]
fn several_devices_share_a_training() {
    let devices = |text: &str| parse(&format!("{text}\n{MINIMAL}"), &[]);
    let config = devices("devices = [\"flex\", \"flex\"]").unwrap();
    assert_eq!((config.device.as_str(), config.devices.len()), ("flex", 2));
    assert!(config.to_toml().contains("devices = [\"flex\", \"flex\"]"));
    // Runs of one device have the hash that they had before there could be several.
    let one = devices("").unwrap();
    assert_eq!(one.devices.len(), 0);
    assert!(!one.to_toml().contains("devices"));
    assert_problem(
        "devices = [\"flex\", \"tpu\"]\n[[layers]]\npatterns = 8\n",
        "c.toml:1: devices.1 = \"tpu\"; allowed: cuda, rocm, metal, vulkan, webgpu, wgpu, flex, cpu, ndarray",
    );
    assert_problem(
        "devices = \"flex\"\n[[layers]]\npatterns = 8\n",
        "c.toml:1: devices = \"flex\"; allowed: a list of names as of `device`",
    );
    assert_problem(
        "devices = [1]\n[[layers]]\npatterns = 8\n",
        "c.toml:1: devices = [1]; allowed: a list of names as of `device`",
    );
    assert_problem(
        "devices = [\"flex\", \"flex\"]\ntask = { kind = \"classify\" }\n",
        "c.toml:1: devices = [\"flex\", \"flex\"]; allowed: one with task.kind = \"classify\"",
    );
}

#[test]
fn missing_and_unknown_keys_are_problems() {
    assert_problem(
        "seed = 1\n",
        "c.toml:1: `layers` is missing; needed: one or more tables, each beginning with [[layers]]",
    );
    assert_problem(
        "[[layers]]\nbeta = 1\n",
        "c.toml:1: `layers.0.patterns` is missing; needed: a whole number from 1 to 1000000",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\n[training]\nlerning_rate = 0.1\n",
        "c.toml:4: unknown key training.lerning_rate = 0.1; did you mean `learning_rate`?",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\n[trainning]\nepochs = 1\n",
        "c.toml:3: unknown key trainning; did you mean `training`?",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\n[data]\nshuffle = true\n",
        "c.toml:4: unknown key data.shuffle = true; allowed here: dir, image_shape, labels, scale, source, test, test_labels, train, validation",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\nbeta = { start = 1, spread = 1 }\n",
        "c.toml:3: layers.0.beta = { start = 1, spread = 1 }; allowed: only one of spread and start",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\nbeta = { spread = 1, trainabel = true }\n",
        "c.toml:3: unknown key layers.0.beta.trainabel = true; did you mean `trainable`?",
    );
    assert_problem(
        "[[layers]]\npatterns = 8\nbeta = { strat = 1 }\n",
        "c.toml:3: unknown key layers.0.beta.strat = 1; did you mean `start`?",
    );
    // Which keys a kind has is unknown as long as the kind is.
    assert_problem(
        "[[layers]]\npatterns = 8\n[task]\nkind = \"denoise\"\nnoise = \"gausian\"\nstd = 1\n",
        "c.toml:5: task.noise = \"gausian\"; allowed: \"gaussian\" or \"salt_and_pepper\"",
    );
    // A key of another kind of task.
    assert_problem(
        "[[layers]]\npatterns = 8\n[task]\nkind = \"complete\"\nstd = 0.5\n",
        "c.toml:5: unknown key task.std = 0.5; allowed here: kind, mask",
    );
}

#[test]
fn layers_of_every_kind_are_read() {
    let source = "[[layers]]\npatterns = 3\nvalues = { dim = 10 }\nheads = 2\nsteps = 3\n\
                  similarity = \"cosine\"\nseparation = { kind = \"top_k\", k = 4 }\nbeta = { start = [1, 2.5] }\n\
                  [[layers]]\npatterns = 5\nvalues = {}\nseparation = \"sparsemax\"\n\
                  beta = { from = 0.1, to = 2 }\ninit = { kind = \"k_means++\" }\n";
    let config = parse(source, &[]).unwrap();
    let stack = config.stack(784).layers;
    let normal = Init::Normal { mean: 0.0, std: 0.3 };
    assert_eq!((stack[0].dim, stack[0].values), (784, Some(Values { dim: 10, init: normal })));
    assert_eq!((stack[1].dim, stack[1].values), (10, Some(Values { dim: 784, init: normal })));
    assert_eq!((stack[0].heads, stack[0].steps), (2, 3));
    assert_eq!(stack[0].similarity, Similarity::Cosine);
    assert_eq!(stack[0].separation, Separation::TopK(4));
    assert_eq!(stack[0].beta, Some(Beta::PerHead { start: vec![1.0, 2.5], trainable: true }));
    assert_eq!(stack[1].separation, Separation::Sparsemax);
    assert_eq!(stack[1].init, Init::KMeansPlusPlus);
    let schedule = BetaSchedule { from: 0.1, to: 2.0, shape: ScheduleShape::Exponential };
    assert_eq!(stack[1].beta, Some(Beta::Scheduled(schedule)));
}

#[test]
fn a_classifier_has_memories_and_no_layers() {
    let config = parse("task.kind = \"classify\"\n", &[]).unwrap();
    let Task::Classify(classify) = config.task else { panic!("{:?}", config.task) };
    assert_eq!(classify.temperature, 540.0);
    let stack = config.stack(784).layers;
    assert_eq!((stack.len(), stack[0].patterns, stack[0].values.unwrap().dim), (1, 2000, 10));
    assert_eq!(config.training.learning_rate, 0.04);
    assert_problem(
        "[task]\nkind = \"classify\"\n[[layers]]\npatterns = 64\n",
        "c.toml:3: layers = [[layers]]; allowed: no layers with task.kind = \"classify\"; a classifier has task.memories",
    );
    assert_problem(
        "[task]\nkind = \"classify\"\ndegree = 1\n",
        "c.toml:3: task.degree = 1; allowed: a whole number from 2 to 100",
    );
    assert_problem(
        "residual = true\n[task]\nkind = \"classify\"\n",
        "c.toml:1: residual = true; allowed: false with task.kind = \"classify\"",
    );
    let problems = parse("task.kind = \"classify\"\n[training]\nbalance = 0.5\n", &[]).unwrap_err();
    assert!(problems[0].contains("unknown key training.balance"), "{problems:?}");
}

#[test]
fn layers_that_contradict_themselves_are_problems() {
    for (line, expected) in [
        (
            "separation = \"top_k\"",
            "c.toml:3: `layers.0.separation.k` is missing; needed: a whole number from 1 to 1000000",
        ),
        (
            "separation = \"soft\"",
            "c.toml:3: layers.0.separation.kind = \"soft\"; allowed: \"softmax\" or \"sparsemax\" or \"entmax_1.5\" or \
             \"softmax1\" or \"log_sum_relu\" or \"top_k\" or \"polynomial\"",
        ),
        (
            "separation = { kind = \"softmax\", k = 3 }",
            "c.toml:3: unknown key layers.0.separation.k = 3; allowed here: kind",
        ),
        (
            "separation = 3",
            "c.toml:3: layers.0.separation = 3; allowed: \"softmax\" or \"sparsemax\" or \"entmax_1.5\" or \"softmax1\" or \"log_sum_relu\", or { kind = … }",
        ),
        (
            "similarity = \"euclidean\"\nseparation = { kind = \"polynomial\", degree = 2 }",
            "c.toml:4: layers.0.separation = { kind = \"polynomial\", degree = 2 }; allowed: another with Euclidean similarity, whose \
             scores are never positive",
        ),
        (
            "separation = \"log_sum_relu\"",
            "c.toml:3: layers.0.separation = \"log_sum_relu\"; allowed: another, or Euclidean similarity, whose scores are 0 at a pattern \
             and fall with the distance",
        ),
        (
            "heads = 3\nbeta = { start = [1, 2] }",
            "c.toml:4: layers.0.beta.start = [1, 2]; allowed: one per head, 3",
        ),
        (
            "heads = 2\nbeta = { start = [0.3] }",
            "c.toml:4: layers.0.beta.start = [0.3]; allowed: one per head, 2",
        ),
        (
            "init = { kind = \"uniform\", low = 0.7, high = \"x\" }",
            "c.toml:3: layers.0.init.high = \"x\"; allowed: a number within ±3.4e38",
        ),
        (
            "beta = { from = 1 }",
            "c.toml:3: `layers.0.beta.to` is missing; needed: a number above 0, at most 3.4e38",
        ),
        (
            "beta = { from = 1, to = 2, trainable = true }",
            "c.toml:3: layers.0.beta = { from = 1, to = 2, trainable = true }; allowed: only one of from and trainable",
        ),
        (
            "beta = { start = [1, -2] }",
            "c.toml:3: layers.0.beta.start = [1, -2]; allowed: a number above 0, at most 3.4e38, or a list of them",
        ),
        (
            "heads = 3\nvalues = { dim = 10 }",
            "c.toml:3: layers.0.heads = 3; allowed: a divisor of the values' dimension, 10",
        ),
    ] {
        assert_problem(&format!("[[layers]]\npatterns = 8\n{line}\n"), expected);
    }
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_file() {
    let source = "sed = 1\n[[layers]]\npatterns = 0\nbeta = \"x\"\n[training]\nepochs = 1.5\n";
    let problems = parse(source, &["training.momentum=1"]).unwrap_err();
    let starts =
        ["c.toml:1: ", "c.toml:3: ", "c.toml:4: ", "c.toml:6: ", "--set training.momentum=1: "];
    assert_eq!(problems.len(), starts.len(), "{problems:?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn an_animation_needs_snapshots() {
    assert_problem(
        "[[layers]]\npatterns = 8\n[output]\nexport = [\"apng\"]\nsnapshots = 0\n",
        "c.toml:4: output.export = [\"apng\"]; allowed: no \"apng\" with snapshots = 0, as it shows the snapshots",
    );
}

#[test]
fn syntax_errors_have_their_line() {
    let problems = parse("[training\nepochs = 1\n", &[]).unwrap_err();
    assert!(problems[0].starts_with("c.toml:1: TOML syntax: "), "{problems:?}");
    let problems = parse("[training]\nepochs = \n", &[]).unwrap_err();
    assert!(problems[0].starts_with("c.toml:2: TOML syntax: "), "{problems:?}");
}

#[test]
fn assignments_change_the_config() {
    let assignments = [
        "training.epochs=5",
        "training.learning_rate = 0.5",
        "layers.0.patterns=9",
        "layers.0.range=[0, 1]",
        "data.dir=/a/plain path",
        "task.kind=denoise",
    ];
    let config = parse(MINIMAL, &assignments).unwrap();
    assert_eq!(config.training.epochs, 5);
    assert_eq!(config.training.learning_rate, 0.5);
    assert_eq!(config.layers[0].patterns, 9);
    assert_eq!(config.layers[0].range, Some(Range { low: 0.0, high: 1.0 }));
    assert_eq!(config.data.source(1).to_string(), "/a/plain path");
    assert_eq!(config.task.damage(), Damage::Noise(Noise::Gaussian { std: 0.5 }));
    let quoted = parse(MINIMAL, &["data.dir='\"q\"'"]).unwrap();
    assert_eq!(quoted.data.source(1).to_string(), "\"q\"");
}

#[test]
fn an_empty_assignment_takes_a_key_out() {
    let source =
        "seed = 4\n[[layers]]\npatterns = 4\nrange = [0, 1]\n[training]\ngradient_limit = 0.5\n";
    let config = parse(source, &["training.gradient_limit=", "layers.0.range= ", "seed="]).unwrap();
    let removed = (config.seed, config.training.gradient_limit, config.layers[0].range);
    assert_eq!(removed, (1, None, None));
}

#[test]
fn assignments_that_fit_nowhere_are_problems() {
    for (assignment, expected) in [
        ("epochs", "needed is key=value, such as training.epochs=5"),
        ("training..x=1", "`training..x` is not a key"),
        ("layers.1.patterns=3", "`layers` has 1 item, counted from 0, but no `1`"),
        ("layers.x.patterns=3", "`layers` has 1 item, counted from 0, but no `x`"),
        ("layers.0.patterns.n=3", "`layers.0.patterns` has no keys; it is 64"),
        (
            "training.gradient=",
            "`training.gradient` can't be taken out: the config has no such key",
        ),
        ("training.epoch=3", "unknown key training.epoch = 3; did you mean `epochs`?"),
        (
            "training.epochs=many",
            "training.epochs = many; allowed: a whole number from 1 to 1000000",
        ),
    ] {
        let expected = format!("--set {assignment}: {expected}");
        assert_eq!(parse(MINIMAL, &[assignment]).unwrap_err(), [expected]);
    }
}
