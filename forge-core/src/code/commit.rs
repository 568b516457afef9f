//! Commits and the people named in them.

use time::OffsetDateTime;

use crate::ObjectId;

/// Characters of a subject that lists show.
pub const MAX_TITLE: usize = 300;

/// Who did something and when, as the commit or tag says.
///
/// Nobody checked it: anyone can write any name into a commit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The name, decoded.
    pub name: String,
    /// The e-mail address, decoded.
    pub email: String,
    /// The moment, in the person's own offset from UTC.
    pub at: OffsetDateTime,
}

/// What kind of signature a commit or tag carries. Whether it is good is another question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// OpenPGP.
    Pgp,
    /// An SSH key.
    Ssh,
    /// X.509.
    X509,
    /// Something we cannot name.
    Unknown,
}

/// A signature with what it was made over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCommit {
    /// The commit without its signature.
    pub payload: Vec<u8>,
    /// The signature, as text.
    pub signature: String,
    /// What kind it is.
    pub kind: SignatureKind,
    /// The e-mail address of whoever made the commit, as it says.
    pub committer_email: String,
}

/// A whole commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: ObjectId,
    /// Its files.
    pub tree: ObjectId,
    /// What it was built on: none for a root, two or more for a merge.
    pub parents: Vec<ObjectId>,
    /// Who wrote the change.
    pub author: Identity,
    /// Who made the commit.
    pub committer: Identity,
    /// The message as stored.
    pub message: Vec<u8>,
    /// The message decoded by the commit's own encoding; bytes that do not fit show as replacement characters.
    pub text: String,
    /// The encoding that the commit names, if it names one.
    pub encoding: Option<String>,
    /// The signature it carries, if any.
    pub signature: Option<SignatureKind>,
}

impl Commit {
    /// The first paragraph of the message, on one line.
    pub fn subject(&self) -> String {
        subject_of(&self.text)
    }

    /// The message behind its first paragraph.
    pub fn body(&self) -> &str {
        let text = self.text.trim_start_matches(['\n', '\r', ' ', '\t']);
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            start += line.len();
            if line.trim().is_empty() {
                return text.get(start..).unwrap_or_default().trim_matches(['\n', '\r']);
            }
        }
        ""
    }

    /// The short form that lists show.
    pub fn summary(&self) -> CommitSummary {
        CommitSummary {
            id: self.id,
            parents: self.parents.clone(),
            author: self.author.clone(),
            committer: self.committer.clone(),
            subject: title_of(&self.text),
            signature: self.signature,
        }
    }

    /// What is shown below the title of [`Commit::summary`]: the body, or the whole message where the title had to be cut.
    pub fn below_title(&self) -> &str {
        if self.subject().chars().nth(MAX_TITLE).is_some() { &self.text } else { self.body() }
    }
}

/// Somebody whom commits name as having written them. Nobody checked it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Contributor {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

impl Contributor {
    /// The `Co-authored-by` lines of a message, wherever they stand in it.
    pub fn co_authors(message: &str) -> impl Iterator<Item = Self> {
        message.lines().filter_map(|line| {
            let (key, value) = line.trim().split_once(':')?;
            if !key.trim_end().eq_ignore_ascii_case("co-authored-by") {
                return None;
            }
            let (name, email) = match value.split_once('<') {
                Some((name, rest)) => (name, rest.split('>').next().unwrap_or_default()),
                None => (value, ""),
            };
            Some(Self { name: name.trim().to_owned(), email: email.trim().to_owned() })
        })
    }
}

/// The first paragraph of a message, on one line, as git's `%s`.
pub fn subject_of(text: &str) -> String {
    let mut subject = String::new();
    for line in text.lines().map(str::trim_end).skip_while(|line| line.is_empty()) {
        if line.is_empty() {
            break;
        }
        if !subject.is_empty() {
            subject.push(' ');
        }
        subject.push_str(line);
    }
    subject
}

/// The subject of a message as lists show it: what is longer than [`MAX_TITLE`] is cut, and says so.
pub fn title_of(text: &str) -> String {
    let mut title = subject_of(text);
    if let Some((end, _)) = title.char_indices().nth(MAX_TITLE) {
        title.truncate(end);
        title.push('…');
    }
    title
}

/// What a list shows of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CommitSummary {
    /// Its name.
    pub id: ObjectId,
    /// What it was built on.
    pub parents: Vec<ObjectId>,
    /// Who wrote the change.
    pub author: Identity,
    /// Who made the commit.
    pub committer: Identity,
    /// The first paragraph of the message, on one line, cut behind [`MAX_TITLE`] characters.
    pub subject: String,
    /// The signature it carries, if any.
    pub signature: Option<SignatureKind>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ObjectFormat;

    fn commit(text: &str) -> Commit {
        let person =
            Identity { name: "A".into(), email: "a@example.org".into(), at: OffsetDateTime::UNIX_EPOCH };
        let null = ObjectFormat::Sha1.null();
        Commit {
            id: null,
            tree: null,
            parents: Vec::new(),
            author: person.clone(),
            committer: person,
            message: text.as_bytes().to_vec(),
            text: text.to_owned(),
            encoding: None,
            signature: None,
        }
    }

    #[test]
    fn finds_co_authors() {
        let text =
            "x\n\nCo-Authored-By: Ada B <ada@example.org>\nSigned-off-by: C <c@x>\nco-authored-by:Eve\n";
        let found: Vec<_> = Contributor::co_authors(text).map(|who| (who.name, who.email)).collect();
        assert_eq!(found, [("Ada B".into(), "ada@example.org".into()), ("Eve".into(), String::new())]);
    }

    #[test]
    fn a_title_is_cut_and_nothing_of_the_message_is_lost() {
        let fits = commit(&format!("{}\n\nBody", "é".repeat(MAX_TITLE)));
        assert_eq!((fits.summary().subject, fits.below_title()), ("é".repeat(MAX_TITLE), "Body"));
        let long = commit(&format!("{}\n\nBody", "é".repeat(MAX_TITLE + 1)));
        assert_eq!(long.summary().subject, format!("{}…", "é".repeat(MAX_TITLE)));
        assert_eq!(long.below_title(), long.text);
        assert_eq!(long.subject().chars().count(), MAX_TITLE + 1, "patches have all of it");
    }

    #[test]
    fn splits_subject_from_body() {
        for (text, subject, body) in [
            ("", "", ""),
            ("one", "one", ""),
            ("one\n", "one", ""),
            ("\n\none\ntwo\n\nthree\n", "one two", "three"),
            ("one\r\n\r\nbody\r\n\r\nmore", "one", "body\r\n\r\nmore"),
        ] {
            let commit = commit(text);
            assert_eq!((commit.subject().as_str(), commit.body()), (subject, body), "{text:?}");
        }
    }
}
