//! What the rows say of a merge request, as far as the decision to merge it needs it.

use forge_core::merge_request::check::{Demands, Facts, Fit, OwnerGroup, StatusState};
use forge_core::merge_request::review::{ApprovalStatus, Review, Verdict};
use forge_core::merge_request::{MergeRequest, Version};
use forge_core::{ObjectId, UserId};
use forge_store::{Rows, merge_request, repository};

use crate::app::App;
use crate::error::{Error, Result};

/// What is known of a merge request without asking git.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) request: MergeRequest,
    pub(crate) version: Version,
    pub(crate) approvals: Vec<(UserId, ObjectId)>,
    pub(crate) authors: Vec<UserId>,
    pub(crate) objectors: Vec<String>,
    pub(crate) open_threads: u64,
    pub(crate) statuses: Vec<(String, StatusState)>,
    pub(crate) demands: Demands,
}

/// What git says of its two branches.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) fit: Fit,
    pub(crate) is_up_to_date: bool,
    pub(crate) owners: Option<Vec<OwnerGroup>>,
}

impl Known {
    /// Puts both together for the decision.
    pub(crate) fn facts<'a>(&'a self, read: &'a Read) -> Facts<'a> {
        Facts {
            is_open: self.request.is_open(),
            is_draft: self.request.is_draft,
            head: self.version.head,
            approvals: &self.approvals,
            authors: &self.authors,
            objectors: &self.objectors,
            open_threads: self.open_threads,
            owners: read.owners.as_deref(),
            statuses: &self.statuses,
            fit: read.fit,
            is_up_to_date: read.is_up_to_date,
            demands: &self.demands,
        }
    }
}

impl App {
    /// Reads what the decision needs. Inside a transaction that holds the repository's lock it stays true until the end.
    pub(crate) async fn known(&self, rows: &impl Rows, request: MergeRequest) -> Result<Known> {
        let item = request.item.id;
        let versions = merge_request::versions(rows, item).await?;
        let version = versions
            .iter()
            .find(|version| version.number == request.version)
            .cloned()
            .ok_or_else(|| Error::internal("a merge request without its version"))?;
        let mut authors: Vec<UserId> = versions
            .iter()
            .filter_map(|version| version.pushed_by.id)
            .chain(request.item.author.id)
            .collect();
        authors.sort_unstable();
        authors.dedup();
        let approvals = merge_request::approvals(rows, item).await?;
        let approvals = approvals
            .iter()
            .filter(|approval| approval.status == ApprovalStatus::Active)
            .filter(|approval| approval.target_branch == request.target_branch)
            .filter_map(|approval| Some((approval.user.id?, approval.head)))
            .collect();
        let approvals = self.still_entitled(rows, &request, approvals).await?;
        let reviews = merge_request::reviews(rows, item).await?;
        let statuses = merge_request::statuses(rows, request.item.repo, &version.head).await?;
        Ok(Known {
            approvals,
            authors,
            objectors: objectors(&reviews),
            open_threads: merge_request::open_threads(rows, item).await?,
            statuses: statuses.into_iter().map(|status| (status.context, status.state)).collect(),
            demands: self.demands(rows, &request).await?,
            request,
            version,
        })
    }

    /// Only the approval of somebody who may still push here counts.
    async fn still_entitled(
        &self,
        rows: &impl Rows,
        request: &MergeRequest,
        approvals: Vec<(UserId, ObjectId)>,
    ) -> Result<Vec<(UserId, ObjectId)>> {
        let mut counted = Vec::with_capacity(approvals.len());
        for (user, head) in approvals {
            if self.may_write(rows, request.item.repo, user).await? {
                counted.push((user, head));
            }
        }
        Ok(counted)
    }

    /// What the rules of the target branch ask for.
    async fn demands(&self, rows: &impl Rows, request: &MergeRequest) -> Result<Demands> {
        let repo = repository::by_id(rows, request.item.repo).await?.ok_or(Error::NotFound)?;
        let demands = self.demands_of(rows, &repo, &request.target_branch).await?;
        Ok(demands.asked(&repo.merge_methods))
    }
}

/// Those who asked for changes, and have neither approved since nor been set aside.
pub(super) fn objectors(reviews: &[Review]) -> Vec<String> {
    let mut standing: Vec<(&Option<UserId>, &str)> = Vec::new();
    for review in reviews {
        let who = (&review.author.id, review.author.name.as_str());
        match review.verdict {
            Verdict::Comment => {}
            Verdict::Approve => standing.retain(|found| *found != who),
            Verdict::RequestChanges if review.dismissed.is_some() => {}
            Verdict::RequestChanges => {
                if !standing.contains(&who) {
                    standing.push(who);
                }
            }
        }
    }
    standing.into_iter().map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use forge_core::merge_request::review::Dismissal;
    use forge_core::{By, Id};
    use time::OffsetDateTime;

    use super::*;

    fn review(name: &str, verdict: Verdict, dismissed: bool) -> Review {
        let at = OffsetDateTime::UNIX_EPOCH;
        Review {
            id: Id::new(1, [1; 10]),
            item: Id::new(1, [2; 10]),
            author: By { id: None, name: name.into() },
            version: 1,
            verdict,
            body: String::new(),
            started_at: at,
            submitted_at: Some(at),
            dismissed: dismissed.then(|| Dismissal { at, by: "ann".into(), reason: "settled".into() }),
        }
    }

    #[test]
    fn an_objection_stands_until_its_author_approves_or_it_is_set_aside() {
        use Verdict::{Approve, Comment, RequestChanges};
        let of = |reviews: &[Review]| objectors(reviews);
        let asked = review("rosa", RequestChanges, false);
        assert_eq!(of(std::slice::from_ref(&asked)), ["rosa"]);
        assert_eq!(
            of(&[asked.clone(), review("rosa", Comment, false)]),
            ["rosa"],
            "a remark settles nothing"
        );
        assert_eq!(of(&[asked.clone(), review("tom", Approve, false)]), ["rosa"], "nor does somebody else");
        assert_eq!(of(&[asked.clone(), review("rosa", Approve, false)]), [""; 0]);
        assert_eq!(of(&[review("rosa", RequestChanges, true)]), [""; 0]);
        assert_eq!(of(&[review("rosa", Approve, false), asked]), ["rosa"], "the last word counts");
    }
}
