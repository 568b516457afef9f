//! The power cut: a disk whose unwritten part is gone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Tally;
use super::act::{Act, Attempt};
use super::house::House;
use crate::process::{output, program};

/// The size of the disk. Its image and the copy lie in memory.
const DISK: &str = "1G";
/// Seconds between the answer and the cut: at once, after the system's first writing, and after its second.
const DELAYS: [&str; 3] = ["0", "2", "7"];

/// A file system in a file, mounted until it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn at(image: &Path, place: &Path) -> Result<Self> {
        std::fs::create_dir_all(place)?;
        output(program("mount").args(["-o", "loop"]).arg(image).arg(place))
            .context("a power cut needs the rights of root and loop devices")?;
        Ok(Self(place.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = output(program("umount").arg("--lazy").arg(&self.0));
    }
}

/// Cuts the power so many times, at three moments in turn.
pub(super) fn cuts(work: &Path, binary: &Path, act: Act, runs: usize) -> Result<Tally> {
    let dir = work.join(format!("power-{}", act.slug()));
    let memory = PathBuf::from(format!("/dev/shm/forge-crash-{}", std::process::id()));
    std::fs::create_dir_all(&memory)?;
    let tally = in_memory(&dir, &memory, binary, act, runs);
    std::fs::remove_dir_all(&memory)?;
    tally
}

fn in_memory(dir: &Path, memory: &Path, binary: &Path, act: Act, runs: usize) -> Result<Tally> {
    let image = memory.join("disk");
    output(program("truncate").args(["--size", DISK]).arg(&image))?;
    output(program("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
    let house = House::new(binary, dir)?;
    let _mounted = Mounted::at(&image, &dir.join("data"))?;
    let house = house.settle()?;
    let mut tally = Tally::default();
    for number in 0..runs {
        let running = house.start()?;
        let attempt = Attempt::prepare(&house, &running, act, number)?;
        output(&mut program("sync"))?;
        let acknowledged = attempt.perform(&house, &running);
        if let Some(delay) = DELAYS.get(number % DELAYS.len()).filter(|delay| **delay != "0") {
            output(program("sleep").arg(delay))?;
        }
        // Of a file written over the system would go on showing what it remembers, as long as anybody has the old one mounted.
        let copy = memory.join(format!("copy-{number}"));
        output(program("cp").arg("--sparse=always").arg(&image).arg(&copy))?;
        running.kill()?;
        let restored = Mounted::at(&copy, &dir.join("restored"))?;
        let moved = house.moved(&dir.join("restored"));
        let again = moved.start()?;
        let mut found = attempt.judge(&moved, &again, acknowledged);
        again.kill()?;
        if let Err(error) = output(&mut moved.command(&["doctor"])) {
            found = found.map(|mut faults| {
                faults.push(format!("damaged: {error:#}"));
                faults
            });
        }
        drop(restored);
        std::fs::remove_file(&copy)?;
        tally.add(acknowledged, found);
    }
    Ok(tally)
}
