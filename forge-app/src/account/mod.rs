//! People and what lets them in.

mod access_token;
mod confirm;
mod create;
mod options;
pub(crate) mod password;
mod profile;
pub(crate) mod remembered;
mod second_factor;
pub(crate) mod server_key;
mod session;
mod setup;
mod sign_in;
mod sign_in_options;
mod ssh_key;
mod standing;
pub(crate) mod throttle;
mod token_reach;
mod totp;

pub use access_token::{NewToken, TOKEN_PREFIX, TokenShown};
pub use confirm::Proof;
pub use create::NewUser;
pub(crate) use create::checked_display_name;
pub use options::CredentialOptions;
pub use password::PasswordCost;
pub use profile::Profile;
pub use second_factor::{AppSecret, Enrolled, SecondFactor, SecondFactorDemand};
pub use session::{SESSION_DAYS, SessionHolder};
pub use sign_in::{SecondFactorChoices, SignIn, SignInStep, SignedInAs};
pub use sign_in_options::SignInOptions;

/// Notes when something was last used. Somebody else may hold the database, or its disk may be full: that this cannot be
/// noted then keeps nobody from reading.
async fn note_use(what: &str, noting: impl Future<Output = crate::error::Result<()>>) {
    if let Err(error) = noting.await {
        tracing::warn!(%error, what, "cannot note when it was last used");
    }
}
