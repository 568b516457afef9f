//! The place that a new comment is about: checked against the version, and kept with the lines around it.

use forge_core::ObjectId;
use forge_core::code::BlobText;
use forge_core::merge_request::Version;
use forge_core::merge_request::suggestion;
use forge_core::merge_request::thread::{Anchor, MAX_LINES, Side, StoredSuggestion};
use forge_git::browse::Browser;

use super::comment::NewAnchor;
use crate::error::{Error, Result};

/// Lines above the commented ones that are kept with them.
const ABOVE: u32 = 3;
/// Lines that are kept at most.
const KEPT: usize = 24;
/// Characters of a kept line.
const WIDTH: usize = 300;
/// The largest file whose lines are commented on.
const LARGEST: u64 = 5 << 20;

/// A place that exists.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) anchor: Anchor,
    /// The last of the lines, with a few above: each with its number in front.
    pub(super) excerpt: String,
    /// The whole text of the file on that side, where lines of it are meant.
    text: Option<String>,
}

impl Place {
    /// Finds the place in a version, or says why it is none.
    pub(super) fn find(browser: &Browser, version: &Version, new: &NewAnchor) -> Result<Self> {
        let commit = commit_of(version, new.side);
        let mut place = Self {
            anchor: Anchor {
                version: version.number,
                side: new.side,
                path: new.path.clone(),
                lines: new.lines,
                point: new.point,
                blob: None,
            },
            excerpt: String::new(),
            text: None,
        };
        if let Some((x, y)) = new.point
            && (x.max(y) > 1000 || new.lines.is_some() || new.path.is_none())
        {
            return Err(Error::invalid("point", "Choose a point between 0 and 100 per cent of a picture."));
        }
        let Some(path) = &new.path else { return place.of_message(browser, &version.head) };
        let blob = browser.blob(&commit, path, LARGEST).map_err(|error| match error {
            forge_git::Error::NotFound(_) => {
                Error::invalid("path", format!("{path} is not there in version {}.", version.number))
            }
            other => other.into(),
        })?;
        place.anchor.blob = Some(blob.id);
        let Some((first, last)) = new.lines else { return Ok(place) };
        let text = blob
            .content
            .as_deref()
            .and_then(BlobText::of)
            .ok_or_else(|| Error::invalid("lines", "This file has no lines to comment on."))?
            .text;
        let count = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        if first == 0 || first > last || last > count {
            return Err(Error::invalid("lines", format!("Choose lines between 1 and {count}.")));
        }
        if last - first >= MAX_LINES {
            return Err(Error::invalid("lines", format!("A comment is about at most {MAX_LINES} lines.")));
        }
        place.excerpt = excerpt(&text, first, last);
        place.text = Some(text);
        Ok(place)
    }

    /// A place in the message of the newest commit.
    fn of_message(mut self, browser: &Browser, head: &ObjectId) -> Result<Self> {
        let text = browser.commit(head)?.text;
        let count = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        if let Some((first, last)) = self.anchor.lines {
            if first == 0 || first > last || last > count {
                return Err(Error::invalid("lines", format!("Choose lines between 1 and {count}.")));
            }
            self.excerpt = excerpt(&text, first, last);
        }
        Ok(self)
    }

    /// The lines that a suggestion would start from; nothing on the old side.
    pub(super) fn lines(&self) -> String {
        let (Some(text), Some((first, last)), Side::New) = (&self.text, self.anchor.lines, self.anchor.side)
        else {
            return String::new();
        };
        let wanted = (1_u32..).zip(text.lines()).filter(|(number, _)| (first..=last).contains(number));
        wanted.flat_map(|(_, line)| [line, "\n"]).collect()
    }

    /// The suggestions in a comment about this place, each with what stands there now.
    pub(super) fn suggestions(&self, body: &str) -> Result<Vec<StoredSuggestion>> {
        let (Some(text), Some(lines), Side::New) = (&self.text, self.anchor.lines, self.anchor.side) else {
            return Ok(Vec::new());
        };
        let all: Vec<&str> = text.lines().collect();
        let mut found = Vec::new();
        for (position, suggestion) in suggestion::parse(body, lines).into_iter().enumerate() {
            let (first, last) = suggestion.lines;
            let range = usize::try_from(first.saturating_sub(1)).unwrap_or(usize::MAX)
                ..usize::try_from(last).unwrap_or(usize::MAX);
            let there = all.get(range).ok_or_else(|| {
                Error::invalid(
                    "body",
                    format!("The suggestion is about lines {first} to {last}, which are not there."),
                )
            })?;
            let original: String = there.iter().flat_map(|line| [line, "\n"]).collect();
            found.push(StoredSuggestion {
                position: u32::try_from(position).unwrap_or(u32::MAX),
                lines: suggestion.lines,
                original,
                replacement: suggestion.replacement,
                applied: None,
            });
        }
        Ok(found)
    }
}

/// The commit that shows a side of a version.
pub(super) fn commit_of(version: &Version, side: Side) -> ObjectId {
    match side {
        Side::Old => version.base,
        Side::New => version.head,
    }
}

/// The last lines of a range and a few above it, each behind its number and a tab.
pub(super) fn excerpt(text: &str, first: u32, last: u32) -> String {
    let start = first.saturating_sub(ABOVE).max(1);
    let mut kept: Vec<(u32, &str)> =
        (1_u32..).zip(text.lines()).filter(|(number, _)| (start..=last).contains(number)).collect();
    if kept.len() > KEPT {
        kept.drain(..kept.len() - KEPT);
    }
    let lines = kept.into_iter().map(|(number, line)| {
        let clean: String = line.chars().filter(|c| !c.is_control() || *c == '\t').take(WIDTH).collect();
        format!("{number}\t{clean}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_kept_with_a_few_above() {
        let text = "a\nb\nc\nd\ne\nf\n";
        assert_eq!(excerpt(text, 5, 6), "2\tb\n3\tc\n4\td\n5\te\n6\tf");
        assert_eq!(excerpt(text, 1, 1), "1\ta");
        let long: String = (1..100).map(|number| format!("line {number}\n")).collect::<Vec<_>>().concat();
        let kept = excerpt(&long, 10, 90);
        assert_eq!(kept.lines().count(), KEPT);
        assert!(kept.ends_with("90\tline 90"));
        assert_eq!(excerpt(&"x".repeat(1000), 1, 1).len(), WIDTH + 2);
    }
}
