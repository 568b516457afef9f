use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;

use forge_core::ObjectFormat;

use super::*;
use crate::browse::testing::{Repo, path};

/// What is in a download: kind and mode, and content or target, by name.
pub(super) type Content = BTreeMap<Vec<u8>, (String, Vec<u8>)>;

pub(super) fn untar(bytes: &[u8]) -> Content {
    let mut archive = ::tar::Archive::new(bytes);
    let mut content = Content::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let executable = entry.header().mode().unwrap() & 0o100 != 0;
        let kind = match entry.header().entry_type() {
            ::tar::EntryType::XGlobalHeader => continue,
            ::tar::EntryType::Regular if executable => "executable",
            kind => match kind {
                ::tar::EntryType::Regular => "file",
                ::tar::EntryType::Directory => "directory",
                ::tar::EntryType::Symlink => "link",
                other => panic!("{other:?}"),
            },
        };
        let mut data = entry.link_name_bytes().map_or(Vec::new(), Cow::into_owned);
        entry.read_to_end(&mut data).unwrap();
        content.insert(entry.path_bytes().into_owned(), (kind.to_owned(), data));
    }
    content
}

fn unzip(bytes: &[u8]) -> Content {
    let mut archive = ::zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut content = Content::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mode = file.unix_mode().unwrap();
        let kind = match mode & 0o170_000 {
            0o100_000 if mode & 0o100 != 0 => "executable",
            0o100_000 => "file",
            0o040_000 => "directory",
            0o120_000 => "link",
            other => panic!("{other:o}"),
        };
        let mut data = Vec::new();
        file.read_to_end(&mut data).unwrap();
        content.insert(file.name_raw().to_vec(), (kind.to_owned(), data));
    }
    content
}

fn odd(format: ObjectFormat) -> (Repo, ObjectId) {
    let repo = Repo::new(format);
    let long = format!("{}/{}.txt", "deep".repeat(20), "name".repeat(20));
    let longer = format!("{}/{}.txt", "deep".repeat(40), "name".repeat(30));
    for name in ["a b.txt", "dir/{{ x }}/#%?.R", "é/ü.md", "empty", &long, &longer] {
        repo.write(name, name.as_bytes());
    }
    repo.write("empty", b"");
    repo.write_bytes_name(b"caf\xe9.txt", b"latin");
    repo.executable("run.sh", b"#!/bin/sh\n");
    repo.symlink("link", "a b.txt");
    repo.symlink("far", &"../".repeat(50));
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    repo.write("large.bin", &noise.take(1_500_000).collect::<Vec<_>>());
    let first = repo.commit_all("Files");
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},module")]);
    repo.git(&["commit", "-q", "-m", "Submodule"]);
    let head = repo.head();
    (repo, head)
}

pub(super) fn pack(repo: &Repo, commit: &ObjectId, format: ArchiveFormat) -> Vec<u8> {
    let mut out = Vec::new();
    let request = ArchiveRequest::of_commit(*commit, format, &path("x-1.0"));
    repo.browser().archive(&request, &ArchiveLimits::default(), &mut out, &Cancel::new()).unwrap();
    out
}

#[test]
fn holds_what_git_archive_holds() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let (repo, head) = odd(format);
        let expected = untar(&repo.git_bytes(&["archive", "--format=tar", "--prefix=x-1.0/", "HEAD"]));
        assert!(expected.len() > 10);
        let tar = pack(&repo, &head, ArchiveFormat::Tar);
        assert_eq!(untar(&tar), expected);
        assert!(
            tar == repo.git_bytes(&["archive", "--format=tar", "--prefix=x-1.0/", "HEAD"]),
            "to the byte"
        );
        let mut inflated = Vec::new();
        flate2::read::GzDecoder::new(&*pack(&repo, &head, ArchiveFormat::TarGz))
            .read_to_end(&mut inflated)
            .unwrap();
        assert_eq!(inflated, tar);
        let zip = pack(&repo, &head, ArchiveFormat::Zip);
        assert_eq!(unzip(&zip), expected);
        let theirs = repo.git_bytes(&["archive", "--format=zip", "--prefix=x-1.0/", "HEAD"]);
        assert_eq!(::zip::ZipArchive::new(Cursor::new(theirs)).unwrap().len(), expected.len());
        // The same commit gives the same bytes.
        assert_eq!(pack(&repo, &head, ArchiveFormat::Zip), zip);
        assert_eq!(repo.git_at(0, &["get-tar-commit-id"], &tar[..1024]), head.to_string());
    }
}

