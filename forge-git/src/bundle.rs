//! Bundles for clones: a list of tips and, behind it, a closed pack as it lies on the disk.
//!
//! Nothing is kept for them. Maintenance writes closed packs anyway; the list is made when somebody asks, from the refs of
//! that moment. A pack is given away only if the refs lead to every object in it: after a branch was deleted or a
//! force-push, there is no bundle until maintenance has packed the rest. Branches that have grown since stand in
//! the list with the newest commit of theirs that is in the pack, and the clone fetches what is missing.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Write};

use forge_core::{ObjectFormat, ObjectId};

use crate::commits::{Commits, Number};
use crate::hash::{self, IdSet};
use crate::objects::Objects;
use crate::reach::closure::Ground;
use crate::reach::tips::reached_from;
use crate::work::Work;
use crate::{Cancel, Error, Limits, ObjectStore, RefSnapshot, Result};

/// Commits that are walked in search of those in the pack, all branches together.
const LONGEST_WALK: usize = 20_000;
/// Branches that are listed.
const MOST_BRANCHES: usize = 1000;
/// Bytes that are copied between two looks at the clock.
const CHUNK: usize = 64 << 10;

/// One bundle, ready to be sent.
#[derive(Debug)]
pub struct Bundle {
    checksum: ObjectId,
    header: Vec<u8>,
    pack: File,
    pack_bytes: u64,
}

