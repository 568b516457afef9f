//! What people read in a repository: commits, directories, files, history and differences.
//!
//! These are facts as git holds them. Names and contents are bytes, because git stores bytes; a door decides how to
//! show them. An answer that had to stop early says so in the answer itself.

pub mod archive;
pub mod blob;
pub mod commit;
pub mod diff;
pub mod edit;
pub mod history;
pub mod language;
pub mod merge;
pub mod refs;
pub mod tree;
pub mod well_known;

pub use archive::ArchiveFormat;
pub use blob::{Blob, BlobText, LineEndings, TextEncoding};
pub use commit::{Commit, CommitSummary, Contributor, Identity, SignatureKind, SignedCommit};
pub use diff::{
    Comparison, Diff, DiffLine, FileContent, FileDiff, FileLines, FileSide, FileStatus, Hunk, LeftOut,
    LineEnding, LineKind, TooLarge, WhiteSpace,
};
pub use edit::{Change, ChangeKind};
pub use history::{AheadBehind, CommitCount, CommitPair, CommitRelation, LastCommit, LastCommits, LogPage};
pub use language::{Language, LanguageBytes, LanguageKind, LanguageShares};
pub use merge::{Conflict, ConflictHunk, ConflictKind, HunkChoice, MergePiece, Resolution};
pub use refs::{Branch, Resolved, ResolvedAs, Tag, TagNote};
pub use tree::{EntryKind, TreeEntry, TreeListing};
