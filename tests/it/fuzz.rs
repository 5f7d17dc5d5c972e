//! The corpus of the fuzzer and the cases that it found: none panics, hangs or loses a word of a table.

use std::path::{Path, PathBuf};

#[allow(dead_code)]
#[path = "../../examples/fuzz/harness.rs"]
mod harness;

fn replay(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz").join(folder);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_recto"));
    let faults: Vec<String> = harness::files(&folder)
        .iter()
        .filter_map(|(name, bytes)| {
            let fault = harness::run(name, bytes, Some(&program)).err()?;
            Some(format!("{name}: {fault}"))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_corpus() {
    replay("corpus");
}

#[test]
fn what_was_found() {
    replay("found");
}

#[test]
fn some_cases_of_every_kind() {
    let corpus = harness::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz/corpus"));
    assert!(!corpus.is_empty());
    let mut random = recto::plan::random::Random::of(7);
    for n in 0..200 {
        let (name, bytes) = harness::case(&mut random, &corpus);
        if let Err(fault) = harness::run(&name, &bytes, None) {
            panic!("case {n} of seed 7: {fault}\n{}", String::from_utf8_lossy(&bytes));
        }
    }
}
