//! Refs in files: `HEAD`, `refs/` and `packed-refs`.
//!
//! Loose files are read before the packed ones, as git does: a ref that moves from the one to the other meanwhile is then
//! seen in at least one place. Symbolic refs are followed, broken refs are left out.

use std::collections::BTreeMap;
use std::path::Path;

use forge_core::{ObjectId, RefName};

use super::PlainRepository;
use crate::object_store::Handle;
use crate::{Head, ObjectStore, Ref, RefSnapshot, Result, hash};

/// Symbolic refs that lead to each other are given up after so many steps, as in git.
const MAX_STEPS: usize = 5;
/// A loose ref is one short line.
const MAX_LOOSE: u64 = 4096;
/// Tags of tags of tags.
const MAX_TAG_CHAIN: usize = 64;

#[derive(Debug, Clone)]
enum Target {
    Object(ObjectId),
    Symbolic(String),
}

/// All refs of a repository by their names on disk.
type Found = BTreeMap<String, Target>;

/// The names of refs that [`snapshot`] leaves out.
pub(super) fn broken(repository: &PlainRepository, store: &ObjectStore) -> Result<Vec<String>> {
    let found = read(repository)?;
    let handle = store.handle();
    let mut broken = Vec::new();
    for (name, target) in &found {
        let Some(short) = name.strip_prefix(repository.namespace()) else { continue };
        let is_whole = match resolve(&found, target) {
            Some(id) => RefName::foreign(short).is_ok() && peel(&handle, &id)?.is_some(),
            None => false,
        };
        if !is_whole {
            broken.push(short.to_owned());
        }
    }
    Ok(broken)
}

pub(super) fn snapshot(repository: &PlainRepository, store: &ObjectStore) -> Result<RefSnapshot> {
    let mut found = read(repository)?;
    let namespace = repository.namespace();
    let head_name = format!("{namespace}HEAD");
    if let Some(head) = read_file(&repository.git_dir.join(&head_name)) {
        found.insert(head_name.clone(), head);
    }
    let handle = store.handle();
    let mut refs = Vec::new();
    for (name, target) in &found {
        let Some(short) = name.strip_prefix(namespace) else { continue };
        let Ok(name) = RefName::foreign(short) else { continue };
        let Some(id) = resolve(&found, target) else { continue };
        let Some(peeled) = peel(&handle, &id)? else { continue };
        let symbolic = match target {
            Target::Symbolic(to) => to.strip_prefix(namespace).and_then(|to| RefName::foreign(to).ok()),
            Target::Object(_) => None,
        };
        refs.push(Ref { name, target: id, peeled: (peeled != id).then_some(peeled), symbolic });
    }
    let head = match found.get(&head_name) {
        Some(Target::Symbolic(to)) => {
            to.strip_prefix(namespace).and_then(|to| RefName::foreign(to).ok()).map(Head::Symbolic)
        }
        Some(Target::Object(id)) => peel(&handle, id)?.map(|_| Head::Detached(*id)),
        None => None,
    };
    Ok(RefSnapshot::new(head, refs))
}

/// Every ref but `HEAD`, as its file says.
fn read(repository: &PlainRepository) -> Result<Found> {
    let mut found = Found::new();
    read_loose(&repository.common_dir, "refs", &mut found)?;
    if repository.git_dir != repository.common_dir {
        for own in ["refs/bisect", "refs/worktree", "refs/rewritten"] {
            read_loose(&repository.git_dir, own, &mut found)?;
        }
    }
    read_packed(&repository.common_dir.join("packed-refs"), &mut found)?;
    Ok(found)
}

/// The object behind a target, over symbolic refs.
fn resolve(found: &Found, target: &Target) -> Option<ObjectId> {
    let mut target = target;
    for _ in 0..MAX_STEPS {
        match target {
            Target::Object(id) => return Some(*id),
            Target::Symbolic(to) => target = found.get(to)?,
        }
    }
    None
}

/// What the object is in the end, over tags; nothing if it is not there.
fn peel(handle: &Handle, id: &ObjectId) -> Result<Option<ObjectId>> {
    let mut id = hash::to_gix(id);
    let mut buffer = Vec::new();
    for _ in 0..MAX_TAG_CHAIN {
        let Some((kind, _)) = handle.header(&id)? else { return Ok(None) };
        if kind != gix_object::Kind::Tag {
            break;
        }
        let Some(data) = handle.try_find(&id, &mut buffer)? else { return Ok(None) };
        match gix_object::TagRefIter::from_bytes(data.data, id.kind()).target_id() {
            Ok(target) => id = target,
            Err(_) => return Ok(None),
        }
    }
    hash::from_gix(&id).map(Some)
}

fn read_loose(dir: &Path, start: &str, found: &mut Found) -> Result<()> {
    let mut waiting = vec![start.to_owned()];
    while let Some(name) = waiting.pop() {
        let entries = match std::fs::read_dir(dir.join(&name)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            let entry = entry?;
            let Ok(part) = entry.file_name().into_string() else { continue };
            let name = format!("{name}/{part}");
            if entry.path().is_dir() {
                waiting.push(name);
            } else if let Some(target) = read_file(&entry.path()) {
                found.insert(name, target);
            }
        }
    }
    Ok(())
}

/// The content of a loose ref; nothing if it is not one.
fn read_file(path: &Path) -> Option<Target> {
    if let Ok(to) = std::fs::read_link(path)
        && let Some(to) = to.to_str().filter(|to| to.starts_with("refs/"))
    {
        return Some(Target::Symbolic(to.to_owned()));
    }
    if std::fs::metadata(path).ok()?.len() > MAX_LOOSE {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    match text.strip_prefix("ref:") {
        Some(to) => Some(Target::Symbolic(to.trim().to_owned())),
        None => text.split_whitespace().next()?.parse().ok().map(Target::Object),
    }
}

fn read_packed(file: &Path, found: &mut Found) -> Result<()> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for line in text.split(|byte| *byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        if line.starts_with(['#', '^']) {
            continue;
        }
        if let Some((id, name)) = line.split_once(' ')
            && let Ok(id) = id.parse()
        {
            found.entry(name.to_owned()).or_insert(Target::Object(id));
        }
    }
    Ok(())
}
