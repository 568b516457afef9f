//! Trees: sorted entries of a mode, a name and an id.

use forge_core::{ObjectFormat, ObjectId};

use super::dotfile::{self, GITATTRIBUTES, GITIGNORE, GITMODULES, MAILMAP};
use super::rule::{Problem, Rule};

/// The longest name of an entry, as in git's own table.
const MAX_NAME: usize = 4096;

const KIND: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const SYMLINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// What an entry of a tree points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Another tree.
    Tree,
    /// A file's contents.
    Blob,
    /// Where a symbolic link leads, as a blob.
    Link,
    /// A commit of another repository, which need not be here.
    Submodule,
}

/// One entry of a tree.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Permission bits and kind, as written.
    pub mode: u32,
    /// Its name; any bytes but NUL.
    pub name: &'a [u8],
    /// The raw id.
    pub id: &'a [u8],
    zero_padded: bool,
}

impl Entry<'_> {
    /// What it points at; nothing if git knows no such kind.
    pub fn kind(&self) -> Option<EntryKind> {
        match self.mode & KIND {
            DIRECTORY => Some(EntryKind::Tree),
            FILE => Some(EntryKind::Blob),
            SYMLINK => Some(EntryKind::Link),
            SUBMODULE => Some(EntryKind::Submodule),
            _ => None,
        }
    }
}

/// Reads the entries of a tree; yields nothing more after the first that cannot be read.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: &'a [u8],
    id_len: usize,
}

impl<'a> Entries<'a> {
    /// Starts at the first entry.
    pub fn new(bytes: &'a [u8], format: ObjectFormat) -> Self {
        Self { rest: bytes, id_len: format.byte_len() }
    }

    /// Bytes that were not read yet.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    fn read(&mut self) -> Option<Entry<'a>> {
        let rest = self.rest;
        let space = rest.iter().take(12).position(|byte| *byte == b' ')?;
        let digits = rest.get(..space)?;
        let mut mode = 0_u32;
        for digit in digits {
            let value = digit.checked_sub(b'0').filter(|value| *value < 8)?;
            mode = mode.checked_mul(8)?.checked_add(u32::from(value))?;
        }
        let after = rest.get(space + 1..)?;
        let nul = memchr::memchr(0, after)?;
        let (id, rest) = after.get(nul + 1..)?.split_at_checked(self.id_len)?;
        self.rest = rest;
        (!digits.is_empty()).then_some(Entry {
            mode,
            name: after.get(..nul)?,
            id,
            zero_padded: digits.first() == Some(&b'0'),
        })
    }
}

/// A tree cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, Malformed>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_none() {
            self.rest = &[];
        }
        Some(entry.ok_or(Malformed))
    }
}

/// A file that is checked by its contents as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Special {
    /// `.gitmodules`.
    Modules,
    /// `.gitattributes`.
    Attributes,
}

/// Checks a tree: broken rules go to `report`, files to be checked by their contents to `found`.
pub(super) fn check(
    bytes: &[u8],
    format: ObjectFormat,
    report: &mut dyn FnMut(Problem),
    found: &mut dyn FnMut(ObjectId, Special),
) {
    let mut order = Order::default();
    for entry in Entries::new(bytes, format) {
        let Ok(entry) = entry else {
            report(Problem::new(Rule::BadTree, "an entry cannot be read"));
            return;
        };
        check_name(&entry, report);
        check_mode(&entry, report);
        check_special(&entry, report, found);
        order.check(&entry, report);
    }
}

fn check_name(entry: &Entry<'_>, report: &mut dyn FnMut(Problem)) {
    let name = entry.name;
    if entry.id.iter().all(|byte| *byte == 0) {
        report(Problem::new(Rule::NullSha1, "an entry points at the id of nothing"));
    }
    if name.contains(&b'/') {
        report(Problem::new(Rule::FullPathname, "a name holds a slash"));
    }
    match name {
        b"" => report(Problem::new(Rule::EmptyName, "an entry has no name")),
        b"." => report(Problem::new(Rule::HasDot, "an entry is named .")),
        b".." => report(Problem::new(Rule::HasDotdot, "an entry is named ..")),
        _ => {}
    }
    if name.len() > MAX_NAME {
        report(Problem::new(Rule::LargePathname, "a name is longer than 4096 bytes"));
    }
    let after_backslash = || name.split(|byte| *byte == b'\\').skip(1).any(dotfile::is_ntfs_dotgit);
    if dotfile::is_dotgit(name) || after_backslash() {
        report(Problem::new(Rule::HasDotgit, "a name would be taken for .git"));
    }
}

