//! What changed between two commits: the list of files at once, the lines of a file when somebody looks at it.
//!
//! A list comes from comparing trees alone. Lines are kept by the two blobs that they were found in, so that looking again,
//! another version and another page cost nothing. Nobody ever waits for a whole difference.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use forge_core::code::{Diff, FileContent, FileDiff, FileLines, FileSide, WhiteSpace};
use forge_core::{FilePath, ObjectId};
use forge_git::Cancel;
use forge_git::browse::{Browser, DiffOptions};
use forge_git::compare::Brought;

use crate::code::Code;
use crate::code::kept_changes::LinesKey;
use crate::error::Result;

/// How long the first lines of a page may take before the rest is left to be asked for.
const FIRST_LINES: Duration = Duration::from_millis(1500);

/// Two commits, or emptiness and a commit. Both must come from the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Between {
    /// How it was.
    pub old: Option<ObjectId>,
    /// How it is.
    pub new: ObjectId,
}

/// How lines are compared, and which are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct LineOptions {
    /// Whether white space does not count.
    pub ignore_space: bool,
    /// Lines of the new side that are shown beside those near changes: the first and the last of each run.
    pub more: Vec<(u32, u32)>,
}

impl LineOptions {
    fn engine(&self) -> DiffOptions {
        let white_space = if self.ignore_space { WhiteSpace::IgnoreAll } else { WhiteSpace::Exact };
        let more = self.more.iter().map(|(first, last)| *first..=*last).collect();
        DiffOptions { white_space, marks: true, more, ..DiffOptions::default() }
    }
}

/// How much one page shows of a difference without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Files that are looked at.
    pub files: usize,
    /// Lines that are shown, of all files together.
    pub lines: u64,
    /// Bytes of these lines.
    pub bytes: u64,
}

impl Screen {
    /// What a page begins with.
    pub const FIRST: Self = Self { files: 100, lines: 5_000, bytes: 500_000 };
}

/// Lines added and removed, as far as they have been counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
    /// Whether every file of the list is in the numbers.
    pub complete: bool,
}

impl Code {
    /// The files that changed, without their lines. At most 1,000 are listed; the answer says how many more there are.
    pub async fn changed_files(&self, between: Between) -> Result<Arc<Diff>> {
        let key = (self.repo, between);
        if let Some(kept) = self.app.kept().changes.lists.get(&key) {
            return Ok(kept);
        }
        let options = DiffOptions { contents: false, ..DiffOptions::default() };
        let found = self
            .ask(move |browser, cancel| {
                browser.diff_from(between.old.as_ref(), &between.new, &options, cancel)
            })
            .await?;
        let found = Arc::new(found);
        if !found.left_out.more_files {
            self.app.kept().changes.lists.insert(key, Arc::clone(&found));
        }
        Ok(found)
    }

    /// One changed file with its lines; nothing if it is the same on both sides, or on neither.
    pub async fn changed_file(
        &self,
        between: Between,
        path: &FilePath,
        options: &LineOptions,
    ) -> Result<Option<(FileDiff, Arc<FileLines>)>> {
        let list = self.changed_files(between).await?;
        let listed = list.files.iter().find(|file| file.path() == Some(path)).cloned();
        let (code, path, options) = (self.clone(), path.clone(), options.clone());
        self.ask(move |browser, cancel| {
            let unlisted = DiffOptions { contents: false, ..DiffOptions::default() };
            let file = if listed.is_some() {
                listed
            } else {
                browser.diff_of_file(between.old.as_ref(), &between.new, None, &path, &unlisted, cancel)?
            };
            let Some(file) = file else { return Ok(None) };
            let lines = code.lines_of(browser, &file, &options, cancel)?;
            Ok(Some((file, lines)))
        })
        .await
    }

    /// The lines of the first files that fit on a page, by the number that each file is given with. Files that alone are too large, and
    /// those behind the last that fits, have none: their lines are asked for one file at a time.
    pub async fn first_lines(
        &self,
        files: Vec<(usize, FileDiff)>,
        options: &LineOptions,
        screen: Screen,
    ) -> Result<HashMap<usize, Arc<FileLines>>> {
        let (code, options) = (self.clone(), options.clone());
        self.ask(move |browser, cancel| {
            let patience = Cancel::within(FIRST_LINES);
            let (mut found, mut lines, mut bytes) = (HashMap::new(), 0, 0);
            for (number, file) in files.into_iter().take(screen.files) {
                if patience.check().is_err() || lines >= screen.lines || bytes >= screen.bytes {
                    break;
                }
                let of_file = code.lines_of(browser, &file, &options, cancel)?;
                let (more_lines, more_bytes) = of_file.size();
                if lines + more_lines <= screen.lines && bytes + more_bytes <= screen.bytes {
                    (lines, bytes) = (lines + more_lines, bytes + more_bytes);
                    found.insert(number, of_file);
                }
            }
            Ok(found)
        })
        .await
    }

