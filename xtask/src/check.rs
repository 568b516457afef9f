//! Formatting and lints.

use crate::process;
use crate::report::Report;

/// Runs the two checks that need no test and answers whether both are in order.
pub(crate) fn run() -> bool {
    let mut report = Report::default();
    steps(&mut report);
    report.close()
}

/// Adds formatting and lints to a longer run.
pub(crate) fn steps(report: &mut Report) {
    report.step("formatting (mend with: cargo fmt --all)", || {
        process::succeeds(&mut process::cargo(&["fmt", "--all", "--check"]))
    });
    report.step("lints (cargo clippy, every warning is an error)", || {
        let lints = ["clippy", "--locked", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
        process::succeeds(&mut process::cargo(&lints))
    });
}
