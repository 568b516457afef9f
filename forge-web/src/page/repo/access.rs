//! Who may do what in a repository, and who can see it and why.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, RepoHeader, When};

/// What is given to whom, and everybody who can see it.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/access.html")]
pub struct RepoAccessPage {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong with the form that was sent.
    pub errors: FormErrors,
    /// The settings of the repository.
    pub settings_url: String,
    /// Where every form of this page goes.
    pub action: String,
    /// Whether an organisation owns it.
    pub is_of_organisation: bool,
    /// What is given to people and teams.
    pub grants: Vec<GrantRow>,
    /// What was written.
    pub username: String,
    /// Whose name to write.
    pub who_hint: String,
    /// Teams to choose.
    pub teams: Vec<Choice>,
    /// What they may do.
    pub permissions: Vec<Choice>,
    /// What was written.
    pub days: String,
    /// Who can see it without being named, in a sentence.
    pub everybody: String,
    /// Who can see it by name.
    pub people: Vec<AudienceRow>,
    /// How many people are not shown.
    pub more: usize,
}

/// Something given to a person or a team.
#[derive(Debug, Clone, Default)]
pub struct GrantRow {
    /// Which.
    pub id: String,
    /// To whom.
    pub name: String,
    /// Their page, if they have one.
    pub url: Option<String>,
    /// What they are: a member, a team, somebody from outside.
    pub kind: String,
    /// What they may do.
    pub permission: String,
    /// Since when.
    pub since: When,
    /// Until when.
    pub until: Option<When>,
    /// Whether its end has passed.
    pub has_ended: bool,
}

/// Somebody who can see a repository.
#[derive(Debug, Clone, Default)]
pub struct AudienceRow {
    /// What to call them.
    pub name: String,
    /// What they sign in as.
    pub username: String,
    /// Their page.
    pub url: String,
    /// The most they may do.
    pub may: String,
    /// Every reason, in a few words each.
    pub reasons: Vec<String>,
}
