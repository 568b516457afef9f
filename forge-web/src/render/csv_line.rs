//! A line of comma-separated values that no spreadsheet takes for a formula.

/// Writes a row: every value in quotes, and one that a spreadsheet would calculate led by an apostrophe.
pub(crate) fn csv_line(cells: &[String]) -> String {
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        line.push('"');
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
            line.push('\'');
        }
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_a_formula_or_leaves_its_cell() {
        let cells = ["=1+1", "+x", "-x", "@x", "\tx", "a\"b", "a,b", "a\r\nb", "2026"].map(str::to_owned);
        let expected =
            "\"'=1+1\",\"'+x\",\"'-x\",\"'@x\",\"'\tx\",\"a\"\"b\",\"a,b\",\"a\r\nb\",\"2026\"\r\n";
        assert_eq!(csv_line(&cells), expected);
    }
}
