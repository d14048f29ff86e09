//! Every command of the README runs as it is written there, but for shorter trainings.

use std::fs;
use std::path::Path;

use hopfield_arrays::{bytes, npy_header};
use hopfield_tests::{hopfield_command, repository, stderr};

/// The commands of `hopfield`, in order: lines of shell blocks, and cells of the table.
fn commands(readme: &str) -> Vec<String> {
    let (mut commands, mut in_shell) = (Vec::new(), false);
    for line in readme.lines() {
        if line.starts_with("```") {
            in_shell = line == "```sh";
        } else if in_shell {
            commands.push(line.to_owned());
        } else if let Some(cell) = line.strip_suffix("` |").and_then(|line| line.rsplit('`').next())
        {
            commands.push(cell.to_owned());
        }
    }
    commands.retain(|command| command.starts_with("hopfield "));
    commands
}

/// What the commands ask for: the configs, pictures, and arrays.
fn prepare(dir: &Path) {
    for folder in ["configs", "configs/sweeps"] {
        fs::create_dir(dir.join(folder)).unwrap();
        for config in fs::read_dir(repository(folder)).unwrap() {
            let config = config.unwrap();
            if config.path().is_file() {
                fs::copy(config.path(), dir.join(folder).join(config.file_name())).unwrap();
            }
        }
    }
    let numbers = |count: usize| bytes(&vec![0.5; count]);
    for (name, shape) in
        [("patterns.npy", [5, 784]), ("large.npy", [50, 9]), ("queries.npy", [2, 9])]
    {
        let content = [npy_header(&shape), numbers(shape.iter().product())].concat();
        fs::write(dir.join(name), content).unwrap();
    }
    fs::create_dir(dir.join("PICTURES")).unwrap();
    let pictures = (0..30).map(|k| format!("PICTURES/{k}.png"));
    for (name, k) in pictures.chain(["digit.png".to_owned()]).zip(0_u8..) {
        let file = fs::File::create(dir.join(name)).unwrap();
        let mut picture = png::Encoder::new(file, 28, 28);
        picture.set_color(png::ColorType::Grayscale);
        let pixels: Vec<u8> =
            (0..784).map(|pixel| (pixel * usize::from(k + 3) % 251) as u8).collect();
        picture.write_header().unwrap().write_image_data(&pixels).unwrap();
    }
}

#[test]
fn every_command_of_the_readme_runs() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path());
    let commands = commands(&fs::read_to_string(repository("README.md")).unwrap());
    assert!(commands.len() >= 15, "{commands:?}");
    for line in &commands {
        let mut command = hopfield_command(line.split_whitespace().skip(1));
        if line.starts_with("hopfield train ") {
            command.args(["--set=training.epochs=1"]);
            // What needs all of MNIST makes do with the digits in the program.
            if line.contains("classify") || line.contains("gallery") {
                command.arg("--set=data.source=bundled");
            }
            if line.contains("classify") {
                command.arg("--set=task.memories=100");
            }
        }
        if line.starts_with("hopfield sweep ") {
            command.args(["--set=training.epochs=1", "--set=training.batch_size=1000"]);
        }
        let output = command.current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{line}: {}", stderr(&output));
    }
    for file in ["runs/digits/report.html", "runs/digits/film.png", "compare.html"] {
        assert!(dir.path().join(file).exists(), "{file}");
    }
}

/// `web/build` makes a book of the pages in `docs`.
#[test]
fn every_page_of_the_docs_is_in_the_book() {
    let summary = fs::read_to_string(repository("web/book/SUMMARY.md")).unwrap();
    let names = fs::read_dir(repository("docs")).unwrap().map(|file| file.unwrap().file_name());
    let mut pages: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    pages.retain(|name| name.ends_with(".md"));
    assert!(pages.len() >= 8, "{pages:?}");
    for page in pages {
        assert!(summary.contains(&format!("({page})")), "web/book/SUMMARY.md lacks {page}");
    }
}
