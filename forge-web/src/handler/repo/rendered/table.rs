//! Rows of tables.

use crate::handler::present::counted;
use crate::render::Change;
use crate::render::csv::diff::{NotCompared, RowDiff, TableDiff, TableRow, compare};
use crate::view::{Remarks, Rendered, RenderedRow, RenderedTable};

pub(super) fn view(old: Option<&str>, new: Option<&str>) -> Result<Rendered, NotCompared> {
    let diff = compare(old, new)?;
    let notes = notes(&diff);
    let rows = diff.rows.into_iter().map(|row| match row {
        TableRow::Gap(count) => RenderedRow::Gap(match count {
            1 => "1 row is the same".to_owned(),
            count => format!("{count} rows are the same"),
        }),
        TableRow::Row(row) => one(row),
    });
    Ok(Rendered::Table(RenderedTable { notes, columns: diff.columns, rows: rows.collect() }))
}

fn notes(diff: &TableDiff) -> Vec<String> {
    let rows = |count: usize| counted(u64::try_from(count).unwrap_or(u64::MAX), "row", "rows");
    let columns = |change: Change| diff.columns.iter().filter(|column| column.change == change).count();
    let mut found: Vec<String> =
        [(diff.changed, "changed"), (diff.added, "added"), (diff.removed, "removed")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", rows(count)))
            .collect();
    let of_columns = [(Change::Added, "added"), (Change::Removed, "removed"), (Change::Changed, "renamed")];
    for (change, word) in of_columns {
        if columns(change) > 0 {
            let count = u64::try_from(columns(change)).unwrap_or(u64::MAX);
            found.push(format!("{} {word}", counted(count, "column", "columns")));
        }
    }
    let mut notes = Vec::new();
    if found.is_empty() {
        notes.push("No value is different: only how the values are written has changed.".to_owned());
    } else {
        notes.push(format!("{}.", found.join(", ")));
    }
    match &diff.key {
        Some(key) if key.is_empty() => notes.push("Rows are told apart by the first column.".to_owned()),
        Some(key) => notes.push(format!("Rows are told apart by the column “{key}”.")),
        None => notes
            .push("No column names each row, so rows are compared as they follow one another.".to_owned()),
    }
    if diff.moved > 0 {
        notes.push(format!(
            "{} in another place.",
            match diff.moved {
                1 => "1 row stands".to_owned(),
                count => format!("{count} rows stand"),
            }
        ));
    }
    if diff.is_cut {
        notes.push("Only the first 500 rows are shown here.".to_owned());
    }
    notes
}

fn one(row: RowDiff) -> RenderedRow {
    let number = match (row.old, row.new) {
        (Some(old), Some(new)) if old != new => format!("{old} → {new}"),
        (old, new) => new.or(old).map(|number| number.to_string()).unwrap_or_default(),
    };
    RenderedRow::Row {
        change: row.change,
        number,
        values: row.values,
        remarks: Remarks::at(row.old_span, row.new_span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_said_in_words() {
        let old = "ward,open\nA1,24\nB2,30\n";
        let Ok(Rendered::Table(found)) = view(Some(old), Some("ward,open,more\nA1,25,\nC3,1,\n")) else {
            panic!()
        };
        assert_eq!(
            found.notes,
            [
                "1 row changed, 1 row added, 1 row removed, 1 column added.",
                "Rows are told apart by the column “ward”."
            ]
        );
        let Ok(Rendered::Table(same)) = view(Some("a,b\n1,2\n"), Some("a,b\n\"1\",2\n")) else { panic!() };
        assert!(same.notes[0].starts_with("No value is different"));
    }
}
