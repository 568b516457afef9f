//! What a person says of a version as a whole, and what that is worth when it is merged.

use time::OffsetDateTime;

use crate::work_item::{By, words};
use crate::{ApprovalId, ItemId, ObjectId, RefName, ReviewId};

/// What a review comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Verdict {
    /// Remarks only.
    #[default]
    Comment,
    /// It may be merged.
    Approve,
    /// It must not be merged before this person approves.
    RequestChanges,
}

words!(Verdict: Comment = "comment", Approve = "approve", RequestChanges = "request-changes");

impl Verdict {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Comment, Self::Approve, Self::RequestChanges];
}

/// One person's review of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which.
    pub id: ReviewId,
    /// Of which merge request.
    pub item: ItemId,
    /// Whose.
    pub author: By,
    /// The version that was looked at.
    pub version: u32,
    /// What it comes to.
    pub verdict: Verdict,
    /// What was said of the whole, in Markdown.
    pub body: String,
    /// When it was begun.
    pub started_at: OffsetDateTime,
    /// When it was submitted; until then only its author sees it.
    pub submitted_at: Option<OffsetDateTime>,
    /// Who set a request for changes aside, when, and why.
    pub dismissed: Option<Dismissal>,
}

/// That somebody set a request for changes aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// When.
    pub at: OffsetDateTime,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Whether an approval counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApprovalStatus {
    /// It is about the newest head.
    Active,
    /// What it was about has changed.
    Lapsed,
    /// The person took it back.
    Withdrawn,
}

words!(ApprovalStatus: Active = "active", Lapsed = "lapsed", Withdrawn = "withdrawn");

/// That a person approved one exact head, for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Which.
    pub id: ApprovalId,
    /// Of which merge request.
    pub item: ItemId,
    /// Who.
    pub user: By,
    /// The version.
    pub version: u32,
    /// The exact head.
    pub head: ObjectId,
    /// Where it was to go.
    pub target_branch: RefName,
    /// What names the change whatever it is built upon.
    pub patch_id: Option<ObjectId>,
    /// Whether it counts.
    pub status: ApprovalStatus,
    /// The version that was really looked at, if a rebase brought this one.
    pub carried_from: Option<u32>,
    /// Why it is as it is, in words.
    pub reason: String,
    /// When.
    pub at: OffsetDateTime,
    /// When it stopped counting.
    pub ended_at: Option<OffsetDateTime>,
}

/// What becomes of an approval when a new version comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The change is the same: it is carried to the new head.
    Carried,
    /// It no longer counts.
    Lapsed(&'static str),
}

/// Decides what becomes of an approval when `head` comes, going to `target`, by somebody or by the approver.
///
/// `is_only_moved` says whether the change stands in the same places as before: the same lines may be changed in another
/// copy of them. An approval is about the change and its destination. It survives only where both are what they were: a rebase that
/// changes no line.
pub fn fate(approval: &Approval, patch_id: Option<&ObjectId>, target: &RefName, is_only_moved: bool) -> Fate {
    if &approval.target_branch != target {
        return Fate::Lapsed("it goes to another branch now");
    }
    match (&approval.patch_id, patch_id) {
        (Some(before), Some(now)) if before == now && is_only_moved => Fate::Carried,
        (Some(before), Some(now)) if before == now => Fate::Lapsed("the change stands in another place now"),
        (Some(_), Some(_)) => Fate::Lapsed("the change is another one now"),
        _ => Fate::Lapsed("the change is too large to tell whether it is still the same"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;

    fn approval(patch: Option<u8>) -> Approval {
        Approval {
            id: Id::new(1, [1; 10]),
            item: Id::new(1, [2; 10]),
            user: By { id: None, name: "rosa".into() },
            version: 1,
            head: ObjectId::Sha1([1; 20]),
            target_branch: RefName::new("refs/heads/main").unwrap(),
            patch_id: patch.map(|byte| ObjectId::Sha1([byte; 20])),
            status: ApprovalStatus::Active,
            carried_from: None,
            reason: String::new(),
            at: OffsetDateTime::UNIX_EPOCH,
            ended_at: None,
        }
    }

    #[test]
    fn only_the_same_change_to_the_same_branch_stays_approved() {
        let main = RefName::new("refs/heads/main").unwrap();
        let other = RefName::new("refs/heads/release").unwrap();
        let patch = |byte: u8| ObjectId::Sha1([byte; 20]);
        assert_eq!(fate(&approval(Some(5)), Some(&patch(5)), &main, true), Fate::Carried);
        assert!(matches!(fate(&approval(Some(5)), Some(&patch(6)), &main, true), Fate::Lapsed(_)));
        assert!(matches!(fate(&approval(Some(5)), Some(&patch(5)), &other, true), Fate::Lapsed(_)));
        let elsewhere = fate(&approval(Some(5)), Some(&patch(5)), &main, false);
        assert!(matches!(elsewhere, Fate::Lapsed(_)), "in another copy of the lines");
        assert!(
            matches!(fate(&approval(None), None, &main, true), Fate::Lapsed(_)),
            "unknown is not the same"
        );
        assert!(matches!(fate(&approval(None), Some(&patch(5)), &main, true), Fate::Lapsed(_)));
    }
}
