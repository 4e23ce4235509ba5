//! Every environment variable that the program reads, in one place.

/// URL of Redis, if no flag and no file names one; how a launcher hands the URL to a host process.
pub(crate) const REDIS_URL: &str = "REDIS_URL";
/// What the program says about itself: `error`, `warn` (the default), `info`, `debug`, `trace`, or directives of
/// `tracing-subscriber`, such as `rush_network=debug`.
pub(crate) const RUSH_LOG: &str = "RUSH_LOG";
/// Folder for compiled components; by default `rush-host` in the user's cache folder.
pub(crate) const RUSH_CACHE_DIR: &str = "RUSH_CACHE_DIR";
/// Processor time that compiling one component may take, such as `2m`; by default as its size suggests.
pub(crate) const RUSH_COMPILE_TIME: &str = "RUSH_COMPILE_TIME";
/// Memory that compiling one component may take, such as `2GiB`; by default as its size suggests.
pub(crate) const RUSH_COMPILE_MEMORY: &str = "RUSH_COMPILE_MEMORY";

/// If it is set, nothing is coloured.
pub(crate) const NO_COLOR: &str = "NO_COLOR";

/// A variable, unless it is missing, empty, or not text.
pub(crate) fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
