//! Long lists in parts.

/// Links to the parts before and after.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paging {
    /// The part before, if there is one.
    pub previous: Option<String>,
    /// The part after, if there is one.
    pub next: Option<String>,
    /// What is shown, such as `Showing 51 to 100 of 320`. May be empty.
    pub summary: String,
}

impl Paging {
    /// Whether there is any other part.
    pub fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}
