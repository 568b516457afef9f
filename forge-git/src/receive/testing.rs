//! Repositories made by the real git, and packs made by hand, for the tests of receiving.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use forge_core::{ObjectFormat, ObjectId};

use crate::pack::build;
use crate::receive::Quarantine;
use crate::receive::progress::Silent;
use crate::{Cancel, Limits, ObjectStore, Ref, RefSnapshot, Result, fsck, hash};

/// A repository of the real git in a directory that goes away.
pub(crate) struct Repo {
    directory: tempfile::TempDir,
    format: ObjectFormat,
}

impl Repo {
    pub(crate) fn new(format: ObjectFormat) -> Self {
        let repo = Self { directory: tempfile::tempdir().expect("a directory"), format };
        repo.git(&["init", "-q", "-b", "main", &format!("--object-format={format}")]);
        repo
    }

    pub(crate) fn sha1() -> Self {
        Self::new(ObjectFormat::Sha1)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.path().join(".git/objects")
    }

    pub(crate) fn store(&self) -> ObjectStore {
        ObjectStore::open(&self.objects(), self.format, &Limits::default()).expect("a store")
    }

    #[expect(clippy::disallowed_methods, reason = "the home of git in these tests")]
    pub(crate) fn run(&self, args: &[&str], input: &[u8]) -> std::process::Output {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.path()).env_clear();
        for (key, value) in [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("HOME", "/nonexistent"),
            ("GIT_AUTHOR_NAME", "Ada Example"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Bob Example"),
            ("GIT_COMMITTER_EMAIL", "bob@example.org"),
            ("GIT_AUTHOR_DATE", "1700000000 +0100"),
            ("GIT_COMMITTER_DATE", "1700000000 +0100"),
            ("LC_ALL", "C.UTF-8"),
        ] {
            command.env(key, value);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("git starts");
        let mut stdin = child.stdin.take().expect("an input");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            // A program that fails early does not read everything.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("git ends");
        writer.join().expect("a writer");
        output
    }

    pub(crate) fn bytes(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.run(args, input);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        String::from_utf8(self.bytes(args, b"")).expect("text").trim_end().to_owned()
    }

    pub(crate) fn id(&self, revision: &str) -> ObjectId {
        self.git(&["rev-parse", revision]).parse().expect("an id")
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, bytes).expect("a file");
    }

    pub(crate) fn commit(&self, message: &str) -> ObjectId {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.id("HEAD")
    }

    /// A history in which files grow, so that packs have deltas.
    pub(crate) fn with_history(format: ObjectFormat, commits: usize) -> Self {
        let repo = Self::new(format);
        let mut text = Vec::new();
        for number in 0..commits {
            for line in 0..20 {
                let _ = writeln!(text, "line {line} of {number} {}", number * 7919 % 1013);
            }
            repo.write("growing.txt", &text);
            repo.write(
                &format!("dir/{}/file.txt", number % 5),
                format!("{number}\n").repeat(number).as_bytes(),
            );
            repo.commit(&format!("commit {number}"));
        }
        repo
    }

    /// What `git pack-objects` makes of the revisions.
    pub(crate) fn pack(&self, revisions: &str, options: &[&str]) -> Vec<u8> {
        let args = [&["pack-objects", "--revs", "--stdout", "-q"], options].concat();
        self.bytes(&args, revisions.as_bytes())
    }

    /// Refs of that repository as a snapshot.
    pub(crate) fn refs(&self) -> RefSnapshot {
        let list = self.git(&["for-each-ref", "--format=%(objectname) %(*objectname) %(refname)"]);
        let refs = list.lines().filter(|line| !line.is_empty()).map(|line| {
            let mut words = line.split(' ');
            let target = words.next().expect("an id").parse().expect("an id");
            let peeled = words.next().expect("a field").parse().ok();
            Ref::direct(words.next().expect("a name").parse().expect("a name"), target, peeled)
        });
        RefSnapshot::new(None, refs.collect())
    }
}

/// Receives a pack with the default limits.
pub(crate) fn ingest(store: &ObjectStore, pack: &[u8]) -> Result<Quarantine> {
    store.ingest(&mut &*pack, &Limits::default(), fsck::Level::Strict, &mut Silent, &Cancel::new())
}

/// One entry of a pack made by hand.
pub(crate) enum Item<'a> {
    Full(gix_object::Kind, &'a [u8]),
    /// A delta of the entry so many before it.
    Back(usize, &'a [u8]),
    /// A delta of a named object.
    Of(ObjectId, &'a [u8]),
}

/// Makes a pack of any entries, sound or not.
pub(crate) fn pack_of(items: &[Item<'_>]) -> Vec<u8> {
    let mut pack = build::header(u32::try_from(items.len()).expect("few entries")).to_vec();
    let mut starts = Vec::new();
    for item in items {
        let start = pack.len();
        starts.push(start);
        let (code, bytes) = match item {
            Item::Full(kind, bytes) => (build::code(*kind), *bytes),
            Item::Back(_, delta) => (build::OFS_DELTA, *delta),
            Item::Of(_, delta) => (build::REF_DELTA, *delta),
        };
        pack.extend(build::entry_header(code, u64::try_from(bytes.len()).expect("a size")));
        match item {
            Item::Back(back, _) => pack.extend(spell_offset(start - starts[starts.len() - 1 - back])),
            Item::Of(id, _) => pack.extend_from_slice(id.as_bytes()),
            Item::Full(..) => {}
        }
        let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        deflate.write_all(bytes).expect("deflated");
        pack.extend(deflate.finish().expect("deflated"));
    }
    seal(&mut pack);
    pack
}

/// Puts the checksum behind a pack.
pub(crate) fn seal(pack: &mut Vec<u8>) {
    let mut hasher = gix_hash::hasher(hash::kind(ObjectFormat::Sha1));
    hasher.update(pack);
    let checksum = hasher.try_finalize().expect("a hash");
    pack.extend_from_slice(checksum.as_bytes());
}

fn spell_offset(mut offset: usize) -> Vec<u8> {
    let low = |value: usize| u8::try_from(value & 0x7f).expect("seven bits");
    let mut bytes = vec![low(offset)];
    while offset >= 0x80 {
        offset = (offset >> 7) - 1;
        bytes.push(low(offset) | 0x80);
    }
    bytes.reverse();
    bytes
}

/// Progress that nobody sees.
pub(crate) fn silent() -> Silent {
    Silent
}
