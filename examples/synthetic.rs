//! Writes a synthetic pack of N concepts twice: as `data.json` for the plain Typst templates in `benches/peer/`, and as a
//! vault for Recto, with exactly N cards on the twelve-up stock that `benches/peer/cards.typ` draws. The vault has N notes
//! and 2 N links.
//!
//! `cargo run --release --example synthetic -- N DIR [--seed S]`: one seed, one result, on every machine.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use recto::plan::random::Random;
use serde::Serialize;

const CHAPTERS: usize = 5;

/// What texts are made of: lower-case nouns and adjectives of about the length that technical prose has.
const WORDS: [&str; 60] = [
    "query",
    "planner",
    "cursor",
    "buffer",
    "page",
    "table",
    "join",
    "index",
    "scan",
    "latch",
    "transaction",
    "commit",
    "rollback",
    "isolation",
    "snapshot",
    "serializable",
    "replica",
    "follower",
    "leader",
    "quorum",
    "log",
    "checkpoint",
    "recovery",
    "durable",
    "volatile",
    "column",
    "row",
    "tuple",
    "schema",
    "migration",
    "constraint",
    "trigger",
    "view",
    "materialized",
    "partition",
    "shard",
    "hash",
    "range",
    "tree",
    "leaf",
    "bloom",
    "filter",
    "cache",
    "eviction",
    "compaction",
    "segment",
    "write",
    "read",
    "amplification",
    "latency",
    "throughput",
    "optimistic",
    "pessimistic",
    "deadlock",
    "timeout",
    "retry",
    "idempotent",
    "ordered",
    "sorted",
    "sparse",
];

#[derive(Parser)]
#[command(about = "Write a synthetic pack: DIR/data.json and DIR/vault")]
struct Arguments {
    /// How many concepts, each with one card.
    #[arg(value_parser = clap::value_parser!(u32).range(1..=60_000))]
    concepts: u32,
    /// Where to write; files of an earlier run are replaced.
    folder: PathBuf,
    /// Start of the random sequence.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One concept, as the Typst templates read it.
#[derive(Debug, Clone, Eq, PartialEq, Serialize)]
struct Concept {
    name: String,
    desc: String,
    expl: [String; 2],
    code: String,
    q: String,
    a: String,
    /// The memory anchor.
    anchor: String,
    /// From 0.
    chapter: usize,
    /// Index of the concept it refers to, in the same chapter.
    see: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match write(&arguments.folder, &concepts(arguments.concepts as usize, arguments.seed), arguments.seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot write the pack below {}: {error}", arguments.folder.display());
            ExitCode::from(3)
        }
    }
}

/// `n` concepts in [`CHAPTERS`] chapters of equal size.
fn concepts(n: usize, seed: u64) -> Vec<Concept> {
    let mut random = Words(Random::of(seed));
    let first_of = |chapter: usize| (chapter * n).div_ceil(CHAPTERS);
    (0..n)
        .map(|i| {
            let chapter = i * CHAPTERS / n;
            let first = first_of(chapter);
            let length = first_of(chapter + 1) - first;
            // A step of 1 to `length - 1`, so that only a lone concept refers to itself.
            let step = 1 + (i - first) * 6 % (length - 1).max(1);
            let mut name = random.words(3);
            let _ = write!(name, " {i}");
            Concept {
                name,
                desc: random.sentence(20),
                expl: [random.sentence(60), random.sentence(60)],
                code: format!(
                    "def pick_{i}(rows):\n    return [row for row in rows if row % {}]\n\nprint(pick_{i}(range(10)))\n",
                    i % 7 + 2
                ),
                q: random.sentence(10),
                a: random.sentence(18),
                anchor: random.sentence(5),
                chapter,
                see: first + (i - first + step) % length,
            }
        })
        .collect()
}

