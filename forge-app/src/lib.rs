//! The house itself: use cases, proofs of permission, the push door and background jobs.
//!
//! A door (pages, git over HTTPS, git over SSH, the command line) turns a request into an [`Actor`], asks [`App`]
//! for a proof such as [`RepoAccess`], and hands the proof to one use case. See the module [`access`] for why.
//!
//! [`Actor`]: forge_core::Actor

pub mod access;
mod account;
mod ambient;
mod app;
mod audit;
mod code;
mod egress;
mod error;
mod feed;
mod fresh;
mod git;
mod jobs;
mod mail;
mod maintain;
mod merge_request;
mod notification;
mod operate;
mod organisation;
mod page;
mod repository;
mod site;
mod tasks;
mod ticket;
mod work_item;

pub use access::{
    Admin, AuditAccess, Ever, FeedAccess, Looking, Maintain, MeAccess, OrgAccess, OwnerAccess, Read, Recent,
    RepoAccess, SignedIn, SiteAccess, TeamAccess, Write,
};
pub use account::{
    AppSecret, CredentialOptions, Enrolled, NewDeployKey, NewToken, NewUser, PasswordCost, Profile, Proof,
    SESSION_DAYS, SSH_NAMESPACE, SecondFactor, SecondFactorChoices, SecondFactorDemand, SessionHolder,
    SignIn, SignInOptions, SignInStep, SignedInAs, TOKEN_PREFIX, TokenShown, text_to_sign,
};
pub use account::{ClaimMap, ClientProof, Errand, Linked, Mapped, Provider, Return, Returned};
pub use account::{Duplicate, InvitationShown, NewInvitation, OwnAccount, SignUp, SignUpStep};
pub use ambient::{Ambient, Clock, Rng, SystemClock, SystemRng};
pub use app::{AccessOptions, App, Config};
pub use audit::{AuditSink, InvalidAuditSink, Origin, audit_line};
pub use code::{
    Archive, BadSignature, Between, Code, Counted, Directory, File, LineOptions, OwnersFile, PairedCommits,
    Pairs, Patch, PatchForm, RawFile, Screen, SignatureState,
};
pub use error::{Error, Result};
pub use feed::ActivityOf;
pub use forge_git::browse::compare_texts;
pub use forge_git::compare::Brought;
pub use forge_store::Page as Listing;
pub use forge_store::audit::{AuditFilter, ChainCheck};
pub use forge_store::merge_request::CommitStatus;
pub use forge_store::storage::{Grouping, Kept, KeptSort};
pub use git::{
    BundleFile, Exchange, Expected, Input, NewCommit, Output, PackStorage, Service, TransferLimits, Version,
};
pub use jobs::{DeadLetter, JobOptions, JobOverview};
pub use mail::{MailOptions, MailTransport, SmtpOptions, SmtpSecurity};
pub use maintain::{
    Collected, DamagedPack, DiskSpace, Haste, MaintenanceOptions, Purged, StorageFigures, StorageOverview,
};
pub use merge_request::{
    Awaited, ChosenSuggestion, Conflicts, Conversation, Located, MAX_STATUS_DESCRIPTION, MAX_STATUS_URL,
    MergeOrder, MergeReport, NewAnchor, NewMergeRequest, NewStatus, Opening, PickOrder, Picked, Picking,
    SourceSeen, Spot, Standing, Stopped, Submission, fingerprint,
};
pub use notification::{NotificationList, NotificationShown, Unsubscribed};
pub use operate::{BackedUp, Destination, Examination, Exported, Imported, Restored, Schema, restore};
pub use organisation::{
    AboveCeiling, Leaver, MemberLeaver, NewOrganisation, NewTeam, OdsImported, OdsStanding,
    OrganisationAbout, PolicyOverview, RegisterOverview,
};
pub use page::Page;
pub use repository::{
    Activity, Audience, BranchExplained, Deed, Explained, ForkStanding, Happening, Holder, NewAllowed,
    NewFork, NewGrant, NewRepository, NewRule, NewVisibility, Receiver, RepoFilter, RepoSort, Start,
    VisibilityOutcome, WaitingChange, Why,
};
pub use site::TermsShown;
pub use tasks::Tasks;
pub use ticket::NewTicket;
pub use work_item::{
    ItemAddress, ItemEventShown, ItemLink, ItemList, ItemRights, ItemShown, ItemSorting, ItemTemplate,
    LinkedItem, ListedItem, MilestoneShown, NewComment, NewLabel, NewMilestone,
};
