//! What people say of an item: threads, comments, suggestions, reviews, and what happened in between.

use crate::SafeHtml;
use crate::view::{Link, When};

/// Comments that answer one another.
#[expect(clippy::struct_excessive_bools, reason = "each says whether one part is shown")]
#[derive(Debug, Clone, Default)]
pub struct ThreadBox {
    /// Its id, which is where links lead.
    pub id: String,
    /// What it is about, such as `R/beds.R, lines 3 to 4`; empty for the whole.
    pub place: String,
    /// Where that is shown.
    pub place_url: Option<String>,
    /// The lines that it is about, each with its number.
    pub excerpt: Vec<(String, String)>,
    /// The version it was written on, if another is shown.
    pub written_on: Option<Link>,
    /// Whether it can be resolved at all.
    pub is_resolvable: bool,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// Whether the reader may resolve it or open it again.
    pub can_resolve: bool,
    /// Whether the reader may answer.
    pub can_reply: bool,
    /// What was said.
    pub comments: Vec<CommentBox>,
    /// Where answers are sent.
    pub reply_url: String,
    /// Where its state is changed.
    pub state_url: String,
    /// Whether the reader has begun a review, to which an answer can be added.
    pub has_review: bool,
    /// The page to come back to.
    pub back: String,
    /// Where it is read, if this page has only its place.
    pub elsewhere: Option<Link>,
    /// The thread before it that is not resolved.
    pub previous: Option<String>,
    /// The thread behind it that is not resolved.
    pub next: Option<String>,
}

/// One comment.
#[derive(Debug, Clone, Default)]
pub struct CommentBox {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// Their page, if they have an account.
    pub author_url: Option<String>,
    /// When.
    pub when: When,
    /// When it was changed afterwards.
    pub edited: Option<When>,
    /// Whether only its author sees it until the review is submitted.
    pub is_pending: bool,
    /// What it says, laid out.
    pub html: SafeHtml,
    /// What it says, where it cannot be laid out.
    pub plain: String,
    /// Where it is changed, for its author.
    pub edit_url: Option<String>,
    /// Where it is deleted, for those who may.
    pub delete_url: Option<String>,
    /// What it suggests.
    pub suggestions: Vec<SuggestionBox>,
}

/// Lines that should stand in the place of others.
#[derive(Debug, Clone, Default)]
pub struct SuggestionBox {
    /// What names it in forms: the comment and the place in it.
    pub value: String,
    /// Which lines.
    pub lines: String,
    /// What stands there.
    pub old: Vec<String>,
    /// What should stand there.
    pub new: Vec<String>,
    /// The commit that did it.
    pub applied: Option<Link>,
    /// Where it is applied, for those who may.
    pub apply_url: Option<String>,
    /// Whether it can be chosen, to be applied with others.
    pub is_choosable: bool,
}

/// One thing on a timeline.
#[derive(Debug, Clone)]
pub enum TimelineEntry {
    /// Something that happened.
    Event(EventRow),
    /// Something that was said.
    Thread(ThreadBox),
    /// A review as a whole.
    Review(ReviewBox),
}

/// Something that happened, in a sentence.
#[derive(Debug, Clone, Default)]
pub struct EventRow {
    /// Who did it.
    pub actor: String,
    /// Their page, if they have an account.
    pub actor_url: Option<String>,
    /// What they did, such as `marked it as ready`; a link may go on with it.
    pub text: String,
    /// What it was about, or where more is to be seen.
    pub link: Option<Link>,
    /// When.
    pub when: When,
}

/// A submitted review.
#[derive(Debug, Clone, Default)]
pub struct ReviewBox {
    /// Its id.
    pub id: String,
    /// Who.
    pub author: String,
    /// Their page.
    pub author_url: Option<String>,
    /// What it came to, such as `approved version 2`.
    pub verdict: String,
    /// The colour of its tag.
    pub colour: String,
    /// When.
    pub when: When,
    /// What was said of the whole; empty for nothing.
    pub html: SafeHtml,
    /// Who set it aside, and why.
    pub dismissed: Option<String>,
    /// Where it is set aside, for those who may.
    pub dismiss_url: Option<String>,
}
