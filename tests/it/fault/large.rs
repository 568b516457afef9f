//! Files and paths that are large: what is within the limits costs little memory, what is over them is refused by its limit and
//! leaves nothing behind (case A61). The same of the pages that show the largest changes (case A84).

use std::path::Path;

use forge_tests::{Process, WorkTree};

use super::{expect_clone, settled};

/// The limit on files that is set here, and a file that is still within it.
const LIMIT: &str = "64 MiB";
const WITHIN: u64 = 64 << 20;
/// What a push may cost at its worst, in bytes.
const MEMORY: u64 = 40 << 20;

/// What pages of changes may cost at their worst, in bytes: what is kept for the next look at them, twice 64 MiB, and the page.
const PAGES: u64 = 192 << 20;

/// Memory of the server now or at its worst, in bytes.
fn memory(process: &Process, key: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// Pushes the main branch; what it cost the server at its worst.
fn push(work: &WorkTree, remote: &str, process: &Process) -> (forge_tests::Output, u64) {
    std::fs::write(format!("/proc/{}/clear_refs", process.id()), "5").unwrap();
    let before = memory(process, "VmRSS:");
    // A delta would have to be put together in memory.
    let whole = ["-c", "core.bigFileThreshold=1m"];
    let pushed = work.try_git(&[&whole[..], &["push", "--quiet", remote, "main"]].concat());
    (pushed, memory(process, "VmHWM:").saturating_sub(before))
}

fn zeros(work: &WorkTree, length: u64) {
    std::fs::File::create(work.path().join("zeros")).unwrap().set_len(length).unwrap();
    work.git(&["add", "zeros"]).unwrap();
    work.git(&["commit", "--quiet", "-m", "Zeros"]).unwrap();
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    entries.map(|entry| entry.path()).map(|at| if at.is_dir() { bytes_below(&at) } else { size(&at) }).sum()
}

#[test]
fn what_is_too_large_is_refused_by_its_limit_and_leaves_nothing() {
    let (town, process, work) = settled(&[("LIMITS_FILE", LIMIT)]);
    let remote = town.https(&process);
    zeros(&work, WITHIN);
    let (pushed, cost) = push(&work, &remote, &process);
    assert!(pushed.ok, "{pushed:?}");
    assert!(cost < MEMORY, "{} MB for a file within the limit", cost >> 20);
    let head = work.head();

    let (objects, listed) = (town.data().join("repositories"), work.git(&["ls-remote", &remote]).unwrap());
    let stored = bytes_below(&objects);
    zeros(&work, WITHIN + 1);
    let (refused, cost) = push(&work, &remote, &process);
    assert!(!refused.ok && refused.stderr.contains("limit"), "{refused:?}");
    assert!(cost < MEMORY, "{} MB for a file over the limit", cost >> 20);

    work.git(&["reset", "--quiet", "--hard", &head]).unwrap();
    let blob = work.git(&["rev-parse", "HEAD:beds.csv"]).unwrap();
    let entry = format!("100644,{},{}x", blob.trim(), format!("{}/", "d".repeat(199)).repeat(50));
    work.git(&["update-index", "--add", "--cacheinfo", &entry]).unwrap();
    work.git(&["commit", "--quiet", "-m", "A path of ten thousand bytes"]).unwrap();
    let (refused, _) = push(&work, &remote, &process);
    assert!(
        !refused.ok && refused.stderr.contains("a path in bytes is over the limit of 4096"),
        "{refused:?}"
    );

    assert_eq!(work.git(&["ls-remote", &remote]).unwrap(), listed);
    assert_eq!(bytes_below(&objects), stored);
    expect_clone(&town, &process, &head);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_changes_are_shown_within_a_share_of_memory() {
    let (town, process, work) = settled(&[]);
    let line = |end: &str| format!("{}{end}\n", "x".repeat(10_000_000));
    // Each within the limit of one file, all together far beyond those of a page.
    let text = |word: &str| {
        (0..15_000)
            .map(|line| format!("{word} of {line}, and so on to its end\n"))
            .collect::<Vec<_>>()
            .concat()
    };
    let write = |word: &str| {
        work.write("line.txt", line(word));
        for number in 0..80 {
            work.write(&format!("many/{number:02}.txt"), text(word));
        }
        work.git(&["add", "--all"]).unwrap();
        work.git(&["commit", "--quiet", "-m", word]).unwrap();
    };
    let remote = town.https(&process);
    write("before");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    work.git(&["checkout", "--quiet", "-b", "topic"]).unwrap();
    write("after");
    let options = ["push", "--quiet", "-o", "merge_request.create", "-o", "merge_request.target=main"];
    work.git(&[&options[..], &[&remote, "topic"]].concat()).unwrap();
    let client = process.client();
    client.sign_in("alice").await;
    std::fs::write(format!("/proc/{}/clear_refs", process.id()), "5").unwrap();
    let before = memory(&process, "VmRSS:");
    let one = "/alice/beds/merge-requests/1";
    let file = |path: &str| {
        let path = path.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        format!("{one}/changes/file?path={path}")
    };
    let mut addresses =
        vec![format!("{one}/changes"), format!("/alice/beds/commit/{}", work.head()), file("line.txt")];
    addresses.extend((0..10).map(|number| file(&format!("many/{number:02}.txt"))));
    for address in addresses {
        let page = client.get(&address).await;
        assert_eq!(page.status, 200, "{address}: {}", page.text());
    }
    let cost = memory(&process, "VmHWM:").saturating_sub(before);
    eprintln!("{} MB for the pages of the largest changes", cost >> 20);
    assert!(cost < PAGES, "{} MB", cost >> 20);
}
