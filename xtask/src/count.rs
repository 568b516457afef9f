//! Counting tests: reads the closing lines of the test runners and adds them up.

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Count {
    /// Reads nextest's closing line, e.g. `Summary [ 1.2s] 7 tests run: 5 passed (1 slow), 2 failed, 3 skipped`.
    pub(crate) fn from_nextest(line: &str) -> Option<Self> {
        let (_, rest) = line.trim_start().strip_prefix("Summary [")?.split_once(']')?;
        let (_, figures) = rest.split_once("run:")?;
        let mut count = Self::default();
        for figure in figures.split(',') {
            let mut words = figure.split_whitespace();
            let number: u64 = words.next()?.parse().ok()?;
            match words.next()? {
                "passed" => count.passed += number,
                "skipped" => count.skipped += number,
                // Failed, timed out, failed to start: whatever is neither passed nor skipped has failed.
                _ => count.failed += number,
            }
        }
        Some(count)
    }

    /// Reads the closing line of a doctest run, e.g. `test result: ok. 5 passed; 0 failed; 1 ignored; …`.
    pub(crate) fn from_doctest(line: &str) -> Option<Self> {
        let (_, figures) = line.strip_prefix("test result:")?.split_once(". ")?;
        let mut count = Self::default();
        for figure in figures.split(';') {
            let mut words = figure.split_whitespace();
            let (Some(number), Some(kind)) = (words.next(), words.next()) else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match kind {
                "passed" => count.passed += number,
                "failed" => count.failed += number,
                "ignored" => count.skipped += number,
                _ => {}
            }
        }
        Some(count)
    }

    /// Adds another count to this one.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Whether no test ran at all.
    pub(crate) fn is_empty(self) -> bool {
        self.passed == 0 && self.failed == 0
    }

    /// The plain closing line.
    pub(crate) fn line(self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(passed: u64, failed: u64, skipped: u64) -> Count {
        Count { passed, failed, skipped }
    }

    #[test]
    fn reads_the_closing_line_of_nextest() {
        for (line, expected) in [
            ("     Summary [   0.008s] 5 tests run: 5 passed, 0 skipped", Some(count(5, 0, 0))),
            (
                "     Summary [  12.1s] 7 tests run: 4 passed (1 slow), 2 failed, 1 timed out, 3 skipped",
                Some(count(4, 3, 3)),
            ),
            ("     Summary [   1.0s] 1/9 tests run: 0 passed, 1 failed, 0 skipped", Some(count(0, 1, 0))),
            ("     Summary [   1.0s] 1 test run: 1 passed, 0 skipped", Some(count(1, 0, 0))),
            ("        PASS [   0.008s] xtask count::tests::summary", None),
        ] {
            assert_eq!(Count::from_nextest(line), expected, "{line}");
        }
    }

    #[test]
    fn reads_the_closing_line_of_doctests() {
        let line =
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.10s";
        assert_eq!(Count::from_doctest(line), Some(count(5, 0, 1)));
        let line = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Count::from_doctest(line), Some(count(1, 2, 0)));
        assert_eq!(Count::from_doctest("running 5 tests"), None);
    }

    #[test]
    fn adds_up_to_a_plain_line() {
        let mut sum = Count::default();
        assert!(sum.is_empty());
        sum.add(count(2, 0, 1));
        sum.add(count(3, 1, 0));
        assert_eq!(sum.line(), "5 passed, 1 failed, 1 skipped");
        assert!(!sum.is_empty());
    }
}
