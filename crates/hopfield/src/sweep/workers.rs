//! Trains runs in processes of their own, some at once.

use std::collections::{BTreeSet, VecDeque};
use std::io::Read;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use hopfield_train::printer::Printer;
use hopfield_train::{INTERRUPTED, Interrupt, Job, RunRecord, TrainError, Unneeded};

use super::commands::{Command, interrupted, threads_asked_for};

/// How a run of a sweep ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its results are there.
    Finished,
    /// It failed, for this reason.
    Failed(String),
    /// It was interrupted, or not begun.
    Open,
}

impl Ended {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed(_) => "failed",
            Self::Open => "open",
        }
    }

    pub(super) fn problem(&self) -> Option<&str> {
        match self {
            Self::Failed(problem) => Some(problem),
            _ => None,
        }
    }
}

/// How often processes are asked whether they have ended.
const TICK: Duration = Duration::from_millis(50);
/// How often other processes' runs are.
const PAUSE: Duration = Duration::from_secs(2);

/// Processes that train runs.
pub(super) struct Workers<'a> {
    jobs: &'a [(Job, Command)],
    at_once: usize,
    threads: usize,
    printer: &'a Printer,
    /// Runs that may need training.
    waiting: VecDeque<usize>,
    /// Runs that other processes were training when we looked.
    elsewhere: Vec<usize>,
    running: Vec<(usize, Child, Instant)>,
    ended: Vec<Ended>,
    /// Why runs failed; each reason is told once.
    reasons: BTreeSet<String>,
}

/// The threads that this process may use.
pub(super) fn cores() -> usize {
    threads_asked_for().unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
}

impl<'a> Workers<'a> {
    pub(super) fn new(jobs: &'a [(Job, Command)], at_once: usize, printer: &'a Printer) -> Self {
        Self {
            jobs,
            at_once,
            threads: (cores() / at_once.max(1)).max(1),
            printer,
            waiting: (0..jobs.len()).collect(),
            elsewhere: Vec::new(),
            running: Vec::new(),
            ended: vec![Ended::Open; jobs.len()],
            reasons: BTreeSet::new(),
        }
    }

    /// Trains until every run has ended, or until `interrupt` asks to stop: then it asks the processes to save and stop, too, and waits
    /// for them.
    pub(super) fn run(mut self, interrupt: &Interrupt) -> Vec<Ended> {
        let count = self.jobs.len();
        let there = (0..count)
            .filter(|&run| matches!(self.jobs[run].0.unneeded(), Ok(Some(Unneeded::Finished))));
        let there: Vec<usize> = there.collect();
        self.waiting.retain(|run| there.binary_search(run).is_err());
        there.iter().for_each(|&run| self.ended[run] = Ended::Finished);
        let threads = hopfield_report::counted(self.threads, "thread");
        self.printer.note(&format!(
            "{}; ended already: {}; {} at once, with {threads} each",
            hopfield_report::counted(count, "run"),
            there.len(),
            self.at_once,
        ));
        self.printer.begin(count as u64, there.len() as u64);
        interrupt.training_begins();
        let (mut looked, mut told, mut passed_on) = (false, false, false);
        loop {
            if interrupt.is_asked() && !std::mem::replace(&mut passed_on, true) {
                self.running.iter().for_each(|(_, child, _)| interrupted(child));
            }
            while !interrupt.is_asked() && self.running.len() < self.at_once {
                let Some(run) = self.waiting.pop_front() else { break };
                self.start(run);
            }
            self.collect();
            if !self.running.is_empty() {
                thread::sleep(TICK);
            } else if interrupt.is_asked() || self.waiting.is_empty() && self.elsewhere.is_empty() {
                self.printer.end();
                return self.ended;
            } else if self.waiting.is_empty() {
                // Most have ended since we looked.
                if std::mem::replace(&mut looked, true) {
                    if !std::mem::replace(&mut told, true) {
                        let runs = hopfield_report::counted(self.elsewhere.len(), "run");
                        let waiting = format!("waiting for {runs} that other processes train");
                        self.printer.note(&waiting);
                    }
                    thread::sleep(PAUSE);
                }
                self.waiting.extend(self.elsewhere.drain(..));
            }
        }
    }

