//! Who and when: the line of an author, committer or tagger.

use super::rule::{Problem, Rule};

/// Checks what stands between a header's name and the end of its line.
pub(super) fn check(line: &[u8]) -> Result<(), Problem> {
    let after_name = name(line)?;
    let after_email = email(after_name)?;
    date_and_zone(after_email)
}

fn name(line: &[u8]) -> Result<&[u8], Problem> {
    if line.first() == Some(&b'<') {
        return Err(Problem::new(Rule::MissingNameBeforeEmail, "no name before the e-mail address"));
    }
    let end = line.iter().position(|byte| matches!(byte, b'<' | b'>')).unwrap_or(line.len());
    let (name, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    match rest.split_first() {
        Some((b'<', rest)) if name.last() == Some(&b' ') => Ok(rest),
        Some((b'<', _)) => {
            Err(Problem::new(Rule::MissingSpaceBeforeEmail, "no space before the e-mail address"))
        }
        Some(_) => Err(Problem::new(Rule::BadName, "a name holds >")),
        None => Err(Problem::new(Rule::MissingEmail, "no e-mail address")),
    }
}

fn email(rest: &[u8]) -> Result<&[u8], Problem> {
    let end = rest.iter().position(|byte| matches!(byte, b'<' | b'>')).unwrap_or(rest.len());
    match rest.get(end..).and_then(<[u8]>::split_first) {
        Some((b'>', rest)) => rest
            .strip_prefix(b" ")
            .ok_or_else(|| Problem::new(Rule::MissingSpaceBeforeDate, "no space before the date")),
        _ => Err(Problem::new(Rule::BadEmail, "an e-mail address does not end")),
    }
}

fn date_and_zone(rest: &[u8]) -> Result<(), Problem> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (date, rest) = rest.split_at_checked(digits).unwrap_or((rest, &[]));
    if date.is_empty() {
        return Err(Problem::new(Rule::BadDate, "the date is not a number"));
    }
    if date.first() == Some(&b'0') && date.len() > 1 {
        return Err(Problem::new(Rule::ZeroPaddedDate, "the date starts with a zero"));
    }
    // Git refuses what a signed 64-bit time cannot hold.
    if std::str::from_utf8(date).ok().and_then(|text| text.parse::<i64>().ok()).is_none() {
        return Err(Problem::new(Rule::BadDateOverflow, "the date is beyond what git can count"));
    }
    let Some(zone) = rest.strip_prefix(b" ") else {
        return Err(Problem::new(Rule::BadDate, "no space after the date"));
    };
    match zone.split_first() {
        Some((b'+' | b'-', digits)) if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) => Ok(()),
        _ => Err(Problem::new(Rule::BadTimezone, "the time zone is not a sign and four digits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(line: &str) -> Option<Rule> {
        check(line.as_bytes()).err().map(|problem| problem.rule)
    }

    #[test]
    fn names_the_broken_rule() {
        assert_eq!(broken("A B <a@b> 1 +0000"), None);
        assert_eq!(broken(" <a@b> 1 -1234"), None);
        assert_eq!(broken("A <> 0 +0000"), None);
        assert_eq!(broken("<a@b> 1 +0000"), Some(Rule::MissingNameBeforeEmail));
        assert_eq!(broken("A> <a@b> 1 +0000"), Some(Rule::BadName));
        assert_eq!(broken("A a@b 1 +0000"), Some(Rule::MissingEmail));
        assert_eq!(broken("A<a@b> 1 +0000"), Some(Rule::MissingSpaceBeforeEmail));
        assert_eq!(broken("A <a@b 1 +0000"), Some(Rule::BadEmail));
        assert_eq!(broken("A <a<b> 1 +0000"), Some(Rule::BadEmail));
        assert_eq!(broken("A <a@b>1 +0000"), Some(Rule::MissingSpaceBeforeDate));
        assert_eq!(broken("A <a@b> x +0000"), Some(Rule::BadDate));
        assert_eq!(broken("A <a@b> 1"), Some(Rule::BadDate));
        assert_eq!(broken("A <a@b> 01 +0000"), Some(Rule::ZeroPaddedDate));
        assert_eq!(broken("A <a@b> 99999999999999999999 +0000"), Some(Rule::BadDateOverflow));
        assert_eq!(broken("A <a@b> 1 0000"), Some(Rule::BadTimezone));
        assert_eq!(broken("A <a@b> 1 +00000"), Some(Rule::BadTimezone));
    }
}
