//! People and what lets them in.

mod access_token;
mod create;
mod options;
pub(crate) mod password;
mod profile;
pub(crate) mod remembered;
mod session;
mod setup;
mod sign_in;
mod ssh_key;
mod standing;
pub(crate) mod throttle;
mod token_reach;

pub use access_token::{NewToken, TOKEN_PREFIX, TokenShown};
pub use create::NewUser;
pub(crate) use create::checked_display_name;
pub use options::CredentialOptions;
pub use password::PasswordCost;
pub use profile::Profile;
pub use session::SESSION_DAYS;
pub use sign_in::{SignIn, SignedInAs};
