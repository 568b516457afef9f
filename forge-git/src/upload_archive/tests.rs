use forge_core::ObjectFormat;

use super::*;
use crate::browse::testing::Repo;
use crate::pktline::write_data;

/// What a client reads: the answer in words, and the bytes of the archive.
struct Heard {
    first: String,
    data: Vec<u8>,
    error: String,
    refused: bool,
}

fn ask(repo: &Repo, limits: ArchiveLimits, words: &[&str]) -> Heard {
    ask_by(ArchiveIds::Reachable, repo, limits, words)
}

fn ask_by(ids: ArchiveIds, repo: &Repo, limits: ArchiveLimits, words: &[&str]) -> Heard {
    let mut input = Vec::new();
    for word in words {
        write_data(&mut input, format!("argument {word}\n").as_bytes()).unwrap();
    }
    write_flush(&mut input).unwrap();
    let (store, refs) = (repo.store(), repo.refs());
    let visit = UploadArchive {
        store: &store,
        refs: &refs,
        limits: &limits,
        ids,
        attributes: b"",
        now: 1_700_000_000,
    };
    let mut out = Vec::new();
    let refused = visit.serve(&mut &input[..], &mut out, &Cancel::new()).is_err();
    let mut reader = PacketReader::new(&out[..]);
    let first = reader.expect().unwrap().text().unwrap().unwrap().to_owned();
    let (mut data, mut error) = (Vec::new(), String::new());
    if first == "ACK" {
        assert_eq!(reader.expect().unwrap(), Packet::Flush);
        while let Packet::Data(packet) = reader.expect().unwrap() {
            match packet.split_first().unwrap() {
                (1, rest) => data.extend_from_slice(rest),
                (3, rest) => error.push_str(&String::from_utf8_lossy(rest)),
                (band, _) => panic!("band {band}"),
            }
        }
    }
    assert!(reader.read().unwrap().is_none());
    Heard { first, data, error, refused }
}

fn town() -> Repo {
    let repo = Repo::new(ObjectFormat::Sha1);
    repo.write("R/beds.R", b"beds <- 1\n");
    repo.write("docs/read me.md", b"# Beds\n");
    repo.commit_all("Beds");
    repo.git(&["tag", "-a", "-m", "First", "v1"]);
    repo.git(&["tag", "tree", "HEAD^{tree}"]);
    repo.git(&["tag", "blob", "HEAD:R/beds.R"]);
    repo.commit("R/more.R", b"more\n", "More");
    repo
}

#[test]
fn gives_what_git_gives() {
    let repo = town();
    let head = repo.head().to_string();
    let first = repo.git(&["rev-parse", "v1^{commit}"]);
    for (words, same) in [
        (&["HEAD"][..], &["HEAD"][..]),
        (&["--format=tar", "--prefix=beds-1/", "main"], &["--prefix=beds-1/", "main"]),
        (&["--prefix", "old-", "v1"], &["--prefix=old-", "v1"]),
        (&["refs/heads/main", "R"], &["main", "R"]),
        (&["heads/main", "./docs/", "--", "R/more.R"], &["main", "docs", "R/more.R"]),
        (&["--format=zip", "--format=tar", &head], &[&head]),
        (&[&first[..10], "."], &["v1"]),
    ] {
        let answer = ask(&repo, ArchiveLimits::default(), words);
        assert_eq!((answer.first.as_str(), answer.error.as_str()), ("ACK", ""), "{words:?}");
        let theirs = repo.git_bytes(&[&["archive", "--format=tar"], same].concat());
        assert_eq!(names(&answer.data), names(&theirs), "{words:?}");
    }
    for (words, same) in [(["main:R"], ["main:R"]), (["tree"], ["v1^{tree}"])] {
        let answer = ask(&repo, ArchiveLimits::default(), &words);
        let theirs = repo.git_bytes(&["archive", "--format=tar", same[0]]);
        assert_eq!(names(&answer.data), names(&theirs), "{words:?}");
    }
    assert!(ask(&repo, ArchiveLimits::default(), &["--format=zip", "-9", "main"]).data.starts_with(b"PK"));
    assert!(ask(&repo, ArchiveLimits::default(), &["--format=tgz", "main"]).data.starts_with(&[0x1f, 0x8b]));
    for words in [&["--list"][..], &["--list", "--end-of-options"]] {
        assert_eq!(ask(&repo, ArchiveLimits::default(), words).data, FORMATS.as_bytes());
    }
}

