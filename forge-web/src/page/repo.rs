//! Pages of one repository.

mod access;
mod activity;
mod blob;
mod changed_file;
mod commit;
mod compare;
mod deploy_keys;
mod fork;
mod history;
mod merge_request;
mod new;
mod owners;
mod pick;
mod refs;
mod rendered;
mod rules;
mod settings;
mod show;
mod tree;
mod visibility;

pub use access::{AudienceRow, GrantRow, RepoAccessPage};
pub use activity::RepoActivity;
pub use blob::{Blob, BlobBody, BlobMode};
pub use changed_file::ChangedFile;
pub use commit::{Commit, Parent};
pub use compare::Compare;
pub use deploy_keys::DeployKeys;
pub use fork::{ForkLinks, ForkRepo, Forks};
pub use history::{Commits, Day};
pub use merge_request::{
    CheckRow, ClashBox, CommitByCommit, ConflictBox, ConflictsPage, NewMergeRequestPage, PairRow, PersonRow,
    RequestChanges, RequestCommits, RequestTop, RequestVersions, ShowMergeRequest, VersionRow,
};
pub use new::NewRepo;
pub use owners::{OwnerAnswer, Owners, OwnersRow};
pub use pick::PickCommit;
pub use refs::{BranchRow, Branches, TagRow, Tags};
pub use rendered::RenderedChange;
pub use rules::{ActionField, BranchWhyRow, RepoRules, RepoWhy, RuleRow};
pub use settings::{DeleteRepo, RepoSettings};
pub use show::{EmptyRepo, ShowRepo};
pub use tree::{EntryKind, EntryRow, LastCommit, Listing, Tree};
pub use visibility::{ChangeRow, RepoVisibility};
