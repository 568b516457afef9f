//! How a push ended: said to the client in packets, over side-bands if it can hear them.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use forge_core::ObjectId;

use super::command::Negotiated;
use super::progress::{Progress, Stage};
use crate::pktline::{write_flush, write_line};
use crate::sideband::{Band, Width, write_band, write_keepalive};
use crate::{Cancel, Error, Result};

/// How often a busy server shows that it lives.
const KEEPALIVE: Duration = Duration::from_secs(5);
/// How often progress is shown.
const PROGRESS: Duration = Duration::from_millis(250);

/// How one command fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefReport {
    /// The ref as the client wrote it.
    pub name: String,
    /// Why it was refused; nothing if it was done.
    pub refused: Option<String>,
    /// What the client should know if something else was done than it asked for.
    pub options: Vec<ReportOption>,
}

impl RefReport {
    /// It was done.
    pub fn done(name: impl Into<String>) -> Self {
        Self { name: name.into(), refused: None, options: Vec::new() }
    }

    /// It was not done. The reason should be one short line.
    pub fn refused(name: impl Into<String>, reason: impl Into<String>) -> Self {
        let line = reason.into().replace(['\n', '\r', '\0'], " ");
        Self { name: name.into(), refused: Some(line), options: Vec::new() }
    }
}

/// A remark on a done command, for clients of `report-status-v2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportOption {
    /// Another ref was changed.
    RefName(String),
    /// What it was before.
    OldId(ObjectId),
    /// What it is now.
    NewId(ObjectId),
    /// History was lost.
    ForcedUpdate,
}

/// The stream back to the client.
pub struct Answer<W: Write> {
    out: W,
    capabilities: Negotiated,
    last_sent: Instant,
    last_shown: Instant,
    stage: Option<(Stage, u64, u64)>,
}

impl<W: Write> Answer<W> {
    /// Speaks as the client asked for.
    pub fn new(out: W, capabilities: &Negotiated) -> Self {
        let now = Instant::now();
        Self { out, capabilities: capabilities.clone(), last_sent: now, last_shown: now, stage: None }
    }

    /// Says something to the person who pushes. Clients without side-bands do not hear it.
    pub fn message(&mut self, text: &str) -> Result<()> {
        self.end_progress()?;
        self.band(Band::Progress, text.as_bytes())
    }

    /// Ends everything with a failure that concerns no single ref.
    pub fn fail(&mut self, text: &str) -> Result<()> {
        self.end_progress()?;
        if self.capabilities.side_band_64k {
            self.band(Band::Error, format!("{text}\n").as_bytes())?;
            write_flush(&mut self.out)?;
        } else {
            crate::pktline::write_error(&mut self.out, text)?;
        }
        Ok(self.out.flush()?)
    }

    /// Tells how the pack and each command fared, and ends the answer.
    pub fn report(&mut self, unpack: std::result::Result<(), &str>, refs: &[RefReport]) -> Result<()> {
        self.end_progress()?;
        if self.capabilities.report_status || self.capabilities.report_status_v2 {
            let mut report = Vec::new();
            let status =
                unpack.map_or_else(|reason| reason.replace(['\n', '\r', '\0'], " "), |()| "ok".to_owned());
            write_line(&mut report, &format!("unpack {status}"))?;
            for found in refs {
                self.write_ref(&mut report, found)?;
            }
            write_flush(&mut report)?;
            if self.capabilities.side_band_64k {
                write_band(&mut self.out, Width::Wide, Band::Data, &report)?;
            } else {
                self.out.write_all(&report)?;
            }
        }
        if self.capabilities.side_band_64k {
            write_flush(&mut self.out)?;
        }
        Ok(self.out.flush()?)
    }

    fn write_ref(&self, report: &mut Vec<u8>, found: &RefReport) -> Result<()> {
        match &found.refused {
            Some(reason) => return write_line(report, &format!("ng {} {reason}", found.name)),
            None => write_line(report, &format!("ok {}", found.name))?,
        }
        if self.capabilities.report_status_v2 {
            for option in &found.options {
                let text = match option {
                    ReportOption::RefName(name) => format!("option refname {name}"),
                    ReportOption::OldId(id) => format!("option old-oid {id}"),
                    ReportOption::NewId(id) => format!("option new-oid {id}"),
                    ReportOption::ForcedUpdate => "option forced-update".to_owned(),
                };
                write_line(report, &text)?;
            }
        }
        Ok(())
    }

    fn band(&mut self, band: Band, bytes: &[u8]) -> Result<()> {
        if self.capabilities.side_band_64k {
            write_band(&mut self.out, Width::Wide, band, bytes)?;
            self.out.flush()?;
            self.last_sent = Instant::now();
        }
        Ok(())
    }

    /// Shows where the work is.
    fn show(&mut self, stage: Stage, done: u64, total: u64, end: &str) -> Result<()> {
        self.last_shown = Instant::now();
        let label = stage.label();
        let line = match done.saturating_mul(100).checked_div(total) {
            Some(percent) => format!("{label}: {percent:3}% ({done}/{total}){end}"),
            None => format!("{label}: {done}{end}"),
        };
        self.band(Band::Progress, line.as_bytes())
    }