/// What is in a tar file, with contents and times.
fn names(bytes: &[u8]) -> Vec<(Vec<u8>, u64, bool)> {
    let mut archive = ::tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        // A tree of no commit has the time of its packing.
        let is_old = entry.header().mtime().unwrap() < 1_600_000_000;
        (entry.path_bytes().into_owned(), entry.size(), is_old)
    });
    entries.collect()
}

#[test]
fn refuses_everything_else_in_words() {
    let repo = town();
    let withdrawn = repo.git(&["commit-tree", "-m", "Withdrawn", "HEAD^{tree}"]);
    let blob = repo.git(&["rev-parse", "HEAD:R/beds.R"]);
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let many = vec!["main"; 65];
    for (words, said) in [
        (&[][..], "name a branch, tag or commit"),
        (&["nowhere"], "nowhere was not found"),
        (&[withdrawn.as_str()], "was not found"),
        (&[&withdrawn[..8]], "was not found"),
        (&[blob.as_str()], "was not found"),
        (&[tree.as_str()], "was not found"),
        (&["HEAD~1"], "was not found"),
        (&["main^{tree}"], "was not found"),
        (&["blob"], "names no directory"),
        (&["main:R/beds.R"], "was not found"),
        (&["main:../etc"], "no empty, . or .. parts"),
        (&["main", "nowhere"], "was not found"),
        (&["main", "*.R"], "patterns are not offered"),
        (&["main", ":(glob)R"], "patterns are not offered"),
        (&["--output=/tmp/x", "main"], "--output=/tmp/x is not offered"),
        (&["--exec=id", "main"], "--exec=id is not offered"),
        (&["--add-file=/etc/passwd", "main"], "--add-file=/etc/passwd is not offered"),
        (&["--worktree-attributes", "main"], "is not offered"),
        (&["--formatting=zip", "main"], "is not offered"),
        (&["--format=rar", "main"], "an archive is tar.gz, zip or tar, not rar"),
        (&["--format"], "--format takes a value"),
        (&["--prefix=../up/", "main"], "without .. parts"),
        (&["--prefix=/abs/", "main"], "relative path"),
        (&["-9", "main"], "tar is not packed"),
        (&["--list", "main"], "--list takes nothing beside it"),
        (&many, "at most 64 words"),
    ] {
        let answer = ask(&repo, ArchiveLimits::default(), words);
        let all = format!("{}{}", answer.first, answer.error);
        assert!(answer.refused && answer.data.is_empty() && all.contains(said), "{words:?}: {all}");
    }
    let small = ArchiveLimits { entries: 2, ..ArchiveLimits::default() };
    let answer = ask(&repo, small, &["main"]);
    assert_eq!((answer.first.as_str(), answer.refused), ("ACK", true));
    assert!(answer.error.contains("over the limit of 2"), "{}", answer.error);
}

#[test]
fn ids_count_as_far_as_they_may() {
    let repo = town();
    let (head, all) = (repo.head().to_string(), ArchiveLimits::default());
    let withdrawn = repo.git(&["commit-tree", "-m", "Withdrawn", "HEAD^{tree}"]);
    let nowhere = "1".repeat(40);
    let answers =
        |ids: ArchiveIds| [&head, &withdrawn, &nowhere].map(|id| !ask_by(ids, &repo, all, &[id]).refused);
    assert_eq!(answers(ArchiveIds::Refused), [false; 3]);
    assert_eq!(answers(ArchiveIds::Reachable), [true, false, false]);
    assert_eq!(answers(ArchiveIds::All), [true, true, false]);
    assert!(!ask_by(ArchiveIds::Refused, &repo, all, &["v1"]).refused);
}

#[test]
fn attributes_of_the_tree_and_of_the_visit_hold() {
    let repo = town();
    repo.write(".gitattributes", b"R export-ignore\nversion export-subst\n");
    let head = repo.commit("version", b"$Format:%H%d$", "Say who we are");
    let answer = ask(&repo, ArchiveLimits::default(), &["main"]);
    let text = String::from_utf8_lossy(&answer.data).into_owned();
    assert!(text.contains(&format!("{head} (HEAD -> main)")), "{text}");
    assert!(!names(&answer.data).iter().any(|(name, ..)| name.starts_with(b"R/")));
}
