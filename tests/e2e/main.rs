//! The program as its users meet it, on a real Redis. Each test is a promise; each scene also asserts at its end that nothing
//! that was started in it is left: no process and no socket.

mod check_show;
mod components;
mod demo;
mod endings;
mod exact_budget;
mod exporting;
mod guests_covered;
mod launcher_command;
mod launchers;
mod library;
mod logs;
mod loop_data;
mod lost_hosts;
mod partitions;
mod private_redis;
mod pushing;
mod queued_tasks;
mod redis_outages;
mod refusals;
mod resetting;
mod restarting;
mod run_files;
mod scripts;
mod signals;
mod starting;
mod stop_conditions;
mod stopping;
mod waiting;
mod workers_table;
