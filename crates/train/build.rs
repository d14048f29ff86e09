//! Tells the compiler which commit is built.

use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let commit = packaged().or_else(checked_out).unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=HOPFIELD_COMMIT={commit}");
}

/// The commit that `cargo package` noted down, in a crate from a registry.
fn packaged() -> Option<String> {
    let noted = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = noted.split_once("\"sha1\": \"")?;
    rest.get(..SHORT).map(str::to_owned)
}

/// The commit of the working tree, if this is the repository that the crate belongs to.
fn checked_out() -> Option<String> {
    let root = fs::canonicalize(env::var("CARGO_MANIFEST_DIR").ok()?).ok()?;
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(top).ok()?.join("crates/train") != root {
        return None;
    }
    // A line is added to it by every commit and checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    git(&["rev-parse", "HEAD"])?.get(..SHORT).map(str::to_owned)
}

/// Digits of the hash.
const SHORT: usize = 10;

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|git| git.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}
