//! What things are and who may do what: no input or output, no clock, no randomness.

pub mod file_path;
pub mod id;
pub mod name;
pub mod object_id;
pub mod ref_name;

pub use file_path::FilePath;
pub use id::{AuditEventId, Id, JobId, OrgId, PackId, PushId, RepoId, SessionId, SshKeyId, TokenId, UserId};
pub use name::{OrgName, OwnerName, RepoName, RepoPath, Username};
pub use object_id::{ObjectFormat, ObjectId};
pub use ref_name::RefName;
