//! Where a guest was when it trapped, for its author: names without mangling, the innermost frame first, and without
//! what every program has around it.

use std::fmt::Write as _;

use wasmtime::{FrameInfo, WasmBacktrace};

/// Frames that are shown.
const MAX_FRAMES: usize = 20;
/// The longest name of a function or a file that is shown, in bytes; those of generic code are endless.
const MAX_NAME: usize = 200;

/// A frame, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    name: String,
    place: Option<String>,
}

/// The lines of a backtrace; empty if nothing is known.
pub(crate) fn lines(backtrace: &WasmBacktrace) -> Vec<String> {
    render(&backtrace.frames().iter().flat_map(frames).collect::<Vec<_>>())
}

fn render(all: &[Frame]) -> Vec<String> {
    // A function that calls itself is one line.
    let groups: Vec<_> = relevant(all).chunk_by(|inner, outer| inner == outer).collect();
    let mut lines = Vec::with_capacity(groups.len().min(MAX_FRAMES + 1));
    for group in groups.iter().take(MAX_FRAMES) {
        let Frame { name, place } = &group[0];
        let mut line = format!("at {name}");
        if let Some(place) = place {
            let _ = write!(line, " ({place})");
        }
        if group.len() > 1 {
            let _ = write!(line, ", {} times", group.len());
        }
        lines.push(line);
    }
    if groups.len() > MAX_FRAMES {
        lines.push(format!("… {} more", groups.len() - MAX_FRAMES));
    }
    lines
}

/// Without the machinery of panics on the inside, and that of exports on the outside; all of it if nothing else is there.
fn relevant(frames: &[Frame]) -> &[Frame] {
    let begin = frames.iter().position(|frame| !is_panic_machinery(&frame.name));
    let end = frames.iter().rposition(|frame| !is_export_machinery(&frame.name));
    match (begin, end) {
        (Some(begin), Some(end)) if begin <= end => &frames[begin..=end],
        _ => frames,
    }
}

fn is_panic_machinery(name: &str) -> bool {
    const MACHINERY: [&str; 13] = [
        "core::panicking::",
        "core::result::unwrap_failed",
        "core::option::unwrap_failed",
        "core::option::expect_failed",
        "core::slice::index::slice_",
        "std::panicking::",
        "std::process::abort",
        "std::sys::",
        "__rustc::",
        "alloc::alloc::handle_alloc_error",
        "alloc::raw_vec::",
        "core::hint::",
        "rust_oom",
    ];
    const NAMES: [&str; 7] = [
        "abort",
        "__abort",
        "rust_begin_unwind",
        "rust_panic",
        "__rust_abort",
        "__rust_start_panic",
        "__assert_fail",
    ];
    MACHINERY.iter().any(|prefix| name.starts_with(prefix))
        || NAMES.contains(&name)
        || name.starts_with("std::panic")
        || name.starts_with("<std::panicking")
}

fn is_export_machinery(name: &str) -> bool {
    // The function that the component model calls, and what bindings put around the implementation.
    name == "run"
        || name.ends_with("#run")
        || name.ends_with("#evaluate")
        || name.ends_with(".command_export")
        || name.contains("_export_run_cabi")
        || name.contains("_export_evaluate_cabi")
        || name.contains("__cabi_run")
        || name.contains("__wit_bindgen_")
}

/// A frame, and the functions that were inlined into it, the innermost first.
fn frames(frame: &FrameInfo) -> Vec<Frame> {
    let name = |symbol: Option<&str>| match symbol.or(frame.func_name()) {
        Some(name) => plain(name),
        None => format!("function {}", frame.func_index()),
    };
    if frame.symbols().is_empty() {
        return vec![Frame { name: name(None), place: None }];
    }
    let place = |symbol: &wasmtime::FrameSymbol| {
        let file = symbol.file()?;
        let file = crate::output::cut(short(file), MAX_NAME);
        Some(symbol.line().map_or_else(|| file.to_owned(), |line| format!("{file}:{line}")))
    };
    frame.symbols().iter().map(|symbol| Frame { name: name(symbol.name()), place: place(symbol) }).collect()
}

/// `_RNvCs…_6branin4eval` -> `branin::eval`
fn plain(name: &str) -> String {
    let plain = format!("{:#}", rustc_demangle::demangle(name));
    crate::output::cut(&plain, MAX_NAME).to_owned()
}

/// Paths of the machine that built a library say nothing; the last parts do.
fn short(file: &str) -> &str {
    match file.match_indices("/src/").last() {
        Some((at, _)) => file[..at].rfind('/').map_or(file, |begin| &file[begin + 1..]),
        None => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str, place: Option<&str>) -> Frame {
        Frame { name: plain(name), place: place.map(|place| short(place).to_owned()) }
    }

    #[test]
    fn machinery_is_left_out() {
        let frames = [
            frame("__rustc::rust_panic", None),
            frame("std::panicking::begin_panic_handler", None),
            frame("core::panicking::panic_fmt", None),
            frame("_ZN13random_search4eval17h0123456789abcdefE", Some("/home/me/random-search/src/lib.rs:7")),
            frame("core::ops::function::FnOnce::call_once", None),
            frame("<random_search::Loop as rush_worker::Guest>::run", None),
            frame("random_search::_export_run_cabi", None),
            frame("run", None),
        ];
        assert_eq!(
            render(&frames),
            [
                "at random_search::eval (random-search/src/lib.rs:7)",
                "at core::ops::function::FnOnce::call_once",
                "at <random_search::Loop as rush_worker::Guest>::run"
            ]
        );
    }

    #[test]
    fn a_program_of_machinery_alone_is_shown_whole() {
        assert_eq!(render(&[frame("abort", None), frame("run", None)]), ["at abort", "at run"]);
        assert_eq!(render(&[frame("run", None)]), ["at run"]);
        assert!(render(&[]).is_empty());
    }

    #[test]
    fn deep_recursion_is_cut() {
        assert_eq!(render(&vec![frame("again", None); 64]), ["at again, 64 times"]);
        let pair = [frame("ping", None), frame("pong", None)];
        let lines = render(&pair.iter().cycle().take(64).cloned().collect::<Vec<_>>());
        assert_eq!(lines.len(), MAX_FRAMES + 1);
        assert_eq!(lines[MAX_FRAMES], "… 44 more");
    }
}
