use std::time::{Duration, Instant};

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;

use super::delta::tests::{copy_instruction, spell};
use crate::pack::build::{build, object_id};
use crate::receive::progress::Silent;
use crate::receive::testing::{Item, Repo, ingest, pack_of, seal};
use crate::{Cancel, Error, Limits, ObjectStore, Result, fsck};

fn empty_store() -> (tempfile::TempDir, ObjectStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = ObjectStore::create(directory.path(), ObjectFormat::Sha1, &Limits::default()).unwrap();
    (directory, store)
}

/// Nothing of a refused push may stay behind.
fn refused(store: &ObjectStore, pack: &[u8]) -> String {
    let error = ingest(store, pack).map(|_| ()).expect_err("the pack must be refused");
    assert!(!matches!(error, Error::Corrupt(_) | Error::Io(_)), "{error:?}");
    let left: Vec<_> = std::fs::read_dir(store.objects_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("incoming-"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    error.to_string()
}

fn blob(bytes: &[u8]) -> ObjectId {
    object_id(ObjectFormat::Sha1, Kind::Blob, bytes).unwrap()
}

fn delta(base: usize, result: usize, instructions: &[Vec<u8>]) -> Vec<u8> {
    [spell(base), spell(result), instructions.concat()].concat()
}

#[test]
fn the_index_is_the_one_that_git_writes() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let repo = Repo::with_history(format, 40);
        for options in [&["--delta-base-offset"][..], &[], &["--window=0"]] {
            let pack = repo.pack("HEAD\n", options);
            let directory = tempfile::tempdir().unwrap();
            let store = ObjectStore::create(directory.path(), format, &Limits::default()).unwrap();
            let quarantine = ingest(&store, &pack).unwrap();
            let published = quarantine.publish().unwrap().unwrap();
            assert_eq!(std::fs::read(published.path("pack")).unwrap(), pack);
            repo.write("p.pack", &pack);
            repo.git(&["index-pack", "-o", "p.idx", "p.pack"]);
            assert!(
                std::fs::read(published.path("idx")).unwrap()
                    == std::fs::read(repo.path().join("p.idx")).unwrap(),
                "{format} {options:?}"
            );
        }
    }
}

#[test]
fn thin_packs_are_completed_so_that_git_accepts_them() {
    for options in [&["--thin", "--delta-base-offset"][..], &["--thin"]] {
        let repo = Repo::with_history(ObjectFormat::Sha1, 30);
        let target = Repo::sha1();
        target.bytes(&["index-pack", "--stdin"], &repo.pack("HEAD~10\n", &[]));
        let thin = repo.pack("HEAD\n^HEAD~10\n", options);
        let announced = u32::from_be_bytes(thin[8..12].try_into().unwrap());
        let published = ingest(&target.store(), &thin).unwrap().publish().unwrap().unwrap();
        assert_eq!(published.objects, u64::from(announced));
        let stored = std::fs::read(published.path("pack")).unwrap();
        let whole = u32::from_be_bytes(stored[8..12].try_into().unwrap());
        assert!(whole > announced, "the pack was not thin");
        target.git(&["verify-pack", published.path("idx").to_str().unwrap()]);
        target.git(&["update-ref", "refs/heads/main", &repo.id("HEAD").to_string()]);
        target.git(&["fsck", "--full", "--strict"]);
        let list = |repo: &Repo| repo.git(&["rev-list", "--objects", "main"]);
        assert_eq!(list(&target), list(&repo));
    }
}

#[test]
fn bytes_that_were_changed_or_left_out_are_refused() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 6);
    let pack = repo.pack("HEAD\n", &["--delta-base-offset"]);
    let (_directory, store) = empty_store();
    for end in [0, 3, 4, 11, 12, 13, 40, pack.len() / 2, pack.len() - 20, pack.len() - 1] {
        assert!(refused(&store, &pack[..end]).contains("cut short"), "{end}");
    }
    for at in (0..pack.len()).step_by(29).chain([pack.len() - 1]) {
        let mut changed = pack.clone();
        changed[at] ^= 0x10;
        refused(&store, &changed);
    }
    let mut longer = pack.clone();
    longer.push(b'x');
    assert!(refused(&store, &longer).contains("follow the end"));
}

#[test]
fn changed_packs_with_a_right_checksum_do_no_harm() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 5);
    let mut pack = repo.pack("HEAD\n", &[]);
    pack.truncate(pack.len() - 20);
    let (_directory, store) = empty_store();
    for at in (12..pack.len()).step_by(7) {
        for flip in [1_u8, 0x80] {
            let mut changed = pack.clone();
            changed[at] ^= flip;
            seal(&mut changed);
            // A flipped bit may spell another sound object; then the pack is whole and only its contents differ.
            if let Err(error) = ingest(&store, &changed) {
                assert!(matches!(error, Error::Invalid(_) | Error::TooLarge { .. }), "{at}: {error:?}");
            }
        }
    }
}

