//! Training on files of the user: arrays, tables, folders of pictures.

use std::fs;
use std::path::Path;

use hopfield_arrays::{Npz, Safetensors, bytes, npy_header, to_bytes};
use hopfield_data::{Bundled, Source};
use hopfield_tests::{
    hopfield, json_of, metrics, path, refused, repository, stderr, train, train_command, write,
};
use serde_json::json;
use tempfile::TempDir;

const CONFIG: &str = "[[layers]]\npatterns = 6\nbeta = 4\n[training]\nepochs = 1\nbatch_size = 50\nlearning_rate = 0.1\n";
const COUNT: usize = 120;

/// A config of one small layer.
fn config(dir: &TempDir) -> String {
    write(dir, "config.toml", CONFIG.as_bytes())
}

/// The error of a training that is refused before there is a run folder.
#[track_caller]
fn refused_training(dir: &TempDir, sets: &[&str]) -> String {
    let (config, run) = (config(dir), path(dir, "refused"));
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    let output =
        train_command([&config[..], "--run", &run].into_iter().chain(sets)).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(!Path::new(&run).exists());
    stderr(&output)
}

#[track_caller]
fn trained(dir: &TempDir, name: &str, sets: &[&str]) -> String {
    let (config, run) = (config(dir), path(dir, name));
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    train(Path::new(&run), [&config[..]].into_iter().chain(sets));
    run
}

fn png(kind: png::ColorType, [height, width]: [u32; 2], pixels: &[u8]) -> Vec<u8> {
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, width, height);
    encoder.set_color(kind);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    picture
}

