use std::collections::BTreeSet;

use forge_core::{ObjectFormat, ObjectId};
use proptest::prelude::*;

use super::*;
use crate::receive::testing::{Repo, ingest};
use crate::{Cancel, Limits, ObjectStore};

/// A store that got its objects by pushes, and a repository with the same history.
struct Town {
    repo: Repo,
    dir: tempfile::TempDir,
    format: ObjectFormat,
    packs: Vec<ObjectId>,
}

impl Town {
    fn new(format: ObjectFormat) -> Self {
        let dir = tempfile::tempdir().unwrap();
        ObjectStore::create(&dir.path().join("objects"), format, &Limits::default()).unwrap();
        std::fs::create_dir(dir.path().join("refs")).unwrap();
        std::fs::write(dir.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        let extension = if format == ObjectFormat::Sha256 {
            "\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n"
        } else {
            "\trepositoryformatversion = 0\n"
        };
        std::fs::write(dir.path().join("config"), format!("[core]\n\tbare = true\n{extension}")).unwrap();
        Self { repo: Repo::new(format), dir, format, packs: Vec::new() }
    }

    fn store(&self) -> ObjectStore {
        ObjectStore::open(&self.dir.path().join("objects"), self.format, &Limits::default()).unwrap()
    }

    /// Pushes what `revisions` names, as a thin pack.
    fn push(&mut self, revisions: &str) {
        let pack = self.repo.pack(revisions, &["--thin", "--delta-base-offset"]);
        let published = ingest(&self.store(), &pack).unwrap().publish().unwrap();
        self.packs.extend(published.map(|published| published.checksum));
    }

    /// A line of commits, each pushed on its own.
    fn grow(&mut self, commits: usize) {
        for number in 0..commits {
            let text: Vec<_> = (0..200).map(|line| format!("line {line} {}", line * number % 7)).collect();
            let text = text.join("\n");
            self.repo.write("table.csv", text.as_bytes());
            self.repo.write(&format!("notes/{number}.txt"), number.to_string().as_bytes());
            let before = self.repo.run(&["rev-parse", "-q", "--verify", "HEAD"], b"");
            let before = String::from_utf8(before.stdout).unwrap();
            let new = self.repo.commit(&format!("commit {number}"));
            let not = if before.is_empty() { String::new() } else { format!("^{before}") };
            self.push(&format!("{new}\n{not}"));
        }
    }

    /// Everything that git finds in some packs of ours, when there are no others.
    fn objects_of(&self, packs: &[ObjectId]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for pack in packs {
            let index = self.dir.path().join(format!("objects/pack/pack-{pack}.idx"));
            let list = self.repo.bytes(
                &["show-index", &format!("--object-format={}", self.format)],
                &std::fs::read(index).unwrap(),
            );
            let list = String::from_utf8(list).unwrap();
            found.extend(list.lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()));
        }
        found
    }

    /// What git says the revisions need.
    fn needed(&self, revisions: &[&str]) -> BTreeSet<String> {
        let args = [&["rev-list", "--objects", "--no-object-names"], revisions].concat();
        self.repo.git(&args).lines().map(str::to_owned).collect()
    }

    /// Fails unless git finds the pack whole and can unpack all of it.
    fn verify(&self, pack: &Repacked) {
        let format = format!("--object-format={}", self.format);
        let path = pack.path("pack").display().to_string();
        self.repo.git(&["verify-pack", &format, &path]);
        // Strictly: git makes the same index out of it.
        let index = self.dir.path().join("git.idx").display().to_string();
        let _ = std::fs::remove_file(&index);
        self.repo.git(&["index-pack", "--strict", &format, "-o", &index, &path]);
        assert_eq!(std::fs::read(index).unwrap(), std::fs::read(pack.path("idx")).unwrap());
    }
}

fn whole(store: &ObjectStore, tips: &[ObjectId]) -> Prepared {
    full(store, tips, &Limits::default(), &Cancel::new(), |_| {}).unwrap()
}

#[test]
fn many_packs_become_one_with_the_same_objects() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let mut town = Town::new(format);
        town.grow(8);
        let before = town.objects_of(&town.packs);
        let prepared = roll(&town.store(), &town.packs, &Cancel::new()).unwrap();
        assert_eq!(prepared.objects(), u64::try_from(before.len()).unwrap());
        let rolled = prepared.publish().unwrap();
        town.verify(&rolled);
        assert_eq!(town.objects_of(&[rolled.checksum]), before);
        let sizes: u64 = town.packs.iter().map(|pack| pack_bytes(&town, pack)).sum();
        assert!(rolled.bytes < sizes, "{} bytes of {sizes}", rolled.bytes);
    }
}

