//! Crashes on purpose: what was acknowledged must be there afterwards, and nothing may be damaged.
//!
//! Three recipes, each for several acts. *At the answer*: the server is killed the moment the client hears that its push was
//! taken. *At every step*: a tracer kills the server at the Nth call of one kind, N = 1, 2, … *Power cut*: the disk is a file
//! system in a file in memory; at the answer that file is copied, and the forge is started on the copy. What the system had not
//! yet written is not in it, as after a power cut. The last two need strace and the rights of root. A fourth, *history*, has
//! twenty clients change five branches while the server is killed again and again.

mod act;
mod history;
mod house;
mod power;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Result, bail};

use crate::process::{empty_dir, pause, program, release_forge};
use crate::report::note;
use crate::tools::on_path;
use act::{Act, Attempt};
use house::{House, Running};

/// Calls that change what is on the disk.
const CALLS: &[&str] = &["rename", "fsync", "fdatasync", "unlink", "mkdir", "pwrite64"];

/// What to crash, and how often.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each act is done in each recipe.
    #[arg(long, default_value_t = 50)]
    runs: usize,
    /// Recipes, of `answer`, `step`, `power` and `history`.
    #[arg(long, value_delimiter = ',', default_value = "answer,step,power")]
    recipes: Vec<String>,
    /// How long the clients of `history` work.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// A built `forge`; it is built for release if none is named.
    #[arg(long)]
    forge: Option<PathBuf>,
}

/// What was seen of one act in one recipe.
#[derive(Default)]
struct Tally {
    runs: usize,
    /// Ended by the crash, as far as the client could tell.
    cut: usize,
    acknowledged: usize,
    lost: usize,
    damaged: usize,
    /// What went wrong, for whoever has to mend it.
    faults: Vec<String>,
}

impl Tally {
    fn add(&mut self, acknowledged: bool, found: Result<Vec<String>>) {
        self.runs += 1;
        if acknowledged {
            self.acknowledged += 1;
        } else {
            self.cut += 1;
        }
        let faults = found.unwrap_or_else(|error| vec![format!("damaged: {error:#}")]);
        self.lost += faults.iter().filter(|fault| fault.starts_with("lost")).count();
        self.damaged += faults.iter().filter(|fault| !fault.starts_with("lost")).count();
        self.faults.extend(faults);
    }

    fn row(&self, recipe: &str, act: &str) -> String {
        let Self { runs, cut, acknowledged, lost, damaged, .. } = self;
        format!("| {recipe} | {act} | {runs} | {cut} | {acknowledged} | {lost} | {damaged} |")
    }
}

/// Crashes and prints a table; says whether nothing was lost and nothing damaged.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let Some(binary) = release_forge(options.forge.as_deref())? else { return Ok(false) };
    let work = empty_dir("target/crash")?;
    let mut out = std::io::stdout();
    writeln!(out, "| recipe | act | runs | cut off | acknowledged | lost | damaged |")?;
    writeln!(out, "| --- | --- | ---: | ---: | ---: | ---: | ---: |")?;
    let mut faults = Vec::new();
    for recipe in &options.recipes {
        if recipe == "history" {
            let tally = history::run(&settle(&work, &binary, recipe)?, options.seconds)?;
            writeln!(out, "{}", tally.row(recipe, "twenty clients on five branches"))?;
            faults.extend(tally.faults);
            continue;
        }
        for act in act::ALL {
            let tally = match recipe.as_str() {
                "answer" => at_the_answer(&work, &binary, *act, options.runs)?,
                "step" => at_every_step(&work, &binary, *act, options.runs)?,
                "power" => power::cuts(&work, &binary, *act, options.runs)?,
                other => bail!("{other} is no recipe: write answer, step, power or history"),
            };
            writeln!(out, "{}", tally.row(recipe, act.name()))?;
            out.flush()?;
            faults.extend(tally.faults);
        }
    }
    for fault in &faults {
        note(fault);
    }
    Ok(faults.is_empty())
}

/// A new place with a forge in it that has a person.
fn settle(work: &Path, binary: &Path, name: &str) -> Result<House> {
    House::new(binary, &work.join(name))?.settle()
}

fn at_the_answer(work: &Path, binary: &Path, act: Act, runs: usize) -> Result<Tally> {
    let house = settle(work, binary, &format!("answer-{}", act.slug()))?;
    let mut tally = Tally::default();
    let mut running = house.start()?;
    for number in 0..runs {
        let attempt = Attempt::prepare(&house, &running, act, number)?;
        let acknowledged = attempt.perform(&house, &running);
        running.kill()?;
        running = house.start()?;
        tally.add(acknowledged, attempt.judge(&house, &running, acknowledged));
    }
    running.kill()?;
    Ok(tally)
}

fn at_every_step(work: &Path, binary: &Path, act: Act, runs: usize) -> Result<Tally> {
    if on_path(&["strace"]).is_none() {
        bail!("strace is missing; on Debian: apt-get install strace");
    }
    let house = settle(work, binary, &format!("step-{}", act.slug()))?;
    let mut tally = Tally::default();
    let mut running = house.start()?;
    for number in 0..runs {
        let (call, nth) =
            (CALLS.get(number % CALLS.len()).copied().unwrap_or("fsync"), number / CALLS.len() + 1);
        let attempt = Attempt::prepare(&house, &running, act, number)?;
        let mut tracer = attach(&running, call, nth)?;
        let acknowledged = attempt.perform(&house, &running);
        // It may have been too few calls for a crash.
        running.kill()?;
        let _ = tracer.wait();
        running = house.start()?;
        let found = attempt.judge(&house, &running, acknowledged).and_then(|mut faults| {
            if !acknowledged && !attempt.perform(&house, &running) && !attempt.is_done(&house, &running)? {
                faults.push(format!("damaged: {} does not succeed after {call} {nth}", act.name()));
            }
            Ok(faults)
        });
        tally.add(acknowledged, found);
    }
    running.kill()?;
    Ok(tally)
}

/// Has the server killed at its Nth call of this kind. Each of its threads counts for itself.
fn attach(running: &Running, call: &str, nth: usize) -> Result<std::process::Child> {
    use std::io::BufRead as _;
    let mut command = program("strace");
    command.args(["-f", "-o", "/dev/null", "-p", &running.id().to_string(), "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:signal=SIGKILL:when={nth}")]);
    let mut tracer = command.stderr(Stdio::piped()).spawn()?;
    let Some(said) = tracer.stderr.take() else { bail!("strace says nothing") };
    let mut line = String::new();
    let mut lines = std::io::BufReader::new(said);
    lines.read_line(&mut line)?;
    if !line.contains("attached") {
        bail!("strace cannot trace here: {}", line.trim());
    }
    // What it says later must not stop it.
    std::thread::spawn(move || lines.lines().map_while(Result::ok).for_each(drop));
    pause();
    Ok(tracer)
}
