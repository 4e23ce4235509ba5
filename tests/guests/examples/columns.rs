//! Asks for five columns of the finished tasks as often as its argument `times` says, and tells the sum of all numbers. What a host
//! takes for that is measured with it.

use rush_worker::prelude::*;

#[derive(Deserialize)]
struct Args {
    times: usize,
}

fn columns(worker: &mut Worker) -> Result<()> {
    let Args { times } = worker.args()?;
    let table = worker.fetch(&[State::Finished], Parts::XS)?;
    let mut sum = 0.0;
    for _ in 0..times {
        for (name, _) in table.columns() {
            sum += table.numbers(&name)?.iter().sum::<f64>();
        }
    }
    info!("{} tasks, {sum}", table.len());
    Ok(())
}

rush_worker::main!(columns);
