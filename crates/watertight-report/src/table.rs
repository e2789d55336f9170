//! Rows and columns as kubectl prints them: a header in capitals, columns three spaces apart, nothing
//! after the last.

use std::io::{self, Write};

use crate::Style;
use crate::style::Clean;

/// A table that is printed as a whole. Cells are text from outside: control characters are escaped.
#[derive(Debug, Clone, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns, named in capitals.
    #[must_use]
    pub fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row. Missing cells are empty; an empty cell is shown as `-`, so that columns can be told apart.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.header.len(), String::new());
        for cell in &mut row {
            *cell = if cell.is_empty() { "-".to_owned() } else { Clean(&*cell).to_string() };
        }
        self.rows.push(row);
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the header and every row.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(self.header[column].len())
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let last = widths.len().saturating_sub(1);
        for (column, name) in self.header.iter().enumerate() {
            let padding = if column == last { 0 } else { widths[column] + 3 - name.len() };
            write!(out, "{}{:padding$}", style.strong(name), "")?;
        }
        writeln!(out)?;
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                let padding = if column == last { 0 } else { widths[column] + 3 - cell.chars().count() };
                write!(out, "{cell}{:padding$}", "")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_trails() {
        let mut table = Table::new(&["NAME", "ROLE", "SINCE"]);
        table.row(["web", "a-long-role", ""]);
        table.row(["größer", "x\u{1b}[31m"]);
        let mut out = Vec::new();
        table.write(Style::Plain, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "NAME     ROLE          SINCE\nweb      a-long-role   -\ngrößer   x\\u{1b}[31m   -\n"
        );
    }
}
