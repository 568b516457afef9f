//! What a download will hold, listed before its first byte.

use std::collections::HashSet;

use forge_core::FilePath;
use forge_core::code::EntryKind;
use gix::attrs::StateRef;
use gix_validate::path::component;

use super::{ArchiveLimits, ArchiveRequest};
use crate::browse::attributes::{Attributes, FILE};
use crate::browse::parse::{Entries, Entry};
use crate::browse::{Browser, missing};
use crate::{Cancel, Error, Result};

/// Names that would mislead git on any system are left out; names that only Windows dislikes are what people pushed.
const SAFE: component::Options =
    component::Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };
/// The attributes, in the order in which they are asked for.
const WANTED: &[&str] = &["export-ignore", "export-subst"];
/// Lines of attributes times paths that are held against them.
const MAX_COMPARISONS: u64 = 200_000_000;

/// One thing in a download.
pub(super) struct Item {
    /// Below the top of the repository.
    pub(super) path: FilePath,
    pub(super) kind: EntryKind,
    pub(super) id: gix_hash::ObjectId,
    pub(super) size: u64,
    /// Whether words in it are to be replaced.
    pub(super) has_placeholders: bool,
}

impl Browser {
    /// Everything asked for below a tree, directories before what is in them.
    pub(super) fn items(
        &self,
        root: &gix_hash::ObjectId,
        request: &ArchiveRequest,
        limits: &ArchiveLimits,
        cancel: &Cancel,
    ) -> Result<Vec<Item>> {
        let (mut items, mut bytes) = (Vec::new(), 0_u64);
        let mut rules = Rules::new(&request.attributes)?;
        let (path, kind) = (FilePath::root(), EntryKind::Directory);
        let mut waiting = vec![Item { path, kind, id: *root, size: 0, has_placeholders: false }];
        while let Some(item) = waiting.pop() {
            cancel.check()?;
            let tree = (item.kind == EntryKind::Directory).then_some(item.id);
            let directory = item.path.clone();
            if !directory.is_root() {
                items.push(item);
            }
            let Some(tree) = tree else { continue };
            let data = self.tree_bytes(&tree)?;
            self.enter(&mut rules, &directory, &data)?;
            let first = waiting.len();
            for entry in Entries::new(&data, self.format()) {
                if let Some(item) = self.item(&entry, &directory, &request.paths, &mut rules)? {
                    bytes = bytes.saturating_add(item.size);
                    waiting.push(item);
                }
            }
            if items.len() + waiting.len() > limits.entries {
                let limit = u64::try_from(limits.entries).unwrap_or(u64::MAX);
                return Err(Error::TooLarge { what: "the number of files of the download", limit });
            }
            if bytes > limits.bytes {
                return Err(Error::TooLarge { what: "the size of the download", limit: limits.bytes });
            }
            // The stack gives back the last first.
            waiting.get_mut(first..).unwrap_or_default().reverse();
        }
        if rules.left_out {
            drop_hollow(&mut items, &rules.with_files);
        }
        Ok(items)
    }

    /// Takes over the rules of a directory that is gone into.
    fn enter(&self, rules: &mut Rules, directory: &FilePath, tree: &[u8]) -> Result<()> {
        rules.leave_for(directory);
        let found = Entries::new(tree, self.format()).find(|entry| entry.name == FILE);
        if let Some(entry) = found
            && let Some(text) = self.attribute_rules(entry.mode, entry.id)?
        {
            rules.enter(directory, &text)?;
        }
        Ok(())
    }

    /// What an entry of a tree becomes; nothing if it is not to be in the download.
    fn item(
        &self,
        entry: &Entry<'_>,
        directory: &FilePath,
        only: &[FilePath],
        rules: &mut Rules,
    ) -> Result<Option<Item>> {
        // What has no safe name or no known kind is not unpacked on anybody's disk.
        let Some(kind) = EntryKind::of_mode(entry.mode) else { return Ok(None) };
        let Ok(path) = directory.join(entry.name) else { return Ok(None) };
        if !is_asked_for(&path, only) || component(entry.name.into(), None, SAFE).is_err() {
            return Ok(None);
        }
        let Some(has_placeholders) = rules.judge(&path, kind)? else { return Ok(None) };
        let size =
            if kind.is_blob() { self.header(entry.id)?.ok_or_else(|| missing(entry.id))?.1 } else { 0 };
        Ok(Some(Item { path, kind, id: entry.id.to_owned(), size, has_placeholders }))
    }
}

