//! People and what lets them in.

mod access_token;
mod certificate;
mod confirm;
mod create;
mod delete;
mod deploy_key;
mod duplicate;
mod gpg_key;
mod invitation;
pub(crate) mod mailed_link;
pub(crate) mod openpgp;
mod options;
pub(crate) mod passkey;
pub(crate) mod password;
mod profile;
pub(crate) mod provider;
pub(crate) mod remembered;
mod second_factor;
pub(crate) mod server_key;
mod session;
mod setup;
mod sign_in;
mod sign_in_options;
mod sign_up;
mod ssh_key;
mod ssh_proof;
mod standing;
pub(crate) mod throttle;
mod token_reach;
mod totp;

pub use access_token::{NewToken, TOKEN_PREFIX, TokenShown};
pub(crate) use access_token::{checked_label, coarse};
pub use confirm::Proof;
pub use create::NewUser;
pub(crate) use create::checked_display_name;
pub use deploy_key::NewDeployKey;
pub use duplicate::Duplicate;
pub use invitation::{InvitationShown, NewInvitation};
pub use options::CredentialOptions;
pub use password::PasswordCost;
pub use profile::Profile;
pub use provider::{ClaimMap, ClientProof, Errand, Linked, Mapped, Provider, Return, Returned};
pub use second_factor::{AppSecret, Enrolled, SecondFactor, SecondFactorDemand};
pub use session::{SESSION_DAYS, SessionHolder};
pub use sign_in::{SecondFactorChoices, SignIn, SignInStep, SignedInAs};
pub use sign_in_options::{SignInOptions, SignUp};
pub use sign_up::{OwnAccount, SignUpStep};
pub(crate) use ssh_proof::is_touched;
pub use ssh_proof::{NAMESPACE as SSH_NAMESPACE, text_to_sign};

/// Notes when something was last used. Somebody else may hold the database, or its disk may be full: that this cannot be
/// noted then keeps nobody from reading.
async fn note_use(what: &str, noting: impl Future<Output = crate::error::Result<()>>) {
    if let Err(error) = noting.await {
        tracing::warn!(%error, what, "cannot note when it was last used");
    }
}
