//! WASI 0.2 for guests, without content: what compilers and standard libraries link whether a program uses it or not.
//!
//! | interface | what a guest finds |
//! |---|---|
//! | `cli` | no arguments, no environment, closed stdin; stdout and stderr go line by line to [`Output`]; no terminal |
//! | `filesystem` | no directories |
//! | `random` | streams that depend on the worker's seed alone, "secure" or not |
//! | `clocks` | the guest's own [clock](crate::clock) |
//! | `io` | as it is |
//!
//! Sockets and HTTP are not linked at all, so no mistake in what lies behind them can open the network.

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::{cli, filesystem, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_io::bindings::wasi::io;

use crate::clock;
use crate::guest::Guest;
use crate::line_stream::LineStream;
use crate::output::{Output, Stream};
use crate::random::SeededRandom;

/// Random bytes of one call; a guest could make the host allocate as many.
const MAX_RANDOM: u64 = 1 << 20;

/// A context that holds nothing of this machine.
pub(crate) fn inert(seed: u64, output: &Arc<dyn Output>) -> WasiCtx {
    let mut insecure_seed = [0; 16];
    blake3_fill(seed, &mut insecure_seed);
    WasiCtxBuilder::new()
        .stdout(LineStream::new(Stream::Stdout, Arc::clone(output)))
        .stderr(LineStream::new(Stream::Stderr, Arc::clone(output)))
        .secure_random(SeededRandom::new(seed, "random"))
        .insecure_random(SeededRandom::new(seed, "insecure"))
        .insecure_random_seed(u128::from_le_bytes(insecure_seed))
        .max_random_size(MAX_RANDOM)
        .build()
}

fn blake3_fill(seed: u64, bytes: &mut [u8]) {
    rand::Rng::fill_bytes(&mut SeededRandom::new(seed, "insecure-seed"), bytes);
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

/// Links the interfaces that [`inspect`](crate::inspect) says are offered.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<Guest, HasTable>(linker, Guest::table)?;
    io::poll::add_to_linker::<Guest, HasTable>(linker, Guest::table)?;
    io::streams::add_to_linker::<Guest, HasTable>(linker, Guest::table)?;

    clock::add_to_linker(linker, Guest::clock)?;

    random::random::add_to_linker::<Guest, WasiRandom>(linker, Guest::random)?;
    random::insecure::add_to_linker::<Guest, WasiRandom>(linker, Guest::random)?;
    random::insecure_seed::add_to_linker::<Guest, WasiRandom>(linker, Guest::random)?;

    filesystem::types::add_to_linker::<Guest, WasiFilesystem>(linker, Guest::filesystem)?;
    filesystem::preopens::add_to_linker::<Guest, WasiFilesystem>(linker, Guest::filesystem)?;

    cli::environment::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::exit::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::stdin::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::stdout::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::stderr::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::terminal_input::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::terminal_output::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<Guest, WasiCli>(linker, Guest::cli)
}