#[test]
fn the_same_digits_in_any_file_give_the_same_patterns() {
    let dir = tempfile::tempdir().unwrap();
    let digits = Bundled.load().unwrap().train;
    let unit = digits.rows(0..COUNT).unwrap();
    let pixels: Vec<u8> = unit.iter().map(|grey| (grey * 255.0).round() as u8).collect();
    let npy = |descr: &str, order: &str, shape: &str, data: &[u8]| {
        let text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
        let text = format!("{text:<117}\n");
        [&b"\x93NUMPY\x01\0"[..], &118_u16.to_le_bytes(), text.as_bytes(), data].concat()
    };
    let f64: Vec<u8> = pixels.iter().flat_map(|&p| (f64::from(p) / 255.0).to_le_bytes()).collect();
    let columns = (0..784).flat_map(|column| pixels.iter().skip(column).step_by(784).copied());
    let csv: String = pixels
        .chunks(784)
        .map(|row| row.iter().map(u8::to_string).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    let idx = [&[0, 0, 8, 3, 0, 0, 0, COUNT as u8, 0, 0, 0, 28, 0, 0, 0, 28], &pixels[..]].concat();
    let arrays = [("x", &[COUNT, 28, 28][..], &unit[..]), ("y", &[2], &[0.0, 1.0])];
    fs::create_dir(dir.path().join("png")).unwrap();
    for (k, image) in pixels.chunks(784).enumerate() {
        write(&dir, &format!("png/{k:03}.png"), &png(png::ColorType::Grayscale, [28, 28], image));
    }
    let whole = format!("({COUNT}, 28, 28)");
    let flat = format!("({COUNT}, 784)");
    let files: [(&str, Vec<u8>); 8] = [
        ("u8.npy", npy("|u1", "False", &whole, &pixels)),
        ("f32.npy", [npy_header(&[COUNT, 28, 28]), bytes(&unit)].concat()),
        ("f64.npy", npy("<f8", "False", &whole, &f64)),
        ("fortran.npy", npy("|u1", "True", &flat, &columns.collect::<Vec<_>>())),
        ("x.npz", to_bytes(&Npz, &arrays, None).unwrap()),
        ("x.safetensors", to_bytes(&Safetensors, &arrays, None).unwrap()),
        ("x.csv", csv.into_bytes()),
        ("x.idx", idx),
    ];
    let mut found = Vec::new();
    let places = files.into_iter().map(|(name, content)| write(&dir, name, &content));
    for (k, place) in places.chain([path(&dir, "png")]).enumerate() {
        let named = if place.ends_with(".npz") || place.ends_with("tensors") { "#x" } else { "" };
        let set = format!("data.train={place}{named}");
        let run = trained(&dir, &format!("run{k}"), &[&set, "data.image_shape=[28, 28]"]);
        found.push((place, fs::read(Path::new(&run).join("patterns.safetensors")).unwrap()));
    }
    for (place, patterns) in &found {
        assert!(patterns == &found[0].1, "{place}");
    }
    // Places may change, and bytes stay.
    let info = &json_of(&["info", &path(&dir, "run0")])[0];
    assert_eq!(info["image_shape"], json!([28, 28]));
}

/// Four colours, each with a direction of its own.
fn patches() -> Vec<u8> {
    let pixel = |k: usize, y: usize, x: usize| {
        let light = if (if k.is_multiple_of(2) { x } else { y } + k) % 4 < 2 { 250 } else { 30 };
        [[light, 0, 0], [0, light, 0], [0, 0, light], [light, light, 0]][k % 4]
    };
    let image = |k| (0..4).flat_map(move |y| (0..5).flat_map(move |x| pixel(k, y, x)));
    (0..60).flat_map(image).collect()
}

#[test]
fn pictures_in_colour_are_trained_on_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    for (k, image) in patches().chunks(60).enumerate() {
        fs::create_dir_all(dir.path().join("colours").join((k % 4).to_string())).unwrap();
        let name = format!("colours/{}/{k}.png", k % 4);
        write(&dir, &name, &png(png::ColorType::Rgb, [4, 5], image));
    }
    let folder = path(&dir, "colours");
    let seen = &json_of(&["data", &folder, "--out", &path(&dir, "seen.png")])[0];
    assert_eq!((&seen["rows"], &seen["columns"]), (&json!(60), &json!(60)));
    assert_eq!(seen["classes"], json!({ "0": 15, "1": 15, "2": 15, "3": 15 }));
    let sets = [
        &format!("data.train={folder}")[..],
        "output.snapshots=2",
        "output.export=[\"apng\"]",
        "data.test=0.4",
    ];
    let run = trained(&dir, "run", &sets);
    let coloured = |name: &str| {
        let file = fs::File::open(Path::new(&run).join(name)).unwrap();
        let reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
        assert_eq!(reader.info().color_type, png::ColorType::Rgb, "{name}");
    };
    ["patterns.png", "reconstructions.png", "evolution.apng"].into_iter().for_each(coloured);
    let measured = &json_of(&["eval", &run])[0];
    assert_eq!(measured["labels"].as_array().unwrap().len(), 4);
    assert_eq!(measured["labels"][3]["name"], "3");
    // Other pictures, of fewer classes, have the labels that were trained with.
    fs::create_dir(dir.path().join("some")).unwrap();
    fs::rename(dir.path().join("colours/2"), dir.path().join("some/2")).unwrap();
    let some = &json_of(&["eval", &run, "--data", &path(&dir, "some")])[0];
    assert_eq!((&some["labels"][0]["label"], &some["labels"][1]), (&json!(2), &json!(null)));
    fs::rename(dir.path().join("some/2"), dir.path().join("some/x")).unwrap();
    let problem = refused(&["eval", &run, "--data", &path(&dir, "some")]);
    assert!(problem.contains("x: it is none of the labels that were trained with: 0, 1, 2, 3"));
    fs::rename(dir.path().join("some/x"), dir.path().join("colours/2")).unwrap();
    assert!(measured["psnr"].as_f64().unwrap() > 5.0 && measured["ssim"].is_null());
    hopfield(&["report", &run]);
    let page = fs::read_to_string(Path::new(&run).join("report.html")).unwrap();
    assert!(page.contains("\"image_shape\":[4,5,3]"));
    json_of(&["film", &run]);
    json_of(&["show", &run]);
    let picture = path(&dir, "colours/0/0.png");
    json_of(&["recall", &run, &picture, "--out", &path(&dir, "recall.png")]);
    coloured("../recall.png");
    let grey = write(&dir, "grey.png", &png(png::ColorType::Grayscale, [4, 4], &[0; 16]));
    assert!(
        refused(&["recall", &run, &grey]).contains("its images are 4 × 4 pixels; needed are 4 × 5")
    );
}

