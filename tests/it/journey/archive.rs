//! `git archive --remote`, which gets files without any history.

use forge_tests::{Forge, Person, WorkTree};

/// The bytes of an archive that git makes in a directory.
fn archive(work: &WorkTree, arguments: &[&str]) -> Vec<u8> {
    let file = work.path().join(".git/made");
    let output = format!("--output={}", file.display());
    work.git(&[&["archive", "--format=tar", &output], arguments].concat()).unwrap();
    std::fs::read(file).unwrap()
}

/// Asks for archives that are to be those that git makes here, byte for byte.
fn like_here(alice: &Person, work: &WorkTree, remote: &str) {
    let option = format!("--remote={remote}");
    let head = work.head();
    for arguments in [
        &["main"][..],
        &["--prefix=beds-1.0/", "HEAD", "R"],
        &["v1", "--", "docs/read me.md"],
        &[&head],
        &["topic/one"],
    ] {
        let theirs = archive(work, &[&[option.as_str()], arguments].concat());
        let here = archive(work, arguments);
        let at = theirs.iter().zip(&here).position(|(a, b)| a != b);
        let around = |all: &[u8]| at.map(|at| all[at.saturating_sub(40)..at + 40].escape_ascii().to_string());
        assert_eq!((theirs.len(), around(&theirs)), (here.len(), around(&here)), "{arguments:?}");
    }
    for (name, start) in [("a.zip", &b"PK"[..]), ("a.tar.gz", &[0x1f, 0x8b]), ("a.tgz", &[0x1f, 0x8b])] {
        let file = alice.home().join(name);
        let output = format!("--output={}", file.display());
        let answer = alice.git(&["archive", &option, &output, "main"]);
        assert!(answer.ok, "{answer:?}");
        assert!(std::fs::read(&file).unwrap().starts_with(start), "{name}");
    }
    let listed = alice.git(&["archive", &option, "--list"]);
    assert_eq!(listed.stdout, "tar\ntgz\ntar.gz\nzip\n", "{listed:?}");
    for (arguments, said) in [
        (&["nowhere"][..], "nowhere was not found"),
        (&["main", "nowhere"], "nowhere was not found"),
        (&["--worktree-attributes", "main"], "--worktree-attributes is not offered"),
        (&["--format=rar", "main"], "an archive is tar.gz, zip or tar, not rar"),
        (&["main", "*.R"], "patterns are not offered"),
    ] {
        let answer = alice.git(&[&["archive", &option], arguments].concat());
        assert!(!answer.ok && answer.stderr.contains(said), "{arguments:?}: {answer:?}");
        assert_eq!(answer.stdout, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_and_ssh() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("R/beds.R", "beds <- 1\n");
    work.commit("docs/read me.md", "# Beds\n");
    work.git(&["tag", "-a", "-m", "First", "v1"]).unwrap();
    work.git(&["branch", "topic/one"]).unwrap();
    work.commit("R/more.R", "more\n");
    for remote in [forge.https(&alice, "alice/beds"), forge.ssh("alice/beds")] {
        work.git(&["push", &remote, "--all"]).unwrap();
        work.git(&["push", &remote, "--tags"]).unwrap();
        like_here(&alice, &work, &remote);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_refs_lead_to() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("a", "1");
    work.git(&["branch", "gone"]).unwrap();
    work.git(&["checkout", "--quiet", "gone"]).unwrap();
    let withdrawn = work.commit("secret", "2");
    let remote = forge.https(&alice, "alice/beds");
    work.git(&["push", &remote, "main", "gone"]).unwrap();
    let option = format!("--remote={remote}");
    assert!(alice.git(&["archive", &option, "--output=x.tar", &withdrawn]).ok);
    work.git(&["push", &remote, ":gone"]).unwrap();
    for name in ["gone", &withdrawn, &withdrawn[..9]] {
        let answer = alice.git(&["archive", &option, "--output=x.tar", name]);
        assert!(!answer.ok && answer.stderr.contains("was not found"), "{answer:?}");
    }
    let otto = forge.user("otto").await;
    let theirs = format!("--remote={}", forge.https(&otto, "alice/beds"));
    let answer = otto.git(&["archive", &theirs, "main"]);
    assert!(!answer.ok && answer.stderr.contains("not found"), "{answer:?}");
}
