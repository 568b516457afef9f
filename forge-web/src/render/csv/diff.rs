//! What changed in a table, value by value.
//!
//! Columns are paired by their headings. Rows are paired by the first column where it names each row, as an id or a date
//! does, else by what they say and by where they stand.

use super::{Limits, Row, parse};
use crate::render::Change;
use crate::render::align::{Pairs, Step};

/// The largest table that is compared, in bytes.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Rows that are compared.
pub const MAX_ROWS: usize = 20_000;
/// Columns that are compared.
pub const MAX_COLUMNS: usize = 100;
/// Rows that are shown.
pub const MAX_SHOWN: usize = 500;
/// Characters of a value that are shown.
const MAX_CELL: usize = 300;
/// Rows around a change that are shown with it.
const AROUND: usize = 1;

/// Why two tables are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCompared {
    /// One of them is over a limit.
    #[error("this table has more than 2 MB, 20,000 rows or 100 columns, so it is compared line by line")]
    TooLarge,
    /// One of them has no rows.
    #[error("this table has no rows, so it is compared line by line")]
    Empty,
}

/// What changed in a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableDiff {
    /// The columns of both sides, in reading order.
    pub columns: Vec<Column>,
    /// The rows that changed, with what is around them.
    pub rows: Vec<TableRow>,
    /// The column that tells rows apart, if there is one.
    pub key: Option<String>,
    /// How many rows changed.
    pub changed: usize,
    /// How many rows are new.
    pub added: usize,
    /// How many rows are gone.
    pub removed: usize,
    /// How many rows stand elsewhere among the others.
    pub moved: usize,
    /// Whether more rows changed than are shown.
    pub is_cut: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What happened to it. It has changed if it is called something else.
    pub change: Change,
    /// Its heading before.
    pub before: String,
    /// Its heading now.
    pub after: String,
}

/// One line of the table that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableRow {
    /// So many rows that are the same.
    Gap(usize),
    /// A row.
    Row(RowDiff),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDiff {
    /// What happened to it.
    pub change: Change,
    /// Its number before, counted from one below the header.
    pub old: Option<usize>,
    /// Its number now.
    pub new: Option<usize>,
    /// The lines of the file on which it stood.
    pub old_span: Option<(u32, u32)>,
    /// The lines of the file on which it stands.
    pub new_span: Option<(u32, u32)>,
    /// Its values, one for each column.
    pub values: Vec<ValueDiff>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueDiff {
    /// What happened to it.
    pub change: Change,
    /// What it was; empty where there was none.
    pub before: String,
    /// What it is; empty where there is none.
    pub after: String,
}

/// Compares two tables; nothing stands for a file that is not there.
pub fn compare(old: Option<&str>, new: Option<&str>) -> Result<TableDiff, NotCompared> {
    let (old, new) = (read(old)?, read(new)?);
    let none = Row { cells: Vec::new(), span: (0, 0) };
    let (old_header, old_rows) = old.split_first().unwrap_or((&none, &[]));
    let (new_header, new_rows) = new.split_first().unwrap_or((&none, &[]));
    let columns = columns(&old_header.cells, &new_header.cells);
    let (pairs, has_key) = pair_rows(&columns, old_rows, new_rows);
    let rows: Vec<(RowDiff, bool)> =
        pairs.steps().iter().map(|step| (row(step, &columns, old_rows, new_rows), step.is_moved)).collect();
    let count = |change: Change| rows.iter().filter(|(row, _)| row.change == change).count();
    let mut diff = TableDiff {
        key: has_key.then(|| new_header.cells.first().map(|name| shorten(name))).flatten(),
        changed: count(Change::Changed),
        added: count(Change::Added),
        removed: count(Change::Removed),
        moved: rows.iter().filter(|(_, is_moved)| *is_moved).count(),
        columns: columns.iter().map(|step| column(step, &old_header.cells, &new_header.cells)).collect(),
        ..TableDiff::default()
    };
    (diff.rows, diff.is_cut) = folded(rows.into_iter().map(|(row, _)| row).collect());
    Ok(diff)
}

fn read(text: Option<&str>) -> Result<Vec<Row>, NotCompared> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let limits = Limits { bytes: MAX_BYTES, rows: MAX_ROWS, columns: MAX_COLUMNS, cell: usize::MAX };
    let parsed = parse(text, limits).ok_or(NotCompared::Empty)?;
    if parsed.is_cut { Err(NotCompared::TooLarge) } else { Ok(parsed.rows) }
}