    /// Starts the process of a run that needs one.
    fn start(&mut self, run: usize) {
        let (job, command) = &self.jobs[run];
        match job.unneeded() {
            Ok(None) => match command.process(self.threads).spawn() {
                Ok(child) => self.running.push((run, child, Instant::now())),
                Err(error) => {
                    let problem = format!("its process can't be started: {error}");
                    self.end(run, Ended::Failed(problem), None);
                }
            },
            Ok(Some(Unneeded::Busy)) => self.elsewhere.push(run),
            Ok(Some(Unneeded::Finished)) => self.end(run, Ended::Finished, None),
            Err(error) => self.fail(run, &error),
        }
    }

    /// Takes in the processes that have ended.
    fn collect(&mut self) {
        for (run, mut child, began) in std::mem::take(&mut self.running) {
            match child.try_wait() {
                Ok(None) => self.running.push((run, child, began)),
                Ok(Some(status)) => {
                    let mut problem = String::new();
                    if let Some(errors) = &mut child.stderr {
                        let _ = errors.read_to_string(&mut problem);
                    }
                    self.ended_with(run, child.id(), status, problem.trim(), began.elapsed());
                }
                Err(error) => self.end(run, Ended::Failed(error.to_string()), None),
            }
        }
    }

    /// `process`: its number.
    fn ended_with(
        &mut self,
        run: usize,
        process: u32,
        status: ExitStatus,
        problem: &str,
        took: Duration,
    ) {
        let problem = problem.strip_prefix("error: ").unwrap_or(problem);
        match (status.success(), self.jobs[run].0.unneeded()) {
            (true, Ok(Some(Unneeded::Finished))) => {
                // Another process may have been faster.
                let ours = self.jobs[run].0.trained_by() == Some(process);
                self.end(run, Ended::Finished, ours.then_some(took));
            }
            (true, Ok(_)) => self.elsewhere.push(run),
            _ if status.code() == Some(INTERRUPTED.into()) => {}
            (_, Err(error)) => self.fail(run, &error),
            _ if problem.is_empty() => self.end(run, Ended::Failed(status.to_string()), None),
            _ => self.end(run, Ended::Failed(problem.to_owned()), None),
        }
    }

    fn fail(&mut self, run: usize, error: &TrainError) {
        // That is the option of `train`.
        let problem = error.to_string().replace("--run DIR", "--runs DIR");
        self.end(run, Ended::Failed(problem), None);
    }

    /// Notes how a run ended; `took`: if it was trained here.
    fn end(&mut self, run: usize, ended: Ended, took: Option<Duration>) {
        let name = self.jobs[run].0.folder.file_name().unwrap_or_default().to_string_lossy();
        match (&ended, took) {
            (Ended::Failed(problem), _) => {
                let folder = self.jobs[run].0.folder.display().to_string();
                let absolute = std::path::absolute(&folder).unwrap_or_default();
                let reason = problem.replace(&absolute.display().to_string(), "RUN");
                if self.reasons.insert(reason.replace(&folder, "RUN")) {
                    self.printer.note(&format!("{name} failed: {problem}"));
                }
            }
            (_, Some(took)) => {
                let error = self.test_error(run);
                self.printer.note(&format!("{name}: {error} after {:.0} s", took.as_secs_f64()));
            }
            _ => {}
        }
        self.ended[run] = ended;
        let failed = self.ended.iter().filter(|ended| ended.problem().is_some()).count();
        let finished = self.ended.iter().filter(|ended| **ended == Ended::Finished).count();
        let running = self.running.len();
        self.printer.step(|| format!("{finished} done, {running} running, {failed} failed"));
    }

    /// What a run ended with, for people.
    fn test_error(&self, run: usize) -> String {
        let record = RunRecord::read(&self.jobs[run].0.folder);
        let results = record.map(|record| record.results).unwrap_or_default();
        let found =
            results.as_object().into_iter().flatten().find(|(name, _)| name.starts_with("test_"));
        found.map_or("done".to_owned(), |(name, error)| {
            format!("{} {:.5}", name.replace('_', " "), error.as_f64().unwrap_or(f64::NAN))
        })
    }
}
