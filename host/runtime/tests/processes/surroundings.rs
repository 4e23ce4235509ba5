//! What a guest in a process sees and says, and what holds its process.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rush_network::{Fields, Value, field};
use rush_runtime::{Build, GrantedDir, Grants, Limits, LogMessage, Output, Settings, Stream};

use crate::fixture::{self, Objective, Remembered, Watched, goes_on, program, x};

crate::tests![
    nothing_is_seen_unless_it_is_granted,
    granted_folders_are_read_or_also_written,
    a_granted_folder_is_what_it_was_whatever_takes_its_place,
    words_arrive_before_the_result,
    a_flood_of_words_ends_at_its_limit,
    a_core_dump_is_kept_where_the_parent_says,
    what_used_up_its_memory_leaves_a_core_dump_and_the_same_condition,
    a_core_dump_that_nobody_wants_is_not_made,
    a_child_has_open_what_it_was_given,
    a_child_has_nothing_of_its_parents,
    an_idle_child_is_small,
];

async fn sees(grants: Grants) -> Fields {
    let settings = Settings { grants, ..Settings::default() };
    let objective = Objective::with("asks_everything", &settings, |build| build, program("role:evaluator"));
    objective.evaluator(&Remembered::new()).evaluate(Fields::new()).await.unwrap()
}

fn texts<'a>(fields: &'a Fields, name: &str) -> &'a [String] {
    match field(fields, name) {
        Some(Value::Texts(texts)) => texts,
        Some(Value::Json(empty)) if empty == "[]" => &[],
        other => panic!("{name}: {other:?}"),
    }
}

async fn nothing_is_seen_unless_it_is_granted() {
    let seen = sees(Grants::default()).await;
    for name in ["variables", "arguments", "directories"] {
        assert!(texts(&seen, name).is_empty(), "{name}: {seen:?}");
    }
    let env = [("A".to_owned(), "1".to_owned())].into();
    assert_eq!(texts(&sees(Grants { env, ..Grants::default() }).await, "variables"), ["A=1"]);
}

async fn granted_folders_are_read_or_also_written() {
    let root = tempfile::tempdir().unwrap();
    let dirs = [("read", false), ("write", true)].map(|(name, write)| {
        let host = root.path().join(name);
        fs::create_dir(&host).unwrap();
        fs::write(host.join("hello.txt"), name).unwrap();
        GrantedDir { host, guest: format!("/{name}"), write }
    });
    let seen = sees(Grants { dirs: dirs.to_vec(), ..Grants::default() }).await;
    assert_eq!(texts(&seen, "directories"), ["/read", "/write"]);
    assert_eq!(texts(&seen, "files"), ["read", "write"]);
    assert_eq!(texts(&seen, "written"), ["error: not-permitted", "7"]);
    assert_eq!(fs::read_to_string(root.path().join("write/written.txt")).unwrap(), "written");
    assert!(!root.path().join("read/written.txt").exists());
}

async fn a_granted_folder_is_what_it_was_whatever_takes_its_place() {
    let root = tempfile::tempdir().unwrap();
    let [granted, secret] = ["granted", "secret"].map(|name| {
        let folder = root.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("hello.txt"), name).unwrap();
        folder
    });
    let dirs = vec![GrantedDir { host: granted.clone(), guest: "/".into(), write: false }];
    let settings = Settings { grants: Grants { dirs, ..Grants::default() }, ..Settings::default() };
    let objective = Objective::with("asks_everything", &settings, |build| build, program("role:evaluator"));
    let mut evaluator = objective.evaluator(&Remembered::new());
    for _ in 0..2 {
        let seen = evaluator.evaluate(Fields::new()).await.unwrap();
        assert_eq!(texts(&seen, "files"), ["granted"]);
        if granted.is_symlink() {
            break;
        }
        fs::rename(&granted, root.path().join("away")).unwrap();
        std::os::unix::fs::symlink(&secret, &granted).unwrap();
        // The next one begins when there is nothing but the link.
        let child = Watched::my_child();
        child.kill();
        child.wait_gone();
    }
    assert!(!secret.join("written.txt").exists());
}

const LITTLE: Limits = Limits { log: Some(64 << 10), ..Limits::DEFAULT };

async fn words_arrive_before_the_result() {
    let objective = Objective::new("panics", Limits::default());
    let output = Remembered::new();
    objective.evaluator(&output).evaluate(x(-1.0)).await.unwrap_err();
    let said = output.said();
    assert!(said.iter().any(|line| line.starts_with("error panic: ")), "{said:?}");
}

async fn a_flood_of_words_ends_at_its_limit() {
    let objective = Objective::new("log_flood", LITTLE);
    for way in [-1.0, -2.0, -3.0] {
        let output = Remembered::new();
        let mut evaluator = objective.evaluator(&output);
        let condition = evaluator.evaluate(x(way)).await.unwrap_err();
        assert_eq!(condition.kind, "limit");
        assert!(condition.message.starts_with("Log limit of 64 KiB reached"), "{}", condition.message);
        let said: usize = output.said().iter().map(String::len).sum();
        assert!((16 << 10..256 << 10).contains(&said), "{said}");
        goes_on(&mut evaluator).await;
    }
}