    /// The lines of one file, kept by the blobs that they are in.
    fn lines_of(
        &self,
        browser: &Browser,
        file: &FileDiff,
        options: &LineOptions,
        cancel: &Cancel,
    ) -> forge_git::Result<Arc<FileLines>> {
        let kept = &self.app.kept().changes;
        let key = LinesKey::of(self.repo, file, options.ignore_space);
        // What somebody unfolded by hand is not asked for again.
        if options.more.is_empty()
            && let Some(found) = kept.lines.get(&key)
        {
            return Ok(found);
        }
        let found = Arc::new(browser.lines_of(file, &options.engine(), cancel)?);
        kept.counts.insert(key, (found.added, found.removed));
        if options.more.is_empty() {
            kept.lines.insert(key, Arc::clone(&found));
        }
        Ok(found)
    }

    /// How many lines of one file were added and removed, if that is known.
    pub fn counted(&self, file: &FileDiff, ignore_space: bool) -> Option<(u64, u64)> {
        self.app.kept().changes.counts.get(&LinesKey::of(self.repo, file, ignore_space))
    }

    /// The same of all files together. What is not known yet is counted in the background for the next visitor.
    pub fn counted_in_all(&self, list: &Arc<Diff>, between: Between, ignore_space: bool) -> Counted {
        let mut counted = Counted { complete: true, ..Counted::default() };
        for file in &list.files {
            match self.counted(file, ignore_space) {
                Some((added, removed)) => {
                    counted.added += added;
                    counted.removed += removed;
                }
                None => counted.complete = false,
            }
        }
        let key = (self.repo, between, ignore_space);
        let counting = &self.app.kept().changes.counting;
        if !counted.complete && !counting.contains_key(&key) {
            counting.insert(key, ());
            let (code, list) = (self.clone(), Arc::clone(list));
            self.app.tasks().spawn(async move {
                if let Err(error) = code.count_lines(list, ignore_space).await {
                    tracing::debug!(%error, "the lines of a difference were not all counted");
                }
            });
        }
        counted
    }

    async fn count_lines(&self, list: Arc<Diff>, ignore_space: bool) -> Result<()> {
        let (code, options) = (self.clone(), LineOptions { ignore_space, more: Vec::new() });
        self.ask(move |browser, cancel| {
            let engine = DiffOptions { context: 0, marks: false, ..options.engine() };
            for file in &list.files {
                if code.counted(file, ignore_space).is_none() {
                    let lines = browser.lines_of(file, &engine, cancel)?;
                    let key = LinesKey::of(code.repo, file, ignore_space);
                    code.app.kept().changes.counts.insert(key, (lines.added, lines.removed));
                }
            }
            Ok(())
        })
        .await
    }

    /// The files of a list that the target branch brought whole, by their place: they went the same way between the two bases.
    pub async fn wholly_brought(&self, list: &Diff, bases: Between) -> Result<BTreeSet<usize>> {
        let target = self.changed_files(bases).await?;
        let by_path: HashMap<&FilePath, &FileDiff> =
            target.files.iter().filter_map(|file| Some((file.path()?, file))).collect();
        let ends = |side: &Option<FileSide>| side.as_ref().map(|side| (side.kind, side.id));
        let is_brought = |file: &FileDiff| {
            let theirs = file.path().and_then(|path| by_path.get(path));
            theirs.is_some_and(|theirs| {
                ends(&theirs.old) == ends(&file.old) && ends(&theirs.new) == ends(&file.new)
            })
        };
        let places = list.files.iter().enumerate().filter(|(_, file)| is_brought(file));
        Ok(places.map(|(place, _)| place).collect())
    }

    /// What of some changed files came from the target branch: `bases` are the commits of it that the two versions were built on.
    pub async fn brought(
        &self,
        bases: Between,
        files: Vec<(usize, FileDiff, Arc<FileLines>)>,
        ignore_space: bool,
    ) -> Result<HashMap<usize, Brought>> {
        let target = self.changed_files(bases).await?;
        let options = LineOptions { ignore_space, more: Vec::new() };
        self.ask(move |browser, cancel| {
            let engine = DiffOptions { context: 0, marks: false, ..options.engine() };
            let by_path: HashMap<&FilePath, &FileDiff> =
                target.files.iter().filter_map(|file| Some((file.path()?, file))).collect();
            let mut found = HashMap::new();
            for (number, file, lines) in files {
                let Some(theirs) = file.path().and_then(|path| by_path.get(path)) else { continue };
                let with = |file: &FileDiff, content: &FileContent| FileDiff {
                    content: content.clone(),
                    ..file.clone()
                };
                let theirs = with(theirs, &browser.lines_of(theirs, &engine, cancel)?.content);
                found.insert(number, Brought::of(&with(&file, &lines.content), Some(&theirs)));
            }
            Ok(found)
        })
        .await
    }
}