fn pack_bytes(town: &Town, pack: &ObjectId) -> u64 {
    town.dir.path().join(format!("objects/pack/pack-{pack}.pack")).metadata().unwrap().len()
}

#[test]
fn a_full_one_holds_what_the_tips_need_and_the_leftovers_are_the_rest() {
    let mut town = Town::new(ObjectFormat::Sha1);
    town.grow(6);
    let kept = town.repo.id("HEAD~2");
    town.repo.git(&["tag", "-a", "-m", "x", "v1", "HEAD~2"]);
    let tag = town.repo.id("v1");
    town.push(&format!("{tag}\n^{kept}"));
    let store = town.store();
    let prepared = whole(&store, &[tag]);
    let left = leftovers(&store, &town.packs, &prepared, &[], &Cancel::new()).unwrap().expect("two commits");
    let (closed, left) = (prepared.publish().unwrap(), left.publish().unwrap());
    town.verify(&closed);
    assert_eq!(town.objects_of(&[closed.checksum]), town.needed(&["v1"]));
    let all = town.objects_of(&town.packs);
    let both = town.objects_of(&[closed.checksum, left.checksum]);
    assert_eq!(both, all);
    assert_eq!(left.objects, u64::try_from(all.len()).unwrap() - closed.objects);
    // What a young pack of leftovers has is not gathered again.
    let again = leftovers(&store, &town.packs, &whole(&store, &[tag]), &[left.checksum], &Cancel::new());
    assert!(again.unwrap().is_none());
    // Doing it twice gives the same pack, which is then there already.
    let again = whole(&store, &[tag]).publish().unwrap();
    assert!(again.existed);
    town.verify(&closed);
}

#[test]
fn new_deltas_are_found() {
    let mut town = Town::new(ObjectFormat::Sha1);
    // Clients that do not look for deltas at all.
    for number in 0..10_u32 {
        let row = |line: u32| line.wrapping_mul(2_654_435_761).wrapping_add(u32::from(line == number));
        let text: Vec<_> = (0..400).map(|line| format!("row {line} {}", row(line))).collect();
        let text = text.join("\n");
        town.repo.write("table.csv", text.as_bytes());
        let old = town.repo.run(&["rev-parse", "-q", "--verify", "HEAD"], b"").stdout;
        let new = town.repo.commit("more");
        let not =
            if old.is_empty() { String::new() } else { format!("^{}", String::from_utf8(old).unwrap()) };
        let pack = town.repo.pack(&format!("{new}\n{not}"), &["--window=0"]);
        let published = ingest(&town.store(), &pack).unwrap().publish().unwrap().unwrap();
        town.packs.push(published.checksum);
    }
    let before: u64 = town.packs.iter().map(|pack| pack_bytes(&town, pack)).sum();
    let closed = whole(&town.store(), &[town.repo.id("HEAD")]).publish().unwrap();
    town.verify(&closed);
    assert!(closed.bytes * 2 < before, "{} bytes of {before}", closed.bytes);
}

#[test]
fn a_purged_object_is_in_no_pack_and_all_others_are() {
    let mut town = Town::new(ObjectFormat::Sha1);
    town.grow(5);
    let secret = town.repo.id("HEAD:table.csv");
    let store = town.store();
    let holders = holders(&store, &town.packs, &secret).unwrap();
    assert!(!holders.is_empty());
    let rest =
        without(&store, &holders, &secret, &Cancel::new()).unwrap().expect("others").publish().unwrap();
    town.verify_pack(&rest);
    let mut expected = town.objects_of(&holders);
    assert!(expected.remove(&secret.to_string()));
    assert_eq!(town.objects_of(&[rest.checksum]), expected);
}

impl Town {
    /// Like [`Town::verify`] for a pack whose objects need others.
    fn verify_pack(&self, pack: &Repacked) {
        let format = format!("--object-format={}", self.format);
        self.repo.git(&["verify-pack", &format, &pack.path("pack").display().to_string()]);
    }
}

