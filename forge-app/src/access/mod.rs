//! Proofs of permission.
//!
//! Looking a thing up and checking that the actor may have it are one call, and what comes back is a proof that
//! carries the thing. Use cases take proofs and never bare ids, so a use case without a check does not compile.
//! A proof has private fields, is made only here, is not `Clone` and not `Serialize`, and never outlives the
//! request: a job carries ids and asks again.
//!
//! Not there and not allowed are the same value. Whoever may read but not do more is told so; whoever is not
//! signed in is asked to sign in only where the door does that for every address alike.

mod audit;
mod feed;
mod level;
mod org;
mod repo;
mod site;
mod team;

pub use audit::AuditAccess;
pub use feed::FeedAccess;
pub use level::{Admin, Implies, Level, Maintain, Read, Write};
pub use org::{OrgAccess, OwnerAccess};
pub use repo::RepoAccess;
pub use site::{Ever, Looking, MeAccess, Recent, SignedIn, SiteAccess};
pub use team::TeamAccess;
