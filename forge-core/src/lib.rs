//! What things are and who may do what: no input or output, no clock, no randomness.

pub mod audit;
pub mod certificate;
pub mod code;
pub mod code_owners;
pub mod credential;
pub mod deploy_key;
pub mod factor;
pub mod file_path;
pub mod fork;
pub mod gpg_key;
pub mod grant;
pub mod id;
pub mod invitation;
pub mod merge_demand;
pub mod merge_request;
pub mod name;
pub mod network;
pub mod notification;
pub mod object_id;
pub mod ods;
pub mod organisation;
pub mod organisation_policy;
pub mod policy;
pub mod push;
pub mod ref_name;
pub mod ref_rule;
pub mod repository;
pub mod secret;
pub mod site;
pub mod ssh_public_key;
pub mod team;
pub mod user;
pub mod visibility_change;
pub mod work_item;

pub use audit::{AuditEntry, AuditEvent};
pub use credential::{AccessToken, Reach, Scope, Scopes, Session, SshKey};
pub use deploy_key::{DeployKey, Machine};
pub use factor::{Factor, Factors, Passkey};
pub use file_path::FilePath;
pub use gpg_key::{GpgKey, GpgSigner};
pub use grant::{Grant, Granted, Grantee};
pub use id::{
    ApprovalId, AuditEventId, CommentId, DeployKeyId, GpgKeyId, GrantId, Id, InvitationId, ItemEventId,
    ItemId, JobId, LabelId, MilestoneId, OrgId, PackId, PasskeyId, PushId, RefRuleId, RepoId, ReviewId,
    SessionId, SshKeyId, TeamId, ThreadId, TokenId, UserId, VisibilityChangeId,
};
pub use invitation::{Invitation, InvitationState, MAX_INVITATION_DAYS};
pub use merge_demand::{MergeDemands, MergeMethods, MergeRule, StatusName, merge_demands};
pub use merge_request::{MergeMethod, MergeRequest};
pub use name::{OrgName, OwnerName, RepoName, RepoPath, TeamName, Username};
pub use object_id::{ObjectFormat, ObjectId};
pub use organisation::{Duties, Membership, OdsCode, OrgRole, Organisation, Owner, OwnerId};
pub use organisation_policy::{EffectivePolicy, OrgPolicy, Ruled};
pub use policy::{Actor, Credential, Permission, Person};
pub use push::{Door, Push, RefUpdate};
pub use ref_name::RefName;
pub use ref_rule::{Allowed, AllowedLevel, RefKind, RefPattern, RefRule};
pub use repository::{ForkedFrom, Repository, Visibility};
pub use secret::Secret;
pub use team::{Team, TeamMembership};
pub use user::{AccountState, Email, User};
pub use visibility_change::{ChangeState, VisibilityChange};
pub use work_item::{By, ItemKind, ItemState, WorkItem};
