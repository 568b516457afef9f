//! Commits and tags: headers in their order, then a message.

use forge_core::ObjectFormat;

use super::ident;
use super::rule::{Problem, Rule};

/// Checks a commit; every broken rule goes to `report`, and what cannot be read on ends the check.
pub(super) fn check_commit(bytes: &[u8], format: ObjectFormat, report: &mut dyn FnMut(Problem)) {
    if let Err(problem) = headers_end(bytes).and_then(|()| commit(bytes, format, report)) {
        report(problem);
    }
}

/// Checks a tag in the same way.
pub(super) fn check_tag(bytes: &[u8], format: ObjectFormat, report: &mut dyn FnMut(Problem)) {
    if let Err(problem) = headers_end(bytes).and_then(|()| tag(bytes, format, report)) {
        report(problem);
    }
}

fn headers_end(bytes: &[u8]) -> Result<(), Problem> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n");
    let headers = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    if headers.contains(&0) {
        return Err(Problem::new(Rule::NulInHeader, "a NUL byte in the headers"));
    }
    if end.is_some() || bytes.last() == Some(&b'\n') {
        return Ok(());
    }
    Err(Problem::new(Rule::UnterminatedHeader, "the headers do not end"))
}

/// Takes the line that starts with `prefix` off the front; nothing if another line stands there.
fn take<'a>(rest: &mut &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let after = rest.strip_prefix(prefix)?;
    let end = after.iter().position(|byte| *byte == b'\n')?;
    *rest = after.get(end + 1..).unwrap_or_default();
    after.get(..end)
}

fn is_id(text: &[u8], format: ObjectFormat) -> bool {
    text.len() == format.byte_len() * 2
        && text.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte))
}

fn person(line: &[u8], report: &mut dyn FnMut(Problem)) {
    if let Err(problem) = ident::check(line) {
        report(problem);
    }
}

fn commit(bytes: &[u8], format: ObjectFormat, report: &mut dyn FnMut(Problem)) -> Result<(), Problem> {
    let mut rest = bytes;
    let tree = take(&mut rest, b"tree ").ok_or_else(|| Problem::new(Rule::MissingTree, "no tree"))?;
    if !is_id(tree, format) {
        return Err(Problem::new(Rule::BadTreeSha1, "the tree is not an object id"));
    }
    while let Some(parent) = take(&mut rest, b"parent ") {
        if !is_id(parent, format) {
            return Err(Problem::new(Rule::BadParentSha1, "a parent is not an object id"));
        }
    }
    let mut authors = 0_usize;
    while let Some(line) = take(&mut rest, b"author ") {
        authors = authors.saturating_add(1);
        person(line, report);
    }
    match authors {
        0 => return Err(Problem::new(Rule::MissingAuthor, "no author")),
        1 => {}
        _ => report(Problem::new(Rule::MultipleAuthors, "more than one author")),
    }
    let line =
        take(&mut rest, b"committer ").ok_or_else(|| Problem::new(Rule::MissingCommitter, "no committer"))?;
    person(line, report);
    if bytes.contains(&0) {
        report(Problem::new(Rule::NulInCommit, "a NUL byte in the message"));
    }
    Ok(())
}

