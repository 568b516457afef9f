//! A disk that says once that it has not kept what was written.

use forge_tests::{Meddler, Process, WorkTree, system};

use super::{expect_clone, settled};

/// Makes every `fsync` of a process fail from now on.
fn refuse_to_keep(process: &Process) -> Option<Meddler> {
    if !system("strace", &["-qq", "-o", "/dev/null", "true"]).ok {
        eprintln!("NOT RUN: strace is missing or may not trace here");
        return None;
    }
    let (id, inject) = (process.id().to_string(), "inject=fsync,fdatasync:error=EIO");
    let arguments = ["-f", "-p", &id, "-e", "trace=fsync,fdatasync", "-e", inject, "-o", "/dev/null"];
    Some(Meddler::start("strace", &arguments, "attached"))
}

fn push(work: &WorkTree, remote: &str, name: &str) -> forge_tests::Output {
    work.try_git(&["push", "--quiet", remote, &format!("HEAD:refs/heads/{name}")])
}

#[test]
fn one_failure_ends_pushing_and_reading_goes_on() {
    let (town, process, work) = settled(&[]);
    assert_eq!(process.page("/healthz"), "ok\n");
    assert!(process.page("/metrics").contains("forge_disk_read_only 0"));
    let head = work.head();
    let Some(mut tracer) = refuse_to_keep(&process) else { return };
    let lost = work.commit("beds.csv", "beds\nlost\n");
    let failed = push(&work, &town.https(&process), "main");
    assert!(!failed.ok && failed.stderr.contains("Something went wrong on our side"), "{failed:?}");
    tracer.stop();
    // The disk is well again, as far as it says. Nothing is taken all the same: not that, and nothing else.
    for remote in [town.https(&process), town.ssh(&process)] {
        for name in ["main", "other"] {
            let refused = push(&work, &remote, name);
            assert!(!refused.ok && refused.stderr.contains("disk has failed to keep"), "{refused:?}");
        }
    }
    expect_clone(&town, &process, &head);
    assert!(process.page("/healthz").starts_with("read-only: the disk has failed"));
    assert!(process.page("/metrics").contains("forge_disk_read_only 1"));
    assert!(process.log().contains("ALARM: the disk has failed to keep data"), "{}", process.log());
    assert!(process.stop().0.success());
    let again = town.start();
    expect_clone(&town, &again, &head);
    assert!(push(&work, &town.https(&again), "main").ok);
    expect_clone(&town, &again, &lost);
    let examined = town.try_console(&["doctor"], "");
    assert!(examined.ok, "{examined:?}");
}
