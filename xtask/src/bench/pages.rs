//! Pages of very large merge requests: how long the server takes for what people see first, and how much it sends.
//!
//! One merge request changes 1,000 files with 50,000 lines, the other has 6,000 commits. A browser that is signed in asks for each
//! page in turn, once when the server has just started and then again and again.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use super::server::Forge;
use crate::process::{output, program};
use crate::report::note;

/// Files of the wide merge request, and the lines that it changes in each: half of them go, half of them come.
const FILES: usize = 1_000;
const LINES: usize = 50;
/// Commits of the long one.
const COMMITS: usize = 6_000;
/// The password of the account that the server was given.
const PASSWORD: &str = "three plain words and more";

/// Measures and prints a table.
pub(super) fn measure(work: &Path, binary: &Path, runs: usize) -> Result<()> {
    note("making a repository with two large branches");
    let source = make(&work.join("large.git"))?;
    note("filling the server");
    let forge = Forge::start(work, binary, &source)?;
    let browser = Browser { cookies: work.join("cookies"), site: forge.site()? };
    browser.sign_in()?;
    for source in ["wide", "many"] {
        browser.open_request(source)?;
    }
    let one = "/bench/bench/merge-requests/1";
    let last: String = format!("data/f{:04}.txt", FILES - 1).bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let head = output(program("git").arg("-C").arg(&source).args(["rev-parse", "wide"]))?;
    let pages = [
        ("changes, first screen of 1,000 files and 50,000 lines", format!("{one}/changes")),
        ("the same, side by side", format!("{one}/changes?view=split")),
        ("one file of it, on demand", format!("{one}/changes/file?path={last}")),
        ("the commit with these files", format!("/bench/bench/commit/{}", head.trim())),
        ("conversation, 6,000 commits", "/bench/bench/merge-requests/2".to_owned()),
        ("its commits", "/bench/bench/merge-requests/2/commits".to_owned()),
        ("its changes", "/bench/bench/merge-requests/2/changes".to_owned()),
    ];
    let mut out = std::io::stdout();
    writeln!(out, "| page | first, ms | then, ms (median) | KiB | KiB packed |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: |")?;
    for (name, address) in pages {
        let (first, bytes) = browser.time(&address, false)?;
        let mut times = Vec::new();
        for _ in 0..runs.max(1) {
            times.push(browser.time(&address, false)?.0);
        }
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let packed = browser.time(&address, true)?.1;
        writeln!(
            out,
            "| {name} | {first:.0} | {median:.0} | {:.0} | {:.0} |",
            bytes / 1024.0,
            packed / 1024.0
        )?;
    }
    writeln!(out, "\nForge's anonymous memory at the end: {} MiB", forge.anonymous_mib()?)?;
    Ok(())
}

/// Somebody's browser.
struct Browser {
    cookies: PathBuf,
    site: String,
}

impl Browser {
    fn curl(&self, arguments: &[&str], address: &str) -> Result<String> {
        let mut curl = program("curl");
        curl.args(["--silent", "--show-error", "--fail", "--cookie"]).arg(&self.cookies);
        curl.arg("--cookie-jar").arg(&self.cookies).args(["--header", &format!("Origin: {}", self.site)]);
        output(curl.args(arguments).arg(format!("{}{address}", self.site)))
    }

    /// Fills in the form of a page.
    fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Result<()> {
        let form = self.curl(&[], page)?;
        let token = form.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let mut words = vec![format!("csrf={}", token.context("a form without a token")?)];
        words.extend(fields.iter().map(|(name, value)| format!("{name}={value}")));
        let mut arguments = Vec::new();
        for word in &words {
            arguments.extend(["--data-urlencode", word.as_str()]);
        }
        self.curl(&arguments, action).map(drop)
    }

    fn sign_in(&self) -> Result<()> {
        self.submit("/sign-in", "/sign-in", &[("username", "bench"), ("password", PASSWORD), ("then", "/")])
    }

    fn open_request(&self, source: &str) -> Result<()> {
        let form = format!("/bench/bench/merge-requests/new?source={source}&target=main");
        let fields =
            [("source", source), ("target", "main"), ("title", source), ("body", ""), ("reviewers", "")];
        self.submit(&form, "/bench/bench/merge-requests/new", &fields)
    }

    /// Milliseconds until the whole page was there, and its bytes.
    fn time(&self, address: &str, is_packed: bool) -> Result<(f64, f64)> {
        let packing = if is_packed { "Accept-Encoding: gzip" } else { "Accept-Encoding: identity" };
        let told = self.curl(
            &["--header", packing, "--output", "/dev/null", "--write-out", "%{time_total} %{size_download}"],
            address,
        )?;
        let (time, bytes) = told.trim().split_once(' ').context("curl says no time")?;
        Ok((time.parse::<f64>()? * 1e3, bytes.parse()?))
    }
}

/// A repository with `main` and the two branches.
fn make(path: &Path) -> Result<PathBuf> {
    output(program("git").args(["init", "--quiet", "--bare", "--initial-branch=main"]).arg(path))?;
    let mut import = program("git");
    let mut import =
        import.arg("-C").arg(path).args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn()?;
    let stream = std::io::BufWriter::new(import.stdin.take().context("no way to tell git")?);
    write_history(stream)?;
    if !import.wait()?.success() {
        bail!("git fast-import failed");
    }
    Ok(path.to_owned())
}

fn write_history(mut out: impl std::io::Write) -> Result<()> {
    let text = |number: usize, is_new: bool| -> String {
        (0..LINES * 2).fold(String::new(), |mut text, line| {
            let changed = is_new && (20..20 + LINES / 2).contains(&line);
            let word = if changed { "changed" } else { "kept" };
            let _ = writeln!(text, "    value_{line} <- mean(beds_{number}[[{line}]]) # {word}");
            text
        })
    };
    let commit = |out: &mut dyn std::io::Write, branch: &str, at: usize, from: &str| -> Result<()> {
        let time = 1_760_000_000 + at;
        writeln!(out, "commit refs/heads/{branch}\ncommitter A <a@example.org> {time} +0000\ndata 4\nwork")?;
        Ok(out.write_all(from.as_bytes())?)
    };
    let file = |out: &mut dyn std::io::Write, path: &str, text: &str| -> Result<()> {
        writeln!(out, "M 644 inline {path}\ndata {}\n{text}", text.len())?;
        Ok(())
    };
    commit(&mut out, "main", 0, "")?;
    for number in 0..FILES {
        file(&mut out, &format!("data/f{number:04}.txt"), &text(number, false))?;
    }
    commit(&mut out, "wide", 1, "from refs/heads/main\n")?;
    for number in 0..FILES {
        file(&mut out, &format!("data/f{number:04}.txt"), &text(number, true))?;
    }
    for number in 0..COMMITS {
        commit(&mut out, "many", number + 2, if number == 0 { "from refs/heads/main\n" } else { "" })?;
        file(&mut out, &format!("notes/n{:03}.txt", number % 300), &format!("note {number}\n"))?;
    }
    out.flush()?;
    Ok(())
}
