//! The last one out switches off the light: a real `redis-server`, and every way to end a process.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::fixture::{Actor, script, which};
use crate::stage::{Stage, User};

crate::tests![
    the_last_user_out_ends_the_server_and_the_data_stay,
    users_that_come_at_once_share_one_server,
    users_that_are_killed_leave_nothing_running,
    a_keeper_that_is_killed_is_replaced_and_nothing_is_lost,
    one_user_alone_gets_its_keeper_back,
    a_server_that_is_killed_is_restarted_and_nothing_is_lost,
    all_killed_at_once_leave_nothing_running_and_the_next_starts_anew,
    a_keeper_that_is_asked_to_leave_is_replaced_while_there_are_users,
    coming_while_the_last_one_leaves_always_finds_a_server,
    a_stale_socket_is_removed,
    the_keeper_is_out_of_reach_of_the_terminal_and_holds_no_pipe_of_its_parents,
    another_environment_finds_the_same_server,
    a_server_that_cannot_say_that_it_is_ready_is_asked,
    valkey_will_do,
    a_server_that_cannot_be_started_again_is_an_error_and_comes_back_when_it_can,
];

fn the_last_user_out_ends_the_server_and_the_data_stay() {
    let stage = Stage::new();
    let (first, second) = (stage.user(), stage.user());
    assert_eq!(first.url, second.url);
    first.set("a");
    let (server, keeper) = (first.server(), first.server().parent());
    first.actor.leave();
    assert!(second.has("a"));
    assert!(!server.is_gone());
    let socket = second.socket();
    second.actor.leave();
    server.wait_gone("the server");
    keeper.wait_gone("the keeper");
    assert!(!socket.exists());
    assert!(!socket.with_file_name("ready.sock").exists());
    let again = stage.user();
    assert!(again.has("a"));
    again.actor.leave();
}

fn users_that_come_at_once_share_one_server() {
    let stage = Stage::new();
    let started: Vec<Actor> = (0..6).map(|_| stage.start()).collect();
    let users: Vec<User> = started.into_iter().map(User::of).collect();
    let servers: Vec<Pid> = users.iter().map(|user| user.server().pid).collect();
    assert!(servers.iter().all(|pid| *pid == servers[0]), "{servers:?}");
    for user in users {
        user.actor.leave();
    }
}

fn users_that_are_killed_leave_nothing_running() {
    let stage = Stage::new();
    let (first, second) = (stage.user(), stage.user());
    first.set("a");
    let (server, socket) = (first.server(), first.socket());
    let keeper = server.parent();
    first.actor.kill();
    second.actor.kill();
    server.wait_gone("the server");
    keeper.wait_gone("the keeper");
    assert!(!socket.exists());
    let again = stage.user();
    assert!(again.has("a"));
    again.actor.leave();
}

fn a_keeper_that_is_killed_is_replaced_and_nothing_is_lost() {
    let stage = Stage::new();
    let user = stage.user();
    user.set("a");
    let server = user.server();
    server.parent().kill();
    server.wait_gone("the server without a keeper");
    // Whether this one or the guard of the first starts the keeper: both wait for the same.
    let other = stage.user();
    assert_eq!(other.url, user.url);
    assert!(user.has("a"));
    let replaced = user.server();
    assert_ne!(replaced.pid, server.pid);
    other.actor.kill();
    assert!(user.has("a"));
    user.actor.kill();
    replaced.wait_gone("the second server");
}

/// Nobody else comes: it is the guard in the user that starts the keeper.
fn one_user_alone_gets_its_keeper_back() {
    let stage = Stage::new();
    let user = stage.user();
    user.set("a");
    let server = user.server();
    server.parent().kill();
    server.wait_gone("the server without a keeper");
    let client = redis::Client::open(user.url.as_str()).unwrap();
    let end = Instant::now() + Duration::from_mins(1);
    // As any client does: nothing tells it when the socket is back.
    while client.get_connection().is_err() {
        assert!(Instant::now() < end, "nobody started a keeper");
        std::thread::sleep(Duration::from_millis(10));
    }
    let server = user.server();
    assert!(user.has("a"));
    user.actor.leave();
    server.wait_gone("the second server");
}

fn a_server_that_is_killed_is_restarted_and_nothing_is_lost() {
    let stage = Stage::new();
    let user = stage.user();
    let keeper = user.server().parent();
    for round in ["a", "b", "c"] {
        user.set(round);
        let server = user.server();
        server.kill();
        server.wait_gone("the server");
        let other = stage.user();
        assert!(["a", "b", "c"].iter().take_while(|key| **key <= round).all(|key| other.has(key)));
        assert_eq!(other.server().parent().pid, keeper.pid);
        other.actor.leave();
    }
    let server = user.server();
    user.actor.leave();
    server.wait_gone("the last server");
    keeper.wait_gone("the keeper");
}

fn all_killed_at_once_leave_nothing_running_and_the_next_starts_anew() {
    let stage = Stage::new();
    let user = stage.user();
    user.set("a");
    let server = user.server();
    let keeper = server.parent();
    keeper.kill();
    user.actor.kill();
    keeper.wait_gone("the keeper");
    // Nobody of ours is left: the shell that holds the keeper's pipe ends it.
    server.wait_gone("the server without anybody");

    let user = stage.user();
    assert!(user.has("a"));
    let server = user.server();
    let keeper = server.parent();
    server.kill();
    keeper.kill();
    user.actor.kill();
    server.wait_gone("the server");
    let again = stage.user();
    assert!(again.has("a"));
    again.actor.leave();
}