fn check_mode(entry: &Entry<'_>, report: &mut dyn FnMut(Problem)) {
    if entry.zero_padded {
        report(Problem::new(Rule::ZeroPaddedFilemode, "a mode starts with a zero"));
    }
    if entry.kind().is_none() {
        report(Problem::new(Rule::UnknownEntryKind, "a mode is of no kind that git knows"));
    } else if !matches!(entry.mode, 0o100_755 | 0o100_644 | DIRECTORY | SYMLINK | SUBMODULE) {
        report(Problem::new(Rule::BadFilemode, "a mode has unusual permission bits"));
    }
}

fn check_special(
    entry: &Entry<'_>,
    report: &mut dyn FnMut(Problem),
    found: &mut dyn FnMut(ObjectId, Special),
) {
    // Every disguise starts with a dot, a g, an m or an invisible character, or hides behind a backslash.
    let first = entry.name.first().copied().unwrap_or_default();
    let hidden = entry.name.contains(&b'\\');
    if first.is_ascii() && !matches!(first, b'.' | b'g' | b'G' | b'm' | b'M') && !hidden {
        return;
    }
    let link = entry.kind() == Some(EntryKind::Link);
    let behind =
        hidden && entry.name.split(|byte| *byte == b'\\').skip(1).any(|part| GITMODULES.is_ntfs(part));
    if GITMODULES.is_meant_by(entry.name) || behind {
        special(entry, Special::Modules, Rule::GitmodulesSymlink, report, found);
    }
    if GITATTRIBUTES.is_meant_by(entry.name) {
        special(entry, Special::Attributes, Rule::GitattributesSymlink, report, found);
    }
    if link && GITIGNORE.is_meant_by(entry.name) {
        report(Problem::new(Rule::GitignoreSymlink, ".gitignore is a symbolic link"));
    }
    if link && MAILMAP.is_meant_by(entry.name) {
        report(Problem::new(Rule::MailmapSymlink, ".mailmap is a symbolic link"));
    }
}

fn special(
    entry: &Entry<'_>,
    special: Special,
    as_link: Rule,
    report: &mut dyn FnMut(Problem),
    found: &mut dyn FnMut(ObjectId, Special),
) {
    match (entry.kind(), ObjectId::from_bytes(entry.id)) {
        (Some(EntryKind::Link), _) => report(Problem::new(as_link, "a special file is a symbolic link")),
        // A directory or submodule of that name is no such file: git checks it as a blob and says so.
        (Some(EntryKind::Blob), Ok(id)) => found(id, special),
        (Some(EntryKind::Tree | EntryKind::Submodule), _) => {
            let rule =
                if special == Special::Modules { Rule::GitmodulesBlob } else { Rule::GitattributesBlob };
            report(Problem::new(rule, "a special file is no file"));
        }
        _ => {}
    }
}

/// Remembers what is needed to see that entries are sorted and different.
#[derive(Default)]
struct Order<'a> {
    last: Option<(&'a [u8], bool)>,
    /// Files whose name begins all names since: a directory of the same name sorts later.
    open: Vec<&'a [u8]>,
}

impl<'a> Order<'a> {
    fn check(&mut self, entry: &Entry<'a>, report: &mut dyn FnMut(Problem)) {
        let directory = entry.kind() == Some(EntryKind::Tree);
        let name = entry.name;
        while self.open.last().is_some_and(|file| !name.starts_with(file)) {
            self.open.pop();
        }
        let twin = self.last.is_some_and(|(last, _)| last == name);
        if twin || (directory && self.open.last() == Some(&name)) {
            report(Problem::new(Rule::DuplicateEntries, "two entries have one name"));
        } else if self.last.is_some_and(|last| key(last) >= key((name, directory))) {
            report(Problem::new(Rule::TreeNotSorted, "the entries are not sorted"));
        }
        if !directory {
            self.open.push(name);
        }
        self.last = Some((name, directory));
    }
}

/// Compares names as git does: a directory counts as if its name ended in a slash.
fn key((name, directory): (&[u8], bool)) -> impl PartialOrd + '_ {
    Key { name, directory }
}

