//! What people read of the signature of a commit or tag.

use forge_app::SignatureState;

use crate::view::SignatureTag;

/// What people read of a signature.
pub(super) fn signature_tag(state: SignatureState) -> Option<SignatureTag> {
    let (label, colour, explanation) = match state {
        SignatureState::Unsigned => return None,
        SignatureState::Verified { by } => (
            "Verified",
            "green",
            format!(
                "Signed with a key that {by} has shown to be theirs, and {by} has the email address it names."
            ),
        ),
        SignatureState::UnknownKey => (
            "Unknown key",
            "yellow",
            "The signature holds, but its key belongs to no account, or nobody has shown that it is theirs."
                .to_owned(),
        ),
        SignatureState::Bad(why) => ("Unverified", "red", format!("Do not trust the signature: {why}.")),
        SignatureState::Unchecked(_) => (
            "Not checked",
            "grey",
            "It is signed, but with neither an SSH nor a GPG key. Only those are checked here.".to_owned(),
        ),
    };
    Some(SignatureTag { label: label.to_owned(), colour: colour.to_owned(), explanation })
}