fn a_keeper_that_is_asked_to_leave_is_replaced_while_there_are_users() {
    let stage = Stage::new();
    let user = stage.user();
    user.set("a");
    let server = user.server();
    let keeper = server.parent();
    kill_process(keeper.pid, Signal::TERM).unwrap();
    keeper.wait_gone("the keeper");
    assert!(server.is_gone(), "the keeper left before its server");
    let other = stage.user();
    assert!(other.has("a"));
    other.actor.leave();
    user.actor.leave();
}

fn coming_while_the_last_one_leaves_always_finds_a_server() {
    let stage = Stage::new();
    let mut last = stage.user();
    for round in 0..30 {
        last.set(&format!("round-{round}"));
        // One leaves, one is killed, in turn; the next comes at the same time.
        let (leaving, url) = (last.actor, last.url);
        let coming = if round % 2 == 0 {
            let coming = stage.start();
            leaving.leave();
            coming
        } else {
            leaving.kill();
            stage.start()
        };
        last = User::of(coming);
        assert_eq!(last.url, url);
        assert!((0..=round).all(|round| last.has(&format!("round-{round}"))), "lost in round {round}");
    }
    let (server, socket) = (last.server(), last.socket());
    last.actor.leave();
    server.wait_gone("the server");
    server_is_alone(&stage, &socket);
}

/// No other server is left on the data.
fn server_is_alone(stage: &Stage, socket: &Path) {
    assert!(stage.locks_are_free());
    assert!(std::os::unix::net::UnixStream::connect(socket).is_err());
}

fn a_stale_socket_is_removed() {
    let stage = Stage::new();
    let user = stage.user();
    let (server, socket) = (user.server(), user.socket());
    let keeper = server.parent();
    user.actor.leave();
    keeper.wait_gone("the keeper");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let again = stage.user();
    assert!(!again.has("anything"));
    again.actor.leave();
}

fn the_keeper_is_out_of_reach_of_the_terminal_and_holds_no_pipe_of_its_parents() {
    let stage = Stage::new();
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(r#"exec 7>&1; exec "$0" role:user "$1""#);
    command.arg(std::env::current_exe().unwrap()).arg(stage.data());
    command.env("XDG_RUNTIME_DIR", stage.folder.path().join("run"));
    let user = User::of(Actor::start(&mut command));
    let inherited = fs::read_link(format!("/proc/{}/fd/7", user.actor.pid())).unwrap();
    let server = user.server();
    let keeper = server.parent();
    assert!(keeper.leads_its_session());
    assert_eq!(server.session(), keeper.session());
    for process in [&keeper, &server] {
        for descriptor in 0..3 {
            let file = fs::read_link(format!("/proc/{}/fd/{descriptor}", process.pid)).unwrap();
            assert!(!file.starts_with("pipe:") && !file.starts_with("/dev/pts"), "{}", file.display());
        }
        assert!(!process.open_files().contains(&inherited), "{:?}", process.open_files());
    }
    user.actor.leave();
}

fn another_environment_finds_the_same_server() {
    let stage = Stage::new();
    let user = stage.user();
    user.set("a");
    let elsewhere = stage.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let other = User::of(Actor::start(stage.command().env("XDG_RUNTIME_DIR", &elsewhere)));
    assert_eq!(other.server().pid, user.server().pid);
    let keeper = user.server().parent();
    user.actor.leave();
    assert!(other.has("a"));
    other.actor.leave();
    keeper.wait_gone("the keeper");
    let alone = User::of(Actor::start(stage.command().env("XDG_RUNTIME_DIR", &elsewhere)));
    assert!(alone.socket().starts_with(&elsewhere));
    assert!(alone.has("a"));
    alone.actor.leave();
}

fn a_server_that_cannot_say_that_it_is_ready_is_asked() {
    let stage = Stage::new();
    let programs = stage.programs();
    let real = which("redis-server");
    script(&programs, "redis-server", &format!("unset NOTIFY_SOCKET; exec {} \"$@\"", real.display()));
    let user = User::of(Actor::start(stage.command().env("PATH", &programs)));
    user.set("a");
    assert!(user.has("a"));
    user.actor.leave();
}

fn valkey_will_do() {
    let stage = Stage::new();
    let programs = stage.programs();
    std::os::unix::fs::symlink(which("redis-server"), programs.join("valkey-server")).unwrap();
    let user = User::of(Actor::start(stage.command().env("PATH", &programs)));
    user.set("a");
    user.actor.leave();
}

fn a_server_that_cannot_be_started_again_is_an_error_and_comes_back_when_it_can() {
    let stage = Stage::new();
    let programs = stage.programs();
    let real = format!("exec {} \"$@\"", which("redis-server").display());
    script(&programs, "redis-server", &real);
    let user = User::of(Actor::start(stage.command().env("PATH", &programs)));
    user.set("a");
    let server = user.server();
    let keeper = server.parent();
    let broken = "if [ \"$1\" = --version ]; then echo v=7.0.0; exit; fi; echo Broken for now; exit 3";
    script(&programs, "redis-server", broken);
    server.kill();
    let said = stage.refusal(|command| {
        command.env("PATH", &programs);
    });
    assert!(said.contains("Broken for now"), "{said}");
    assert!(said.contains("each time its keeper started it again"), "{said}");
    script(&programs, "redis-server", &real);
    let again = User::of(Actor::start(stage.command().env("PATH", &programs)));
    assert!(again.has("a"));
    assert_eq!(again.server().parent().pid, keeper.pid);
    again.actor.leave();
    user.actor.leave();
    keeper.wait_gone("the keeper");
}
