//! What a confined process tries.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use rush_sandbox::{Confinement, Profile};
use rustix::fs::{AtFlags, MemfdFlags, Mode, memfd_create, mkdirat, renameat, unlinkat};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
use rustix::process::Signal;

pub(crate) const ROLE: &str = "role:confined";

/// The arguments: profile, folder to read, folder to write (`-`: none), deed. Says what is in force, then how the deed went.
pub(crate) fn play(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let mut next = || arguments.next().unwrap();
    let profile = next();
    let programs = profile == "worker with programs";
    let profile = match profile.as_str() {
        "evaluator" => Profile::Evaluator,
        "compiler" => Profile::Compiler,
        _ => Profile::Worker,
    };
    let mut folders = || Some(next()).filter(|path| path != "-").map(PathBuf::from).into_iter().collect();
    let (read, write) = (folders(), folders());
    let (deed, place) = (next(), next());
    let confinement = Confinement {
        memory: Some(64 << 20),
        cpu: (deed == "spin").then_some(Duration::from_millis(10)),
        read,
        write,
        programs,
        ..Confinement::new(profile)
    };
    // What was open before stays usable.
    let mut before = File::open("/proc/self/comm").unwrap();
    match confinement.apply() {
        Ok(in_force) => println!("{in_force}"),
        Err(error) => {
            println!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    let done = deed_of(&deed, Path::new(&place), &mut before);
    match done.map_err(|error| (error.raw_os_error(), error)) {
        Ok(()) => println!("done"),
        Err((Some(number), _)) => println!("errno {number}"),
        Err((None, error)) => println!("{error}"),
    }
    ExitCode::SUCCESS
}

fn deed_of(deed: &str, place: &Path, before: &mut File) -> io::Result<()> {
    let parent = rustix::process::getppid().unwrap();
    match deed {
        "compute" => compute(before),
        "read" => File::open(place.join("file"))?.read_to_end(&mut Vec::new()).map(drop),
        "list" => fs::read_dir(place)?.next().unwrap().map(drop),
        "append" => OpenOptions::new().append(true).open(place.join("file"))?.write_all(b"more"),
        "change" => change(place),
        "open /etc/passwd" => File::open("/etc/passwd").map(drop),
        "tcp" => TcpStream::connect("127.0.0.1:9").map(drop),
        "listen" => TcpListener::bind("127.0.0.1:0").map(drop),
        "udp" => UdpSocket::bind("127.0.0.1:0").map(drop),
        "unix" => UnixStream::connect(place.join("socket")).map(drop),
        "unix listen" => UnixListener::bind(place.join("new-socket")).map(drop),
        "exec" => Err(Command::new("/bin/true").exec()),
        "spawn" => Command::new("/bin/true").spawn()?.wait().map(drop),
        "thread" => std::thread::Builder::new().spawn(|| ())?.join().map_err(|_| io::ErrorKind::Other.into()),
        "ptrace" => Ok(nix::sys::ptrace::attach(nix::unistd::Pid::from_raw(parent.as_raw_nonzero().get()))?),
        "chroot" => Ok(rustix::process::chroot("/")?),
        "kill parent" => Ok(rustix::process::kill_process(parent, Signal::WINCH)?),
        "allocate" => {
            Vec::<u8>::new().try_reserve_exact(65 << 20).map_err(|_| io::ErrorKind::OutOfMemory.into())
        }
        "shared memory" => map(MapFlags::SHARED),
        "private memory" => map(MapFlags::PRIVATE),
        "stack" => map(MapFlags::PRIVATE | MapFlags::GROWSDOWN),
        "file in memory" => Ok(memfd_create("memory", MemfdFlags::empty()).map(drop)?),
        "spin" => loop {
            std::hint::spin_loop();
        },
        "raise limit" => Ok(rustix::process::setrlimit(
            rustix::process::Resource::Core,
            rustix::process::Rlimit { current: Some(1), maximum: Some(1) },
        )?),
        "many files" => {
            (0..100).map(|_| File::open(place.join("file"))).collect::<io::Result<Vec<_>>>().map(drop)
        }
        "abort" => std::process::abort(),
        other => panic!("no such deed: {other}"),
    }
}

/// Gets more memory than it may have.
fn map(flags: MapFlags) -> io::Result<()> {
    let null = std::ptr::null_mut();
    #[expect(
        unsafe_code,
        reason = "nobody reads, writes or unmaps what is mapped, and no mapping is replaced"
    )]
    // SAFETY: see the reason.
    let mapped = unsafe { mmap_anonymous(null, 65 << 20, ProtFlags::READ | ProtFlags::WRITE, flags) };
    Ok(mapped.map(drop)?)
}

/// What an evaluation needs.
fn compute(before: &mut File) -> io::Result<()> {
    let mut text = String::new();
    before.read_to_string(&mut text)?;
    let numbers: Vec<u64> = (0..1_000_000).collect();
    assert_eq!(numbers.iter().sum::<u64>(), 499_999_500_000);
    assert!(std::time::Instant::now().elapsed() < Duration::from_mins(1));
    std::thread::sleep(Duration::from_millis(1));
    std::thread::yield_now();
    let random: std::collections::HashSet<u32> = std::collections::HashSet::from([1]);
    assert!(random.contains(&1));
    assert!(std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(1))).is_err());
    Ok(())
}

fn change(place: &Path) -> io::Result<()> {
    fs::write(place.join("new"), "content")?;
    let folder = File::open(place)?;
    mkdirat(&folder, "folder", Mode::RWXU)?;
    renameat(&folder, "new", &folder, "folder/new")?;
    unlinkat(&folder, "folder/new", AtFlags::empty())?;
    unlinkat(&folder, "folder", AtFlags::REMOVEDIR)?;
    Ok(())
}
