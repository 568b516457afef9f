//! Templates of tickets: Markdown files on the default branch.
//!
//! Those of the forge come first, then those that a repository brought along from elsewhere. Lines between two `---` at
//! the start may say `name`, `about` and `title`.

use forge_core::FilePath;
use forge_core::code::EntryKind;

use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::code::Code;
use crate::error::{Error, Result};

/// Where templates are looked for; the first place that has any counts.
const PLACES: [&str; 3] = [".forge/ticket_templates", ".gitlab/issue_templates", ".github/ISSUE_TEMPLATE"];
/// The most templates that are offered.
const MOST: usize = 20;
/// The longest template, in bytes.
const MAX_BYTES: u64 = 50_000;

/// A text to begin a ticket with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketTemplate {
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

impl App {
    /// The templates of a repository, in the order of their files.
    pub async fn ticket_templates(&self, access: &RepoAccess<Read>) -> Result<Vec<TicketTemplate>> {
        let code = self.code(access).await?;
        if code.is_empty() {
            return Ok(Vec::new());
        }
        for place in PLACES {
            let path = FilePath::new(place).map_err(Error::internal)?;
            let found = templates_in(&code, path).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }
}

async fn templates_in(code: &Code, place: FilePath) -> Result<Vec<TicketTemplate>> {
    let head = match code.resolve("HEAD").await {
        Ok(head) => head.commit,
        Err(Error::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    match code.entry(head, place.clone()).await {
        Ok(entry) if entry.kind == EntryKind::Directory => {}
        Ok(_) | Err(Error::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let mut found = Vec::new();
    for name in code.names_in(head, place.clone()).await? {
        let Some(key) = name.strip_suffix(".md").filter(|key| !key.is_empty()) else { continue };
        if found.len() >= MOST {
            break;
        }
        let Ok(path) = place.join(name.as_bytes()) else { continue };
        let file = code.file(head, path, MAX_BYTES).await?;
        if !file.blob.kind.is_file() {
            continue;
        }
        if let Some(content) = file.blob.content {
            found.push(parsed(key, &String::from_utf8_lossy(&content)));
        }
    }
    Ok(found)
}

/// Takes a template apart.
fn parsed(key: &str, text: &str) -> TicketTemplate {
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
    TicketTemplate {
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
        let expected = TicketTemplate {
            key: "bug".to_owned(),
            name: "A fault".to_owned(),
            about: "It is broken".to_owned(),
            title: "Fault: ".to_owned(),
            body: "## Steps\n".to_owned(),
        };
        assert_eq!(found, expected);
        let plain = parsed("ask_us", "Hello\r\n---\n");
        assert_eq!((plain.name.as_str(), plain.body.as_str()), ("ask us", "Hello\n---\n"));
        assert_eq!(parsed("x", "---\nname: x\n").body, "---\nname: x\n", "a head without an end is text");
    }
}
