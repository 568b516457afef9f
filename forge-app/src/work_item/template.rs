//! Templates of tickets and merge requests: Markdown files on a branch.
//!
//! Those of the forge come first, then those that a repository brought along from elsewhere. Lines between two `---` at
//! the start may say `name`, `about` and `title`.

use forge_core::code::EntryKind;
use forge_core::{FilePath, ItemKind, ObjectId};

use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::code::Code;
use crate::error::{Error, Result};

/// Where templates of tickets are looked for; the first place that has any counts.
const TICKETS: [&str; 3] = [".forge/ticket_templates", ".gitlab/issue_templates", ".github/ISSUE_TEMPLATE"];
/// Where those of merge requests are looked for: directories, and files with one template.
const MERGE_REQUESTS: [&str; 8] = [
    ".forge/merge_request_templates",
    ".forge/merge_request_template.md",
    ".gitlab/merge_request_templates",
    ".github/PULL_REQUEST_TEMPLATE",
    ".github/pull_request_template.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    "pull_request_template.md",
    "docs/pull_request_template.md",
];
/// The most templates that are offered.
const MOST: usize = 20;
/// The longest template, in bytes.
const MAX_BYTES: u64 = 50_000;

/// A text to begin a ticket or a merge request with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemTemplate {
    /// Its file without the ending, for the address.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// When to use it; may be empty.
    pub about: String,
    /// How the title begins; may be empty.
    pub title: String,
    /// The text.
    pub body: String,
}

impl ItemTemplate {
    /// The one that is taken where nobody chose: the only one there is, or the one called `default`.
    pub fn usual(templates: &[Self]) -> Option<&Self> {
        match templates {
            [one] => Some(one),
            many => many.iter().find(|template| template.key.eq_ignore_ascii_case("default")),
        }
    }
}

impl App {
    /// The templates for items of a kind on a branch, in the order of their files.
    pub async fn item_templates(
        &self,
        access: &RepoAccess<Read>,
        kind: ItemKind,
        branch: &str,
    ) -> Result<Vec<ItemTemplate>> {
        let code = self.code(access).await?;
        if code.is_empty() {
            return Ok(Vec::new());
        }
        let head = match code.resolve(branch).await {
            Ok(head) => head.commit,
            Err(Error::NotFound) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let places: &[&str] = match kind {
            ItemKind::Ticket => &TICKETS,
            ItemKind::MergeRequest => &MERGE_REQUESTS,
        };
        for place in places {
            let path = FilePath::new(*place).map_err(Error::internal)?;
            let found = templates_at(&code, head, path).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }
}

/// The templates in a directory, or the one in a file.
async fn templates_at(code: &Code, head: ObjectId, place: FilePath) -> Result<Vec<ItemTemplate>> {
    let names = match code.entry(head, place.clone()).await {
        Ok(entry) if entry.kind == EntryKind::Directory => code.names_in(head, place.clone()).await?,
        Ok(_) => return Ok(template_in(code, head, place, "default").await?.into_iter().collect()),
        Err(Error::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for name in names {
        let Some(key) = name.strip_suffix(".md").filter(|key| !key.is_empty()) else { continue };
        if found.len() >= MOST {
            break;
        }
        let Ok(path) = place.join(name.as_bytes()) else { continue };
        found.extend(template_in(code, head, path, key).await?);
    }
    Ok(found)
}

async fn template_in(code: &Code, head: ObjectId, path: FilePath, key: &str) -> Result<Option<ItemTemplate>> {
    let file = code.file(head, path, MAX_BYTES).await?;
    if !file.blob.kind.is_file() {
        return Ok(None);
    }
    Ok(file.blob.content.map(|content| parsed(key, &String::from_utf8_lossy(&content))))
}

/// Takes a template apart.
fn parsed(key: &str, text: &str) -> ItemTemplate {
    let text = text.replace("\r\n", "\n");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let (head, body) = match text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")) {
        Some((head, body)) => (head, body),
        None => ("", text),
    };
    let value = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|line| line.trim().trim_matches(['"', '\'']).to_owned()).unwrap_or_default()
    };
    let name = Some(value("name")).filter(|name| !name.is_empty());
    ItemTemplate {
        key: key.to_owned(),
        name: name.unwrap_or_else(|| key.replace(['_', '-'], " ")),
        about: value("about"),
        title: value("title"),
        body: body.trim_start_matches('\n').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_templates_apart() {
        let found =
            parsed("bug", "---\nname: \"A fault\"\nabout: It is broken\ntitle: 'Fault: '\n---\n\n## Steps\n");
        let expected = ItemTemplate {
            key: "bug".to_owned(),
            name: "A fault".to_owned(),
            about: "It is broken".to_owned(),
            title: "Fault: ".to_owned(),
            body: "## Steps\n".to_owned(),
        };
        assert_eq!(found, expected);
        let plain = parsed("ask_us", "Hello\r\n---\n");
        assert_eq!((plain.name.as_str(), plain.body.as_str()), ("ask us", "Hello\n---\n"));
        let both = [found.clone(), plain.clone()];
        assert_eq!(ItemTemplate::usual(&both), None, "people choose");
        assert_eq!(ItemTemplate::usual(std::slice::from_ref(&plain)), Some(&plain));
        let usual = parsed("Default", "x");
        assert_eq!(ItemTemplate::usual(&[found, usual.clone()]), Some(&usual));
        assert_eq!(parsed("x", "---\nname: x\n").body, "---\nname: x\n", "a head without an end is text");
    }
}
