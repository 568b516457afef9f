//! Points in time as pages show them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// A point in time, for a machine and for a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// For the `datetime` attribute.
    pub machine: String,
    /// What people read: `22 November 2026`, or `2 hours ago`.
    pub text: String,
    /// The full date and time, shown when pointed at.
    pub full: String,
}

impl When {
    /// Shows the date.
    pub fn on(at: OffsetDateTime) -> Self {
        let at = at.to_offset(time::UtcOffset::UTC);
        let date =
            at.format(format_description!("[day padding:none] [month repr:long] [year]")).unwrap_or_default();
        let full = at
            .format(format_description!("[day padding:none] [month repr:long] [year] at [hour]:[minute] UTC"))
            .unwrap_or_default();
        Self { machine: at.format(&Rfc3339).unwrap_or_default(), text: date, full }
    }

    /// Shows the date and the time, to the second.
    pub fn at(at: OffsetDateTime) -> Self {
        let when = Self::on(at);
        let at = at.to_offset(time::UtcOffset::UTC);
        let text = at.format(format_description!(
            "[day padding:none] [month repr:long] [year] at [hour]:[minute]:[second] UTC"
        ));
        Self { text: text.unwrap_or_default(), ..when }
    }

    /// Shows how long ago it was, for as long as that is easier to read than a date.
    pub fn ago(at: OffsetDateTime, now: OffsetDateTime) -> Self {
        let when = Self::on(at);
        let seconds = (now - at).whole_seconds();
        let text = match seconds {
            0..60 => "just now".to_owned(),
            60..3_600 => count(seconds / 60, "minute"),
            3_600..86_400 => count(seconds / 3_600, "hour"),
            86_400..172_800 => "yesterday".to_owned(),
            172_800..2_592_000 => count(seconds / 86_400, "day"),
            _ => return when,
        };
        Self { text, ..when }
    }
}

fn count(number: i64, unit: &str) -> String {
    if number == 1 { format!("1 {unit} ago") } else { format!("{number} {unit}s ago") }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn writes_dates_as_the_nhs_does() {
        let when = When::on(datetime!(2026-08-24 09:05 +1));
        assert_eq!(when.text, "24 August 2026");
        assert_eq!(when.full, "24 August 2026 at 08:05 UTC");
        assert_eq!(When::at(datetime!(2026-08-24 09:05:07 +1)).text, "24 August 2026 at 08:05:07 UTC");
        assert_eq!(when.machine, "2026-08-24T08:05:00Z");
    }

    #[test]
    fn says_how_long_ago_while_that_is_short() {
        let now = datetime!(2026-08-24 09:00 UTC);
        for (before, text) in [
            (Duration::seconds(3), "just now"),
            (Duration::minutes(1), "1 minute ago"),
            (Duration::hours(5), "5 hours ago"),
            (Duration::hours(30), "yesterday"),
            (Duration::days(12), "12 days ago"),
            (Duration::days(40), "15 July 2026"),
            (Duration::minutes(-9), "24 August 2026"),
        ] {
            assert_eq!(When::ago(now - before, now).text, text);
        }
    }
}