#[test]
fn names_that_escape_are_left_out() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let blob = repo.raw_object("blob", b"x");
    let mut tree = Vec::new();
    for name in ["..", ".GIT", "ok"] {
        tree.extend([b"100644 ", name.as_bytes(), b"\0", blob.as_bytes()].concat());
    }
    let tree = repo.raw_object("tree", &tree);
    let commit: ObjectId = repo.git(&["commit-tree", "-m", "x", &tree.to_string()]).parse().unwrap();
    for content in
        [untar(&pack(&repo, &commit, ArchiveFormat::Tar)), unzip(&pack(&repo, &commit, ArchiveFormat::Zip))]
    {
        assert_eq!(content.keys().collect::<Vec<_>>(), [&b"x-1.0/"[..], b"x-1.0/ok"]);
    }
}

#[test]
fn limits_refuse_before_the_first_byte() {
    let (repo, head) = odd(ObjectFormat::Sha1);
    let all = ArchiveLimits::default();
    for limits in [ArchiveLimits { entries: 3, ..all }, ArchiveLimits { bytes: 1000, ..all }] {
        let mut out = Vec::new();
        let browser = repo.browser();
        let request = ArchiveRequest::of_commit(head, ArchiveFormat::Zip, &path("x"));
        let answer = browser.archive(&request, &limits, &mut out, &Cancel::new());
        assert!(matches!(answer, Err(Error::TooLarge { .. })) && out.is_empty());
    }
}

#[test]
fn more_entries_than_the_old_form_counts() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let commit = repo.commit_all("Nothing");
    let mut out = Vec::new();
    let mut zip = zip::Zip::new(&mut out, Some(&commit), 0, Compression::default());
    for n in 0..70_000 {
        let (path, id) = (format!("d{n}"), crate::hash::to_gix(&commit));
        zip.directory(Name { path: path.as_bytes(), id: &id }).unwrap();
    }
    zip.finish().unwrap();
    assert_eq!(::zip::ZipArchive::new(Cursor::new(out)).unwrap().len(), 70_000);
}

#[test]
fn parts_of_a_commit_under_odd_prefixes() {
    let (repo, head) = odd(ObjectFormat::Sha1);
    let ask = |content: ArchiveContent, prefix: &str, paths: &[&str], level: Option<u32>| {
        let paths = paths.iter().map(|text| path(text)).collect();
        let (format, prefix) = (ArchiveFormat::Tar, prefix.as_bytes().to_vec());
        let mut out = Vec::new();
        let request = ArchiveRequest { prefix, paths, level, ..ArchiveRequest::of(content, format) };
        let done = repo.browser().archive(&request, &ArchiveLimits::default(), &mut out, &Cancel::new());
        done.map(|()| out)
    };
    let commit = ArchiveContent::Commit(head);
    for (prefix, paths) in [
        ("old-", &["dir"][..]),
        ("", &["dir/{{ x }}", "run.sh"]),
        ("a/b/", &["link", "a b.txt"]),
        ("x", &["module"]),
    ] {
        let option = format!("--prefix={prefix}");
        let arguments = [&["archive", "--format=tar", &option, "HEAD", "--"], paths].concat();
        let ours = ask(commit, prefix, paths, None).unwrap();
        assert_eq!(untar(&ours), untar(&repo.git_bytes(&arguments)), "{arguments:?}");
    }
    let below = repo.id("HEAD:dir");
    let ours = ask(ArchiveContent::Tree(below, 1_700_000_000), "", &[], Some(9)).unwrap();
    assert_eq!(untar(&ours), untar(&repo.git_bytes(&["archive", "--format=tar", "HEAD:dir"])));
    assert!(matches!(ask(commit, "", &["nowhere"], None), Err(Error::NotFound(_))));
}
