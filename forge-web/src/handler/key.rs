//! What pages of keys have in common, whosever the keys are.

use std::str::FromStr;

use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::Failure;
use crate::page::key::KeyRow;
use crate::view::{Choice, StateTag, When};

/// What a page of keys can be asked to do.
#[derive(Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeyAction {
    #[default]
    Add,
    Remove,
}

/// The key or token that a form names. What can be none is not there.
pub(super) fn named<T: FromStr>(id: Option<&str>) -> Result<T, Failure> {
    id.unwrap_or_default().parse().map_err(|_| Failure::not_found())
}

/// A row that says until when a key counts.
pub(super) fn lasting(expires: Option<OffsetDateTime>, now: OffsetDateTime) -> KeyRow {
    let is_expired = expires.is_some_and(|end| end <= now);
    let tags = if is_expired { vec![StateTag { label: "Ended", colour: "red" }] } else { Vec::new() };
    KeyRow { expires: expires.map(When::on), is_expired, tags, ..KeyRow::default() }
}

/// How long a key may count, as offered.
pub(super) fn lifetimes(chosen: &str) -> Vec<Choice> {
    [("", "Until it is removed"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year")]
        .into_iter()
        .map(|(value, label)| Choice::plain(value, label, chosen))
        .collect()
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn a_key_ends_at_its_very_end() {
        let now = OffsetDateTime::UNIX_EPOCH;
        assert!(lasting(Some(now), now).is_expired && lasting(Some(now), now).tags.len() == 1);
        assert!(!lasting(Some(now + Duration::SECOND), now).is_expired);
        assert!(!lasting(None, now).is_expired && lasting(None, now).expires.is_none());
        assert!(named::<u8>(None).is_err() && named::<u8>(Some("x")).is_err());
        assert_eq!(named::<u8>(Some("7")).ok(), Some(7));
    }
}
