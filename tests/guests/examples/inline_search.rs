//! Random search whose objective, the Branin function, is part of the loop: what `plugins/random-search` costs without an evaluation in
//! a sandbox, with its arguments.

use rush_worker::{WorkerRng, prelude::*};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    lower: [f64; 2],
    upper: [f64; 2],
    #[serde(default)]
    fused: bool,
}

#[derive(Serialize)]
struct Point {
    x1: f64,
    x2: f64,
}

#[derive(Serialize)]
struct Outcome {
    y: f64,
}

fn inline_search(worker: &mut Worker) -> Result<()> {
    let args: Args = worker.args()?;
    if args.fused { fused(worker, &args) } else { plain(worker, &args) }
}

fn plain(worker: &mut Worker, args: &Args) -> Result<()> {
    while !worker.terminated() {
        let xs = draw(worker.rng(), args);
        let Some(key) = worker.when_there_is_room(|worker| worker.push_running_one(&xs))? else { break };
        worker.when_there_is_room(|worker| worker.finish_one(&key, &branin(&xs)))?;
    }
    Ok(())
}

fn fused(worker: &mut Worker, args: &Args) -> Result<()> {
    let mut running: Option<(Key, Point)> = None;
    while !worker.terminated() {
        let next = draw(worker.rng(), args);
        let pushed = match running.take() {
            Some((key, xs)) => {
                let ys = branin(&xs);
                let step = |worker: &Worker| worker.finish_and_push_running_one(&key, &ys, &next);
                let Some(pushed) = worker.when_there_is_room(step)? else { break };
                pushed
            }
            None => None,
        };
        let key = match pushed {
            Some(key) => key,
            None => match worker.when_there_is_room(|worker| worker.push_running_one(&next))? {
                Some(key) => key,
                None => break,
            },
        };
        running = Some((key, next));
    }
    if let Some((key, xs)) = running {
        worker.when_there_is_room(|worker| worker.finish_one(&key, &branin(&xs)))?;
    }
    Ok(())
}

fn draw(rng: &mut WorkerRng, Args { lower, upper, .. }: &Args) -> Point {
    let mut draw = |index: usize| rng.random_range(lower[index]..=upper[index]);
    Point { x1: draw(0), x2: draw(1) }
}

fn branin(&Point { x1, x2 }: &Point) -> Outcome {
    Outcome { y: test_guests::branin(x1, x2) }
}

rush_worker::main!(inline_search);