/// The attributes of the directories above the one that is looked at.
struct Rules {
    attributes: Attributes,
    /// The directories that have rules, and how many lines.
    entered: Vec<(FilePath, u64)>,
    lines: u64,
    comparisons: u64,
    left_out: bool,
    /// Directories of which a file was left out.
    with_files: HashSet<FilePath>,
}

impl Rules {
    fn new(above: &[u8]) -> Result<Self> {
        let mut attributes = Attributes::new(WANTED);
        if !above.is_empty() {
            attributes.add_above(above)?;
        }
        let lines = count_lines(above);
        let (entered, with_files) = (Vec::new(), HashSet::new());
        Ok(Self { attributes, entered, lines, comparisons: 0, left_out: false, with_files })
    }

    /// Forgets the rules of directories that the next one is not below.
    fn leave_for(&mut self, next: &FilePath) {
        while let Some((directory, lines)) = self.entered.pop_if(|(last, _)| !is_below(next, last)) {
            debug_assert!(!directory.is_root());
            self.lines -= lines;
            self.attributes.drop_last();
        }
    }

    fn enter(&mut self, directory: &FilePath, text: &[u8]) -> Result<()> {
        self.attributes.add(directory, text)?;
        let lines = count_lines(text);
        self.lines += lines;
        self.entered.push((directory.clone(), lines));
        Ok(())
    }

    /// Whether words of a file are to be replaced; nothing if it is not to be in the download.
    fn judge(&mut self, path: &FilePath, kind: EntryKind) -> Result<Option<bool>> {
        if self.lines == 0 {
            return Ok(Some(false));
        }
        self.comparisons = self.comparisons.saturating_add(self.lines);
        if self.comparisons > MAX_COMPARISONS {
            let what = "the lines of .gitattributes times the files of the download";
            return Err(Error::TooLarge { what, limit: MAX_COMPARISONS });
        }
        let is_directory = matches!(kind, EntryKind::Directory | EntryKind::Submodule);
        let mut set = self.attributes.states(path, is_directory).map(|state| state == StateRef::Set);
        let (is_ignored, has_placeholders) = (set.next().unwrap_or(false), set.next().unwrap_or(false));
        drop(set);
        if is_ignored {
            self.left_out = true;
            self.with_files.extend(path.parent().filter(|_| kind != EntryKind::Directory));
        }
        Ok((!is_ignored).then_some(has_placeholders))
    }
}

fn count_lines(text: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u64::MAX).saturating_add(1)
        * u64::from(!text.is_empty())
}

/// Takes out the directories in which there is nothing but directories that were left out, as git does.
fn drop_hollow(items: &mut Vec<Item>, with_files: &HashSet<FilePath>) {
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    while let Some(item) = items.pop() {
        let is_hollow = item.kind == EntryKind::Directory
            && !with_files.contains(&item.path)
            && kept.last().is_none_or(|after| !is_below(&after.path, &item.path));
        if !is_hollow {
            kept.push(item);
        }
    }
    kept.reverse();
    *items = kept;
}

/// Whether a path is another one or below it.
fn is_below(path: &FilePath, top: &FilePath) -> bool {
    let rest = path.as_bytes().strip_prefix(top.as_bytes());
    top.is_root() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Whether a path is at or below one of those, or on the way to one. All of them are asked for if there are none.
fn is_asked_for(path: &FilePath, only: &[FilePath]) -> bool {
    only.is_empty() || only.iter().any(|wanted| is_below(path, wanted) || is_below(wanted, path))
}