fn vectors(dir: &TempDir) -> String {
    let row = |k: usize| {
        let at =
            |j: usize| ((k % 3 * 5 + j * 7) % 11) as f32 * 3.0 - 15.0 + (k * j % 5) as f32 * 0.1;
        (0..8).map(move |j| at(j).to_string()).collect::<Vec<_>>().join(",")
    };
    let names: Vec<String> = (0..8).map(|j| format!("x{j}")).collect();
    let rows: String = (0..90).map(|k| format!("{},{}\n", row(k), k % 3)).collect();
    write(dir, "vectors.csv", format!("{},kind\n{rows}", names.join(",")).as_bytes())
}

#[test]
fn vectors_are_trained_on_without_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let place = vectors(&dir);
    let (of_train, labels) = (format!("data.train={place}"), format!("data.labels={place}#kind"));
    let sets = [&of_train[..], &labels, "data.scale=standard", "data.test=0.2"];
    let run = trained(&dir, "run", &sets);
    assert!(!Path::new(&run).join("patterns.png").exists());
    let info = &json_of(&["info", &run])[0];
    assert!(info["image_shape"].is_null() && info["layers"][0]["dim"] == 8);
    let measured = &json_of(&["eval", &run])[0];
    assert_eq!((&measured["images"], &measured["psnr"]), (&json!(18), &json!(null)));
    assert_eq!(measured["labels"].as_array().unwrap().len(), 3);
    json_of(&["report", &run]);
    let page = fs::read_to_string(Path::new(&run).join("report.html")).unwrap();
    assert!(page.contains("\"map\":{\"rows\"") && !page.contains("id=\"h-playground\""));
    let problem = refused(&["export", &run, "--format", "png"]);
    assert!(problem.contains("its rows are vectors, not images"), "{problem}");
    let picture = write(&dir, "x.png", &png(png::ColorType::Grayscale, [2, 4], &[0; 8]));
    assert!(refused(&["recall", &run, &picture]).contains("use hopfield encode"));

    // The table still has the column of labels.
    let problem = refused(&["encode", &run, &place, "--out", &path(&dir, "codes.npz")]);
    assert!(problem.contains("its rows have 9 numbers; "), "{problem}");
    let out = path(&dir, "codes.csv");
    json_of(&[
        "encode",
        &run,
        &place,
        "--without",
        "kind",
        "--out",
        &out,
        "--recalled",
        "--top",
        "2",
    ]);
    let codes = fs::read_to_string(&out).unwrap();
    let (head, rows) = codes.split_once('\n').unwrap();
    assert!(
        head.starts_with(
            "patterns_0,patterns_1,weights_0,weights_1,best,entropy,energy,recalled_0"
        )
    );
    assert_eq!(rows.lines().count(), 90);
    let numbers: Vec<f64> =
        rows.lines().next().unwrap().split(',').map(|n| n.parse().unwrap()).collect();
    assert_eq!(numbers[0], numbers[4], "the best pattern is the first");
    assert!(numbers[2] >= numbers[3] && numbers[2] + numbers[3] <= 1.0001);
    // In the numbers of the file, not in those of the network.
    assert!(numbers[7..].iter().any(|number| number.abs() > 4.0), "{numbers:?}");
}

#[test]
fn constant_columns_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..30).map(|k| format!("{k},7,{}\n", k % 4)).collect();
    let place = write(&dir, "x.csv", rows.as_bytes());
    let (config, of_train) = (config(&dir), format!("data.train={place}"));
    let run = path(&dir, "run");
    let args = [&config[..], "--run", &run, "--set", &of_train, "--set", "data.scale=standard"];
    let output = train_command(args).output().unwrap();
    let told = "1 column is constant over the training rows (the first is column 1); constant columns become 0";
    assert!(output.status.success() && stderr(&output).contains(told), "{}", stderr(&output));
}

#[test]
fn rows_without_labels_and_a_test_file_of_their_own_will_do() {
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<f32> = (0..40 * 6).map(|n| (n * 37 % 101) as f32 / 100.0).collect();
    let file = |name: &str, count: usize| {
        write(&dir, name, &[npy_header(&[count, 6]), bytes(&rows[..count * 6])].concat())
    };
    let sets =
        [format!("data.train={}", file("a.npy", 40)), format!("data.test={}", file("b.npy", 9))];
    let run = trained(&dir, "run", &[&sets[0], &sets[1]]);
    assert_eq!(metrics(Path::new(&run)).len(), 1);
    let measured = &json_of(&["eval", &run])[0];
    assert_eq!(
        (&measured["images"], &measured["layers"][0]["label_accuracy"]),
        (&json!(9), &json!(null))
    );
    let other = &json_of(&["eval", &run, "--data", &file("c.npy", 20)])[0];
    assert_eq!(other["images"], 20);
    fs::remove_file(path(&dir, "b.npy")).unwrap();
    let problem = refused(&["eval", &run]);
    assert!(
        problem.contains("b.npy: No such file") && problem.contains("add --data PLACE"),
        "{problem}"
    );
}