    fn end_progress(&mut self) -> Result<()> {
        match self.stage.take() {
            Some((stage, done, total)) => self.show(stage, done, total, ", done.\n"),
            None => Ok(()),
        }
    }
}

impl<W: Write> Progress for Answer<W> {
    fn step(&mut self, stage: Stage, done: u64, total: u64) -> Result<()> {
        if !self.capabilities.side_band_64k {
            return Ok(());
        }
        if self.stage.is_some_and(|(before, _, _)| before != stage) {
            self.end_progress()?;
        }
        if self.capabilities.quiet {
            return self.keep_alive();
        }
        // Receiving is shown by the client itself.
        if stage == Stage::Receiving {
            return Ok(());
        }
        if let Some((_, _, known)) = self.stage
            && total == 0
        {
            self.stage = Some((stage, done, known));
        } else {
            self.stage = Some((stage, done, total));
        }
        if self.last_shown.elapsed() >= PROGRESS {
            self.show(stage, done, total, "\r")?;
        }
        Ok(())
    }
}

impl<W: Write> Answer<W> {
    /// Sends an empty packet if nothing was sent for a while.
    pub fn keep_alive(&mut self) -> Result<()> {
        if self.capabilities.side_band_64k && self.last_sent.elapsed() >= KEEPALIVE {
            write_keepalive(&mut self.out, Band::Data)?;
            self.out.flush()?;
            self.last_sent = Instant::now();
        }
        Ok(())
    }
}

/// Reads away what the client still sends, so that it comes to read the answer.
///
/// Gives up at `limit` bytes, when the caller stops the work, or when the client stops.
pub fn drain(source: &mut dyn Read, limit: u64, cancel: &Cancel) {
    let mut buffer = vec![0; 64 << 10];
    let mut left = limit;
    while left > 0 && !cancel.is_cancelled() {
        match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX)),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// What the report says of a pack that was not accepted.
pub fn unpack_status(error: &Error) -> String {
    match error {
        Error::Invalid(_) | Error::TooLarge { .. } | Error::Conflict(_) | Error::Busy | Error::Cancelled => {
            error.to_string()
        }
        // Neither paths nor damage of the server are the client's business.
        Error::NotFound(_) | Error::Corrupt(_) | Error::Io(_) => {
            "the server could not store the objects".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs() -> Vec<RefReport> {
        let mut done = RefReport::done("refs/heads/a");
        done.options = vec![ReportOption::RefName("refs/heads/x".to_owned()), ReportOption::ForcedUpdate];
        vec![done, RefReport::refused("refs/heads/b", "no\nway")]
    }

    fn said(capabilities: &Negotiated, unpack: std::result::Result<(), &str>) -> String {
        let mut out = Vec::new();
        Answer::new(&mut out, capabilities).report(unpack, &refs()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn reports_in_the_form_that_was_negotiated() {
        let plain = Negotiated { report_status: true, ..Negotiated::default() };
        let expected = "000eunpack ok\n0014ok refs/heads/a\n001bng refs/heads/b no way\n0000";
        assert_eq!(said(&plain, Ok(())), expected);
        let banded = Negotiated { side_band_64k: true, ..plain.clone() };
        assert_eq!(said(&banded, Ok(())), format!("{:04x}\u{1}{expected}0000", expected.len() + 5));
        let second = Negotiated { report_status_v2: true, ..Negotiated::default() };
        assert!(said(&second, Err("bad")).starts_with("000funpack bad\n"));
        assert!(
            said(&second, Ok(())).contains("0020option refname refs/heads/x\n0019option forced-update\n")
        );
        assert_eq!(said(&Negotiated::default(), Ok(())), "");
    }

    #[test]
    fn progress_is_closed_before_the_report() {
        let capabilities = Negotiated { report_status: true, side_band_64k: true, ..Negotiated::default() };
        let mut out = Vec::new();
        let mut answer = Answer::new(&mut out, &capabilities);
        answer.step(Stage::Receiving, 1, 2).unwrap();
        answer.step(Stage::Indexing, 1, 2).unwrap();
        answer.step(Stage::Indexing, 2, 2).unwrap();
        answer.step(Stage::Checking, 7, 0).unwrap();
        answer.message("hello\n").unwrap();
        answer.report(Ok(()), &[]).unwrap();
        let text = String::from_utf8(out).unwrap();
        let indexing = text.find("Indexing objects: 100% (2/2), done.\n").unwrap();
        let checking = text.find("Checking objects: 7, done.\n").unwrap();
        assert!(indexing < checking && checking < text.find("hello").unwrap());
        assert!(!text.contains("Receiving"));
    }

    #[test]
    fn draining_stops_at_its_limit() {
        let mut source = std::io::repeat(1).take(1 << 20);
        drain(&mut source, 100 << 10, &Cancel::new());
        assert!(source.limit() > 0);
        drain(&mut source, u64::MAX, &Cancel::new());
        assert_eq!(source.limit(), 0);
    }
}
