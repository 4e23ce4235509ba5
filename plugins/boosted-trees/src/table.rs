//! The table, as it stands in its file.

use crate::Error;

/// A CSV file with a header: named columns of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Vec<String>>,
}

impl Table {
    /// The table in this file.
    pub fn read(csv: &[u8]) -> Result<Self, Error> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
        let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        if let Some((_, name)) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name))
        {
            return Err(Error::ColumnTwice(name.clone()));
        }
        let mut columns = vec![Vec::new(); names.len()];
        for record in reader.records() {
            for (column, cell) in columns.iter_mut().zip(&record?) {
                column.push(cell.to_owned());
            }
        }
        Ok(Self { names, columns })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// The place of a column that an argument names.
    pub fn place(&self, argument: &'static str, name: &str) -> Result<usize, Error> {
        self.names.iter().position(|there| there == name).ok_or_else(|| Error::NoColumn {
            argument,
            name: name.to_owned(),
            there: self.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        })
    }

    /// The places of all columns that hold a number in one of these rows: the others are texts. (One that holds something else in
    /// some row is an error when it is read, since it may be a mistake.)
    pub fn numeric(&self, rows: &[usize]) -> Vec<usize> {
        let has_number = |place: &usize| rows.iter().any(|&row| number(&self.columns[*place][row]).is_some());
        (0..self.columns.len()).filter(has_number).collect()
    }

    /// Some rows of a column, as numbers.
    pub fn numbers(&self, place: usize, rows: &[usize]) -> Result<Vec<f64>, Error> {
        rows.iter()
            .map(|&row| {
                let cell = &self.columns[place][row];
                number(cell).ok_or_else(|| Error::NoNumber {
                    column: self.names[place].clone(),
                    cell: cell.clone(),
                    row: row + 1,
                })
            })
            .collect()
    }
}

/// A missing value is no number.
fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_texts_are_told_from_columns_of_numbers() {
        let table = Table::read(b"model,mpg,\"wt, tons\"\n\"Fiat, 128\",32.4,2.2\n240, 14.3,3\n").unwrap();
        assert_eq!(table.rows(), 2);
        assert_eq!(table.numeric(&[0]), [1, 2]);
        assert_eq!(table.numbers(1, &[1, 0]).unwrap(), [14.3, 32.4]);
        assert_eq!(table.place("features", "wt, tons").unwrap(), 2);
    }

    #[test]
    fn what_is_wrong_with_a_table_is_told() {
        assert_eq!(
            Table::read(b"a,b,a\n").unwrap_err().to_string(),
            "[objective.data] table has two columns `a`"
        );
        let ragged = Table::read(b"a,b\n1,2\n3\n").unwrap_err().to_string();
        assert!(ragged.starts_with("[objective.data] table cannot be read: "), "{ragged}");
        let table = Table::read(b"a,b\n1,2\n3,NA\n").unwrap();
        assert_eq!(
            table.numbers(1, &[0, 1]).unwrap_err().to_string(),
            "column `b` has `NA` in row 2, where a number is needed: `objective.args.features` can leave out columns, \
             `train` and `test` can leave out rows"
        );
        assert_eq!(
            table.place("target", "mpg").unwrap_err().to_string(),
            "`objective.args.target` names a column `mpg`; the table has `a`, `b`"
        );
    }
}
