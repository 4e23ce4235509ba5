//! What benches/README.md shows is what was recorded.

use rush_benches::{CLAIMS, Readme, blocks};

#[test]
fn readme_shows_what_was_recorded() {
    let readme = Readme::look().unwrap();
    let difference = readme.is.lines().zip(readme.should.lines()).find(|(is, should)| is != should);
    assert!(
        readme.is == readme.should,
        "benches/README.md is not what results/*.json say, first in {difference:?}; run `cargo xtask bench --tables`"
    );
}

#[test]
fn every_bench_has_its_place_in_readme() {
    let manifest = include_str!("../Cargo.toml");
    let names = manifest.split("[[bin]]\nname = \"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut benches: Vec<_> = names.collect();
    let text = Readme::look().unwrap().is;
    let mut blocks: Vec<_> = blocks(&text).into_iter().filter(|name| *name != CLAIMS).collect();
    benches.sort_unstable();
    blocks.sort_unstable();
    assert_eq!(blocks, benches, "left: blocks of benches/README.md, right: programs of benches/Cargo.toml");
}