fn columns(old: &[String], new: &[String]) -> Vec<Step> {
    let mut pairs = Pairs::new(old.len(), new.len());
    let names = |header: &[String]| -> Vec<Option<String>> { header.iter().cloned().map(Some).collect() };
    let (old_names, new_names) = (names(old), names(new));
    pairs.by_name(
        &old_names.iter().map(Option::as_deref).collect::<Vec<_>>(),
        &new_names.iter().map(Option::as_deref).collect::<Vec<_>>(),
    );
    pairs.by_place(|_, _| true);
    pairs.steps()
}

fn column(step: &Step, old: &[String], new: &[String]) -> Column {
    let name = |at: Option<usize>, header: &[String]| {
        at.and_then(|at| header.get(at)).map(|name| shorten(name)).unwrap_or_default()
    };
    let (before, after) = (name(step.old, old), name(step.new, new));
    Column { change: Change::of(step.old, step.new, before == after), before, after }
}

/// Pairs rows, and says whether the first column names them.
fn pair_rows(columns: &[Step], old: &[Row], new: &[Row]) -> (Pairs, bool) {
    let mut pairs = Pairs::new(old.len(), new.len());
    let first_is_first = columns.iter().any(|step| (step.old, step.new) == (Some(0), Some(0)));
    if first_is_first && names_rows(old) && names_rows(new) {
        let keys = |rows: &'_ [Row]| -> Vec<Option<String>> {
            rows.iter().map(|row| row.cells.first().cloned()).collect()
        };
        let (old_keys, new_keys) = (keys(old), keys(new));
        pairs.by_name(
            &old_keys.iter().map(Option::as_deref).collect::<Vec<_>>(),
            &new_keys.iter().map(Option::as_deref).collect::<Vec<_>>(),
        );
        return (pairs, true);
    }
    let shared: Vec<(usize, usize)> = columns.iter().filter_map(|step| step.old.zip(step.new)).collect();
    let text = |row: &Row, at: &dyn Fn(&(usize, usize)) -> usize| -> String {
        let cells = shared.iter().map(|pair| row.cells.get(at(pair)).map_or("", String::as_str));
        cells.collect::<Vec<_>>().join("\u{1f}")
    };
    let old_texts: Vec<String> = old.iter().map(|row| text(row, &|pair| pair.0)).collect();
    let new_texts: Vec<String> = new.iter().map(|row| text(row, &|pair| pair.1)).collect();
    pairs.by_content(
        &old_texts.iter().map(String::as_str).collect::<Vec<_>>(),
        &new_texts.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    pairs.by_place(|from, to| {
        let cell = |rows: &[Row], row: usize, at: usize| {
            rows.get(row).and_then(|row| row.cells.get(at)).filter(|cell| !cell.is_empty()).cloned()
        };
        shared.len() == 1
            || shared.iter().any(|(before, after)| {
                let value = cell(old, from, *before);
                value.is_some() && value == cell(new, to, *after)
            })
    });
    (pairs, false)
}

/// Whether the first column is different, and not empty, in each row.
fn names_rows(rows: &[Row]) -> bool {
    let mut seen = std::collections::HashSet::new();
    rows.iter().all(|row| row.cells.first().is_some_and(|cell| !cell.is_empty() && seen.insert(cell)))
}

fn row(step: &Step, columns: &[Step], old: &[Row], new: &[Row]) -> RowDiff {
    let before = step.old.and_then(|at| old.get(at));
    let after = step.new.and_then(|at| new.get(at));
    let cell = |row: Option<&Row>, at: Option<usize>| {
        row.zip(at).and_then(|(row, at)| row.cells.get(at)).cloned().unwrap_or_default()
    };
    let mut is_same = true;
    let values: Vec<ValueDiff> = columns
        .iter()
        .map(|column| {
            let (was, is) = (cell(before, column.old), cell(after, column.new));
            let change = if was == is {
                Change::Same
            } else if was.is_empty() {
                Change::Added
            } else if is.is_empty() {
                Change::Removed
            } else {
                Change::Changed
            };
            is_same &= change == Change::Same;
            ValueDiff { change, before: shorten(&was), after: shorten(&is) }
        })
        .collect();
    RowDiff {
        change: Change::of(step.old, step.new, is_same),
        old: step.old.map(|at| at + 1),
        new: step.new.map(|at| at + 1),
        old_span: before.map(|row| row.span),
        new_span: after.map(|row| row.span),
        values,
    }
}

