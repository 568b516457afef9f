//! Answers by bitmaps against what the real git lists, over random histories in several packs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;

use super::answer::{self, Answer, Asked};
use super::closure::Ground;
use super::{Built, build};
use crate::commits::Commits;
use crate::filter::Filter;
use crate::hash::{self, IdSet};
use crate::objects::Objects;
use crate::pack::closed::{self, Client};
use crate::receive::testing::Repo;
use crate::work::Work;
use crate::{Cancel, Limits, Result};

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// Random commits with merges, on branches `b0` to `b4`, of files that grow and move.
fn import(repo: &Repo, dice: &mut Dice, numbers: std::ops::Range<u64>) {
    let mut stream = String::new();
    let mut known: BTreeSet<u64> =
        repo.git(&["for-each-ref", "--format=%(refname)"]).lines().filter_map(branch).collect();
    let data = |stream: &mut String, text: &str| {
        let _ = write!(stream, "data {}\n{text}\n", text.len());
    };
    let mut touched = BTreeSet::new();
    // What is on disk but not in the stream yet is named as a revision.
    let spell = |touched: &BTreeSet<u64>, branch: u64| {
        format!("refs/heads/b{branch}{}", if touched.contains(&branch) { "" } else { "^0" })
    };
    for number in numbers {
        let branch = dice.below(5);
        let _ = writeln!(stream, "commit refs/heads/b{branch}");
        let _ = writeln!(stream, "committer A <a@example.org> {} +0000", 1_700_000_000 + number * 60);
        data(&mut stream, &format!("commit {number}\n"));
        let is_new = !known.contains(&branch);
        if !is_new && !touched.contains(&branch) {
            let _ = writeln!(stream, "from {}", spell(&touched, branch));
        }
        let other = dice.below(5);
        if known.contains(&other) && other != branch && (is_new || dice.below(4) == 0) {
            let word = if is_new { "from" } else { "merge" };
            let _ = writeln!(stream, "{word} {}", spell(&touched, other));
        }
        touched.insert(branch);
        for _ in 0..=dice.below(3) {
            let path = format!("d{}/e{}/f{}", dice.below(3), dice.below(3), dice.below(4));
            if dice.below(8) == 0 {
                let _ = writeln!(stream, "D {path}");
                continue;
            }
            let lines = 5 + dice.below(60);
            let odd = dice.below(lines);
            let mut text = String::new();
            for line in 0..lines {
                let salt = if line == odd { dice.below(9) } else { 0 };
                let _ = writeln!(text, "line {line} of a file that grows {salt} {}", line * 7919 % 1013);
            }
            let _ = writeln!(stream, "M 100644 inline {path}");
            data(&mut stream, &text);
        }
        stream.push('\n');
        known.insert(branch);
    }
    repo.bytes(&["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force"], stream.as_bytes());
}

fn branch(name: &str) -> Option<u64> {
    name.strip_prefix("refs/heads/b")?.parse().ok()
}

fn tips(repo: &Repo) -> Vec<ObjectId> {
    repo.refs().refs().iter().map(|found| found.target).collect()
}

fn largest_pack(repo: &Repo) -> ObjectId {
    let files = std::fs::read_dir(repo.objects().join("pack")).unwrap();
    let packs =
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "pack"));
    let largest = packs.max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap();
    let name = largest.file_stem().unwrap().to_str().unwrap().strip_prefix("pack-").unwrap().to_owned();
    name.parse().unwrap()
}

fn build_largest(repo: &Repo) -> Built {
    build(&repo.store(), &largest_pack(repo), &tips(repo), &Limits::default(), &Cancel::new()).unwrap()
}

/// A repository with a closed pack that holds more than its branches lead to, and two packs that came later.
fn random(format: ObjectFormat, seed: u64) -> Repo {
    let (repo, mut dice) = (Repo::new(format), Dice(seed));
    import(&repo, &mut dice, 0..60);
    repo.git(&["tag", "-a", "v1", "-m", "v1", "b0"]);
    repo.git(&["branch", "pushed-away", "b1"]);
    repo.git(&["branch", "-f", "b1", "b1~2"]);
    repo.git(&["repack", "-q", "-a", "-d", "--depth=10"]);
    repo.git(&["branch", "-D", "pushed-away"]);
    import(&repo, &mut dice, 60..75);
    repo.git(&["tag", "-a", "v2", "-m", "v2", "b2"]);
    import(&repo, &mut dice, 75..90);
    repo
}

fn listed(repo: &Repo, wants: &[&str], haves: &[&str]) -> BTreeSet<String> {
    let list = |revisions: &[&str]| -> BTreeSet<String> {
        if revisions.is_empty() {
            return BTreeSet::new();
        }
        let text = repo.git(&[&["rev-list", "--objects", "--no-object-names"], revisions].concat());
        text.lines().map(str::to_owned).collect()
    };
    let had = list(haves);
    list(wants).into_iter().filter(|id| !had.contains(id)).collect()
}

struct Sent {
    objects: BTreeSet<String>,
    pack: Vec<u8>,
}

