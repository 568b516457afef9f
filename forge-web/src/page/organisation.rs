//! Making an organisation, its people and its teams.

use askama::Template;

use crate::view::{Choice, FormErrors, Link, PageContext, When};

/// The page that makes an organisation.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/new.html")]
pub struct NewOrganisation {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub name: String,
    /// What was written.
    pub display_name: String,
    /// What was written.
    pub description: String,
    /// What was written.
    pub ods_code: String,
}

/// The people of an organisation.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/members.html")]
pub struct Members {
    /// The frame.
    pub page: PageContext,
    /// The organisation's full name.
    pub organisation: String,
    /// Its page.
    pub organisation_url: String,
    /// Its teams.
    pub teams_url: String,
    /// Its invitations.
    pub invitations_url: String,
    /// Where every form of this page goes.
    pub action: String,
    /// Whether the reader may change anything.
    pub can_change: bool,
    /// Its people.
    pub members: Vec<MemberRow>,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written to add somebody.
    pub username: String,
    /// Roles for somebody new.
    pub roles: Vec<Choice>,
    /// Duties for somebody new.
    pub duty_choices: Vec<Choice>,
}

/// A member of an organisation.
#[derive(Debug, Clone, Default)]
pub struct MemberRow {
    /// What to call them.
    pub name: String,
    /// What they sign in as.
    pub username: String,
    /// Their page.
    pub url: String,
    /// What they are.
    pub role: String,
    /// What they answer for.
    pub duties: Vec<String>,
    /// Roles to choose.
    pub roles: Vec<Choice>,
    /// Duties to choose.
    pub duty_choices: Vec<Choice>,
    /// Whether this is the only owner, who cannot be removed.
    pub is_last_owner: bool,
    /// What depends on them alone.
    pub leaver_url: String,
    /// Since when.
    pub since: When,
}

/// The teams of an organisation.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/teams.html")]
pub struct Teams {
    /// The frame.
    pub page: PageContext,
    /// The organisation's full name.
    pub organisation: String,
    /// Its page.
    pub organisation_url: String,
    /// Where the form goes.
    pub action: String,
    /// Whether the reader may make teams.
    pub can_change: bool,
    /// The teams; those below another come after it.
    pub teams: Vec<TeamRow>,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub name: String,
    /// What was written.
    pub display_name: String,
    /// What was written.
    pub description: String,
    /// Teams that a new one can be a part of.
    pub parents: Vec<Choice>,
}

/// A team in a list.
#[derive(Debug, Clone, Default)]
pub struct TeamRow {
    /// Its name in words.
    pub name: String,
    /// Its page.
    pub url: String,
    /// What it does.
    pub description: String,
    /// The teams above it, as in `Analysts › Beds`; may be empty.
    pub above: String,
}

/// A team.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/team.html")]
pub struct Team {
    /// The frame.
    pub page: PageContext,
    /// The organisation's full name.
    pub organisation: String,
    /// All of its teams.
    pub teams_url: String,
    /// The team's name in words.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The team that it is a part of.
    pub parent: Option<Link>,
    /// The teams that are a part of it.
    pub below: Vec<Link>,
    /// Where every form of this page goes.
    pub action: String,
    /// Whether the reader may change who is in it.
    pub can_change: bool,
    /// Whether the reader may delete it.
    pub can_delete: bool,
    /// Its people.
    pub members: Vec<TeamMemberRow>,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written to add somebody.
    pub username: String,
    /// What was written to delete it: its name must be typed.
    pub expected: String,
}

/// A member of a team.
#[derive(Debug, Clone, Default)]
pub struct TeamMemberRow {
    /// What to call them.
    pub name: String,
    /// What they sign in as.
    pub username: String,
    /// Their page.
    pub url: String,
    /// Whether they manage who is in it.
    pub is_maintainer: bool,
    /// Since when.
    pub since: When,
}

/// What an organisation demands, and what holds in it.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/policies.html")]
pub struct Policies {
    /// The frame.
    pub page: PageContext,
    /// The organisation's full name.
    pub organisation: String,
    /// Its page.
    pub organisation_url: String,
    /// What holds, line by line.
    pub rows: Vec<PolicyRow>,
    /// Where the form goes.
    pub action: String,
    /// Whether the reader may change anything.
    pub can_change: bool,
    /// What is wrong.
    pub errors: FormErrors,
    /// The widest visibility.
    pub ceilings: Vec<Choice>,
    /// Whether it demands a second factor.
    pub second_factor: bool,
    /// What was written.
    pub required_reviews: String,
    /// What was written.
    pub longest_token_days: String,
    /// Whether a second person must agree before more people see something.
    pub widening_needs_second: bool,
    /// Who makes repositories.
    pub makers: Vec<Choice>,
    /// Repositories that more people can see than is allowed, each with who can.
    pub too_wide: Vec<Link>,
    /// How many others there are that the reader need not know, in words; nothing for none.
    pub others_too_wide: String,
    /// Where the button goes that narrows them.
    pub lower_action: String,
}

/// One policy that holds.
#[derive(Debug, Clone, Default)]
pub struct PolicyRow {
    /// What it is about.
    pub what: String,
    /// What holds.
    pub value: String,
    /// Where it comes from.
    pub from: String,
}

/// What an organisation says about itself, and where it stands.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/settings.html")]
pub struct OrgSettings {
    /// The frame.
    pub page: PageContext,
    /// The organisation's full name.
    pub organisation: String,
    /// Its page.
    pub organisation_url: String,
    /// Where every form of this page goes.
    pub action: String,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub display_name: String,
    /// What was written.
    pub description: String,
    /// What was written.
    pub website: String,
    /// What was written.
    pub ods_code: String,
    /// What was written.
    pub parent: String,
    /// What was written.
    pub name: String,
    /// What was written.
    pub successor: String,
}
