//! The tools that build commands name, and what installs each. One that is not here is told by the shell alone.

/// A tool.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tool {
    /// What a command calls it.
    pub(super) names: &'static [&'static str],
    /// What to type.
    pub(super) install: &'static str,
}

const fn tool(names: &'static [&'static str], install: &'static str) -> Tool {
    Tool { names, install }
}

const TOOLS: &[Tool] = &[
    tool(
        &["python3", "python", "pip", "pip3"],
        "`apt-get install python3 python3-venv` (Debian, Ubuntu) or `brew install python` (macOS)",
    ),
    tool(
        &["node", "npm", "npx"],
        "`apt-get install nodejs npm` (Debian, Ubuntu) or `brew install node` (macOS)",
    ),
    tool(
        &["cargo", "rustc", "rustup"],
        "`apt-get install rustup` (Debian, Ubuntu) or `brew install rustup` (macOS), then `rustup default stable`",
    ),
    tool(&["componentize-py"], "`python3 -m pip install componentize-py`"),
    tool(&["componentize-js"], "`npm install @bytecodealliance/componentize-js`"),
    tool(&["jco"], "`npm install @bytecodealliance/jco`"),
    tool(&["tsc"], "`npm install typescript`"),
    tool(&["esbuild"], "`npm install esbuild`"),
    tool(&["wasm-tools"], "`cargo install --locked wasm-tools`"),
    tool(&["wit-bindgen"], "`cargo install --locked wit-bindgen-cli`"),
    tool(&["cargo-component"], "`cargo install --locked cargo-component`"),
    tool(&["just"], "`cargo install --locked just`"),
    tool(&["uv", "uvx"], "`python3 -m pip install uv`"),
    tool(
        &["zig"],
        "`brew install zig`, or `python3 -m pip install ziglang` and `python3 -m ziglang` in its place",
    ),
    tool(
        &["clang", "wasm-ld", "ld.lld"],
        "`apt-get install clang lld wasi-libc` (Debian, Ubuntu) or `brew install llvm lld wasi-libc` (macOS)",
    ),
    tool(&["cmake"], "`apt-get install cmake` (Debian, Ubuntu) or `brew install cmake` (macOS)"),
    tool(&["make"], "`apt-get install make` (Debian, Ubuntu) or `xcode-select --install` (macOS)"),
    tool(&["wasm-opt"], "`apt-get install binaryen` (Debian, Ubuntu) or `brew install binaryen` (macOS)"),
    tool(&["go"], "`apt-get install golang` (Debian, Ubuntu) or `brew install go` (macOS)"),
    tool(&["tinygo"], "`brew install tinygo-org/tools/tinygo` (macOS, Linux)"),
];

/// The tool of this name.
pub(super) fn named(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tool_has_two_lines() {
        let mut names: Vec<_> = TOOLS.iter().flat_map(|tool| tool.names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(TOOLS.iter().all(|tool| tool.install.contains('`')));
    }
}