async fn a_core_dump_is_kept_where_the_parent_says() {
    let settings = Settings::default();
    let build = |build: Build| build.with_core_dumps(true);
    let objective = Objective::with("panics", &settings, build, program("role:evaluator"));
    let mut evaluator = objective.evaluator(&Remembered::new());
    let condition = evaluator.evaluate(x(-1.0)).await.unwrap_err();
    assert!(
        matches!(field(&condition.details, "core_dump"), Some(Value::Text(path)) if path.starts_with("dump of "))
    );
    goes_on(&mut evaluator).await;
}

async fn what_used_up_its_memory_leaves_a_core_dump_and_the_same_condition() {
    let settings = Settings::from(Limits { memory: 64 << 20, ..Limits::DEFAULT });
    let build = |build: Build| build.with_core_dumps(true);
    let by_process = Objective::with("memory_bomb", &settings, build, program("role:evaluator"));
    for objective in [by_process, Objective::in_instances("memory_bomb", &settings, build)] {
        let mut evaluator = objective.evaluator(&Remembered::new());
        for _ in 0..2 {
            let condition = evaluator.evaluate(x(-1.0)).await.unwrap_err();
            assert_eq!(condition.kind, "memory-limit", "{condition:?}");
            let Some(Value::Text(kept)) = field(&condition.details, "core_dump") else {
                panic!("{condition:?}")
            };
            let bytes = kept.trim_start_matches("dump of ").trim_end_matches(" bytes");
            assert!((48 << 20..65 << 20).contains(&bytes.parse::<u64>().unwrap()), "{kept}");
        }
        goes_on(&mut evaluator).await;
    }
}

/// Has no room for core dumps.
struct Full;

impl Output for Full {
    fn line(&self, _: Stream, _: &str) {}

    fn log(&self, _: LogMessage<'_>) {}

    fn core_dump(&self, _: &[u8]) -> Option<String> {
        panic!("it was not asked for");
    }
}

async fn a_core_dump_that_nobody_wants_is_not_made() {
    let settings = Settings::default();
    let build = |build: Build| build.with_core_dumps(true);
    let by_process = Objective::with("panics", &settings, build, program("role:evaluator"));
    for objective in [by_process, Objective::in_instances("panics", &settings, build)] {
        let mut evaluator = objective.evaluator(&Arc::new(Full));
        let condition = evaluator.evaluate(x(-1.0)).await.unwrap_err();
        assert_eq!(condition.kind, "trap");
        assert_eq!(field(&condition.details, "core_dump"), None);
        goes_on(&mut evaluator).await;
    }
}

async fn a_child_has_open_what_it_was_given() {
    // Programs inherit this one.
    let inherited = rustix::io::dup(fs::File::open("/proc/self/comm").unwrap()).unwrap();
    let objective = Objective::new("panics", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    evaluator.warm().await.unwrap();
    let child = Watched::my_child();
    let links = fs::read_dir(format!("/proc/{}/fd", child.pid)).unwrap();
    let links = links.map(|link| fs::read_link(link.unwrap().path()).unwrap().display().to_string());
    let mut links: Vec<String> = links
        .map(|link| {
            let code = fixture::CODE.get().unwrap().display().to_string();
            let sort = if link.starts_with("socket:") { "socket" } else { &link };
            if link.starts_with(&code) { "code".to_owned() } else { sort.to_owned() }
        })
        .collect();
    links.sort();
    links.dedup();
    assert_eq!(links, ["/dev/null", "code", "socket"]);
    drop(inherited);
}

async fn a_child_has_nothing_of_its_parents() {
    let objective = Objective::new("endless_loop", Limits::default());
    let mut evaluator = objective.evaluator(&Remembered::new());
    evaluator.warm().await.unwrap();
    let child = Watched::my_child();
    let about = |what: &str| format!("/proc/{}/{what}", child.pid);
    assert_eq!(fs::read(about("environ")).unwrap(), b"");
    let status = fs::read_to_string(about("status")).unwrap();
    let told = |line: &str| status.lines().find(|told| told.starts_with(line)).unwrap().to_owned();
    assert_eq!(told("NoNewPrivs"), "NoNewPrivs:\t1");
    assert_eq!(told("Seccomp:"), "Seccomp:\t2");
    assert_eq!(told("Threads"), "Threads:\t2", "one that evaluates, one that watches");
}

async fn an_idle_child_is_small() {
    let objective =
        Objective::new("endless_loop", Limits { time: Some(Duration::from_mins(1)), ..Limits::default() });
    let mut evaluator = objective.evaluator(&Remembered::new());
    goes_on(&mut evaluator).await;
    let child = Watched::my_child();
    let (data, private) = (child.memory("VmData"), child.memory("RssAnon"));
    assert!(
        data < 16 << 10,
        "{data} KiB of what the kernel counts, 32 MiB of which are allowed besides the guest's"
    );
    assert!(private < 8 << 10, "{private} KiB");
}
