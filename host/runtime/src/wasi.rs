//! WASI 0.2 for guests, without content: what compilers and standard libraries link whether a program uses it or not.
//!
//! | interface | what a guest finds | what a [grant](crate::Grants) changes |
//! |---|---|---|
//! | `cli` | no arguments, no environment, closed stdin; stdout and stderr go line by line to [`Output`]; no terminal | the environment |
//! | `filesystem` | no directories | folders, to read or also to write |
//! | `random` | streams that depend on the worker's seed alone, "secure" or not | real randomness |
//! | `clocks` | the guest's own [clock](crate::clock) | the real one |
//! | `io` | as it is | |
//!
//! Sockets and HTTP are not linked at all, so no mistake in what lies behind them can open the network.

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliCtxView, WasiCliView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemCtxView, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::{cli, filesystem, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_io::bindings::wasi::io;

use crate::clock;
use crate::folders::Folders;
use crate::line_stream::LineStream;
use crate::output::{Output, Stream};
use crate::random::SeededRandom;
use crate::settings::{GrantError, Grants};
use crate::surroundings::Surrounded;
use crate::volume::Volume;

/// Random bytes of one call; a guest could make the host allocate as many.
const MAX_RANDOM: u64 = 1 << 20;

/// A context that holds nothing of this machine but what is granted.
pub(crate) fn context(
    seed: u64,
    grants: &Grants,
    folders: &Folders,
    output: &Arc<dyn Output>,
    volume: &Volume,
) -> Result<WasiCtx, GrantError> {
    let stream = |stream| LineStream::new(stream, Arc::clone(output), volume.clone());
    let mut context = WasiCtxBuilder::new();
    context.stdout(stream(Stream::Stdout)).stderr(stream(Stream::Stderr)).max_random_size(MAX_RANDOM);
    if !grants.random {
        let mut insecure_seed = [0; 16];
        blake3_fill(seed, &mut insecure_seed);
        context
            .secure_random(SeededRandom::new(seed, "random"))
            .insecure_random(SeededRandom::new(seed, "insecure"))
            .insecure_random_seed(u128::from_le_bytes(insecure_seed));
    }
    for (name, value) in &grants.env {
        context.env(name, value);
    }
    for folder in folders.iter() {
        let dir = &folder.dir;
        let permissions = if dir.write { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
        let path = folder.path().map_err(|error| dir.error(&error))?;
        let opened = context.preopened_dir(path, &dir.guest, permissions);
        opened.map_err(|error| dir.error(&error.root_cause()))?;
    }
    Ok(context.build())
}

fn blake3_fill(seed: u64, bytes: &mut [u8]) {
    rand::Rng::fill_bytes(&mut SeededRandom::new(seed, "insecure-seed"), bytes);
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

/// Links the interfaces that [`inspect`](crate::inspect) says are offered.
pub(crate) fn add_to_linker<T: Surrounded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<T, HasTable>(linker, table)?;
    io::poll::add_to_linker::<T, HasTable>(linker, table)?;
    io::streams::add_to_linker::<T, HasTable>(linker, table)?;

    clock::add_to_linker::<T>(linker, |guest| guest.surroundings_mut().clock())?;

    random::random::add_to_linker::<T, WasiRandom>(linker, |guest| guest.surroundings_mut().random())?;
    random::insecure::add_to_linker::<T, WasiRandom>(linker, |guest| guest.surroundings_mut().random())?;
    random::insecure_seed::add_to_linker::<T, WasiRandom>(linker, |guest| guest.surroundings_mut().random())?;

    filesystem::types::add_to_linker::<T, WasiFilesystem>(linker, files)?;
    filesystem::preopens::add_to_linker::<T, WasiFilesystem>(linker, files)?;

    cli::environment::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::exit::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::stdin::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::stdout::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::stderr::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::terminal_input::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::terminal_output::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::terminal_stdin::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::terminal_stdout::add_to_linker::<T, WasiCli>(linker, program)?;
    cli::terminal_stderr::add_to_linker::<T, WasiCli>(linker, program)
}

fn table<T: Surrounded>(guest: &mut T) -> &mut ResourceTable {
    guest.surroundings_mut().table()
}

fn files<T: Surrounded>(guest: &mut T) -> WasiFilesystemCtxView<'_> {
    guest.surroundings_mut().filesystem()
}

fn program<T: Surrounded>(guest: &mut T) -> WasiCliCtxView<'_> {
    guest.surroundings_mut().cli()
}
