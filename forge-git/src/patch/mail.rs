//! Commits as a mailbox that `git am` reads.

use std::io::Write;

use forge_core::ObjectId;
use forge_core::code::Identity;
use time::format_description::well_known::Rfc2822;

use super::file::line;
use super::{APPLICABLE, Limited, PatchLimits};
use crate::browse::{Browser, Budget};
use crate::{Cancel, Error, Result, hash};

/// Bytes of one encoded word of a header.
const WORD: usize = 45;

impl Browser {
    /// Writes the commits that `head` has and `base` has not, oldest first and without merges, as `git format-patch` does.
    ///
    /// As with git's own, a message that itself holds the text of a patch does not survive, and lines that end
    /// with a carriage return need `git am --keep-cr`.
    pub fn write_mailbox(
        &self,
        base: &ObjectId,
        head: &ObjectId,
        limits: &PatchLimits,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<()> {
        let budget = Budget { time: limits.time, ..Budget::BACKGROUND };
        let mut commits = Vec::new();
        for id in self.only_in(head, base, budget, cancel)?.into_iter().rev() {
            if self.node(&id)?.parents.len() < 2 {
                commits.push(id);
            }
        }
        let limit = u64::try_from(limits.commits).unwrap_or(u64::MAX);
        crate::limits::check(commits.len(), limit, "the number of commits in a mailbox")?;
        let mut out = Limited { out, left: limits.bytes, limit: limits.bytes };
        for (number, id) in commits.iter().enumerate() {
            self.write_mail(id, (number + 1, commits.len()), limits, &mut out, cancel)?;
        }
        Ok(())
    }

    fn write_mail(
        &self,
        id: &gix_hash::ObjectId,
        (number, total): (usize, usize),
        limits: &PatchLimits,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<()> {
        let commit = self.commit(&hash::from_gix(id)?)?;
        let date = commit.author.at.format(&Rfc2822).map_err(|error| Error::invalid(error.to_string()))?;
        let subject = match total {
            1 => "[PATCH] ".to_owned(),
            _ => format!("[PATCH {number}/{total}] "),
        };
        line(out, &[b"From ", id.to_string().as_bytes(), b" Mon Sep 17 00:00:00 2001"])?;
        line(out, &[b"From: ", from(&commit.author).as_bytes()])?;
        line(out, &[b"Date: ", date.as_bytes()])?;
        line(out, &[b"Subject: ", subject.as_bytes(), header(&commit.subject()).as_bytes()])?;
        line(out, &[b"MIME-Version: 1.0"])?;
        line(out, &[b"Content-Type: text/plain; charset=UTF-8"])?;
        line(out, &[b"Content-Transfer-Encoding: 8bit"])?;
        line(out, &[])?;
        let body = commit.body().trim_end();
        if !body.is_empty() {
            line(out, &[body.as_bytes()])?;
        }
        line(out, &[b"---"])?;
        line(out, &[])?;
        let node = self.node(id)?;
        let old = node.parents.first().map(|parent| Ok::<_, Error>(self.node(parent)?.tree)).transpose()?;
        self.write_trees(old, Some(node.tree), APPLICABLE, limits, out, cancel)?;
        line(out, &[b"-- "])?;
        line(out, &[b"Forge"])?;
        line(out, &[])
    }
}

/// A person in a header.
fn from(person: &Identity) -> String {
    let name: String = person.name.chars().filter(|c| !c.is_control()).collect();
    let email: String = person.email.chars().filter(|c| !c.is_control() && !"<>".contains(*c)).collect();
    let special = |c: char| "()<>@,;:\\\".[]".contains(c);
    let name = if !name.is_ascii() {
        header(&name)
    } else if name.contains(special) {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        name
    };
    format!("{name} <{email}>")
}

/// A text in a header: as it is, or in encoded words if it is not ASCII.
fn header(text: &str) -> String {
    if text.is_ascii() && !text.contains("=?") {
        return text.chars().filter(|c| !c.is_control()).collect();
    }
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in text.chars().filter(|c| !c.is_control()) {
        let mut bytes = [0; 4];
        let encoded: String = match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => letter.to_string(),
            ' ' => "_".to_owned(),
            _ => {
                let bytes = letter.encode_utf8(&mut bytes).bytes();
                bytes.fold(String::new(), |text, byte| format!("{text}={byte:02X}"))
            }
        };
        if word.len() + encoded.len() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word += &encoded;
    }
    words.push(word);
    let words: Vec<String> = words.into_iter().map(|word| format!("=?UTF-8?q?{word}?=")).collect();
    words.join("\n ")
}
