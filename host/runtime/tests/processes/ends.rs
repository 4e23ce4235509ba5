//! How evaluations and their processes end.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use rush_network::{Condition, Value, field, fields};
use rush_runtime::{GrantedDir, Grants, Limits, Settings};

use crate::fixture::{Objective, Remembered, Watched, backtrace, goes_on, my_children, program, x};

crate::tests![
    values_come_back,
    a_condition_of_the_objective_is_passed_on,
    a_trap_names_the_functions_it_came_from,
    state_is_kept_until_an_evaluation_fails,
    too_much_memory_fails_the_evaluation_and_nothing_else,
    what_earlier_evaluations_left_behind_fails_none,
    what_may_have_written_to_a_folder_is_not_tried_again,
    an_endless_loop_ends_at_its_time_limit,
    what_waits_does_not_run,
    a_sleeping_guest_ends_at_its_wall_limit,
    an_evaluation_that_is_given_up_takes_its_process_along,
    a_child_that_is_killed_fails_its_evaluation,
    a_child_that_died_between_two_evaluations_is_replaced,
    a_child_ends_with_its_evaluator,
    a_killed_parent_leaves_no_child,
    a_program_that_cannot_be_started_is_told,
    a_program_that_is_none_is_told,
    sixty_four_evaluate_at_once,
];

async fn failure(guest: &str, limits: Limits) -> Condition {
    let objective = Objective::new(guest, limits);
    let mut evaluator = objective.evaluator(&Remembered::new());
    let condition = evaluator.evaluate(x(-1.0)).await.unwrap_err();
    goes_on(&mut evaluator).await;
    condition
}

