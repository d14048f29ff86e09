//! The command that trains a run, for a process and for a shell.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process;

use hopfield_train::{Sweep, SweepRun};

use crate::error::{Error, at};

/// The command that trains a run if that is needed.
#[derive(Debug, Clone)]
pub(super) struct Command(Vec<OsString>);

impl Command {
    /// # Errors
    ///
    /// The current folder is not known.
    pub(super) fn new(
        program: &[OsString],
        sweep: &Sweep,
        run: &SweepRun,
        folder: &Path,
    ) -> Result<Self, Error> {
        let absolute = |path: &Path| std::path::absolute(path).map_err(at(path));
        let mut words = program.to_vec();
        words.push("train".into());
        match &sweep.base[..] {
            [path] => words.push(absolute(Path::new(path))?.into()),
            option => words.extend(option.iter().map(OsString::from)),
        }
        for set in &run.set {
            words.extend(["--set".into(), set.into()]);
        }
        words.extend([
            "--run".into(),
            absolute(folder)?.into(),
            "--if-needed".into(),
            "--quiet".into(),
        ]);
        Ok(Self(words))
    }

    /// As a line of a shell, which goes to this folder first: places in configs are seen from it.
    ///
    /// # Errors
    ///
    /// The current folder is not known.
    pub(super) fn line(&self) -> Result<String, Error> {
        let words = self.0.iter().map(|word| quoted(&word.to_string_lossy()));
        let folder = env::current_dir()?;
        let folder = quoted(&folder.to_string_lossy());
        Ok(format!("cd {folder} && {}", words.collect::<Vec<_>>().join(" ")))
    }

    /// As a process with so many threads, whose errors can be read.
    pub(super) fn process(&self, threads: usize) -> process::Command {
        let mut command = process::Command::new(&self.0[0]);
        command.args(&self.0[1..]).stdin(process::Stdio::null()).stdout(process::Stdio::null());
        command.env(THREADS, threads.to_string()).stderr(process::Stdio::piped());
        // Ctrl-C reaches the sweep alone, which passes it on.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

/// The number of threads of a process.
const THREADS: &str = "RAYON_NUM_THREADS";

/// The number of threads that the environment asks for.
pub(super) fn threads_asked_for() -> Option<usize> {
    env::var(THREADS).ok()?.parse().ok().filter(|&threads| threads > 0)
}

/// Asks a process to save and stop. Where there are no signals, Ctrl-C reaches it anyway.
pub(super) fn interrupted(child: &process::Child) {
    if cfg!(unix) {
        // Every shell has `kill`; the program of that name is not everywhere.
        let signal = format!("kill -INT {}", child.id());
        let signal = process::Command::new("sh").args(["-c", &signal]).status();
        // It may have ended by itself.
        drop(signal);
    }
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:=@%".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("layers.0.beta=0.1"), "layers.0.beta=0.1");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's \"x\""), r#"'it'\''s "x"'"#);
        assert_eq!(quoted(""), "''");
    }
}
