//! What a commit's signature was made over.

use forge_core::ObjectId;
use forge_core::code::{SignatureKind, SignedCommit};
use gix_object::Kind;

use super::parse::{self, Headers};
use super::{Browser, MAX_STRUCTURE};
use crate::{Error, Result, hash};

impl Browser {
    /// The signature of a commit and the bytes that it was made over; nothing if the commit carries none.
    pub fn signed_commit(&self, id: &ObjectId) -> Result<Option<SignedCommit>> {
        let oid = hash::to_gix(id);
        let (_, size) = self.header(&oid)?.ok_or_else(|| Error::NotFound(format!("commit {id}")))?;
        if size > MAX_STRUCTURE {
            return Err(Error::TooLarge { what: "the commit", limit: MAX_STRUCTURE });
        }
        self.with_commit(&oid, |data| Ok(split_signature(data)))
    }

    /// The signature of an annotated tag and the bytes that it was made over; nothing if it carries none.
    pub fn signed_tag(&self, id: &ObjectId) -> Result<Option<SignedCommit>> {
        Ok(split_tag_signature(&self.read(&hash::to_gix(id), Kind::Tag, MAX_STRUCTURE)?))
    }
}

/// Where a signature in a tag begins.
const ARMOURS: [&[u8]; 4] = [
    b"-----BEGIN PGP SIGNATURE-----",
    b"-----BEGIN PGP MESSAGE-----",
    b"-----BEGIN SSH SIGNATURE-----",
    b"-----BEGIN SIGNED MESSAGE-----",
];

/// Parts the signature of an annotated tag from the rest, as git does: it is the end of the message, from the last line that
/// begins one.
pub fn split_tag_signature(data: &[u8]) -> Option<SignedCommit> {
    let tagger = Headers(data).find(|(key, _)| *key == b"tagger").map(|(_, value)| value)?;
    let tagger = parse::identity(tagger, |bytes| String::from_utf8_lossy(bytes).into_owned());
    let (mut at, mut begins) = (0, None);
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        if ARMOURS.iter().any(|armour| line.starts_with(armour)) {
            begins = Some(at);
        }
        at += line.len();
    }
    let (payload, signature) = data.split_at_checked(begins?)?;
    let kind: SignatureKind = parse::signature_kind(signature);
    let signature = String::from_utf8_lossy(signature).into_owned();
    Some(SignedCommit { payload: payload.to_vec(), signature, kind, committer_email: tagger.email })
}

/// Parts the signature from the rest, as git does: every header that starts with `gpgsig` was not there when the commit
/// was signed, and the first one holds the signature.
pub fn split_signature(data: &[u8]) -> Option<SignedCommit> {
    let committer = Headers(data).find(|(key, _)| *key == b"committer").map(|(_, value)| value)?;
    let committer = parse::identity(committer, |bytes| String::from_utf8_lossy(bytes).into_owned());
    let mut payload = Vec::with_capacity(data.len());
    let mut signature: Option<Vec<u8>> = None;
    let (mut in_headers, mut in_signature, mut is_first) = (true, false, false);
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        if in_headers {
            if line == b"\n" {
                in_headers = false;
                in_signature = false;
            } else if let (true, Some(rest)) = (in_signature, line.strip_prefix(b" ")) {
                if let Some(signature) = signature.as_mut().filter(|_| is_first) {
                    signature.extend_from_slice(rest);
                }
                continue;
            } else {
                in_signature = line.starts_with(b"gpgsig");
                if in_signature {
                    is_first = signature.is_none();
                    if is_first {
                        let value =
                            line.iter().position(|byte| *byte == b' ').and_then(|at| line.get(at + 1..));
                        signature = Some(value.unwrap_or_default().to_vec());
                    }
                    continue;
                }
            }
        }
        payload.extend_from_slice(line);
    }
    let signature = signature?;
    let kind: SignatureKind = parse::signature_kind(&signature);
    let signature = String::from_utf8_lossy(&signature).into_owned();
    Some(SignedCommit { payload, signature, kind, committer_email: committer.email })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
        author A <a@x> 1 +0000\ncommitter B <b@x> 1 +0000\n";

    #[test]
    fn the_signature_is_no_part_of_what_was_signed() {
        let signed = format!(
            "{COMMIT}gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\nencoding UTF-8\n\
             gpgsig-sha256 other\n more\n\nSubject\n\n gpgsig in the message\n"
        );
        let found = split_signature(signed.as_bytes()).unwrap();
        let payload = format!("{COMMIT}encoding UTF-8\n\nSubject\n\n gpgsig in the message\n");
        assert_eq!(String::from_utf8(found.payload).unwrap(), payload);
        assert_eq!(found.signature, "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n");
        assert_eq!((found.kind, found.committer_email.as_str()), (SignatureKind::Ssh, "b@x"));
        assert_eq!(split_signature(format!("{COMMIT}\ngpgsig in the message\n").as_bytes()), None);
    }

    #[test]
    fn the_signature_of_a_tag_is_its_end() {
        let tag = "object 1\ntype commit\ntag v1\ntagger A <a@x> 1700000000 +0000\n\nFirst\n";
        let armour = "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n";
        let found = split_tag_signature(format!("{tag}{armour}").as_bytes()).unwrap();
        assert_eq!(String::from_utf8(found.payload).unwrap(), tag);
        assert_eq!((found.signature.as_str(), found.committer_email.as_str()), (armour, "a@x"));
        assert_eq!(found.kind, SignatureKind::Ssh);
        let twice = split_tag_signature(format!("{tag}{armour}{armour}").as_bytes()).unwrap();
        assert_eq!(twice.signature, armour, "the last one counts");
        assert_eq!(split_tag_signature(tag.as_bytes()), None);
        assert_eq!(
            split_tag_signature(b"object 1\n\n-----BEGIN SSH SIGNATURE-----\n"),
            None,
            "nobody is named"
        );
    }
}
