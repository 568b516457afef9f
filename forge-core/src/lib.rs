//! What things are and who may do what: no input or output, no clock, no randomness.

pub mod audit;
pub mod certificate;
pub mod code;
pub mod credential;
pub mod deploy_key;
pub mod factor;
pub mod file_path;
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
pub mod user;

pub use audit::{AuditEntry, AuditEvent};
pub use credential::{AccessToken, Reach, Scope, Scopes, Session, SshKey};
pub use deploy_key::{DeployKey, Machine};
pub use factor::{Factor, Factors, Passkey};
pub use file_path::FilePath;
pub use id::{
    AuditEventId, DeployKeyId, Id, JobId, OrgId, PackId, PasskeyId, PushId, RepoId, SessionId, SshKeyId,
    TokenId, UserId,
};
pub use name::{OrgName, OwnerName, RepoName, RepoPath, Username};
pub use object_id::{ObjectFormat, ObjectId};
pub use organisation::{Membership, OdsCode, OrgRole, Organisation, Owner, OwnerId};
pub use policy::{Actor, Credential, Permission, Person};
pub use push::{Door, Push, RefUpdate};
pub use ref_name::RefName;
pub use repository::{Repository, Visibility};
pub use secret::Secret;
pub use user::{AccountState, Email, User};