impl Bundle {
    /// The bundle of a repository; nothing if there is no closed pack of at least so many bytes, or one that holds more than
    /// the refs lead to.
    pub fn find(
        store: &ObjectStore,
        refs: &RefSnapshot,
        from_bytes: u64,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<Option<Self>> {
        let Some(ground) = Ground::of(&*store.packs()?) else { return Ok(None) };
        let pack = match File::open(ground.pack.path()) {
            Ok(pack) => pack,
            // Another pack has taken its place at this moment.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let pack_bytes = pack.metadata()?.len();
        if pack_bytes < from_bytes {
            return Ok(None);
        }
        let objects = Objects::without_refresh(store);
        let work = Work::new(cancel);
        let mut commits = Commits::new(&objects, IdSet::default(), &work);
        if !is_covered(&ground, &objects, &mut commits, refs, limits)? {
            return Ok(None);
        }
        let tips = tips(&ground, &mut commits, refs)?;
        if tips.is_empty() {
            return Ok(None);
        }
        let checksum = hash::from_gix(&ground.pack.checksum())?;
        Ok(Some(Self { checksum, header: header(store.format(), &tips), pack, pack_bytes }))
    }

    /// The checksum of its pack, which names it.
    pub fn checksum(&self) -> &ObjectId {
        &self.checksum
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.header.len()).unwrap_or_default().saturating_add(self.pack_bytes)
    }

    /// Writes all of it.
    pub fn write(mut self, out: &mut dyn Write, cancel: &Cancel) -> Result<()> {
        out.write_all(&self.header)?;
        let mut buffer = vec![0; CHUNK];
        let mut left = self.pack_bytes;
        while left > 0 {
            cancel.check()?;
            let count = self.pack.read(&mut buffer)?;
            if count == 0 {
                return Err(Error::corrupt("a pack became shorter while it was sent"));
            }
            out.write_all(buffer.get(..count).unwrap_or_default())?;
            left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        }
        Ok(out.flush()?)
    }
}

/// Whether the refs lead to every object of the pack.
fn is_covered(
    ground: &Ground,
    objects: &Objects,
    commits: &mut Commits<'_>,
    refs: &RefSnapshot,
    limits: &Limits,
) -> Result<bool> {
    let targets = refs.refs().iter().map(|found| found.target).chain(refs.head_target().copied());
    let all = reached_from(ground, objects, commits, targets.collect::<HashSet<_>>(), limits)?;
    Ok(all.ranks.len() == u64::from(ground.pack.len()))
}

/// Of each branch the newest commit that is in the pack.
fn tips(
    ground: &Ground,
    commits: &mut Commits<'_>,
    refs: &RefSnapshot,
) -> Result<Vec<(gix_hash::ObjectId, String)>> {
    let mut found = Vec::new();
    let mut steps = 0;
    let branches = refs.refs().iter().filter(|found| found.name.as_branch().is_some());
    for branch in branches.take(MOST_BRANCHES) {
        let start = commits.number(&hash::to_gix(&branch.target));
        if let Some(tip) = newest_inside(ground, commits, start, &mut steps)? {
            found.push((*commits.id(tip), branch.name.to_string()));
        }
    }
    Ok(found)
}

fn newest_inside(
    ground: &Ground,
    commits: &mut Commits<'_>,
    start: Number,
    steps: &mut usize,
) -> Result<Option<Number>> {
    let mut queue = std::collections::BinaryHeap::from([(commits.time(start)?, start)]);
    let mut seen = HashSet::from([start]);
    while let Some((_, number)) = queue.pop() {
        if ground.pack.position(commits.id(number)).is_some() {
            return Ok(Some(number));
        }
        *steps += 1;
        if *steps > LONGEST_WALK {
            return Ok(None);
        }
        commits.work().step()?;
        for at in commits.parents(number)? {
            let parent = commits.parent(at);
            if seen.insert(parent) {
                queue.push((commits.time(parent)?, parent));
            }
        }
    }
    Ok(None)
}

/// What stands before the pack. The second form of it knows no other hash than SHA-1.
fn header(format: ObjectFormat, tips: &[(gix_hash::ObjectId, String)]) -> Vec<u8> {
    let mut text = match format {
        ObjectFormat::Sha1 => "# v2 git bundle\n".to_owned(),
        ObjectFormat::Sha256 => format!("# v3 git bundle\n@object-format={format}\n"),
    };
    text.extend(tips.iter().map(|(id, name)| format!("{id} {name}\n")));
    text.push('\n');
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receive::testing::Repo;
    use crate::{reach, repack};

    /// Puts everything that the refs reach into a closed pack, as maintenance does.
    fn look_after(repo: &Repo) {
        repo.git(&["repack", "-q", "-a", "-d"]);
        let (store, cancel) = (repo.store(), Cancel::new());
        let tips: Vec<ObjectId> = repo.refs().refs().iter().map(|found| found.target).collect();
        let closed = repack::full(&store, &tips, &Limits::default(), &cancel, &|_| {}).unwrap();
        let checksum = closed.publish().unwrap().checksum;
        reach::build(&repo.store(), &checksum, &tips, &Limits::default(), &cancel).unwrap();
    }

    fn find(repo: &Repo, from_bytes: u64) -> Option<Bundle> {
        Bundle::find(&repo.store(), &repo.refs(), from_bytes, &Limits::default(), &Cancel::new()).unwrap()
    }

    fn file(repo: &Repo, bundle: Bundle) -> String {
        let (mut bytes, said) = (Vec::new(), bundle.bytes());
        bundle.write(&mut bytes, &Cancel::new()).unwrap();
        assert_eq!(u64::try_from(bytes.len()).unwrap(), said);
        let path = repo.path().join(".git/made.bundle");
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    #[test]
    fn holds_what_git_takes_and_the_newest_commits_in_it() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let repo = Repo::with_history(format, 12);
            repo.git(&["branch", "topic", "HEAD~5"]);
            repo.git(&["tag", "-a", "v1", "-m", "First", "HEAD~2"]);
            look_after(&repo);
            let (main, topic) = (repo.id("main"), repo.id("topic"));
            for number in 0..3 {
                repo.write("new", format!("{number}").as_bytes());
                repo.commit("New");
            }
            assert!(find(&repo, u64::MAX).is_none(), "it is too small");
            let bundle = file(&repo, find(&repo, 1).unwrap());
            let heads = repo.git(&["bundle", "list-heads", &bundle]);
            assert_eq!(heads, format!("{main} refs/heads/main\n{topic} refs/heads/topic"));
            let client = Repo::new(format);
            client.git(&["bundle", "unbundle", &bundle]);
            client.git(&["fsck", "--full", "--strict", &main.to_string()]);
        }
    }

    #[test]
    fn gives_away_nothing_that_no_ref_leads_to() {
        let repo = Repo::with_history(ObjectFormat::Sha1, 6);
        repo.git(&["checkout", "-q", "-b", "secret"]);
        repo.write("secret", b"secret");
        repo.commit("Secret");
        repo.git(&["checkout", "-q", "main"]);
        look_after(&repo);
        assert!(find(&repo, 1).is_some());
        repo.git(&["branch", "-q", "-D", "secret"]);
        assert!(find(&repo, 1).is_none());
    }
}
