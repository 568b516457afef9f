//! The register of the Organisation Data Service: health organisations by code, read from its CSV files.
//!
//! The files have no header and quote what they like. Two kinds are read, told apart by how many columns a line has:
//!
//! - organisations, such as `etr.csv`: code in column 1, name in 2, opened in 11 and closed in 12 as `YYYYMMDD`, and in 13 a
//!   status where the file has one (`A` active, `C` closed, `D` dormant, `P` proposed); at least twelve columns;
//! - successions, such as `succ.csv`: code in column 1, the code of the successor in 2; exactly five columns.

use crate::OdsCode;

/// The largest file read, in bytes.
pub const MAX_ODS_BYTES: usize = 256 * 1024 * 1024;
/// The longest line read, in bytes.
pub const MAX_ODS_LINE: usize = 16 * 1024;
/// The longest name kept, in characters.
const MAX_NAME: usize = 300;

/// An organisation as the register has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdsEntry {
    /// Its code, which is never used again.
    pub code: OdsCode,
    /// Its name.
    pub name: String,
    /// Whether it is closed.
    pub is_closed: bool,
    /// When it opened, as `YYYY-MM-DD`.
    pub opened: Option<String>,
    /// When it closed, as `YYYY-MM-DD`.
    pub closed: Option<String>,
    /// What came after it.
    pub successor: Option<OdsCode>,
}

/// What a line of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OdsLine {
    /// An organisation. Its successor is not known from here.
    Organisation(OdsEntry),
    /// What came after an organisation.
    Succession {
        /// The one before.
        code: OdsCode,
        /// The one after.
        successor: OdsCode,
    },
}

/// Why a line is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOdsLine {
    /// Quotes that do not end, or text behind them.
    #[error("the quotes in it do not pair up, or it is longer than {MAX_ODS_LINE} bytes")]
    Csv,
    /// Neither kind of file has so many.
    #[error("it has neither five columns nor at least twelve")]
    Columns,
    /// The code is none.
    #[error("its first column is no ODS code: 2 to 12 capital letters and digits")]
    Code,
    /// The name is empty or too long.
    #[error("its name is empty or longer than {MAX_NAME} characters")]
    Name,
    /// A date is none.
    #[error("a date in it is not written as YYYYMMDD")]
    Date,
}

/// Reads one line.
pub fn read_line(line: &str) -> Result<OdsLine, InvalidOdsLine> {
    let columns = columns(line).ok_or(InvalidOdsLine::Csv)?;
    let column = |number: usize| columns.get(number).map(|text| text.trim()).unwrap_or_default();
    let code = |text: &str| OdsCode::new(text).map_err(|_| InvalidOdsLine::Code);
    match columns.len() {
        5 => Ok(OdsLine::Succession { code: code(column(0))?, successor: code(column(1))? }),
        12.. => {
            let name = column(1);
            let length = name.chars().count();
            if !(1..=MAX_NAME).contains(&length) || name.chars().any(char::is_control) {
                return Err(InvalidOdsLine::Name);
            }
            let closed = date(column(11))?;
            let is_closed = match column(12) {
                "C" => true,
                "A" | "D" | "P" => false,
                _ => closed.is_some(),
            };
            Ok(OdsLine::Organisation(OdsEntry {
                code: code(column(0))?,
                name: name.to_owned(),
                is_closed,
                opened: date(column(10))?,
                closed,
                successor: None,
            }))
        }
        _ => Err(InvalidOdsLine::Columns),
    }
}

fn date(text: &str) -> Result<Option<String>, InvalidOdsLine> {
    if text.is_empty() {
        return Ok(None);
    }
    let (year, month, day) = match (text.get(..4), text.get(4..6), text.get(6..8)) {
        (Some(year), Some(month), Some(day)) if text.len() == 8 => (year, month, day),
        _ => return Err(InvalidOdsLine::Date),
    };
    let in_range =
        |text: &str, most: u16| text.parse::<u16>().is_ok_and(|number| (1..=most).contains(&number));
    if !text.bytes().all(|byte| byte.is_ascii_digit()) || !in_range(month, 12) || !in_range(day, 31) {
        return Err(InvalidOdsLine::Date);
    }
    Ok(Some(format!("{year}-{month}-{day}")))
}

/// The columns of a line of CSV; nothing if its quotes do not pair up.
fn columns(line: &str) -> Option<Vec<String>> {
    if line.len() > MAX_ODS_LINE {
        return None;
    }
    let mut columns = Vec::new();
    let mut rest = line;
    loop {
        let (column, after) = match rest.strip_prefix('"') {
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (column, after) = rest.split_at_checked(end)?;
                if column.contains('"') {
                    return None;
                }
                (column.to_owned(), after)
            }
            Some(quoted) => unquote(quoted)?,
        };
        columns.push(column);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(columns),
            None => return None,
        }
    }
}

/// What stands between quotes, `""` being one of them, and what follows.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut column = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        column.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                column.push('"');
                rest = more;
            }
            None => return Some((column, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(code: &str, name: &str, opened: &str, closed: &str, status: &str) -> String {
        format!(
            "\"{code}\",\"{name}\",\"Y54\",\"QXX\",\"1 HIGH ST\",,,\"ANYTOWN\",,\"AA1 1AA\",\"{opened}\",\"{closed}\",\"{status}\",,,,,,,,,\"0\",,,,,"
        )
    }

    #[test]
    fn reads_organisations_and_successions() {
        let Ok(OdsLine::Organisation(open)) =
            read_line(&line("ZZ1", "ANYTOWN, \"\"OLD\"\" TRUST", "20010401", "", ""))
        else {
            panic!("an organisation");
        };
        assert_eq!(open.name, "ANYTOWN, \"OLD\" TRUST");
        assert_eq!((open.is_closed, open.opened.as_deref(), open.closed), (false, Some("2001-04-01"), None));
        let closed = |closed: &str, status: &str| match read_line(&line("ZZ1", "X", "", closed, status)) {
            Ok(OdsLine::Organisation(entry)) => entry.is_closed,
            other => panic!("{other:?}"),
        };
        assert!(closed("20200331", "") && closed("", "C") && !closed("20990101", "A") && !closed("", "D"));
        let succession = read_line("\"ZZ1\",\"ZZ2\",\"R\",\"20200401\",\"1\"").unwrap();
        let code = |text: &str| OdsCode::new(text).unwrap();
        assert_eq!(succession, OdsLine::Succession { code: code("ZZ1"), successor: code("ZZ2") });
    }

    #[test]
    fn refuses_the_rest_and_says_why() {
        for (text, why) in [
            ("\"ZZ1", InvalidOdsLine::Csv),
            ("\"ZZ1\"x,b", InvalidOdsLine::Csv),
            ("a\"b,c", InvalidOdsLine::Csv),
            ("", InvalidOdsLine::Columns),
            ("ZZ1,X", InvalidOdsLine::Columns),
            ("!,ZZ2,R,20200401,1", InvalidOdsLine::Code),
            (&line("Z", "X", "", "", ""), InvalidOdsLine::Code),
            (&line("ZZ1", "", "", "", ""), InvalidOdsLine::Name),
            (&line("ZZ1", &"x".repeat(301), "", "", ""), InvalidOdsLine::Name),
            (&line("ZZ1", "X", "2001", "", ""), InvalidOdsLine::Date),
            (&line("ZZ1", "X", "20011301", "", ""), InvalidOdsLine::Date),
            (&"x,".repeat(MAX_ODS_LINE), InvalidOdsLine::Csv),
        ] {
            assert_eq!(read_line(text), Err(why), "{text:.60}");
        }
    }
}
