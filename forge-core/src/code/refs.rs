//! What the words in an address stand for, and lists of branches and tags.

use crate::code::{AheadBehind, CommitSummary, Identity, SignatureKind};
use crate::{ObjectId, RefName};

/// How a commit was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedAs {
    /// By a branch.
    Branch(RefName),
    /// By a tag.
    Tag(RefName),
    /// By another full ref name.
    Ref(RefName),
    /// By `HEAD`: the default branch.
    Head(RefName),
    /// By its id or the beginning of it.
    Commit,
}

/// A commit that an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The commit.
    pub commit: ObjectId,
    /// How it was named.
    pub named: ResolvedAs,
}

impl Resolved {
    /// The ref that named it, if one did.
    pub fn ref_name(&self) -> Option<&RefName> {
        match &self.named {
            ResolvedAs::Branch(name)
            | ResolvedAs::Tag(name)
            | ResolvedAs::Ref(name)
            | ResolvedAs::Head(name) => Some(name),
            ResolvedAs::Commit => None,
        }
    }

    /// What an address calls it: the short name of the ref, or the full id.
    pub fn label(&self) -> String {
        self.ref_name().map_or_else(|| self.commit.to_string(), |name| name.short().to_owned())
    }
}

/// A branch in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its full name.
    pub name: RefName,
    /// Its newest commit.
    pub tip: CommitSummary,
    /// Whether it is the default branch.
    pub is_default: bool,
    /// How it stands to the default branch, where that was asked for and the budget reached.
    pub against_default: Option<AheadBehind>,
}

/// What an annotated tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagNote {
    /// The tag object.
    pub id: ObjectId,
    /// Who made it; very old tags do not say.
    pub tagger: Option<Identity>,
    /// Its message, decoded, without the signature.
    pub text: String,
    /// The signature it carries, if any.
    pub signature: Option<SignatureKind>,
}

/// A tag in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its full name.
    pub name: RefName,
    /// The commit behind it; nothing where it names a tree or a blob.
    pub commit: Option<CommitSummary>,
    /// What it names once all tag objects are peeled.
    pub target: ObjectId,
    /// What it says, if it is annotated.
    pub note: Option<TagNote>,
}
