//! A component as `check` describes it: what it is, what it may use, what it may see.

use rush_launch::{ComponentFile, Role};
use rush_run_file::{Grants, Instance, Isolation, Limits, RunFile, Sha256};
use rush_runtime::{BytesText, Plugin};

use crate::{
    component_data::{self, DataFile},
    components::Components,
    failure::Failure,
    in_force::InForce,
    print::text::harmless,
};

/// Lines of a name and what there is to say, the latter one below the other.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: impl AsRef<str>) {
        // What a component says of itself is shown, too.
        self.0 += &format!("  {name:<9} {}\n", harmless(value.as_ref()));
    }
}

/// The worker loop of a run file.
pub(crate) fn worker_loop(
    run_file: &RunFile,
    components: &Components,
    in_force: &InForce,
) -> Result<String, Failure> {
    let table = &run_file.worker_loop;
    let (file, plugin) = (&components.files.worker_loop, &components.worker_loop);
    let mut lines = begin(Role::WorkerLoop, file, plugin, table.sha256.as_ref());
    lines.add("isolation", isolation(table.isolation));
    held_by(&mut lines, in_force.worker_loop.as_deref());
    settings(&mut lines, run_file, Role::WorkerLoop, &table.limits, &table.grants)?;
    Ok(lines.0)
}

/// The objective of a run file; nothing if it has none.
pub(crate) fn objective(
    run_file: &RunFile,
    components: &Components,
    in_force: &InForce,
) -> Result<String, Failure> {
    let objective = components.objective.as_ref().zip(components.files.objective.as_ref());
    let Some((table, (objective, file))) = run_file.objective.as_ref().zip(objective) else {
        return Ok(String::new());
    };
    let mut lines = begin(Role::Objective, file, &objective.plugin, table.sha256.as_ref());
    let instance = match table.instance {
        Instance::Reuse => "one instance for many evaluations",
        Instance::Fresh => "a fresh instance for each evaluation",
    };
    lines.add("isolation", format!("{}, {instance}", isolation(table.isolation)));
    held_by(&mut lines, in_force.objective.as_deref());
    settings(&mut lines, run_file, Role::Objective, &table.limits, &table.grants)?;
    Ok(lines.0)
}

fn begin(role: Role, file: &ComponentFile, plugin: &Plugin, pin: Option<&Sha256>) -> Lines {
    let title = match role {
        Role::WorkerLoop => "Worker loop",
        Role::Objective => "Objective",
    };
    let mut lines = Lines(format!("{title} {}\n", file.name));
    lines.add("world", plugin.world().to_string());
    lines.add("size", format!("{} bytes", file.bytes.len()));
    lines.add("sha256", format!("{}{}", file.sha256, if pin.is_some() { ", as pinned" } else { "" }));
    for producer in plugin.producers() {
        let version = if producer.version.is_empty() { "" } else { &format!(" {}", producer.version) };
        lines.add("made by", format!("{}{version} ({})", producer.name, producer.field));
    }
    for (what, interfaces) in [("imports", plugin.imports()), ("exports", plugin.exports())] {
        for interface in interfaces {
            let items = interface.items.join(", ");
            let items = if items.is_empty() { items } else { format!(": {items}") };
            lines.add(what, format!("{}{items}", interface.name));
        }
    }
    lines
}

fn isolation(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Instance => "instance: in the host process",
        Isolation::Process => "process: one of its own for each worker",
    }
}

/// What the kernel of this machine offers; another's may offer less.
fn held_by(lines: &mut Lines, in_force: Option<&str>) {
    if let Some(in_force) = in_force {
        lines.add("held by", format!("{in_force} (on this machine)"));
    }
}

fn settings(
    lines: &mut Lines,
    run_file: &RunFile,
    role: Role,
    limits: &Limits,
    grants: &Grants,
) -> Result<(), Failure> {
    self::limits(lines, limits);
    self::grants(lines, grants);
    for DataFile { name, path, size } in component_data::of(run_file, role)? {
        lines.add("data", format!("{name}: {}, {}", path.display(), BytesText(size)));
    }
    Ok(())
}

fn limits(lines: &mut Lines, limits: &Limits) {
    let Limits { memory, time, wall, fuel, stack, table_elements, instances, value, log } = limits;
    lines.add("limits", format!("memory {memory}, stack {stack}, value {value}"));
    lines.add("limits", format!("table_elements {table_elements}, instances {instances}"));
    let or_none = |limit: Option<String>| limit.unwrap_or_else(|| "none".to_owned());
    lines.add(
        "limits",
        format!(
            "time {}, wall {}, fuel {}, log {}",
            or_none(time.map(|time| time.to_string())),
            or_none(wall.map(|wall| wall.to_string())),
            or_none(fuel.map(|fuel| fuel.to_string())),
            or_none(log.map(|log| log.to_string()))
        ),
    );
}

fn grants(lines: &mut Lines, grants: &Grants) {
    if grants.is_empty() {
        lines.add("grants", "nothing");
    }
    if !grants.env.is_empty() {
        let names: Vec<&str> = grants.env.keys().map(String::as_str).collect();
        lines.add("grants", format!("environment {}", names.join(", ")));
    }
    for dir in &grants.dirs {
        let how = if dir.write { "read and write" } else { "read" };
        lines.add("grants", format!("{} as {}, {how}", dir.host.display(), dir.guest));
    }
    if grants.clock {
        lines.add("grants", "the real clock");
    }
    if grants.random {
        lines.add("grants", "real randomness");
    }
}