#[derive(PartialEq)]
struct Key<'a> {
    name: &'a [u8],
    directory: bool,
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let bytes = |key: &Self| key.directory.then_some(b'/');
        let mine = self.name.iter().copied().chain(bytes(self));
        Some(mine.cmp(other.name.iter().copied().chain(bytes(other))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (mode, name) in entries {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(&[7; 20]);
        }
        bytes
    }

    fn rules(entries: &[(&str, &[u8])]) -> Vec<Rule> {
        let mut found = Vec::new();
        check(&tree(entries), ObjectFormat::Sha1, &mut |problem| found.push(problem.rule), &mut |_, _| {});
        found
    }

    #[test]
    fn names_the_broken_rule() {
        assert_eq!(
            rules(&[
                ("100644", b"a"),
                ("40000", b"a-"),
                ("100755", b"b"),
                ("120000", b"c"),
                ("160000", b"d")
            ]),
            []
        );
        assert_eq!(rules(&[("100644", b"..")]), [Rule::HasDotdot]);
        assert_eq!(rules(&[("100644", b".")]), [Rule::HasDot]);
        assert_eq!(rules(&[("40000", b".git")]), [Rule::HasDotgit]);
        assert_eq!(rules(&[("40000", b"x\\.GIT\\y")]), [Rule::HasDotgit]);
        assert_eq!(rules(&[("100644", b"a/b")]), [Rule::FullPathname]);
        assert_eq!(rules(&[("100644", b"")]), [Rule::EmptyName]);
        assert_eq!(rules(&[("100644", &[b'x'; 5000])]), [Rule::LargePathname]);
        assert_eq!(rules(&[("0100644", b"a")]), [Rule::ZeroPaddedFilemode]);
        assert_eq!(rules(&[("100664", b"a")]), [Rule::BadFilemode]);
        assert_eq!(rules(&[("20000", b"a")]), [Rule::UnknownEntryKind]);
        assert_eq!(rules(&[("120000", b".gitmodules")]), [Rule::GitmodulesSymlink]);
        assert_eq!(rules(&[("120000", b"x\\gitmod~1")]), [Rule::GitmodulesSymlink]);
        assert_eq!(rules(&[("40000", b".gitmodules")]), [Rule::GitmodulesBlob]);
        assert_eq!(rules(&[("120000", b".gitattributes")]), [Rule::GitattributesSymlink]);
        assert_eq!(rules(&[("120000", b".gitignore")]), [Rule::GitignoreSymlink]);
        assert_eq!(rules(&[("120000", b".mailmap")]), [Rule::MailmapSymlink]);
    }

    #[test]
    fn order_and_twins_follow_git() {
        assert_eq!(rules(&[("100644", b"b"), ("100644", b"a")]), [Rule::TreeNotSorted]);
        assert_eq!(rules(&[("100644", b"a"), ("100644", b"a")]), [Rule::DuplicateEntries]);
        assert_eq!(rules(&[("100644", b"a"), ("40000", b"a")]), [Rule::DuplicateEntries]);
        // A file and a directory of one name need not be neighbours.
        assert_eq!(
            rules(&[("100644", b"a"), ("100644", b"a-"), ("100644", b"a."), ("40000", b"a")]),
            [Rule::DuplicateEntries]
        );
        assert_eq!(
            rules(&[("100644", b"a"), ("100644", b"a.b"), ("40000", b"a.b")]),
            [Rule::DuplicateEntries]
        );
        assert_eq!(rules(&[("100644", b"a"), ("100644", b"a.b"), ("40000", b"a0")]), []);
        assert_eq!(rules(&[("40000", b"a"), ("100644", b"a.")]), [Rule::TreeNotSorted]);
        assert_eq!(rules(&[("100644", b"a."), ("40000", b"a")]), []);
    }

    #[test]
    fn cut_trees_are_malformed() {
        let whole = tree(&[("100644", b"a")]);
        for end in 1..whole.len() {
            let mut found = Vec::new();
            check(&whole[..end], ObjectFormat::Sha1, &mut |problem| found.push(problem.rule), &mut |_, _| {});
            assert_eq!(found, [Rule::BadTree], "{end}");
        }
        assert_eq!(rules(&[("", b"a")]), [Rule::BadTree]);
        assert_eq!(rules(&[("9", b"a")]), [Rule::BadTree]);
        assert_eq!(rules(&[("77777777777777", b"a")]), [Rule::BadTree]);
    }

    #[test]
    fn special_files_are_found() {
        let mut found = Vec::new();
        let bytes = tree(&[("100644", b".gitattributes"), ("100644", b".gitmodules")]);
        check(&bytes, ObjectFormat::Sha1, &mut |problem| panic!("{problem}"), &mut |id, special| {
            found.push((id, special));
        });
        let id = ObjectId::Sha1([7; 20]);
        assert_eq!(found, [(id, Special::Attributes), (id, Special::Modules)]);
    }
}