#[test]
fn what_does_not_fit_is_refused_before_a_run_begins() {
    let dir = tempfile::tempdir().unwrap();
    let place = vectors(&dir);
    let of_train = &format!("data.train={place}")[..];
    for (sets, expected) in [
        (&["data.train=nowhere.npy"][..], "that is data.train of the config"),
        (&["data.labels=x.npy"], "data.labels needs data.train; add it, or remove data.labels"),
        (&[of_train, "data.test_labels=x"], "data.test_labels needs data.test = \"…\""),
        (
            &[of_train, "data.test=1.5"],
            "data.test = 1.5; allowed: a number above 0 and below 1, or a text in quotes",
        ),
        (
            &[of_train, "data.image_shape=[3, 3, 2]"],
            "data.image_shape = [3, 3, 2]; allowed: [height, width] or [height, width, 3]",
        ),
        (
            &[of_train, "data.image_shape=[2, 2]"],
            "its rows have 9 numbers, which do not make an image of 2 × 2",
        ),
        (
            &[of_train, "task.kind=classify", "layers="],
            "needs the class of each row; set data.labels",
        ),
        (
            &[of_train, "task.kind=complete", "task.mask=bottom"],
            "hides a part of an image, but the rows are vectors",
        ),
        (&[of_train, "output.snapshots=2", "output.export=[\"apng\"]"], "which can't be drawn"),
        (&[of_train, "training.shift=1"], "moves images, but the rows are vectors of 9 numbers"),
        (
            &[of_train, "data.image_shape=[3, 3]", "training.shift=3"],
            "training.shift = 3; allowed: 0 to 2, less than the height and the width of the images, 3 × 3",
        ),
        (
            &[of_train, "layers.0.range=[0, 1]"],
            "which its answers can't reach; set data.scale = \"unit\"",
        ),
        (&[of_train, "data.scale=none", "data.labels=config.toml"], "config.toml"),
    ] {
        let found = refused_training(&dir, sets);
        assert!(found.contains(expected), "{sets:?}: {found}");
    }
    let folder = repository("tests/configs").display().to_string();
    let found = refused_training(&dir, &[&format!("data.train={folder}")]);
    assert!(found.contains("needed is a PNG or JPEG picture"), "{found}");
}

/// More numbers than are kept in memory: in an npy file they stay on disk, in an npz file they don't.
#[test]
fn rows_that_stay_on_disk_are_trained_on_as_in_memory() {
    const SHAPE: [usize; 2] = [1000, 1 << 16];
    let dir = tempfile::tempdir().unwrap();
    let mut numbers = vec![0.0_f32; SHAPE[0] * SHAPE[1]];
    for (row, numbers) in numbers.chunks_mut(SHAPE[1]).enumerate() {
        numbers[row % 7 * 100..][..50].fill(0.5 + (row % 5) as f32 * 0.1);
    }
    let on_disk = write(&dir, "x.npy", &[npy_header(&SHAPE), bytes(&numbers)].concat());
    let in_memory = to_bytes(&Npz, &[("x", &SHAPE, &numbers)], None).unwrap();
    let in_memory = write(&dir, "x.npz", &in_memory);
    drop(numbers);
    let sets = ["data.test=0.2", "task.kind=denoise", "task.std=0.1", "output.snapshots=2"];
    let trained = |name: &str, place: &str| {
        let of_train = format!("data.train={place}");
        let run = trained(&dir, name, &[&[&of_train[..]], &sets[..]].concat());
        (fs::read(Path::new(&run).join("patterns.safetensors")).unwrap(), run)
    };
    let (expected, run) = trained("disk", &on_disk);
    assert!(trained("memory", &in_memory).0 == expected);
    let measured = &json_of(&["eval", &run])[0];
    assert_eq!(measured["images"], 128, "8 million numbers");
    assert!(measured["data"].as_str().unwrap().ends_with("x.npy (a sample of 128 of 200)"));
}