/// Asks for revisions by way of bitmaps, and has the real git take the pack in.
fn ask(repo: &Repo, wants: &[&str], haves: &[&str], filter: &Filter, client: Client) -> Sent {
    let answered = answered(repo, wants, haves, filter, client);
    let (answer, pack) = answered.expect("an answer");
    let taker = Repo::new(repo.store().format());
    if !haves.is_empty() {
        let list = haves.join("\n");
        let had = repo.pack(&list, &[]);
        taker.bytes(&["index-pack", "--stdin"], &had);
    }
    let before = names(&taker);
    let fix: &[&str] =
        if client.thin { &["index-pack", "--stdin", "--fix-thin"] } else { &["index-pack", "--stdin"] };
    taker.bytes(fix, &pack);
    let objects: BTreeSet<String> = names(&taker).difference(&before).cloned().collect();
    assert_eq!(objects.len(), answer.count(), "each object once");
    Sent { objects, pack }
}

fn names(repo: &Repo) -> BTreeSet<String> {
    let list = repo.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    list.lines().map(str::to_owned).collect()
}

fn answered(
    repo: &Repo,
    wants: &[&str],
    haves: &[&str],
    filter: &Filter,
    client: Client,
) -> Result<(Answer, Vec<u8>)> {
    let (store, cancel) = (repo.store(), Cancel::new());
    let work = Work::new(&cancel);
    let objects = Objects::new(&store);
    let mut commits = Commits::new(&objects, IdSet::default(), &work);
    let packs = store.packs()?;
    let ground = Ground::of(&packs).expect("a closed pack");
    let mut others = Vec::new();
    let (mut starts, mut had) = (Vec::new(), Vec::new());
    for want in wants {
        let id = hash::to_gix(&repo.id(want));
        others.extend(objects.kind(&id)?.filter(|kind| *kind != Kind::Commit).map(|kind| (id, kind)));
        starts.extend(commits.peel(&id)?);
    }
    for have in haves {
        had.extend(commits.peel(&hash::to_gix(&repo.id(have)))?);
    }
    let asked = Asked { starts: &starts, others: &others, haves: &had, had: &[], filter };
    assert!(asked.can_be_answered());
    let answer = answer::answer(ground, &mut commits, &asked, &Limits::default())?;
    let mut pack = Vec::new();
    let written =
        closed::prepare(&answer, packs, &objects, client, &work)?.write(&objects, &mut pack, &work)?;
    assert_eq!(usize::try_from(written).unwrap(), pack.len());
    Ok((answer, pack))
}

const MODERN: Client = Client { thin: false, offset_deltas: true };
const OLD: Client = Client { thin: false, offset_deltas: false };

#[test]
fn clones_are_exactly_what_git_lists() {
    for (format, seed) in [(ObjectFormat::Sha1, 1), (ObjectFormat::Sha1, 2), (ObjectFormat::Sha256, 3)] {
        let repo = random(format, seed);
        assert!(matches!(build_largest(&repo), Built::Written { .. }));
        let all = ["b0", "b1", "b2", "b3", "b4", "v1", "v2"];
        let others = ["b0", "b1:d0", "b2:d1/e1"];
        for wants in [&all[..], &others, &["b0"], &["b1"], &["v1"], &["b3~4", "b2~2"], &["b4", "v2"]] {
            for client in [MODERN, OLD] {
                let sent = ask(&repo, wants, &[], &Filter::default(), client);
                assert_eq!(sent.objects, listed(&repo, wants, &[]), "{wants:?} {client:?}");
            }
        }
        // What was force-pushed away is in the pack, and was not sent with all the branches.
        let in_pack = names(&repo).len();
        assert!(in_pack > listed(&repo, &all, &[]).len());
    }
}

#[test]
fn fetches_are_exactly_the_difference_and_lean_on_what_is_there() {
    for seed in 10..13 {
        let repo = random(ObjectFormat::Sha1, seed);
        build_largest(&repo);
        for (wants, haves) in [
            (&["b0", "b1", "b2"][..], &["b0~3"][..]),
            (&["b3"], &["b4~1", "b1~5"]),
            (&["b0", "v2", "b4"], &["v1"]),
            (&["b2~1"], &["b2~6"]),
        ] {
            let exact = listed(&repo, wants, haves);
            for (thin, offset_deltas) in [(true, true), (true, false), (false, true), (false, false)] {
                let sent = ask(&repo, wants, haves, &Filter::default(), Client { thin, offset_deltas });
                assert_eq!(sent.objects, exact, "seed {seed}: {wants:?} without {haves:?}");
            }
        }
    }
}

