//! What a run tells its reader: a line per step, then what is not in order.

use std::time::{Duration, Instant};

use anyhow::Result;

/// The steps that were not in order and those that could not be made, in the sequence they were met.
#[derive(Default)]
pub(crate) struct Report {
    broken: Vec<String>,
    left_out: Vec<String>,
}

impl Report {
    /// Runs one step under its title and remembers it when it is not in order.
    pub(crate) fn step(&mut self, title: &str, work: impl FnOnce() -> Result<bool>) {
        note(&format!("{title} ..."));
        let start = Instant::now();
        let outcome = work();
        let took = seconds(start.elapsed());
        match outcome {
            Ok(true) => note(&format!("{title}: fine ({took})")),
            Ok(false) => {
                note(&format!("{title}: NOT in order ({took})"));
                self.broken.push(title.to_owned());
            }
            Err(error) => {
                note(&format!("{title}: NOT in order ({took}): {error:#}"));
                self.broken.push(format!("{title}: {error:#}"));
            }
        }
    }

    /// Remembers a check that cannot be made here, so that nobody takes its silence for a pass.
    pub(crate) fn leave_out(&mut self, what: &str) {
        note(&format!("NOT checked: {what}"));
        self.left_out.push(what.to_owned());
    }

    /// Lists what was not checked and what is not in order, and answers whether everything checked is.
    pub(crate) fn close(&self) -> bool {
        for left_out in &self.left_out {
            note(&format!("not checked: {left_out}"));
        }
        for broken in &self.broken {
            note(&format!("to mend: {broken}"));
        }
        self.broken.is_empty()
    }
}

/// Prints one line of progress, marked so that it stands out among the output of other programs.
pub(crate) fn note(line: &str) {
    say(&format!("==> {line}"));
}

/// Prints one bare line.
#[expect(clippy::print_stdout, reason = "this program's whole purpose is to tell its reader")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

fn seconds(duration: Duration) -> String {
    let total = duration.as_secs();
    if total < 60 { format!("{total} s") } else { format!("{} min {} s", total / 60, total % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_remembered_and_the_next_still_runs() {
        let mut report = Report::default();
        let mut ran = Vec::new();
        report.step("first", || Ok(false));
        report.step("second", || {
            ran.push("second");
            Ok(true)
        });
        report.step("third", || anyhow::bail!("no such thing"));
        assert_eq!(ran, ["second"]);
        assert_eq!(report.broken, ["first", "third: no such thing"]);
        assert!(!report.close());
    }

    #[test]
    fn what_cannot_be_checked_is_said_and_is_no_failure() {
        let mut report = Report::default();
        report.leave_out("the weather");
        assert_eq!(report.left_out, ["the weather"]);
        assert!(report.close());
    }

    #[test]
    fn minutes_appear_when_there_are_some() {
        assert_eq!(seconds(Duration::from_secs(59)), "59 s");
        assert_eq!(seconds(Duration::from_secs(61)), "1 min 1 s");
    }
}