#[test]
fn counts_and_kinds_that_lie_are_refused() {
    let (_directory, store) = empty_store();
    let mut many = pack_of(&[Item::Full(Kind::Blob, b"x")]);
    many.truncate(many.len() - 20);
    many[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
    seal(&mut many);
    assert!(refused(&store, &many).contains("number of objects"));
    many[8..12].copy_from_slice(&2_u32.to_be_bytes());
    refused(&store, &many);
    for code in [0_u8, 5] {
        let mut odd = b"PACK\0\0\0\x02\0\0\0\x01".to_vec();
        odd.push(code << 4);
        odd.extend_from_slice(b"x\x9c\x03\0\0\0\0\x01");
        seal(&mut odd);
        assert!(refused(&store, &odd).contains("unknown kind"));
    }
    assert!(refused(&store, b"JUNK\0\0\0\x02\0\0\0\0aaaaaaaaaaaaaaaaaaaa").contains("no pack"));
    let mut version = b"PACK\0\0\0\x04\0\0\0\0".to_vec();
    seal(&mut version);
    assert!(refused(&store, &version).contains("version"));
}

#[test]
fn an_empty_pack_is_fine() {
    let (_directory, store) = empty_store();
    let quarantine = ingest(&store, &build(ObjectFormat::Sha1, []).unwrap()).unwrap();
    assert!(quarantine.objects().is_empty());
    assert!(quarantine.publish().unwrap().is_none());
}

#[test]
fn deltas_resolve_in_any_order_and_by_name() {
    let (_directory, store) = empty_store();
    let base = b"hello world, hello git".repeat(20);
    let append = |base: &[u8], text: &[u8]| {
        let mut insert = vec![u8::try_from(text.len()).unwrap()];
        insert.extend_from_slice(text);
        delta(base.len(), base.len() + text.len(), &[copy_instruction(0, base.len()), insert])
    };
    let second = [&base[..], b"2"].concat();
    let third = [&second[..], b"3"].concat();
    let (to_second, to_third) = (append(&base, b"2"), append(&second, b"3"));
    let orders: [&[Item<'_>]; 3] = [
        &[Item::Full(Kind::Blob, &base), Item::Back(1, &to_second), Item::Back(1, &to_third)],
        &[
            Item::Of(blob(&second), &to_third),
            Item::Of(blob(&base), &to_second),
            Item::Full(Kind::Blob, &base),
        ],
        &[
            Item::Full(Kind::Blob, &base),
            Item::Of(blob(&second), &to_third),
            Item::Of(blob(&base), &to_second),
        ],
    ];
    for items in orders {
        let quarantine = ingest(&store, &pack_of(items)).unwrap();
        for bytes in [&base, &second, &third] {
            assert_eq!(quarantine.read(&blob(bytes)).unwrap(), Some((Kind::Blob, bytes.clone())));
            assert_eq!(quarantine.find(&blob(bytes)).unwrap().size, u64::try_from(bytes.len()).unwrap());
        }
    }
}

#[test]
fn bases_must_exist_and_must_not_lean_on_each_other() {
    let repo = Repo::sha1();
    let (a, b) = (b"aaaa".repeat(30), b"bbbb".repeat(30));
    for bytes in [&a, &b] {
        repo.bytes(&["hash-object", "-w", "--stdin"], bytes);
    }
    let rewrite = |from: &[u8], to: &[u8]| {
        let insert = [&[u8::try_from(to.len()).unwrap()][..], to].concat();
        delta(from.len(), to.len(), &[insert])
    };
    let (to_a, to_b) = (rewrite(&b, &a), rewrite(&a, &b));
    let circle = pack_of(&[Item::Of(blob(&b), &to_a), Item::Of(blob(&a), &to_b)]);
    let (_directory, store) = empty_store();
    assert!(refused(&store, &circle).contains("unresolved"));
    assert!(refused(&repo.store(), &circle).contains("bases of each other"));
    let missing = pack_of(&[Item::Of(blob(b"nowhere"), &to_a)]);
    assert!(refused(&repo.store(), &missing).contains("unresolved"));
    // An object that exists may be sent again as a delta of another one.
    let again = pack_of(&[Item::Of(blob(&b), &to_a)]);
    let published = ingest(&repo.store(), &again).unwrap().publish().unwrap().unwrap();
    repo.git(&["verify-pack", published.path("idx").to_str().unwrap()]);
    // A base that is sent itself, as a delta of something that exists, is not appended.
    let c = b"cccc".repeat(30);
    let (from_a, from_b) = (rewrite(&a, &c), rewrite(&b, &a));
    let pack = pack_of(&[Item::Of(blob(&a), &from_a), Item::Of(blob(&b), &from_b)]);
    let published = ingest(&repo.store(), &pack).unwrap().publish().unwrap().unwrap();
    repo.git(&["verify-pack", published.path("idx").to_str().unwrap()]);
    let twice = pack_of(&[Item::Full(Kind::Blob, b"x"), Item::Full(Kind::Blob, b"x")]);
    assert!(refused(&store, &twice).contains("twice"));
}

#[test]
fn offsets_out_of_the_pack_are_refused() {
    let (_directory, store) = empty_store();
    for back in [&[0_u8][..], &[1], &[0x0b], &[0x80, 0x7f], &[0xff; 9], &[0xff; 10]] {
        let mut pack = pack_of(&[Item::Full(Kind::Blob, b"x")]);
        pack.truncate(pack.len() - 20);
        pack[11] = 2;
        pack.push(0x60);
        pack.extend_from_slice(back);
        if back.last().is_some_and(|byte| byte & 0x80 != 0) {
            pack.push(0);
        }
        pack.extend_from_slice(b"x\x9c\x03\0\0\0\0\x01");
        seal(&mut pack);
        refused(&store, &pack);
    }
}

/// Sixteen kilobytes that would unfold to gigabytes must cost next to nothing.
#[test]
fn bombs_are_defused() {
    let (_directory, store) = empty_store();
    let zeros = vec![0; 4 << 20];
    let mut steps = Vec::new();
    let mut size = zeros.len();
    for _ in 0..8 {
        let copies = vec![copy_instruction(0, 0xff_ffff.min(size)); 8];
        let each = 0xff_ffff.min(size);
        steps.push(delta(size, each * 8, &copies));
        size = each * 8;
    }
    let chain: Vec<Item<'_>> = std::iter::once(Item::Full(Kind::Blob, zeros.as_slice()))
        .chain(steps.iter().map(|step| Item::Back(1, step)))
        .collect();
    let wide: Vec<Vec<u8>> = (0..400_u16)
        .map(|number| {
            let mark = [&[2][..], &number.to_be_bytes()].concat();
            delta(zeros.len(), zeros.len() + 2, &[copy_instruction(0, zeros.len()), mark])
        })
        .collect();
    let wide: Vec<Item<'_>> = std::iter::once(Item::Full(Kind::Blob, zeros.as_slice()))
        .chain(wide.iter().enumerate().map(|(at, step)| Item::Back(at + 1, step)))
        .collect();
    for items in [chain, wide] {
        let pack = pack_of(&items);
        assert!(pack.len() < 20_000, "{}", pack.len());
        let start = Instant::now();
        assert!(refused(&store, &pack).contains("over the limit"));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
    // An honest size that is over the limit is named before anything is inflated.
    let limits = Limits { max_object_bytes: 1 << 20, ..Limits::default() };
    let pack = pack_of(&[Item::Full(Kind::Blob, &zeros)]);
    let error =
        store.ingest(&mut &*pack, &limits, fsck::Level::Strict, &mut Silent, &Cancel::new()).unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 1_048_576, .. }), "{error}");
    let limits = Limits { max_pack_bytes: 100, ..Limits::default() };
    assert!(store.ingest(&mut &*pack, &limits, fsck::Level::Strict, &mut Silent, &Cancel::new()).is_err());
}

