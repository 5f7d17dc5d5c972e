//! How long builds take, in this process: cold, and after an edit.
//!
//! `cargo bench` (the pack in `content/`), `cargo bench -- vault` (1,000 notes with 2,000 links, never written for Recto).

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::date;
use recto::cli::Session;
use recto::cli::session::BuildOptions;
use recto::plan::schedule::{self, CardInfo, Options};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn shipped() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let pack = dir.path().join("pack");
    copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/content")), &pack);
    (dir, pack)
}

fn options(dir: &Path, pack: &Path) -> BuildOptions {
    let mut options = BuildOptions::new(pack, dir.join("out"), date(2026, 11, 20));
    options.jobs = Some(2);
    options
}

fn build(session: &mut Session, options: &BuildOptions) {
    let report = session.build(options, &|_| ()).unwrap_or_else(|e| panic!("{}", e.message));
    black_box(report.documents.len());
}

/// All documents of the shipped pack with nothing in memory but the program.
fn cold(c: &mut Criterion) {
    let (dir, pack) = shipped();
    let mut options = options(dir.path(), &pack);
    options.force = true;
    let mut group = c.benchmark_group("shipped pack");
    group.sample_size(10).measurement_time(Duration::from_secs(30));
    group.bench_function("cold, all documents", |b| {
        b.iter_custom(|n| {
            let mut total = Duration::ZERO;
            for _ in 0..n {
                comemo::evict(0);
                let mut session = Session::default();
                let start = Instant::now();
                build(&mut session, &options);
                total += start.elapsed();
            }
            total
        });
    });
    group.finish();
}

/// One note edited between two builds of one process.
fn edited(c: &mut Criterion) {
    let (dir, pack) = shipped();
    let options = options(dir.path(), &pack);
    let mut session = Session::default();
    build(&mut session, &options);
    let note = pack.join("concepts/Duck Typing.md");
    let text = fs::read_to_string(&note).expect("the note");
    let mut group = c.benchmark_group("shipped pack");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    let mut n = 0;
    group.bench_function("one note edited, all documents", |b| {
        b.iter_custom(|rounds| {
            let mut total = Duration::ZERO;
            for _ in 0..rounds {
                n += 1;
                let edited =
                    text.replacen("does not care whether", &format!("does not care {n} times whether"), 1);
                fs::write(&note, edited).expect("an edit");
                let start = Instant::now();
                build(&mut session, &options);
                total += start.elapsed();
            }
            total
        });
    });
    group.bench_function("nothing changed", |b| b.iter(|| build(&mut session, &options)));
    group.finish();
}

/// A vault of folders: `notes` notes, each with two links, a formula and some code; and a daily note for every fourth.
fn plain_vault(vault: &Path, notes: usize) {
    for i in 0..notes {
        let folder = vault.join(format!("{:02} Subject", i % 10)).join(format!("Part {}", i % 3));
        fs::create_dir_all(&folder).expect("a folder");
        let (next, far) = ((i + 10) % notes, (i * 7 + 1) % notes);
        let text = format!(
            "---\ntags: [subject/{}]\naliases: [N{i}]\n---\n\nNote {i} says in one sentence what its subject is about. Then more.\n\n\
             ## Details\n\nIt rests on [[Note {next}]] and leads to [[Note {far}|another]], with $x_{{{i}}} = \\frac{{a}}{{b}}$ in it.\n\n\
             ```python\nprint({i})\n```\n\n| a | b |\n|---|---|\n| 1 | `x` |\n\n## Cards\n\nWhat is number {i}? :: The note of that number.\n",
            i % 7
        );
        fs::write(folder.join(format!("Note {i}.md")), text).expect("a note");
        if i % 4 == 0 {
            let daily = vault.join("Daily");
            fs::create_dir_all(&daily).expect("a folder");
            let day = format!("2026-{:02}-{:02}.md", i / 4 % 12 + 1, i / 48 % 28 + 1);
            fs::write(daily.join(day), format!("# Day\n\n- [ ] [[Note {i}]]\n")).expect("a note");
        }
    }
}

/// What `recto check` does with a vault of 1,000 notes and 2,000 links.
fn checked(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let vault = dir.path().join("vault");
    plain_vault(&vault, 1000);
    let mut group = c.benchmark_group("vault");
    group.sample_size(10);
    group.bench_function("check, 1,000 notes, 2,000 links", |b| {
        b.iter(|| {
            let (vault, _) =
                recto::cli::session::open(&vault, None).unwrap_or_else(|e| panic!("{}", e.message));
            let (mut pack, found) = recto::pack::build(&vault);
            let changes = recto::pack::assign(&mut pack, None, date(2026, 11, 20));
            let lints = recto::pack::lint::lint(&vault, &pack, date(2026, 11, 20));
            assert_eq!((pack.concepts.len(), pack.chapters.len()), (1000, 10));
            black_box(found.len() + lints.len() + changes.1.len())
        });
    });
    let mut options = options(dir.path(), &vault);
    options.force = true;
    group.measurement_time(Duration::from_secs(30));
    group.bench_function("build, all documents", |b| {
        b.iter(|| {
            comemo::evict(0);
            build(&mut Session::default(), &options);
        });
    });
    group.finish();
}

/// Ten thousand cards over a year.
fn planned(c: &mut Criterion) {
    let cards: Vec<CardInfo> = (0..10_000).map(|i| CardInfo { chapter: i / 2000, minutes: 0.2 }).collect();
    let mut options = Options::new(date(2026, 1, 5));
    options.new_per_day = Some(40);
    let mut group = c.benchmark_group("plan");
    group.sample_size(10);
    group.bench_function("10,000 cards, a year", |b| {
        b.iter(|| black_box(schedule::schedule(&cards, &options).is_ok()));
    });
    group.finish();
}

criterion_group!(benches, cold, edited, checked, planned);
criterion_main!(benches);
