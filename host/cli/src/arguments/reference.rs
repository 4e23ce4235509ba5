//! `REFERENCE.md`: what the program says about its commands, to be read without it. Made by the test below with `UPDATE_GOLDEN=1`.

use super::Arguments;

/// The reference as it should be.
fn reference() -> String {
    let options = clap_markdown::MarkdownOptions::new()
        .title("Commands of `rush-host`".to_owned())
        .show_footer(false)
        .show_table_of_contents(true);
    clap_markdown::help_markdown_custom::<Arguments>(&options)
}

#[test]
fn the_reference_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REFERENCE.md");
    let reference = reference();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &reference).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == reference,
        "REFERENCE.md is out of date: `UPDATE_GOLDEN=1 cargo test -p rush-cli reference`"
    );
}
