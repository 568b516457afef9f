//! The first rows of a file of comma-separated values.

pub mod diff;

/// Rows that are shown.
pub const MAX_ROWS: usize = 200;
/// Columns that are shown.
pub const MAX_COLUMNS: usize = 50;
/// Characters of a cell that are shown.
pub const MAX_CELL: usize = 300;
/// Bytes that are read.
pub const MAX_BYTES: usize = 1024 * 1024;

/// A table as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CsvTable {
    /// The first row, which names the columns.
    pub header: Vec<String>,
    /// The rows below.
    pub rows: Vec<Vec<String>>,
    /// Whether the file has more rows, columns or text than are shown.
    pub is_cut: bool,
}

/// Reads a text as a table; nothing if it has no rows.
///
/// Values are parted by tabs, semicolons or commas, whichever the first line has most of. A line break inside quotes
/// belongs to the value.
pub fn table(text: &str) -> Option<CsvTable> {
    let limits = Limits { bytes: MAX_BYTES, rows: MAX_ROWS, columns: MAX_COLUMNS, cell: MAX_CELL };
    let parsed = parse(text, limits)?;
    let is_cut = parsed.is_cut;
    let mut rows = parsed.rows.into_iter().map(|row| row.cells);
    Some(CsvTable { header: rows.next().unwrap_or_default(), rows: rows.collect(), is_cut })
}

/// How much of a table is read.
#[derive(Debug, Clone, Copy)]
struct Limits {
    bytes: usize,
    /// Rows below the header.
    rows: usize,
    columns: usize,
    /// Characters of a value.
    cell: usize,
}

/// A table as it was read: the header and the rows below, all of the same width.
struct Parsed {
    rows: Vec<Row>,
    is_cut: bool,
}

/// A row, and the lines of the file on which it stands.
struct Row {
    cells: Vec<String>,
    span: (u32, u32),
}

fn parse(text: &str, limits: Limits) -> Option<Parsed> {
    let mut cut = text.floor_char_boundary(limits.bytes);
    let mut is_cut = cut < text.len();
    if is_cut {
        // A row that is cut in two would show a wrong value.
        cut = text.get(..cut).and_then(|text| text.rfind('\n')).unwrap_or(cut);
    }
    let text = text.get(..cut).unwrap_or_default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let separator = [',', ';', '\t']
        .into_iter()
        .filter(|mark| first.contains(*mark))
        .max_by_key(|mark| first.matches(*mark).count());
    let mut reader =
        Reader { rest: text, separator: separator.unwrap_or(','), line: 1, limits, is_cut: false };
    let mut rows = Vec::new();
    while let Some(row) = reader.row() {
        if rows.len() > limits.rows {
            is_cut = true;
            break;
        }
        rows.push(row);
    }
    let widest = rows.iter().map(|row| row.cells.len()).max()?;
    for row in &mut rows {
        row.cells.resize(widest, String::new());
    }
    Some(Parsed { rows, is_cut: is_cut || reader.is_cut })
}

struct Reader<'a> {
    rest: &'a str,
    separator: char,
    line: u32,
    limits: Limits,
    is_cut: bool,
}

impl Reader<'_> {
    fn row(&mut self) -> Option<Row> {
        if self.rest.is_empty() {
            return None;
        }
        let (mut cells, first) = (Vec::new(), self.line);
        loop {
            let (cell, ends_row) = self.cell();
            if cells.len() < self.limits.columns {
                cells.push(cell);
            } else {
                self.is_cut = true;
            }
            if ends_row {
                let last = self.line;
                self.line = self.line.saturating_add(1);
                return Some(Row { cells, span: (first, last) });
            }
        }
    }

    /// Reads one value, and whether the row ends after it.
    fn cell(&mut self) -> (String, bool) {
        let mut cell = Cell { most: self.limits.cell, ..Cell::default() };
        let mut quoted = false;
        let mut characters = self.rest.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let end = at + c.len_utf8();
            if quoted {
                self.line = self.line.saturating_add(u32::from(c == '\n'));
                if c != '"' {
                    cell.push(c);
                } else if characters.next_if(|(_, next)| *next == '"').is_some() {
                    cell.push('"');
                } else {
                    quoted = false;
                }
            } else if c == '"' && cell.text.is_empty() {
                quoted = true;
            } else if c == self.separator || c == '\n' {
                self.rest = self.rest.get(end..).unwrap_or_default();
                return (cell.finish(&mut self.is_cut), c == '\n');
            } else if c != '\r' {
                cell.push(c);
            }
        }
        self.rest = "";
        (cell.finish(&mut self.is_cut), true)
    }
}

#[derive(Default)]
struct Cell {
    text: String,
    length: usize,
    most: usize,
}

impl Cell {
    fn push(&mut self, c: char) {
        self.length += 1;
        if self.length <= self.most {
            self.text.push(c);
        }
    }

    fn finish(mut self, is_cut: &mut bool) -> String {
        if self.length > self.most {
            self.text.push('…');
            *is_cut = true;
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quotes_breaks_and_separators() {
        let found = table("site,beds\n\"St \"\"Mary\"\", West\",\"1\n2\"\r\nA\n").unwrap();
        assert_eq!(found.header, ["site", "beds"]);
        assert_eq!(found.rows, [["St \"Mary\", West", "1\n2"], ["A", ""]]);
        assert!(!found.is_cut);
        assert_eq!(table("a;b\n1,5;2\n").unwrap().rows, [["1,5", "2"]]);
        assert_eq!(table("a\tb, c\n").unwrap().header, ["a", "b, c"]);
        assert_eq!(table(""), None);
    }

    #[test]
    fn cuts_what_is_too_much() {
        let long = table(&format!("a\n{}", "1\n".repeat(MAX_ROWS + 1))).unwrap();
        assert!(long.is_cut && long.rows.len() == MAX_ROWS);
        let wide = table(&"a,".repeat(1_000)).unwrap();
        assert!(wide.is_cut && wide.header.len() == MAX_COLUMNS);
        let deep = table(&"é".repeat(1_000)).unwrap();
        assert!(deep.is_cut && deep.header[0].chars().count() == MAX_CELL + 1);
        assert!(table(&"\"".repeat(3 * MAX_BYTES)).unwrap().is_cut);
    }

    #[test]
    fn rows_know_their_lines() {
        let limits = Limits { bytes: 1000, rows: 10, columns: 10, cell: 10 };
        let parsed = parse("a,b\n\"1\n2\",3\n4,5", limits).unwrap();
        assert_eq!(parsed.rows.iter().map(|row| row.span).collect::<Vec<_>>(), [(1, 1), (2, 3), (4, 4)]);
    }

    #[test]
    fn rows_are_as_wide_as_the_widest() {
        let found = table("a\n1,2,3\n").unwrap();
        assert_eq!((found.header.len(), found.rows[0].len()), (3, 3));
        let found = table("a,b\n1,2,3\n").unwrap();
        assert_eq!((found.header.len(), found.rows[0].len()), (3, 3));
    }
}
