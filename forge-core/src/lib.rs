//! What things are and who may do what: no input or output, no clock, no randomness.

pub mod audit;
pub mod certificate;
pub mod code;
pub mod credential;
pub mod deploy_key;
pub mod factor;
pub mod file_path;
pub mod grant;
pub mod id;
pub mod name;
pub mod object_id;
pub mod organisation;
pub mod policy;
pub mod push;
pub mod ref_name;
pub mod repository;
pub mod secret;
pub mod site;
pub mod ssh_public_key;
pub mod team;
pub mod user;

pub use audit::{AuditEntry, AuditEvent};
pub use credential::{AccessToken, Reach, Scope, Scopes, Session, SshKey};
pub use deploy_key::{DeployKey, Machine};
pub use factor::{Factor, Factors, Passkey};
pub use file_path::FilePath;
pub use grant::{Grant, Granted, Grantee};
pub use id::{
    AuditEventId, DeployKeyId, GrantId, Id, JobId, OrgId, PackId, PasskeyId, PushId, RepoId, SessionId,
    SshKeyId, TeamId, TokenId, UserId,
};
pub use name::{OrgName, OwnerName, RepoName, RepoPath, TeamName, Username};
pub use object_id::{ObjectFormat, ObjectId};
pub use organisation::{Duties, Membership, OdsCode, OrgRole, Organisation, Owner, OwnerId};
pub use policy::{Actor, Credential, Permission, Person};
pub use push::{Door, Push, RefUpdate};
pub use ref_name::RefName;
pub use repository::{Repository, Visibility};
pub use secret::Secret;
pub use team::{Team, TeamMembership};
pub use user::{AccountState, Email, User};