fn tag(bytes: &[u8], format: ObjectFormat, report: &mut dyn FnMut(Problem)) -> Result<(), Problem> {
    let mut rest = bytes;
    let object = take(&mut rest, b"object ").ok_or_else(|| Problem::new(Rule::MissingObject, "no object"))?;
    if !is_id(object, format) {
        return Err(Problem::new(Rule::BadObjectSha1, "the object is not an object id"));
    }
    if !rest.starts_with(b"type ") {
        return Err(Problem::new(Rule::MissingTypeEntry, "no kind"));
    }
    let kind =
        take(&mut rest, b"type ").ok_or_else(|| Problem::new(Rule::MissingType, "the kind does not end"))?;
    if !matches!(kind, b"commit" | b"tree" | b"blob" | b"tag") {
        return Err(Problem::new(Rule::BadType, "there is no such kind of object"));
    }
    if !rest.starts_with(b"tag ") {
        return Err(Problem::new(Rule::MissingTagEntry, "no name"));
    }
    let name =
        take(&mut rest, b"tag ").ok_or_else(|| Problem::new(Rule::MissingTag, "the name does not end"))?;
    let is_ref_name = std::str::from_utf8(name)
        .is_ok_and(|name| forge_core::RefName::new(format!("{}{name}", forge_core::ref_name::TAGS)).is_ok());
    if !is_ref_name {
        report(Problem::new(Rule::BadTagName, "the name is not a ref name"));
    }
    match take(&mut rest, b"tagger ") {
        Some(line) => person(line, report),
        None => report(Problem::new(Rule::MissingTaggerEntry, "no tagger")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    fn commit_rules(text: &str) -> Vec<Rule> {
        let mut found = Vec::new();
        check_commit(text.as_bytes(), ObjectFormat::Sha1, &mut |problem| found.push(problem.rule));
        found
    }

    fn tag_rules(text: &str) -> Vec<Rule> {
        let mut found = Vec::new();
        check_tag(text.as_bytes(), ObjectFormat::Sha1, &mut |problem| found.push(problem.rule));
        found
    }

    #[test]
    fn commits_have_their_headers_in_order() {
        let who = "A <a@b> 1 +0000";
        let good = format!("tree {ID}\nparent {ID}\nauthor {who}\ncommitter {who}\nencoding x\n\nhello\n");
        assert_eq!(commit_rules(&good), []);
        assert_eq!(commit_rules(&good.replace("hello", "he\0llo")), [Rule::NulInCommit]);
        assert_eq!(commit_rules(&good.replace("encoding", "enc\0ding")), [Rule::NulInHeader]);
        assert_eq!(
            commit_rules(&format!("tree {ID}\nauthor {who}\ncommitter {who}")),
            [Rule::UnterminatedHeader]
        );
        assert_eq!(commit_rules(&format!("author {who}\ncommitter {who}\n\n")), [Rule::MissingTree]);
        assert_eq!(commit_rules(&good.replacen(ID, "12", 1)), [Rule::BadTreeSha1]);
        assert_eq!(commit_rules(&good.replacen(ID, &ID.to_uppercase(), 1)), [Rule::BadTreeSha1]);
        assert_eq!(commit_rules(&good.replace("parent 4b", "parent zz")), [Rule::BadParentSha1]);
        assert_eq!(commit_rules(&format!("tree {ID}\ncommitter {who}\n\n")), [Rule::MissingAuthor]);
        assert_eq!(commit_rules(&format!("tree {ID}\nauthor {who}\n\n")), [Rule::MissingCommitter]);
        let two = good.replace("committer", &format!("author {who}\ncommitter"));
        assert_eq!(commit_rules(&two), [Rule::MultipleAuthors]);
        assert_eq!(commit_rules(""), [Rule::UnterminatedHeader]);
        let both = good.replace("<a@b>", "a@b");
        assert_eq!(commit_rules(&both), [Rule::MissingEmail, Rule::MissingEmail]);
    }

    #[test]
    fn tags_name_an_object_and_its_kind() {
        let good = format!("object {ID}\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\nhello\n");
        assert_eq!(tag_rules(&good), []);
        assert_eq!(tag_rules(&good.replace("tag v1", "tag v 1")), [Rule::BadTagName]);
        assert_eq!(tag_rules(&good.replace("type commit", "type comet")), [Rule::BadType]);
        assert_eq!(tag_rules(&good.replace("type commit\n", "")), [Rule::MissingTypeEntry]);
        assert_eq!(tag_rules(&good.replace("tag v1\n", "")), [Rule::MissingTagEntry]);
        assert_eq!(tag_rules(&good.replace(&format!("object {ID}\n"), "")), [Rule::MissingObject]);
        assert_eq!(tag_rules(&good.replace("object 4b", "object 4")), [Rule::BadObjectSha1]);
        assert_eq!(tag_rules(&good.replace("tagger A <a@b> 1 +0000\n", "")), [Rule::MissingTaggerEntry]);
        assert_eq!(tag_rules(&good.replace("<a@b>", "")), [Rule::MissingEmail]);
    }
}