/// Folds what is the same and not near a change, and says whether some changes are left out.
fn folded(rows: Vec<RowDiff>) -> (Vec<TableRow>, bool) {
    let changed: Vec<bool> = rows.iter().map(|row| row.change != Change::Same).collect();
    let is_near = |at: usize| {
        let range = at.saturating_sub(AROUND)..(at + AROUND + 1).min(changed.len());
        changed.get(range).is_some_and(|near| near.contains(&true))
    };
    let (mut shown, mut gap, mut count) = (Vec::new(), 0, 0);
    for (at, row) in rows.into_iter().enumerate() {
        if !is_near(at) {
            gap += 1;
            continue;
        }
        if count == MAX_SHOWN {
            return (shown, true);
        }
        if gap > 0 {
            shown.push(TableRow::Gap(std::mem::take(&mut gap)));
        }
        shown.push(TableRow::Row(row));
        count += 1;
    }
    if gap > 0 {
        shown.push(TableRow::Gap(gap));
    }
    (shown, false)
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_CELL).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<String> {
        let diff = compare(Some(old), Some(new)).unwrap();
        let rows = diff.rows.iter().map(|row| match row {
            TableRow::Gap(count) => format!("… {count}"),
            TableRow::Row(row) => {
                let values = row.values.iter().map(|value| match value.change {
                    Change::Same => value.after.clone(),
                    _ => format!("{}>{}", value.before, value.after),
                });
                format!("{:?} {}", row.change, values.collect::<Vec<_>>().join(","))
            }
        });
        rows.collect()
    }

    #[test]
    fn rows_are_found_by_their_key() {
        let old = "ward,open\nA1,24\nB2,30\nC3,12\n";
        let new = "ward,open\nC3,12\nA1,25\nD4,8\n";
        assert_eq!(shown(old, new), ["Same C3,12", "Changed A1,24>25", "Removed B2>,30>", "Added >D4,>8"]);
        let diff = compare(Some(old), Some(new)).unwrap();
        assert_eq!((diff.key.as_deref(), diff.changed, diff.added, diff.removed), (Some("ward"), 1, 1, 1));
        assert_eq!(diff.moved, 1);
    }

    #[test]
    fn without_a_key_rows_are_found_by_what_they_say() {
        let old = "site,open\nA,1\nA,2\nA,3\nB,4\n";
        let new = "site,open\nA,1\nA,9\nA,3\nB,4\nC,5\n";
        assert_eq!(shown(old, new), ["Same A,1", "Changed A,2>9", "Same A,3", "Same B,4", "Added >C,>5"]);
        assert_eq!(compare(Some(old), Some(new)).unwrap().key, None);
    }

    #[test]
    fn columns_are_found_by_their_headings() {
        let diff = compare(Some("id,old,same\n1,x,y\n"), Some("id,same,more\n1,y,z\n")).unwrap();
        let columns: Vec<_> =
            diff.columns.iter().map(|column| (column.change, &*column.before, &*column.after)).collect();
        assert_eq!(
            columns,
            [
                (Change::Same, "id", "id"),
                (Change::Removed, "old", ""),
                (Change::Same, "same", "same"),
                (Change::Added, "", "more")
            ]
        );
        let renamed = compare(Some("id,a\n1,2\n"), Some("id,b\n1,2\n")).unwrap();
        assert_eq!((renamed.columns[1].change, renamed.changed), (Change::Changed, 0));
    }

    #[test]
    fn what_is_the_same_is_folded_and_lines_are_kept() {
        let table = |value: &str| {
            let rows: Vec<String> = (1..=40).map(|id| format!("{id},\"a\nb\"\n")).collect();
            format!("id,text\n{}", rows.concat()).replace("20,\"a", &format!("20,\"{value}"))
        };
        let diff = compare(Some(&table("a")), Some(&table("changed"))).unwrap();
        let [TableRow::Gap(18), TableRow::Row(_), TableRow::Row(row), TableRow::Row(_), TableRow::Gap(19)] =
            &diff.rows[..]
        else {
            panic!("{:?}", diff.rows)
        };
        assert_eq!((row.old, row.old_span, row.new_span), (Some(20), Some((40, 41)), Some((40, 41))));
    }

    #[test]
    fn one_side_alone_is_all_new_or_all_gone() {
        assert_eq!(compare(None, Some("a,b\n1,2\n")).unwrap().added, 1);
        assert_eq!(compare(Some("a,b\n1,2\n"), None).unwrap().removed, 1);
    }

    #[test]
    fn too_much_is_refused_or_left_out() {
        let large = |text: String| compare(Some("a\n1\n"), Some(&text));
        assert_eq!(large(format!("a\n{}", "1\n".repeat(MAX_ROWS + 1))), Err(NotCompared::TooLarge));
        assert_eq!(large("a,".repeat(10_000)), Err(NotCompared::TooLarge));
        assert_eq!(large("x".repeat(MAX_BYTES + 1)), Err(NotCompared::TooLarge));
        assert_eq!(large(String::new()), Err(NotCompared::Empty));
        let many = compare(Some("a,b\n"), Some(&format!("a,b\n{}", "1,2\n".repeat(MAX_ROWS)))).unwrap();
        assert!(many.is_cut && many.rows.len() == MAX_SHOWN && many.added == MAX_ROWS);
    }
}