#[test]
fn filters_leave_what_git_leaves() {
    let repo = random(ObjectFormat::Sha1, 21);
    build_largest(&repo);
    for spec in
        ["blob:none", "blob:limit=700", "blob:limit=0", "tree:0", "object:type=commit", "object:type=tree"]
    {
        let filter = Filter::parse(spec).unwrap();
        let wants = ["b0", "b2", "v1"];
        let sent = ask(&repo, &wants, &[], &filter, MODERN);
        let option = format!("--filter={spec}");
        let exact = listed(&repo, &[&option, "b0", "b2", "v1", "--filter-print-omitted"], &[]);
        let exact: BTreeSet<String> = exact.into_iter().filter(|id| !id.starts_with('~')).collect();
        // Git lists wanted commits and tags whatever the filter, and so do we.
        assert_eq!(sent.objects, exact, "{spec}");
    }
    let objects = Objects::new(&repo.store());
    let cancel = Cancel::new();
    let work = Work::new(&cancel);
    let mut commits = Commits::new(&objects, IdSet::default(), &work);
    let starts = [commits.number(&hash::to_gix(&repo.id("b0")))];
    for spec in ["tree:2", "combine:blob:none+tree:1"] {
        let filter = Filter::parse(spec).unwrap();
        let asked = Asked { starts: &starts, others: &[], haves: &[], had: &[], filter: &filter };
        assert!(!asked.can_be_answered(), "{spec}");
    }
}

#[test]
fn the_whole_pack_goes_out_as_it_is() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 15);
    repo.git(&["repack", "-q", "-a", "-d"]);
    build_largest(&repo);
    let sent = ask(&repo, &["main"], &[], &Filter::default(), MODERN);
    let file = repo.objects().join(format!("pack/pack-{}.pack", largest_pack(&repo)));
    let stored = std::fs::read(file).unwrap();
    assert_eq!(sent.pack, stored);
    // One commit more: all that was there is still there byte for byte, with the new objects behind.
    repo.write("dir/new.txt", b"new\n");
    repo.commit("one more");
    let more = ask(&repo, &["main"], &[], &Filter::default(), MODERN);
    assert_eq!(more.pack[12..stored.len() - 20], stored[12..stored.len() - 20]);
    assert_eq!(more.objects, listed(&repo, &["main"], &[]));
}

#[test]
fn a_pack_that_is_not_closed_gets_no_file() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 6);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let first = largest_pack(&repo);
    repo.write("large.txt", "a line of a large file\n".repeat(9000).as_bytes());
    repo.write(
        "noise.bin",
        &(0..60_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect::<Vec<_>>(),
    );
    repo.commit("large");
    repo.git(&["repack", "-q", "-d"]);
    assert_ne!(largest_pack(&repo), first);
    assert_eq!(build_largest(&repo), Built::NotClosed);
    let (store, limits, cancel) = (repo.store(), Limits::default(), Cancel::new());
    // Tips that lie behind the pack lead into it.
    let reachable = u64::try_from(listed(&repo, &["main~1"], &[]).len()).unwrap();
    let built = build(&store, &first, &tips(&repo), &limits, &cancel).unwrap();
    assert!(matches!(built, Built::Written { objects, .. } if objects == reachable));
    assert_eq!(build(&store, &first, &[], &limits, &cancel).unwrap(), Built::NotClosed);
    let unknown = ObjectId::Sha1([1; 20]);
    assert!(build(&store, &unknown, &tips(&repo), &limits, &cancel).is_err());
    cancel.cancel();
    assert!(matches!(build(&store, &first, &tips(&repo), &limits, &cancel), Err(crate::Error::Cancelled)));
}

#[test]
fn a_damaged_file_is_passed_over_until_it_is_replaced() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 6);
    repo.git(&["repack", "-q", "-a", "-d"]);
    build_largest(&repo);
    let path = repo.objects().join(format!("pack/pack-{}.reach", largest_pack(&repo)));
    let whole = std::fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged[100] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    let store = repo.store();
    assert!(Ground::of(&store.packs().unwrap()).is_none());
    assert!(Ground::of(&store.packs().unwrap()).is_none(), "still not");
    std::fs::remove_file(&path).unwrap();
    assert!(Ground::of(&store.packs().unwrap()).is_none());
    build(&store, &largest_pack(&repo), &tips(&repo), &Limits::default(), &Cancel::new()).unwrap();
    assert!(Ground::of(&store.packs().unwrap()).is_some(), "a store that is open sees the new file");
    assert_eq!(std::fs::read(&path).unwrap(), whole, "made twice, it is the same");
}

#[test]
fn a_store_that_is_opened_anew_keeps_what_is_the_same_and_sees_what_is_new() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 6);
    repo.git(&["repack", "-q", "-a", "-d"]);
    build_largest(&repo);
    let store = repo.store();
    let before = store.packs().unwrap().closed().unwrap().0;
    repo.write("new.txt", b"new\n");
    let new = repo.commit("new");
    repo.git(&["repack", "-q", "-d"]);
    let again = store.reopen().unwrap();
    assert!(again.contains(&new).unwrap());
    let packs = again.packs().unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &packs.closed().unwrap().0));
    // The same name with another file behind it is not the same.
    let path = before.path().to_owned();
    let copy = path.with_extension("copy");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::rename(&copy, &path).unwrap();
    let packs = store.packs().unwrap();
    assert!(!std::sync::Arc::ptr_eq(&before, &packs.closed().unwrap().0));
}
