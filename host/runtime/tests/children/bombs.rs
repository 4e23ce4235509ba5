//! Components, honest ones and such that cost a compiler much more than their size.

use rush_runtime::Plugin;

/// A worker loop around a core module that has further functions.
pub(crate) fn plugin(functions: &str) -> Plugin {
    let text = format!(
        r#"(component
            (core module $module
                (memory (export "memory") 1)
                (func (export "run") (result i32) i32.const 0)
                {functions})
            (core instance $instance (instantiate $module))
            (func (export "run") (result (result (error string)))
                (canon lift (core func $instance "run") (memory (core memory $instance "memory")))))"#
    );
    Plugin::worker_loop("test.wasm", wat::parse_str(text).unwrap()).unwrap()
}

/// A function whose variables are each changed within as many loops: a compiler keeps all of them apart in each, so its work is the product
/// of the two, while the file holds the sum.
pub(crate) fn bomb(variables: usize, loops: usize) -> Plugin {
    let begin = "(loop ".repeat(loops);
    let end = "(br_if 0 (local.get 0)))".repeat(loops);
    let mut change = String::new();
    for variable in 0..variables {
        change += &format!("(local.set {variable} (i32.add (local.get {variable}) (i32.const 1)))");
    }
    plugin(&format!("(func (local {}) {begin} {change} {end})", "i32 ".repeat(variables)))
}
