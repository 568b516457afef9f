//! What pages have in common: who is signed in, one notice, forms, times, lists in parts.

mod diff;
mod diff_tree;
mod form;
mod item;
mod page_context;
mod paging;
mod qr_code;
mod rendered;
mod repo;
mod talk;
mod when;

pub use diff::{
    ChangedFiles, DiffBody, DiffFile, DiffHunk, DiffLine, DiffLineKind, DiffPart, TreeStep, ViewedForm,
};
pub(crate) use diff_tree::tree;
pub use form::{Choice, FormError, FormErrors};
pub use item::{ItemRow, ItemSide, LabelTag, LinkedGroup, StateTag, WriteBox};
pub use page_context::{Announced, Flash, PageContext, SignedIn};
pub use paging::Paging;
pub use qr_code::QrCode;
pub use rendered::{
    PicturePoint, PictureSide, PlaceForRemarks, Remarks, Rendered, RenderedCell, RenderedDocument,
    RenderedNotebook, RenderedPart, RenderedPicture, RenderedRow, RenderedTable, Span,
};
pub use repo::{
    CloneBox, CommitRow, Crumb, HappeningRow, LanguageShare, Link, RefPicker, RepoHeader, RepoRow,
    RepoSection, SignatureTag, StatusRow, VisibilityTag,
};
pub use talk::{CommentBox, EventRow, ReviewBox, SuggestionBox, ThreadBox, TimelineEntry};
pub use when::When;
