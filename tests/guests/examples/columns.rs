//! Adds up all numbers in the points of the finished tasks as often as its argument `times` says: column by column, or with
//! `"as": "tasks"` task by task, or with `"as": "rows"` as rows of a type, which has five. What a host takes for that is measured with it.

use rush_worker::{Value, prelude::*};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    times: usize,
    #[serde(default, rename = "as")]
    form: Form,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    #[default]
    Columns,
    Tasks,
    Rows,
}

#[derive(Deserialize)]
struct Point {
    x1: f64,
    x2: f64,
    x3: f64,
    x4: f64,
    x5: f64,
}

fn columns(worker: &mut Worker) -> Result<()> {
    let Args { times, form } = worker.args()?;
    let table = worker.fetch(&[State::Finished], Parts::XS)?;
    let mut sum = 0.0;
    for _ in 0..times {
        sum += match form {
            Form::Columns => by_column(&table)?,
            Form::Tasks => by_task(&table),
            Form::Rows => {
                let rows = table.rows_as::<Point>()?;
                rows.iter().map(|Point { x1, x2, x3, x4, x5 }| x1 + x2 + x3 + x4 + x5).sum()
            }
        };
    }
    info!("{} tasks, {sum}", table.len());
    Ok(())
}

fn by_column(table: &Table) -> Result<f64> {
    let mut sum = 0.0;
    for (name, _) in table.columns() {
        sum += table.numbers(&name)?.iter().sum::<f64>();
    }
    Ok(sum)
}

fn by_task(table: &Table) -> f64 {
    let number = |value: &Value| if let Value::Number(number) = value { *number } else { 0.0 };
    table.iter().map(|task| task.xs.iter().map(|field| number(&field.value)).sum::<f64>()).sum()
}

rush_worker::main!(columns);
