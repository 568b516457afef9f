use forge_core::ObjectFormat;

use super::tests::{pack, untar};
use super::*;
use crate::browse::testing::{Repo, path};

/// Every placeholder that is put in, and some that stay.
const PLACEHOLDERS: &str = "%H|%h|%T|%t|%P|%p|%an|%ae|%al|%ad|%aD|%ai|%aI|%at|%as|%cn|%ce|%cl|%cd|%cD|%ci|%cI|%ct|%cs|\
    %d|%D|%m|%e|%s|%f|%%|%n|%x41|%x4|%xzz|%Q|%q%|x%+sx|x%-ex|x% sx|x%+ex|x% ex|%";

fn same_as_git(repo: &Repo) {
    let head = repo.head();
    let mut out = Vec::new();
    let request = ArchiveRequest::of_commit(head, ArchiveFormat::Tar, &path("x")).named_by(&repo.refs());
    repo.browser().archive(&request, &ArchiveLimits::default(), &mut out, &Cancel::new()).unwrap();
    let (ours, theirs) =
        (untar(&out), untar(&repo.git_bytes(&["archive", "--format=tar", "--prefix=x/", "HEAD"])));
    for (name, content) in &theirs {
        let found = ours.get(name).map(|(kind, data)| (kind, String::from_utf8_lossy(data)));
        let wanted = (&content.0, String::from_utf8_lossy(&content.1));
        assert_eq!(found, Some(wanted), "{}", String::from_utf8_lossy(name));
    }
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
}

#[test]
fn what_is_not_to_be_exported_stays_behind() {
    let repo = Repo::new(ObjectFormat::Sha1);
    repo.write(
        ".gitattributes",
        b"*.log export-ignore\n/tests export-ignore\nhollow/* export-ignore\nhole/*/ export-ignore\nonly-dir/ export-ignore\n\
          [attr]private export-ignore\nsecret.* private\nkept.log -export-ignore\ntext.log export-ignore=yes\n\
          module export-ignore\n.gitattributes export-ignore\n",
    );
    repo.write(
        "sub/.gitattributes",
        b"keep.log !export-ignore\n/here.txt export-ignore\n[attr]late export-ignore\n",
    );
    for name in [
        "a.log",
        "kept.log",
        "text.log",
        "tests/a.R",
        "sub/tests/a.R",
        "hollow/a",
        "hollow/b",
        "hole/in/a",
        "hole/er/b",
        "full/hole/in/a",
        "only-dir",
        "sub/only-dir/x",
        "secret.csv",
        "sub/secret.csv",
        "sub/keep.log",
        "sub/other.log",
        "sub/here.txt",
        "sub/deep/here.txt",
        "zzz/here.txt",
        "deep/er/hollow/x",
        "README.md",
    ] {
        repo.write(name, name.as_bytes());
    }
    repo.symlink("link.log", "README.md");
    repo.write_bytes_name(b"caf\xe9/x.log", b"x");
    repo.write_bytes_name(b"caf\xe9/.gitattributes", b"y export-ignore\n");
    repo.write_bytes_name(b"caf\xe9/y", b"y");
    repo.write_bytes_name(b"caf\xe9/z", b"z");
    let first = repo.commit_all("Files");
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},module")]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},sub/other")]);
    repo.git(&["commit", "-q", "-m", "Submodules"]);
    same_as_git(&repo);
    // What the work tree or the repository itself say has no part in it.
    repo.write(".gitattributes", b"README.md export-ignore\n");
    repo.write(".git/info/attributes", b"README.md export-ignore\n");
    let tar = pack(&repo, &repo.head(), ArchiveFormat::Tar);
    assert!(untar(&tar).contains_key(&b"x-1.0/README.md"[..]));
}

#[test]
fn placeholders_are_filled_as_git_fills_them() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let repo = Repo::new(format);
        repo.write(".gitattributes", b"*.in export-subst\nno.in -export-subst\nlink.in export-subst\n");
        let all = format!("a$Format:{PLACEHOLDERS}$b $Format:$ $Format:%h\n%H$ $Format:open %H");
        for name in ["all.in", "no.in", "sub/all.in", "all.txt"] {
            repo.write(name, all.as_bytes());
        }
        repo.write("body.in", b"$Format:<%b>[%B]$");
        repo.write("binary.in", b"\0\xff$Format:%H$\xfe");
        repo.symlink("link.in", "$Format:%H$");
        repo.commit_all("First");
        same_as_git(&repo);
        for message in [
            "..Odd  subject/with: (signs)...and dots..\nsecond line  \n \n\n  Body\n\nMore\n",
            "\n\nLate\n",
            "-- ... --",
            "",
            "Only\n\n",
        ] {
            repo.commit("more.txt", message.as_bytes(), message);
            same_as_git(&repo);
        }
        repo.git(&["tag", "light"]);
        repo.git(&["tag", "-a", "-m", "Heavy", "heavy"]);
        repo.git(&["branch", "other"]);
        repo.git(&["repack", "-adq"]);
        same_as_git(&repo);
        repo.git(&["switch", "-q", "-c", "side", "HEAD~2"]);
        repo.commit("side.txt", b"s", "Side");
        repo.git(&["merge", "-q", "-m", "Both", "main"]);
        same_as_git(&repo);
    }
}

#[test]
fn old_commits_and_odd_people_are_written_as_git_writes_them() {
    let repo = Repo::new(ObjectFormat::Sha1);
    repo.write(".gitattributes", b"*.in export-subst\n");
    repo.write("all.in", format!("$Format:{PLACEHOLDERS}$").as_bytes());
    repo.commit_all("First");
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    for lines in [
        &b"author J\xfc <j@x> 1112911993 -0330\ncommitter B  b <> 0 +0000\nencoding ISO-8859-1\n\ncaf\xe9"[..],
        b"author A <a@b@c> 1700000000 +1345\ncommitter A <no-at> 86399 -0002\n\nS\n\nB\n",
    ] {
        let raw = [b"tree ", tree.as_bytes(), b"\n", lines].concat();
        let commit = repo.raw_object("commit", &raw).to_string();
        repo.git(&["update-ref", "HEAD", &commit]);
        same_as_git(&repo);
    }
}

#[test]
fn replacing_has_bounds() {
    let repo = Repo::new(ObjectFormat::Sha1);
    repo.write(".gitattributes", b"*.in export-subst\n");
    let large = [b"$Format:%H$".as_slice(), &vec![b'x'; 1 << 20]].concat();
    let bomb = "$Format:%B$".repeat(70);
    repo.write("large.in", &large);
    repo.write("bomb.in", bomb.as_bytes());
    repo.write("small.in", b"$Format:%H$");
    let tree = {
        repo.commit_all("Files");
        repo.git(&["rev-parse", "HEAD^{tree}"])
    };
    let message = "m".repeat(1 << 20);
    let raw = format!("tree {tree}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\n{message}");
    let commit = repo.raw_object("commit", raw.as_bytes());
    let content = untar(&pack(&repo, &commit, ArchiveFormat::Tar));
    let file = |name: &str| &content[name.as_bytes()].1;
    assert!(*file("x-1.0/large.in") == large);
    assert!(*file("x-1.0/bomb.in") == bomb.as_bytes());
    assert_eq!(*file("x-1.0/small.in"), commit.to_string().as_bytes());
}
