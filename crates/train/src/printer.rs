//! The only place that prints, for both binaries: data to standard output, everything else to standard error.

use std::cell::Cell;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Prints what is asked for: progress, plain lines, JSON, or nothing.
#[derive(Debug)]
pub struct Printer {
    quiet: bool,
    json: bool,
    bar: ProgressBar,
    refreshed: Cell<Instant>,
    /// Where lines for people go, instead of to the terminal.
    lines: Option<Sender<String>>,
}

/// The progress bar is refreshed this often: reading a loss waits for the device.
const REFRESH: Duration = Duration::from_millis(500);

impl Printer {
    /// `quiet`: nothing on standard error; `json`: lines of JSON on standard output.
    pub fn new(quiet: bool, json: bool) -> Self {
        let bar = ProgressBar::hidden();
        Self { quiet, json, bar, refreshed: Instant::now().into(), lines: None }
    }

    /// Sends the lines that are for people to another thread, and shows no bar.
    pub fn to(lines: Sender<String>) -> Self {
        Self { lines: Some(lines), ..Self::new(false, false) }
    }

    /// A line for people.
    pub fn note(&self, line: &str) {
        if self.quiet {
            return;
        }
        if let Some(lines) = &self.lines {
            let _ = lines.send(line.to_owned());
        } else if self.bar.is_hidden() {
            to_stderr(line);
        } else {
            self.bar.println(line);
        }
    }

    /// A line of data, if JSON is asked for.
    pub fn data(&self, data: &impl Serialize) {
        if self.json {
            let line = serde_json::to_string(data).expect("what is printed is plain data");
            self.bar.suspend(|| to_stdout(&line));
        }
    }

    /// The result, for people.
    pub fn result(&self, line: &str) {
        self.bar.finish_and_clear();
        match &self.lines {
            Some(_) => self.note(line),
            None if self.shows_results() => to_stdout(line),
            None => {}
        }
    }

    /// Whether a [`result`](Self::result) would be printed.
    pub fn shows_results(&self) -> bool {
        !self.quiet && !self.json
    }

    /// A text that was asked for, as it is.
    pub fn text(&self, text: &str) {
        to_stdout(text.trim_end());
    }

    /// Shows a bar of `steps` steps, of which `done` are done, if standard error is a terminal.
    pub fn begin(&self, steps: u64, done: u64) {
        if self.quiet || self.lines.is_some() {
            return;
        }
        self.bar.set_length(steps);
        let template = "{bar:30} {percent:>3}% {msg}  {eta} left";
        self.bar.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
        self.bar.set_position(done);
        self.bar.reset_eta();
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
    }

    /// One step more; now and then its `message` is made and shown.
    pub fn step(&self, message: impl FnOnce() -> String) {
        self.bar.inc(1);
        if !self.bar.is_hidden() && self.refreshed.get().elapsed() >= REFRESH {
            self.bar.set_message(message());
            self.refreshed.set(Instant::now());
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// An error.
pub(crate) fn error(message: &str) {
    to_stderr(&format!("error: {message}"));
}

/// Whether something that belonged on standard output could not be written there.
static LOST: AtomicBool = AtomicBool::new(false);

/// The exit code of a program that has done its work: 2 if output was lost, unless its reader went away.
pub(crate) fn exit_code() -> u8 {
    if LOST.load(Ordering::Relaxed) { 2 } else { 0 }
}

/// What the arguments of a program say; the first is its name.
///
/// # Errors
///
/// They are wrong, or ask for a text such as the help. What there is to say is printed; this is the exit code.
pub(crate) fn parse<A: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<A, u8> {
    A::try_parse_from(arguments).map_err(|answer| match answer.print() {
        Err(error) if !answer.use_stderr() && error.kind() != ErrorKind::BrokenPipe => {
            lost(&error);
            exit_code()
        }
        _ if answer.use_stderr() => 2,
        _ => 0,
    })
}

/// A reader that went away (`train … --json | head`) is no reason to stop training.
fn to_stdout(line: &str) {
    if let Err(error) = writeln!(io::stdout(), "{line}")
        && error.kind() != ErrorKind::BrokenPipe
    {
        lost(&error);
    }
}

/// Says once that output is lost.
fn lost(why: &io::Error) {
    if !LOST.swap(true, Ordering::Relaxed) {
        error(&format!("standard output can't be written: {why}"));
    }
}

fn to_stderr(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
