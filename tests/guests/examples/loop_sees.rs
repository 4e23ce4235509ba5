//! A loop that tells what it sees of the world, as the result of its only task: variables, what `note` in each folder says, whether that
//! folder can be written to, the time, and something random.

use rush_worker::prelude::*;
use test_guests::{
    Xs,
    wasi::wasi::{
        cli::environment::get_environment,
        clocks::wall_clock,
        filesystem::{
            preopens::get_directories,
            types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags},
        },
        random::random::get_random_u64,
    },
};

#[derive(Serialize)]
struct Seen {
    variables: String,
    folders: String,
    seconds: u64,
    random: String,
}

fn loop_sees(worker: &mut Worker) -> Result<()> {
    let key = worker.push_running_one(&Xs { x: 1.0 })?;
    let variables: Vec<String> =
        get_environment().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let folders: Vec<String> = get_directories().iter().map(|(folder, name)| look(folder, name)).collect();
    let seen = Seen {
        variables: variables.join(" "),
        folders: folders.join("; "),
        seconds: wall_clock::now().seconds,
        random: get_random_u64().to_string(),
    };
    worker.finish_one(&key, &seen)?;
    Ok(())
}

fn look(folder: &Descriptor, name: &str) -> String {
    let note = read(folder).unwrap_or_else(|code| code.name().to_owned());
    let written = write(folder).map_or_else(|code| code.name().to_owned(), |()| "written".to_owned());
    format!("{name}: {note}, {written}")
}

fn read(folder: &Descriptor) -> Result<String, ErrorCode> {
    let file = folder.open_at(PathFlags::empty(), "note", OpenFlags::empty(), DescriptorFlags::READ)?;
    let (bytes, _) = file.read(100, 0)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write(folder: &Descriptor) -> Result<(), ErrorCode> {
    let file = folder.open_at(PathFlags::empty(), "written", OpenFlags::CREATE, DescriptorFlags::WRITE)?;
    file.write(b"by a loop", 0).map(drop)
}

rush_worker::main!(loop_sees);
