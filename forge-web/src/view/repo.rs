//! What pages about repositories have in common.

use super::{StateTag, When};

/// A text that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// What people read.
    pub label: String,
    /// Where it leads.
    pub url: String,
    /// Whether it is what the page shows.
    pub is_current: bool,
}

impl Link {
    /// A link to somewhere else.
    pub fn new(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self { label: label.into(), url: url.into(), is_current: false }
    }
}

/// One directory on the way to a file. The last has no address: it is what the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Crumb {
    /// Its name.
    pub label: String,
    /// Its page.
    pub url: Option<String>,
}

/// Who can see a repository, as a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VisibilityTag {
    /// Its members only.
    #[default]
    Private,
    /// Everybody in the organisation.
    Organisation,
    /// Everybody who is signed in.
    Internal,
    /// Everybody, where the site says so.
    Public,
}

impl VisibilityTag {
    /// What the tag says.
    pub fn label(self) -> &'static str {
        match self {
            Self::Private => "Private",
            Self::Organisation => "Organisation",
            Self::Internal => "Internal",
            Self::Public => "Public",
        }
    }

    /// Its colour.
    pub fn colour(self) -> &'static str {
        match self {
            Self::Private => "grey",
            Self::Organisation => "aqua-green",
            Self::Internal => "blue",
            Self::Public => "green",
        }
    }
}

/// The parts of a repository that the navigation names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RepoSection {
    /// Files.
    #[default]
    Code,
    /// Tickets.
    Tickets,
    /// History.
    Commits,
    /// Branches.
    Branches,
    /// Tags.
    Tags,
    /// Merge requests.
    MergeRequests,
    /// What happened lately.
    Activity,
    /// Settings.
    Settings,
}

/// The top of every page of a repository.
#[derive(Debug, Clone, Default)]
pub struct RepoHeader {
    /// The name of the owner.
    pub owner: String,
    /// The owner's page.
    pub owner_url: String,
    /// The name of the repository.
    pub name: String,
    /// Its first page.
    pub url: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// Who can see it.
    pub visibility: VisibilityTag,
    /// Whether it can no longer change.
    pub is_archived: bool,
    /// Which part this page belongs to.
    pub section: RepoSection,
    /// Its tickets.
    pub tickets_url: String,
    /// Its history.
    pub commits_url: String,
    /// Its branches.
    pub branches_url: String,
    /// Its tags.
    pub tags_url: String,
    /// Its merge requests.
    pub merge_requests_url: String,
    /// Its settings, for those who may change them.
    pub settings_url: Option<String>,
}

impl RepoHeader {
    /// The navigation below the name.
    pub fn sections(&self) -> Vec<Link> {
        let mut sections = vec![
            self.section("Code", &self.url, RepoSection::Code),
            self.section("Tickets", &self.tickets_url, RepoSection::Tickets),
            self.section("Commits", &self.commits_url, RepoSection::Commits),
            self.section("Branches", &self.branches_url, RepoSection::Branches),
            self.section("Tags", &self.tags_url, RepoSection::Tags),
            self.section("Merge requests", &self.merge_requests_url, RepoSection::MergeRequests),
            self.section("Activity", &format!("{}/activity", self.url), RepoSection::Activity),
        ];
        if let Some(url) = &self.settings_url {
            sections.push(self.section("Settings", url, RepoSection::Settings));
        }
        sections
    }

    fn section(&self, label: &str, url: &str, section: RepoSection) -> Link {
        Link { is_current: self.section == section, ..Link::new(label, url) }
    }
}

/// A repository in a list.
#[derive(Debug, Clone, Default)]
pub struct RepoRow {
    /// Its owner and name.
    pub path: String,
    /// Its first page.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Who can see it.
    pub visibility: VisibilityTag,
    /// Whether it can no longer change.
    pub is_archived: bool,
    /// What most of it is written in.
    pub language: Option<String>,
    /// When it last changed.
    pub updated: When,
}

/// The list of branches and tags to look at.
#[derive(Debug, Clone, Default)]
pub struct RefPicker {
    /// `Branch`, `Tag` or `Commit`.
    pub kind: String,
    /// What is looked at.
    pub current: String,
    /// Branches to choose.
    pub branches: Vec<Link>,
    /// Tags to choose.
    pub tags: Vec<Link>,
    /// All of them, when there are more than are listed.
    pub more_url: Option<String>,
}

/// How to get the code.
#[derive(Debug, Clone, Default)]
pub struct CloneBox {
    /// The address for git over HTTPS.
    pub https: String,
    /// The address for git over SSH, where it is served.
    pub ssh: Option<String>,
    /// Everything as a ZIP file.
    pub zip_url: Option<String>,
    /// Everything as a compressed tar file.
    pub tar_url: Option<String>,
}

/// How much of a repository is written in one language. Widths are thousandths of the bar.
#[derive(Debug, Clone, Default)]
pub struct LanguageShare {
    /// The language.
    pub name: String,
    /// Its share, such as `61.2%`.
    pub percent: String,
    /// Where its part of the bar begins.
    pub start: u32,
    /// How wide its part of the bar is.
    pub width: u32,
}

/// A commit in a list.
#[derive(Debug, Clone, Default)]
pub struct CommitRow {
    /// The first line of what was said.
    pub title: String,
    /// The rest of it; may be empty.
    pub body: String,
    /// Its page.
    pub url: String,
    /// The first digits of its id.
    pub short_id: String,
    /// Who wrote it.
    pub author: String,
    /// The author's page, if they have an account.
    pub author_url: Option<String>,
    /// When it was made.
    pub when: When,
    /// The files as they were then.
    pub browse_url: String,
    /// What programs say of it, taken together.
    pub status: Option<StateTag>,
    /// What is known of its signature; nothing if it carries none.
    pub signature: Option<SignatureTag>,
}

/// What is known of a signature.
#[derive(Debug, Clone, Default)]
pub struct SignatureTag {
    /// In a word or two.
    pub label: String,
    /// The colour of the tag.
    pub colour: String,
    /// In a sentence.
    pub explanation: String,
}

/// What one program says of a commit.
#[derive(Debug, Clone, Default)]
pub struct StatusRow {
    /// How it came out.
    pub state: StateTag,
    /// Under which name.
    pub context: String,
    /// A line about it; may be empty.
    pub description: String,
    /// Where more is to be read.
    pub url: Option<String>,
    /// Who said so.
    pub set_by: String,
    /// When.
    pub when: When,
}

/// Something that has happened.
#[derive(Debug, Clone, Default)]
pub struct HappeningRow {
    /// Who did it.
    pub who: String,
    /// What they did, as in `pushed to main of`.
    pub did: String,
    /// What they did it to.
    pub target: Link,
    /// When.
    pub when: When,
}
