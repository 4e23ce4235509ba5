//! Prints the JSON Schema of run files; `cargo xtask schema` writes it to `schema/run-file.json`.

#![expect(clippy::print_stdout, reason = "printing is all that this example is for")]

fn main() {
    print!("{}", rush_run_file::schema());
}
