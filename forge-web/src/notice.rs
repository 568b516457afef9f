//! What the next page says about what has just been done.
//!
//! The cookie holds a word of a closed list, never the text, so nobody can make a page of ours say anything else.

use crate::view::Flash;

macro_rules! notices {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $text:literal;)+) => {
        /// One of the notices there are.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Notice {
            $($(#[$doc])* $name,)+
        }

        impl Notice {
            /// The word in the cookie.
            pub(crate) fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The notice that a cookie names.
            pub(crate) fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }

            /// As the page shows it.
            pub(crate) fn flash(self) -> Flash {
                let text = match self { $(Self::$name => $text,)+ };
                Flash { is_success: true, text: text.to_owned() }
            }

            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)+];
        }
    };
}

notices! {
    ProfileSaved = "profile-saved", "Your profile has been saved.";
    PasswordChanged = "password-changed", "Your password has been changed. Other browsers have been signed out.";
    AppRemoved = "app-removed", "The authenticator app has been removed.";
    ResetRequested = "reset-requested", "If an account has this address, a link to set a new password is on its way to it.";
    PasswordReset = "password-reset", "Your password has been set. Sign in with it.";
    EmailRequested = "email-requested", "A link is on its way to the new address. Open it to confirm the address.";
    EmailChanged = "email-changed", "The email address of the account has been changed.";
    InvitationRevoked = "invitation-revoked", "The invitation has been taken back.";
    InvitationAccepted = "invitation-accepted", "You are a member now.";
    AccountMade = "account-made", "Your account is ready. Sign in.";
    SecondFactorReset = "second-factor-reset", "The second factor has been removed, and the person is told.";
    ProviderLinked = "provider-linked", "The other site can sign you in from now on.";
    ProviderUnlinked = "provider-unlinked", "The other site can no longer sign you in.";
    PasskeyRemoved = "passkey-removed", "The passkey has been removed.";
    SessionEnded = "session-ended", "The browser has been signed out.";
    SessionsEnded = "sessions-ended", "All other browsers have been signed out.";
    TokenRevoked = "token-revoked", "The access token has been revoked.";
    FeedRevoked = "feed-revoked", "The feed addresses have been revoked.";
    KeyAdded = "key-added", "The SSH key has been added.";
    TermsAccepted = "terms-accepted", "Thank you. You can push now.";
    TermsPublished = "terms-published", "The new version counts from now on.";
    AnnouncementSaved = "announcement-saved", "The announcement has been saved.";
    KeyVerified = "key-verified", "The SSH key is verified.";
    GpgKeyAdded = "gpg-key-added", "The GPG key has been saved. What it signs is shown as verified.";
    GpgKeyRemoved = "gpg-key-removed", "The GPG key has been removed.";
    KeyRemoved = "key-removed", "The SSH key has been removed.";
    OrganisationMade = "organisation-made", "The organisation has been created.";
    MemberSaved = "member-saved", "The member has been saved.";
    MemberRemoved = "member-removed", "The member has been removed.";
    TeamMade = "team-made", "The team has been created.";
    TeamSaved = "team-saved", "The team has been changed.";
    TeamDeleted = "team-deleted", "The team has been deleted.";
    GrantSaved = "grant-saved", "The permission has been saved.";
    GrantTaken = "grant-taken", "The permission has been taken back.";
    RepoSaved = "repo-saved", "The settings have been saved.";
    VisibilitySaved = "visibility-saved", "The visibility has been changed.";
    VisibilityAsked = "visibility-asked", "Somebody else must agree first. They see your request among the approvals.";
    VisibilityAgreed = "visibility-agreed", "You have agreed, and more people can see it now.";
    VisibilityRefused = "visibility-refused", "You have refused. Nothing has changed.";
    OrganisationSaved = "organisation-saved", "The organisation has been changed.";
    OrganisationRenamed = "organisation-renamed", "The organisation has another name. Its old one leads here.";
    AccountDeleted = "account-deleted", "The account has been deleted.";
    AccountsMerged = "accounts-merged", "The two accounts are one now.";
    HandedOver = "handed-over", "Everything has been handed over.";
    PolicySaved = "policy-saved", "The policies have been saved.";
    VisibilitiesLowered = "visibilities-lowered", "No more people see the repositories than the policies allow.";
    OwnersSaved = "owners-saved", "The owners have been saved as a commit.";
    RuleSet = "rule-set", "The rule has been set.";
    RuleRemoved = "rule-removed", "The rule has been removed.";
    RepoRenamed = "repo-renamed", "The repository has been renamed. Its old address leads here.";
    RepoTransferred = "repo-transferred", "The repository has a new owner. Its old address leads here.";
    RepoArchived = "repo-archived", "The repository is archived. It can be read but not changed.";
    RepoUnarchived = "repo-unarchived", "The repository can be changed again.";
    RepoDeleted = "repo-deleted", "The repository has been deleted.";
    Merged = "merged", "The change is merged.";
    MergeArmed = "merge-armed", "It is merged as soon as nothing stands against it.";
    ReviewSent = "review-sent", "Your review has been sent.";
    ReviewDoesNotCount = "review-does-not-count", "Your review has been sent. It does not count as an approval: either there is a newer version, or you may not push to this repository.";
    ReviewKept = "review-kept", "Your review is kept. Nobody else sees it before you send it.";
    ReviewDiscarded = "review-discarded", "Your review has been thrown away.";
    ApprovalWithdrawn = "approval-withdrawn", "Your approval has been taken back.";
    SuggestionApplied = "suggestion-applied", "The suggestion has been applied as a commit.";
    SuggestionsApplied = "suggestions-applied", "The suggestions have been applied as one commit.";
    ConflictsResolved = "conflicts-resolved", "The conflicts are resolved by a commit on the source branch.";
    PersonMade = "person-made", "The account has been created.";
    PersonSaved = "person-saved", "The account has been changed.";
    TicketOpened = "ticket-opened", "The ticket is open.";
    TicketClosed = "ticket-closed", "The ticket is closed.";
    TicketReopened = "ticket-reopened", "The ticket is open again.";
    ItemSorted = "item-sorted", "Your changes have been saved.";
    CommentDeleted = "comment-deleted", "The comment has been deleted.";
    LabelSaved = "label-saved", "The label has been saved.";
    LabelDeleted = "label-deleted", "The label has been deleted.";
    MilestoneSaved = "milestone-saved", "The milestone has been saved.";
    MilestoneDeleted = "milestone-deleted", "The milestone has been deleted.";
    NotificationsSaved = "notifications-saved", "Your choice has been saved.";
    NotificationsRead = "notifications-read", "Marked as read.";
    JobRetried = "job-retried", "The job will be tried again.";
    JobDiscarded = "job-discarded", "The job has been thrown away.";
    SetUp = "set-up", "You are the first administrator of this forge. Sign in to begin.";
    SignedOut = "signed-out", "You have signed out.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_and_others_do_not() {
        for notice in Notice::ALL {
            assert_eq!(Notice::of_word(notice.word()), Some(*notice));
            assert!(notice.word().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
            assert!(notice.flash().text.ends_with('.'));
        }
        assert_eq!(Notice::of_word("<b>you have won</b>"), None);
    }
}