async fn values_come_back() {
    let objective = Objective::new("endless_loop", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    for value in [0.0, 1.5, f64::INFINITY] {
        assert_eq!(evaluator.evaluate(x(value)).await, Ok(fields! { "y" => value }));
    }
    let large: Vec<f64> = vec![0.5; 100_000];
    let xs = fields! { "x" => 2.0, "large" => large };
    assert_eq!(evaluator.evaluate(xs).await, Ok(fields! { "y" => 2.0 }), "more than the kernel buffers");
    assert_eq!(my_children().len(), 1, "all in one process");
}

async fn a_condition_of_the_objective_is_passed_on() {
    let condition = failure("returns_condition", Limits::default()).await;
    assert_eq!((&*condition.kind, &*condition.message), ("singular", "the kernel matrix is singular"));
    assert_eq!(field(&condition.details, "pivot"), Some(&Value::Number(-1.0)));
}

async fn a_trap_names_the_functions_it_came_from() {
    let condition = failure("panics", Limits::default()).await;
    assert_eq!(condition.kind, "trap");
    assert!(condition.message.contains("index out of bounds"), "{}", condition.message);
    let functions = backtrace(&condition).join("\n");
    assert!(functions.contains("invert_kernel_matrix") && functions.contains("fit_surrogate"), "{functions}");
}

async fn state_is_kept_until_an_evaluation_fails() {
    let objective = Objective::new("keeps_state", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    let mut seen = Vec::new();
    for value in [1.0, 1.0, -1.0, 1.0] {
        seen.push(evaluator.evaluate(x(value)).await.ok());
    }
    let counted = |count: f64| Some(fields! { "y" => count });
    assert_eq!(seen, [counted(1.0), counted(2.0), None, counted(1.0)]);
    assert_eq!(my_children().len(), 1, "a trap does not cost the process");
}

async fn too_much_memory_fails_the_evaluation_and_nothing_else() {
    let condition = failure("memory_bomb", Limits { memory: 16 << 20, ..Limits::default() }).await;
    assert_eq!(condition.kind, "memory-limit");
    assert!(condition.message.starts_with("Memory limit of 16 MiB reached"), "{}", condition.message);
}

async fn what_earlier_evaluations_left_behind_fails_none() {
    let settings = Settings::from(Limits { memory: 16 << 20, ..Limits::DEFAULT });
    let by_process = Objective::new("leaks", settings.limits);
    for objective in [by_process, Objective::in_instances("leaks", &settings, |build| build)] {
        let mut evaluator = objective.evaluator(&Remembered::new());
        let mut counts = Vec::new();
        for _ in 0..40 {
            counts.push(evaluator.evaluate(x(1.0)).await.unwrap());
        }
        let fresh = counts.iter().filter(|ys| **ys == fields! { "y" => 1.0 }).count();
        assert!((3..10).contains(&fresh), "{fresh} instances for 40 evaluations of 1 MiB each");
        let condition = evaluator.evaluate(x(-1.0)).await.unwrap_err();
        assert_eq!(condition.kind, "memory-limit", "its own want of memory fails it");
    }
}

async fn what_may_have_written_to_a_folder_is_not_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let host = folder.path().canonicalize().unwrap();
    let dirs = vec![GrantedDir { host, guest: "/out".into(), write: true }];
    let limits = Limits { memory: 16 << 20, ..Limits::DEFAULT };
    let settings = Settings { limits, grants: Grants { dirs, ..Grants::default() } };
    let by_process = Objective::with("leaks", &settings, |build| build, program("role:evaluator"));
    for objective in [by_process, Objective::in_instances("leaks", &settings, |build| build)] {
        let mut evaluator = objective.evaluator(&Remembered::new());
        let mut failures = 0;
        for _ in 0..40 {
            failures += usize::from(evaluator.evaluate(x(1.0)).await.is_err());
        }
        assert!((2..10).contains(&failures), "{failures}");
    }
}

async fn an_endless_loop_ends_at_its_time_limit() {
    let time = Some(Duration::from_millis(50));
    let condition = failure("endless_loop", Limits { time, ..Limits::default() }).await;
    assert_eq!(condition.kind, "time-limit");
    assert_eq!(condition.message, "Time limit of 50ms reached: the guest itself ran for as long");
}

async fn what_waits_does_not_run() {
    let (time, wall) = (Some(Duration::from_millis(20)), Some(Duration::from_millis(100)));
    let condition = failure("sleeps", Limits { time, wall, ..Limits::default() }).await;
    assert_eq!(condition.message, "Wall limit of 100ms reached: so long it took");
}

async fn a_sleeping_guest_ends_at_its_wall_limit() {
    let wall = Some(Duration::from_millis(50));
    let condition = failure("sleeps", Limits { wall, ..Limits::default() }).await;
    assert_eq!(condition.kind, "time-limit");
    assert_eq!(condition.message, "Wall limit of 50ms reached: so long it took");
    assert!(my_children().len() <= 1, "{:?}", my_children());
}

async fn an_evaluation_that_is_given_up_takes_its_process_along() {
    let objective = Objective::new("endless_loop", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    evaluator.warm().await.unwrap();
    let child = Watched::my_child();
    tokio::select! {
        result = evaluator.evaluate(x(-1.0)) => panic!("it ended: {result:?}"),
        () = child.computes() => {}
    }
    child.wait_gone();
    goes_on(&mut evaluator).await;
    // Also the killed one is reaped.
    while my_children().len() > 1 {
        tokio::task::yield_now().await;
    }
}

async fn a_child_that_is_killed_fails_its_evaluation() {
    let objective = Objective::new("endless_loop", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    evaluator.warm().await.unwrap();
    let child = Watched::my_child();
    let kill = async {
        child.computes().await;
        child.kill();
        std::future::pending::<()>().await;
    };
    let result =
        tokio::select! { result = evaluator.evaluate(x(-1.0)) => result, () = kill => unreachable!() };
    let condition = result.unwrap_err();
    assert_eq!(condition.kind, "trap");
    assert_eq!(
        condition.message,
        "The evaluator process died (signal 9): somebody killed it, or the machine ran out of memory"
    );
    assert_eq!(my_children().len(), 0, "it is reaped");
    goes_on(&mut evaluator).await;
}

async fn a_child_that_died_between_two_evaluations_is_replaced() {
    let objective = Objective::new("endless_loop", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    goes_on(&mut evaluator).await;
    let child = Watched::my_child();
    child.kill();
    child.wait_gone();
    goes_on(&mut evaluator).await;
    assert_eq!(my_children().len(), 1, "the dead one is reaped");
}

async fn a_child_ends_with_its_evaluator() {
    let objective = Objective::new("endless_loop", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    goes_on(&mut evaluator).await;
    let child = Watched::my_child();
    drop(evaluator);
    child.wait_gone();
}

async fn a_killed_parent_leaves_no_child() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut parent = command.arg("role:parent").stdout(Stdio::piped()).spawn().unwrap();
    let mut pid = String::new();
    BufReader::new(parent.stdout.take().unwrap()).read_line(&mut pid).unwrap();
    let child = Watched::new(pid.trim().parse().unwrap());
    child.computes().await;
    parent.kill().unwrap();
    parent.wait().unwrap();
    child.wait_gone();
}

async fn a_program_that_cannot_be_started_is_told() {
    let mut nowhere = program("role:evaluator");
    nowhere.program = "/nowhere/rush-host".into();
    let objective = Objective::with("endless_loop", &Limits::default().into(), |build| build, nowhere);
    let mut evaluator = objective.evaluator(&Remembered::new());
    let condition = evaluator.evaluate(x(1.0)).await.unwrap_err();
    assert_eq!(condition.kind, "error");
    assert_eq!(
        condition.message,
        "The evaluator process cannot be started: `/nowhere/rush-host` cannot be started: No such file or directory (os error 2)"
    );
}

async fn a_program_that_is_none_is_told() {
    let refuses = program("role:refuses");
    let objective = Objective::with("endless_loop", &Limits::default().into(), |build| build, refuses);
    let error = objective.evaluator(&Remembered::new()).warm().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the evaluator process cannot be started: the evaluator process ended by itself (exit status: 3)"
    );
}

async fn sixty_four_evaluate_at_once() {
    let objective = Objective::new("endless_loop", Limits::default());
    let all = (0..64_u32).map(|number| {
        let mut evaluator = objective.evaluator(&Remembered::new());
        async move {
            for _ in 0..10 {
                let result = evaluator.evaluate(x(number.into())).await;
                assert_eq!(result, Ok(fields! { "y" => f64::from(number) }));
            }
        }
    });
    let mut all: tokio::task::JoinSet<()> = all.collect();
    while let Some(ended) = all.join_next().await {
        ended.unwrap();
    }
    while !my_children().is_empty() {
        tokio::task::yield_now().await;
    }
}
