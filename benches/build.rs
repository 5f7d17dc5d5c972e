//! How long builds take, in this process: cold, and after an edit.
//!
//! `cargo bench` (the pack in `content/`), `cargo bench -- vault` (1,000 notes with 2,000 links, never written for Recto).

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::{Weekday, date};
use recto::cli::Session;
use recto::cli::session::BuildOptions;
use recto::emit::export::{self, Kind, Source};
use recto::pack;
use recto::plan::fsrs::Fsrs;
use recto::plan::schedule::balance::{balance, hall};
use recto::plan::schedule::rivals::{fuzz, greedy, push_forward};
use recto::plan::schedule::waves::{Aim, frozen_windows};
use recto::plan::schedule::{self, CardInfo, DayOff, Days, Mode, Options};
use recto::plan::stock::Paper;
use recto::typeset::cheatsheets::{self, SheetOptions};
use recto::typeset::compile::STACK_BYTES;
use recto::typeset::fonts::Fonts;
use recto::typeset::press::Press;
use recto::vault::{OpenOptions, Vault};

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
                // As `recto watch` does when all is written.
                if session.is_full() {
                    session.forget();
                }
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
    // As a user waits for it: from the start of the program to its end.
    group.bench_function("check, whole process", |b| {
        b.iter(|| {
            let run = Command::new(env!("CARGO_BIN_EXE_recto")).arg("check").arg(&vault).output();
            let run = run.expect("the program runs");
            assert!(
                run.status.code().is_some_and(|code| code < 2),
                "{}",
                String::from_utf8_lossy(&run.stderr)
            );
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

/// Ten thousand cards over a year, in each mode.
fn planned(c: &mut Criterion) {
    let cards: Vec<CardInfo> = (0..10_000).map(|i| CardInfo { chapter: i / 2000, minutes: 0.2 }).collect();
    let start = date(2026, 1, 5);
    let plan = Options { new_per_day: Some(40), ..Options::new(start) };
    let exam = Options {
        mode: Mode::Exam,
        exam: Some(date(2027, 1, 4)),
        minutes_per_day: Some(120.0),
        ..Options::new(start)
    };
    let boxed = Options { mode: Mode::Leitner, ..plan.clone() };
    let mut group = c.benchmark_group("plan");
    group.sample_size(10);
    for (name, options) in [("fixed days", plan), ("an exam", exam), ("a Leitner box", boxed)] {
        group.bench_function(format!("10,000 cards, a year, {name}"), |b| {
            b.iter(|| black_box(schedule::schedule(&cards, &options).is_ok()));
        });
    }
    group.finish();
}

/// Ten thousand cards of a thousand concepts as a package for Anki, from the finished model.
fn exported(c: &mut Criterion) {
    let mut texts = vec![("recto.yaml".to_owned(), "title: Ten thousand\n".to_owned())];
    for chapter in 0..10 {
        let mut rows = format!("# Chapter {chapter}\n\n|Concept|Brief|\n|---|---|\n");
        for i in 0..100 {
            let name = format!("Concept {chapter} {i}");
            rows.push_str(&format!("|[[{name}]]|What {name} is, in some twenty words of `plain` text.|\n"));
            let mut note = format!("# {name}\n\n## Cards\n\n");
            for card in 0..7 {
                note.push_str(&format!(
                    "Question {card} on **{name}**? :: Answer {card}, with `code` and $x_{card}$\n\n"
                ));
            }
            note.push_str(
                "Front\n?\n```python\ndef f(x):\n    return x + 1  # more\n```\n\nA ==gap== in a sentence.\n",
            );
            texts.push((format!("concepts/{name}.md"), note));
        }
        texts.push((format!("{chapter} Chapter.md"), rows));
    }
    let (vault, _) = Vault::from_texts(texts);
    let (mut pack, _) = pack::build(&vault);
    let (lock, _) = pack::assign(&mut pack, None, date(2026, 11, 20));
    assert_eq!(pack.cards.len(), 10_000);
    let mut group = c.benchmark_group("export");
    group.sample_size(10);
    group.bench_function("10,000 cards, apkg", |b| {
        b.iter(|| export::export(Kind::Anki, &Source::new(&vault, &pack, &lock, None)).expect("a package"));
    });
    group.finish();
}

/// The fullest day of the named case (400 cards, ten new ones on each day from Monday 2026-01-05 on, 120 days, Sundays
/// and 2026-02-24 off), as others spread it and as it is spread here. Prints the peaks, measures the time.
fn spread(c: &mut Criterion) {
    let off = [DayOff::Weekday(Weekday::Sunday), DayOff::Date(date(2026, 2, 24))];
    let days = Days::new(date(2026, 1, 5), 120, &off);
    let introduced: Vec<i32> = (0..400).filter_map(|card| days.open().get(card / 10).copied()).collect();
    let aim = Aim { retention: 0.9, tolerance: 0.02 };
    let windows = frozen_windows(&days, &Fsrs::default(), aim, &introduced, 120);
    let count = days.open().len();
    let none = vec![0; count];
    let bound = hall(&none, &windows).map_or(0, |certificate| certificate.bound);
    let peak = |load: &[u64]| load.iter().copied().max().unwrap_or(0);
    let fuzzes: Vec<u64> = (0..100).map(|seed| peak(&fuzz(count, &windows, seed))).collect();
    let options = Options {
        length: Some(120),
        new_per_day: Some(10),
        days_off: off.to_vec(),
        count_introductions: false,
        open_end: false,
        ..Options::new(date(2026, 1, 5))
    };
    let cards = vec![CardInfo { chapter: 0, minutes: 0.2 }; 400];
    let waves = schedule::schedule(&cards, &options).ok();
    println!("visits on the fullest day of the named case, {} visits on {count} days:", windows.len());
    println!("  Hall's bound, windows frozen    {bound}");
    println!("  recto, windows frozen           {}", balance(&none, &windows).peak());
    println!("  recto, in waves                 {}", waves.map_or(0, |plan| plan.peak.cards));
    println!("  greedy (least so far)           {}", peak(&greedy(count, &windows)));
    println!(
        "  random fuzz, 100 seeds          {} to {}",
        fuzzes.iter().min().copied().unwrap_or(0),
        fuzzes.iter().max().copied().unwrap_or(0)
    );
    println!("  push forward, no limit          {}", peak(&push_forward(count, &windows, u64::MAX).0));
    for limit in [bound, bound.saturating_sub(1), bound / 2] {
        let (load, late) = push_forward(count, &windows, limit);
        println!("  push forward, limit {limit:<11} {}, {late} visits after their window", peak(&load));
    }
    let mut group = c.benchmark_group("named case");
    group.bench_function("recto, windows frozen", |b| b.iter(|| black_box(balance(&none, &windows).peak())));
    group.bench_function("greedy", |b| b.iter(|| black_box(greedy(count, &windows))));
    group.bench_function("random fuzz", |b| b.iter(|| black_box(fuzz(count, &windows, 1))));
    group.bench_function("push forward", |b| b.iter(|| black_box(push_forward(count, &windows, bound))));
    group.finish();
}

/// The search for the cheatsheets' type: vault, pack and fonts are there, the compiler remembers nothing. On one thread
/// the figure is the processor's time.
fn sheets(c: &mut Criterion) {
    let (_dir, path) = shipped();
    let (vault, _) = Vault::open(&path, &OpenOptions::default()).expect("a vault");
    let (pack, _) = pack::build(&vault);
    let fonts = Fonts::load(&[], false).expect("fonts");
    let mut group = c.benchmark_group("cheatsheets");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, threads) in [("search, one thread", 1), ("search, two threads", 2)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES);
        let pool = pool.build().expect("threads");
        group.bench_function(name, |b| {
            b.iter_custom(|n| {
                let mut total = Duration::ZERO;
                for _ in 0..n {
                    comemo::evict(0);
                    let press = Press::new(&vault, &pack, fonts.clone(), Paper::A4, "classic", None)
                        .expect("a press");
                    let start = Instant::now();
                    let sheets = pool.install(|| cheatsheets::search(&press, &SheetOptions::default()));
                    total += start.elapsed();
                    black_box(sheets.is_some());
                }
                total
            });
        });
    }
    group.finish();
}

criterion_group!(benches, cold, edited, checked, planned, spread, exported, sheets);
criterion_main!(benches);
