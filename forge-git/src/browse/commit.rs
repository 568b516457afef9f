//! One commit.

use forge_core::ObjectId;
use forge_core::code::{Commit, CommitSummary};
use gix_object::Kind;

use super::parse::{self, Headers};
use super::{Browser, MAX_STRUCTURE};
use crate::{Error, Result, hash};

/// Bytes of a message that are shown. Longer ones are cut: they are data, not words.
const MAX_MESSAGE: usize = 1 << 20;

impl Browser {
    /// Everything a commit says.
    pub fn commit(&self, id: &ObjectId) -> Result<Commit> {
        let oid = hash::to_gix(id);
        let (kind, size) = self.header(&oid)?.ok_or_else(|| Error::NotFound(format!("commit {id}")))?;
        if kind != Kind::Commit {
            return Err(Error::NotFound(format!("commit {id}")));
        }
        if size > MAX_STRUCTURE {
            return Err(Error::TooLarge { what: "the commit", limit: MAX_STRUCTURE });
        }
        self.with_commit(&oid, |data| parse_commit(id, data))
    }

    /// What a list shows of a commit.
    pub fn commit_summary(&self, id: &ObjectId) -> Result<CommitSummary> {
        self.with_commit(&hash::to_gix(id), |data| parse_commit(id, data)).map(|commit| commit.summary())
    }
}

fn parse_commit(id: &ObjectId, data: &[u8]) -> Result<Commit> {
    let node = parse::Node::parse(data, id.format())?;
    let mut author: &[u8] = b"";
    let mut committer: &[u8] = b"";
    let mut encoding = None;
    let mut signature = None;
    for (key, value) in Headers(data) {
        match key {
            b"author" => author = value,
            b"committer" => committer = value,
            b"encoding" => encoding = Some(value),
            b"gpgsig" | b"gpgsig-sha256" => signature = Some(parse::signature_kind(value)),
            _ => {}
        }
    }
    let decode = |bytes: &[u8]| decode(bytes, encoding);
    let message = parse::message(data);
    let message = message.get(..MAX_MESSAGE).unwrap_or(message);
    Ok(Commit {
        id: *id,
        tree: hash::from_gix(&node.tree)?,
        parents: node.parents.iter().map(|parent| hash::from_gix(parent)).collect::<Result<_>>()?,
        author: parse::identity(author, decode),
        committer: parse::identity(committer, decode),
        message: message.to_vec(),
        text: decode(message),
        encoding: encoding.map(|label| String::from_utf8_lossy(label).into_owned()),
        signature,
    })
}

/// Decodes by the encoding that the commit names; without one UTF-8, else the guess that is right for most old messages.
pub(super) fn decode(bytes: &[u8], label: Option<&[u8]>) -> String {
    let named = label.and_then(encoding_rs::Encoding::for_label);
    match named {
        Some(encoding) if encoding != encoding_rs::UTF_8 => {
            encoding.decode_without_bom_handling(bytes).0.into_owned()
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().copied().map(forge_core::code::blob::windows_1252).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use forge_core::ObjectFormat;
    use forge_core::code::SignatureKind;

    use super::*;
    use crate::browse::testing::Repo;

    #[test]
    fn reads_what_git_wrote() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let repo = Repo::new(format);
            let first = repo.commit("a.txt", b"one\n", "First line\nsecond line\n\nBody\n");
            let second = repo.commit("a.txt", b"two\n", "Next");
            let browser = repo.browser();
            let commit = browser.commit(&second).unwrap();
            assert_eq!(commit.parents, [first]);
            assert_eq!(commit.tree.to_string(), repo.git(&["rev-parse", "HEAD^{tree}"]));
            assert_eq!(
                (commit.author.name.as_str(), commit.author.email.as_str()),
                ("Ada Example", "ada@example.org")
            );
            assert_eq!(commit.author.at.offset().whole_hours(), 1);
            assert_eq!(
                commit.author.at.unix_timestamp().to_string(),
                repo.git(&["log", "-1", "--format=%at"])
            );
            let first = browser.commit(&first).unwrap();
            assert_eq!((first.subject().as_str(), first.body()), ("First line second line", "Body"));
            assert!(first.parents.is_empty() && first.signature.is_none());
            assert!(matches!(browser.commit(&commit.tree), Err(Error::NotFound(_))));
            assert!(matches!(browser.commit(&format.null()), Err(Error::NotFound(_))));
        }
    }

    #[test]
    fn respects_the_encoding_and_survives_its_absence() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let tree = repo.git(&["mktree"]);
        let headers = format!("tree {tree}\nauthor J\u{fc} <j@x> 1 +0000\ncommitter B <b@x> 2 -0330\n");
        let latin =
            |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
        for (extra, message) in
            [("encoding ISO-8859-1\n", "caf\u{e9}"), ("", "caf\u{e9}"), ("encoding nonsense\n", "caf\u{e9}")]
        {
            let raw = latin(&format!("{headers}{extra}\n{message}"));
            let commit = repo.browser().commit(&repo.raw_object("commit", &raw)).unwrap();
            assert_eq!((commit.text.as_str(), commit.author.name.as_str()), (message, "J\u{fc}"), "{extra}");
            assert_eq!(commit.message, latin(message));
        }
        let japanese = [
            &b"tree "[..],
            tree.as_bytes(),
            b"\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\nencoding Shift_JIS\n\n\x93\xfa\x96\x7b",
        ]
        .concat();
        assert_eq!(repo.browser().commit(&repo.raw_object("commit", &japanese)).unwrap().text, "日本");
        let signed = format!(
            "tree {tree}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\ngpgsig -----BEGIN SSH SIGNATURE-----\n abc\n\nSigned"
        );
        let commit = repo.browser().commit(&repo.raw_object("commit", signed.as_bytes())).unwrap();
        assert_eq!((commit.signature, commit.text.as_str()), (Some(SignatureKind::Ssh), "Signed"));
    }
}