#[test]
fn work_that_is_stopped_or_finds_damage_leaves_nothing() {
    let mut town = Town::new(ObjectFormat::Sha1);
    town.grow(3);
    let store = town.store();
    let cancel = Cancel::new();
    cancel.cancel();
    let stopped = full(&store, &[town.repo.id("HEAD")], &Limits::default(), &cancel, |_| {});
    // So small a repository may be done before anybody looks at the flag.
    drop(stopped);
    let gone = ObjectId::Sha1([9; 20]);
    assert!(matches!(
        full(&store, &[gone], &Limits::default(), &Cancel::new(), |_| {}),
        Err(crate::Error::Corrupt(_))
    ));
    assert!(matches!(roll(&store, &[gone], &Cancel::new()), Err(crate::Error::NotFound(_))));
    let left: Vec<_> = std::fs::read_dir(store.objects_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("incoming-"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever the history and however it was pushed, rolling and repacking keep every object.
    #[test]
    fn random_histories_keep_their_objects(
        steps in proptest::collection::vec((0_u8..3, 0_usize..4, any::<u16>()), 3..14),
        rolled in 2_usize..6,
    ) {
        let mut town = Town::new(ObjectFormat::Sha1);
        town.grow(1);
        for (what, file, seed) in steps {
            let before = town.repo.git(&["for-each-ref", "--format=^%(objectname)"]);
            match what {
                0 => { town.repo.git(&["checkout", "-q", "-B", &format!("branch-{file}")]); }
                1 => {
                    let text: Vec<_> = (0..80_u32).map(|line| (line * u32::from(seed) % 11).to_string()).collect();
                    let text = text.join("\n");
                    town.repo.write(&format!("d{file}/f"), text.as_bytes());
                }
                _ => { town.repo.run(&["merge", "-q", "--no-edit", "-s", "ours", "main"], b""); }
            }
            let new = town.repo.commit("step");
            town.push(&format!("{new}\n{before}"));
        }
        let store = town.store();
        let count = town.packs.len().min(rolled);
        let some = &town.packs[..count];
        let one = roll(&store, some, &Cancel::new()).unwrap().publish().unwrap();
        town.verify_pack(&one);
        prop_assert_eq!(town.objects_of(&[one.checksum]), town.objects_of(some));
        let tips: Vec<_> = town.repo.refs().refs().iter().map(|found| found.target).collect();
        let closed = whole(&town.store(), &tips).publish().unwrap();
        town.verify(&closed);
        prop_assert_eq!(town.objects_of(&[closed.checksum]), town.needed(&["--all"]));
    }
}

#[test]
fn a_copy_shares_whole_packs_and_gets_nothing_that_its_tips_do_not_need() {
    let mut town = Town::new(ObjectFormat::Sha1);
    town.grow(5);
    let tip = town.repo.id("HEAD~1");
    let needed = town.needed(&["HEAD~1"]);
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("pack")).unwrap();
    let ask = |town: &Town, packs: &[ObjectId], tips: &[ObjectId]| {
        share(&town.store(), packs, tips, copy.path(), &Limits::default(), &Cancel::new()).unwrap()
    };
    // Each push has a pack of its own; the last one does not come along.
    let shares = ask(&town, &town.packs, &[tip]);
    assert_eq!(shares.whole, town.packs[..4]);
    assert!(shares.rest.is_none());
    assert_eq!(town.objects_of(&shares.whole), needed);
    // One closed pack of everything: what is needed of it is packed anew.
    let head = town.repo.id("HEAD");
    let closed = whole(&town.store(), &[head]).publish().unwrap();
    let limits = Limits::default();
    crate::reach::build(&town.store(), &closed.checksum, &[head], &limits, &Cancel::new()).unwrap();
    let shares = ask(&town, &[closed.checksum], &[tip]);
    assert_eq!(shares.whole, []);
    let rest = shares.rest.expect("what is needed").publish().unwrap();
    assert!(rest.path("pack").starts_with(copy.path()), "{rest:?}");
    assert!(!rest.existed);
    assert_eq!(usize::try_from(rest.objects).unwrap(), needed.len());
    town.verify(&rest);
    // All of it: the pack as it is.
    let shares = ask(&town, &[closed.checksum], &[head]);
    assert_eq!((shares.whole, shares.rest.is_none()), (vec![closed.checksum], true));
}
