//! People and what lets them in.

mod access_token;
mod create;
pub(crate) mod password;
mod profile;
pub(crate) mod remembered;
mod session;
mod setup;
mod sign_in;
mod ssh_key;
pub(crate) mod throttle;

pub use access_token::{NewToken, TOKEN_PREFIX};
pub use create::NewUser;
pub(crate) use create::checked_display_name;
pub use password::PasswordCost;
pub use profile::Profile;
pub use session::SESSION_DAYS;
pub use sign_in::{SignIn, SignedInAs};
