//! What can go wrong, as a line for the person and an exit status: the one place where errors become SSH.

use forge_app::Error;

use crate::command::InvalidCommand;

/// What git itself ends with when it cannot go on.
const FATAL: u32 = 128;
/// What a command that is not offered ends with.
const NOT_OFFERED: u32 = 1;
/// What a shell ends with when there is no such command.
const NO_SUCH_COMMAND: u32 = 127;

/// How a command ended that did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// For standard error, ending in a newline, without control characters otherwise.
    pub(crate) line: String,
    /// The exit status.
    pub(crate) status: u32,
    /// One word for the metrics.
    pub(crate) outcome: &'static str,
}

impl Refusal {
    fn new(sentence: &str, status: u32, outcome: &'static str) -> Self {
        let clean: String =
            sentence.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
        Self { line: format!("ERROR: {clean}\n"), status, outcome }
    }

    /// What the application says, with the reference under which the log tells more of a fault of ours.
    pub(crate) fn of(error: &Error, reference: &str) -> Self {
        let (sentence, outcome) = match error {
            // Not there and not allowed are the same line.
            Error::NotFound | Error::Unauthenticated | Error::NotRecent => {
                ("Repository not found, or you do not have access to it.".to_owned(), "not_found")
            }
            Error::Forbidden(_) => (error.sentence(), "forbidden"),
            Error::Invalid { .. } | Error::Conflict(_) | Error::TooLarge(_) => (error.sentence(), "refused"),
            Error::RateLimited { .. } | Error::Unavailable(_) => (error.sentence(), "unavailable"),
            Error::Internal(_) => (
                format!("{} If it stays so, tell an administrator: reference {reference}.", error.sentence()),
                "internal",
            ),
        };
        Self::new(&sentence, FATAL, outcome)
    }

    /// Git LFS.
    pub(crate) fn large_files() -> Self {
        Self::new(
            "Git LFS is not available yet. Commit without it, or keep large files elsewhere.",
            NOT_OFFERED,
            "not_offered",
        )
    }
}

impl From<InvalidCommand> for Refusal {
    fn from(error: InvalidCommand) -> Self {
        let status = match error {
            InvalidCommand::Unknown => NO_SUCH_COMMAND,
            InvalidCommand::Length
            | InvalidCommand::Character
            | InvalidCommand::Quoting
            | InvalidCommand::Words => FATAL,
        };
        Self::new(&error.to_string(), status, "invalid")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn puts_everything_into_a_line_and_a_status() {
        let missing = "ERROR: Repository not found, or you do not have access to it.\n";
        for (error, line, outcome) in [
            (Error::NotFound, missing, "not_found"),
            (Error::Unauthenticated, missing, "not_found"),
            (Error::Forbidden("You may not.".to_owned()), "ERROR: You may not.\n", "forbidden"),
            (Error::invalid("ref", "No such ref."), "ERROR: No such ref.\n", "refused"),
            (Error::Conflict("It changed.".to_owned()), "ERROR: It changed.\n", "refused"),
            (Error::TooLarge("Over 1 GiB.".to_owned()), "ERROR: Over 1 GiB.\n", "refused"),
            (Error::Unavailable("Busy.".to_owned()), "ERROR: Busy.\n", "unavailable"),
            (
                Error::RateLimited { retry_after: Duration::from_secs(5) },
                "ERROR: Too many tries. Try again in 5 seconds.\n",
                "unavailable",
            ),
        ] {
            assert_eq!(
                Refusal::of(&error, "0badcafe"),
                Refusal { line: line.to_owned(), status: 128, outcome }
            );
        }
    }

    #[test]
    fn keeps_our_faults_for_the_log() {
        let refusal =
            Refusal::of(&Error::Internal("/srv/forge/secret: no such table".to_owned()), "0badcafe");
        assert!(refusal.line.contains("reference 0badcafe"), "{}", refusal.line);
        assert!(!refusal.line.contains("table") && !refusal.line.contains("/srv"), "{}", refusal.line);
        assert_eq!(refusal.status, 128);
    }

    #[test]
    fn sends_no_control_characters_to_a_terminal() {
        let refusal = Refusal::of(&Error::Forbidden("a\u{1b}[2Jb\nc".to_owned()), "0badcafe");
        assert_eq!(refusal.line, "ERROR: a\u{fffd}[2Jb\u{fffd}c\n");
    }

    #[test]
    fn tells_a_wrong_command_from_a_wrong_name() {
        assert_eq!(Refusal::from(InvalidCommand::Unknown).status, 127);
        assert_eq!(Refusal::from(InvalidCommand::Quoting).status, 128);
        assert_eq!(Refusal::large_files().status, 1);
        assert!(Refusal::large_files().line.contains("LFS is not available yet"));
    }
}