fn write(folder: &Path, concepts: &[Concept], seed: u64) -> io::Result<()> {
    let vault = folder.join("vault");
    let notes = vault.join("concepts");
    if vault.exists() {
        fs::remove_dir_all(&vault)?;
    }
    fs::create_dir_all(&notes)?;
    fs::write(folder.join("data.json"), serde_json::to_vec(concepts)?)?;
    fs::write(
        vault.join("recto.yaml"),
        "title: Synthetic pack\n\
         authors: [Bench]\n\
         language: en\n\
         date: 2026-01-01\n\
         cards: {stock: peer-12, from-rows: false}\n\
         stocks: {peer-12: {sheet: a4, card: 60mm x 68mm, columns: 3, rows: 4, left: 15mm, top: 12.5mm, \
         pitch: 60mm x 68mm}}\n",
    )?;
    let mut random = Words(Random::of(!seed));
    for chapter in 0..CHAPTERS {
        let number = chapter + 1;
        let intro = random.sentence(30);
        let own: Vec<&Concept> = concepts.iter().filter(|c| c.chapter == chapter).collect();
        if own.is_empty() {
            continue;
        }
        let mut note = format!(
            "# Chapter {number}\n\n{intro}\n\n## Concepts\n\n|Concept|Brief Description|\n|---|---|\n"
        );
        for concept in own {
            let _ = writeln!(note, "|**[[{}]]**|{}|", concept.name, concept.desc);
            fs::write(
                notes.join(format!("{}.md", concept.name)),
                concept_note(concept, &concepts[concept.see].name),
            )?;
        }
        fs::write(vault.join(format!("{number} Chapter {number}.md")), note)?;
    }
    Ok(())
}

fn concept_note(c: &Concept, see: &str) -> String {
    format!(
        "## Explanation\n\n{}\n\n{}\n\n## Example\n\n```python\n{}```\n\n## Memory anchor\n\n{}\n\n\
         ## Cards\n\n{} :: {}\n\n## See also\n\n[[{see}]]\n",
        c.expl[0], c.expl[1], c.code, c.anchor, c.q, c.a
    )
}

/// Words by chance.
struct Words(Random);

impl Words {
    /// `n` words, the first with a capital.
    fn words(&mut self, n: usize) -> String {
        let mut text = String::new();
        for i in 0..n {
            let word = WORDS[(self.0.draw() % WORDS.len() as u64) as usize];
            if i == 0 {
                text.push_str(&word[..1].to_ascii_uppercase());
                text.push_str(&word[1..]);
            } else {
                text.push(' ');
                text.push_str(word);
            }
        }
        text
    }

    fn sentence(&mut self, n: usize) -> String {
        let mut text = self.words(n);
        text.push('.');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_everything() {
        assert_eq!(concepts(40, 1), concepts(40, 1));
        assert_ne!(concepts(40, 1), concepts(40, 2));
    }

    #[test]
    fn chapters_are_equal_and_references_stay_inside() {
        for n in [1, 4, 5, 6, 12, 37, 100] {
            let all = concepts(n, 1);
            assert_eq!(all.len(), n);
            for (i, c) in all.iter().enumerate() {
                assert_eq!(c.chapter, i * CHAPTERS / n);
                assert_eq!(all[c.see].chapter, c.chapter, "concept {i} of {n}");
                let alone = all.iter().filter(|o| o.chapter == c.chapter).count() == 1;
                assert!(alone || c.see != i, "concept {i} of {n} refers to itself");
            }
        }
    }

    #[test]
    fn the_vault_has_one_note_and_one_card_for_each_concept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let all = concepts(23, 1);
        write(folder.path(), &all, 1).expect("written");
        write(folder.path(), &all, 1).expect("written again over the first");
        let notes: Vec<_> =
            fs::read_dir(folder.path().join("vault/concepts")).expect("there").flatten().collect();
        assert_eq!(notes.len(), 23);
        for note in notes {
            let text = fs::read_to_string(note.path()).expect("readable");
            assert_eq!(text.matches(" :: ").count(), 1);
        }
        let chapters = fs::read_dir(folder.path().join("vault")).expect("there").flatten();
        let rows: usize = chapters
            .filter(|f| f.path().extension().is_some_and(|e| e == "md"))
            .map(|f| fs::read_to_string(f.path()).expect("readable").matches("|**[[").count())
            .sum();
        assert_eq!(rows, 23);
    }
}