#[test]
fn a_long_history_of_one_file_is_no_bomb() {
    let (_directory, store) = empty_store();
    let mut state = 1_u32;
    let base: Vec<u8> = (0..300_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    let steps: Vec<Vec<u8>> = (0..600_u16)
        .map(|number| {
            let mark = [&[2][..], &number.to_be_bytes()].concat();
            delta(
                base.len() + usize::from(number) * 2,
                base.len() + usize::from(number + 1) * 2,
                &[copy_instruction(0, base.len() + usize::from(number) * 2), mark],
            )
        })
        .collect();
    let items: Vec<Item<'_>> = std::iter::once(Item::Full(Kind::Blob, base.as_slice()))
        .chain(steps.iter().map(|step| Item::Back(1, step)))
        .collect();
    let quarantine = ingest(&store, &pack_of(&items)).unwrap();
    assert_eq!(quarantine.objects().len(), 601);
}

#[test]
fn a_cancelled_push_ends() {
    let (_directory, store) = empty_store();
    let cancel = Cancel::new();
    cancel.cancel();
    let pack = pack_of(&[Item::Full(Kind::Blob, b"x")]);
    let result = store.ingest(&mut &*pack, &Limits::default(), fsck::Level::Strict, &mut Silent, &cancel);
    assert!(matches!(result, Err(Error::Cancelled)));
}

/// Trees and modules that would lead a clone astray, by the names git gives to the problems.
#[test]
fn evil_objects_are_refused_by_name() -> Result<()> {
    let (_directory, store) = empty_store();
    let content = b"x";
    let entry =
        |mode: &str, name: &[u8], id: &ObjectId| [mode.as_bytes(), b" ", name, b"\0", id.as_bytes()].concat();
    let id = blob(content);
    for (name, rule) in [
        (&b".."[..], "hasDotdot"),
        (b".", "hasDot"),
        (b".git", "hasDotgit"),
        (b".GIT ", "hasDotgit"),
        (b"git~1", "hasDotgit"),
        (b"a/b", "fullPathname"),
        (b"", "emptyName"),
    ] {
        let tree = entry("100644", name, &id);
        let pack = build(ObjectFormat::Sha1, [(Kind::Blob, &content[..]), (Kind::Tree, &tree)])?;
        assert!(refused(&store, &pack).contains(rule), "{rule}");
        // The same as a delta.
        let recipe = delta(1, tree.len(), &[[&[u8::try_from(tree.len()).unwrap()][..], &tree].concat()]);
        let base = entry("100644", b"x", &id);
        let recipe = [spell(base.len()), recipe[1..].to_vec()].concat();
        let pack = pack_of(&[Item::Full(Kind::Tree, &base), Item::Back(1, &recipe)]);
        assert!(refused(&store, &pack).contains(rule), "{rule} as a delta");
    }
    let twice = [entry("100644", b"a", &id), entry("100644", b"a", &id)].concat();
    assert!(
        refused(&store, &build(ObjectFormat::Sha1, [(Kind::Tree, &twice[..])])?).contains("duplicateEntries")
    );
    for modules in [
        &b"[submodule \"a\"]\n\turl = -oProxyCommand=x\n"[..],
        b"[submodule \"../../x\"]\n\turl = https://h/x\n",
    ] {
        let tree = entry("100644", b".gitmodules", &blob(modules));
        for objects in
            [[(Kind::Blob, modules), (Kind::Tree, &tree)], [(Kind::Tree, &tree[..]), (Kind::Blob, modules)]]
        {
            assert!(refused(&store, &build(ObjectFormat::Sha1, objects)?).contains("gitmodules"));
        }
    }
    let tree = entry("100644", b".gitmodules", &blob(b"nowhere"));
    assert!(
        refused(&store, &build(ObjectFormat::Sha1, [(Kind::Tree, &tree[..])])?).contains("gitmodulesMissing")
    );
    Ok(())
}

mod property {
    use proptest::prelude::*;

    use super::*;

    /// A recipe that copies and inserts at random, with what it makes.
    fn apply_random(base: &[u8], choices: &[(bool, u16, u8)]) -> (Vec<u8>, Vec<u8>) {
        let (mut result, mut instructions) = (Vec::new(), Vec::new());
        for (is_copy, at, length) in choices {
            let length = usize::from(*length).max(1);
            let start = usize::from(*at) % base.len().max(1);
            if *is_copy && start + length <= base.len() {
                instructions.push(copy_instruction(start, length));
                result.extend_from_slice(&base[start..start + length]);
            } else {
                let text = vec![length.to_le_bytes()[0]; length.min(127)];
                instructions.push([&[u8::try_from(text.len()).unwrap()][..], &text].concat());
                result.extend_from_slice(&text);
            }
        }
        (delta(base.len(), result.len(), &instructions), result)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Any tree of deltas, with bases before or behind, unfolds to what was meant, and git agrees.
        #[test]
        fn random_delta_trees_unfold(
            base in proptest::collection::vec(any::<u8>(), 1..2000),
            shapes in proptest::collection::vec(
                (any::<prop::sample::Index>(), any::<bool>(), proptest::collection::vec(any::<(bool, u16, u8)>(), 1..12)),
                1..30,
            ),
        ) {
            let mut objects = vec![base.clone()];
            let mut recipes: Vec<(usize, bool, Vec<u8>)> = Vec::new();
            for (parent, by_name, choices) in &shapes {
                let parent = parent.index(objects.len());
                let (recipe, result) = apply_random(&objects[parent], choices);
                if objects.contains(&result) {
                    continue;
                }
                recipes.push((parent, *by_name, recipe));
                objects.push(result);
            }
            let mut items = vec![Item::Full(Kind::Blob, &base)];
            for (at, (parent, by_name, recipe)) in recipes.iter().enumerate() {
                items.push(if *by_name { Item::Of(blob(&objects[*parent]), recipe) } else { Item::Back(at + 1 - parent, recipe) });
            }
            let (_directory, store) = empty_store();
            let quarantine = ingest(&store, &pack_of(&items)).unwrap();
            prop_assert_eq!(quarantine.objects().len(), objects.len());
            for object in &objects {
                prop_assert_eq!(quarantine.read(&blob(object)).unwrap(), Some((Kind::Blob, object.clone())));
            }
        }
    }
}
