//! A long session: many edits in one process, as `recto watch` makes them.
//!
//! `cargo run --release --example watching [EDITS]` copies the shipped pack, edits it at random places (every tenth time a
//! note with its row is added, renamed or removed), and builds after each edit with the preview's pages. Every 50 edits the
//! bytes of every PDF are compared with those of a clean build in another process. It prints how long the visible document
//! and all files took (medians), and the resident memory after the 50th edit and after the last; it fails where a PDF
//! differs or memory has grown by more than half. `--trace FILE` writes where the time of the last edit went.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::civil::date;
use recto::cli::Session;
use recto::cli::session::{BuildOptions, Onlooker, View};
use recto::pack::Pack;
use recto::plan::random::Random;
use recto::preview::state::{Edit, Sources, State, Tab};
use recto::vault::config::Document;
use recto::vault::{Finding, Vault};
use typst_layout::Page;

/// The preview without a browser.
struct Screen {
    state: State,
    sources: Mutex<Option<(Arc<Sources>, Vec<Edit>)>>,
    start: Mutex<Instant>,
    seen: Mutex<Option<Duration>>,
}

impl Onlooker for Screen {
    fn first(&self) -> Option<Document> {
        Some(Document::Handbook)
    }

    fn read(&self, vault: &Arc<Vault>, pack: &Pack, _: &[Finding]) -> bool {
        let mut slot = self.sources.lock().expect("a lock");
        let edits = slot.as_ref().map(|(old, _)| Edit::all(old.vault(), vault)).unwrap_or_default();
        *slot = Some((Arc::new(Sources::new(vault.clone(), pack)), edits));
        true
    }

    fn pages(&self, document: Document, views: Vec<View>, _: Vec<Page>) {
        let (sources, edits) = self.sources.lock().expect("a lock").clone().expect("notes");
        let pages = views.into_iter().flat_map(|view| view.pages).collect();
        let id = document.name();
        let sheets = self.state.sheets(id, pages);
        self.state.put(Tab { id, grid: false, parts: Vec::new(), sheets, sources }, &edits);
        if document == Document::Handbook {
            *self.seen.lock().expect("a lock") = Some(self.start.lock().expect("a lock").elapsed());
        }
    }
}

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if let [clean, pack, out] = args.as_slice()
        && clean == "clean"
    {
        build(&mut Session::default(), &options(Path::new(pack), Path::new(out)), None);
        return ExitCode::SUCCESS;
    }
    let trace =
        args.iter().position(|a| a == "--trace").map(|at| args.drain(at..).nth(1).expect("--trace FILE"));
    let edits: usize = args.first().map_or(1000, |n| n.parse().expect("how many edits"));
    let dir = tempfile::tempdir().expect("a temporary folder");
    let pack = dir.path().join("pack");
    copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/content")), &pack);
    let options = options(&pack, &dir.path().join("out"));
    let screen = Screen {
        state: State::new("Soak".into(), vec!["handbook", "cheatsheets", "flashcards", "calendar"]),
        sources: Mutex::default(),
        start: Mutex::new(Instant::now()),
        seen: Mutex::default(),
    };
    let mut session = Session::default();
    build(&mut session, &options, Some(&screen));

    let mut notes: BTreeMap<PathBuf, String> = BTreeMap::new();
    for entry in fs::read_dir(pack.join("concepts")).expect("notes").flatten() {
        notes.insert(entry.path(), fs::read_to_string(entry.path()).expect("a note"));
    }
    let chapter = pack.join("1 Foundations.md");
    let rows = fs::read_to_string(&chapter).expect("a chapter");
    let mut random = Random::of(2026);
    let (mut pages, mut files) = (Vec::new(), Vec::new());
    let (mut early, mut compared) = (0, 0);
    for n in 1..=edits {
        if n % 10 == 0 {
            come_and_go(n / 10, &pack, &chapter, &rows)
        } else {
            edit(n, &notes, &mut random)
        }
        if n == edits && trace.is_some() {
            recto::timings::start();
        }
        let start = Instant::now();
        *screen.start.lock().expect("a lock") = start;
        build(&mut session, &options, Some(&screen));
        files.push(start.elapsed());
        // As `recto watch` does when all is written.
        if session.is_full() {
            session.forget();
        }
        pages.extend(screen.seen.lock().expect("a lock").take());
        if n == 50.min(edits) {
            early = resident();
        }
        if n % 50 == random.below(50) || n == edits {
            compare(dir.path(), &pack, &options.out, n);
            compared += 1;
        }
    }
    if let Some(path) = trace {
        fs::write(path, recto::timings::finish().to_string()).expect("a trace");
    }
    let late = resident();
    let growth = late as f64 / early.max(1) as f64;
    println!(
        "{edits} edits; handbook's pages after {:.0} ms, all files after {:.0} ms (medians)",
        median(pages),
        median(files)
    );
    println!("resident: {early} kB after the 50th edit, {late} kB after the last: × {growth:.2}");
    println!("{compared} times all PDFs had the bytes of a clean build");
    if growth > 1.5 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn options(pack: &Path, out: &Path) -> BuildOptions {
    BuildOptions { jobs: Some(2), ..BuildOptions::new(pack, out, date(2026, 11, 20)) }
}

fn build(session: &mut Session, options: &BuildOptions, screen: Option<&Screen>) {
    let report = match screen {
        Some(screen) => session.watched(options, &|_| (), screen),
        None => session.build(options, &|_| ()),
    };
    let report = report.unwrap_or_else(|failure| panic!("{}", failure.message));
    assert!(!report.has(recto::vault::Severity::Error), "{:?}", report.findings);
}

/// A sentence at a random paragraph of a random note; what an earlier edit wrote there goes.
fn edit(n: usize, notes: &BTreeMap<PathBuf, String>, random: &mut Random) {
    let (path, text) = notes.iter().nth(random.below(notes.len())).expect("a note");
    let starts: Vec<usize> = text
        .match_indices("\n\n")
        .map(|(at, _)| at + 2)
        .filter(|at| text[*at..].starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    let mut text = text.clone();
    if !starts.is_empty() {
        text.insert_str(starts[random.below(starts.len())], &format!("Edit {n} was made here. "));
    }
    fs::write(path, text).expect("a note");
}

/// A row and its note are added, renamed, removed in turn.
fn come_and_go(n: usize, pack: &Path, chapter: &Path, rows: &str) {
    let note = |k: usize| pack.join(format!("concepts/Passing Thought {k}.md"));
    for k in n.saturating_sub(1)..=n {
        let _ = fs::remove_file(note(k));
    }
    let mut rows = rows.to_owned();
    if !n.is_multiple_of(3) {
        fs::write(note(n), format!("## Explanation\n\nThought {n} passes.\n")).expect("a note");
        let at = rows.find("\n|**").expect("a row") + 1;
        rows.insert_str(at, &format!("|**[[Passing Thought {n}]]**|A concept that comes and goes.|\n"));
    }
    fs::write(chapter, rows).expect("the chapter");
}

/// Builds the pack in a process of its own, and compares all PDFs.
fn compare(dir: &Path, pack: &Path, out: &Path, n: usize) {
    let clean = dir.join("clean");
    let copied = dir.join("copy").join("pack");
    let _ = fs::remove_dir_all(&clean);
    let _ = fs::remove_dir_all(&copied);
    copy(pack, &copied);
    let program = std::env::current_exe().expect("this program");
    let status = Command::new(program).arg("clean").arg(&copied).arg(&clean).status().expect("a clean build");
    assert!(status.success());
    let (ours, theirs) = (pdfs(out), pdfs(&clean));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "after edit {n}");
    for (path, bytes) in &ours {
        assert!(theirs.get(path) == Some(bytes), "after edit {n}, {path} is not as a clean build writes it");
    }
}

fn pdfs(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in [out.to_owned(), out.join("cheatsheets")] {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|e| e == "pdf") {
                let name = path.strip_prefix(out).expect("below").to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).expect("a PDF"));
            }
        }
    }
    found
}

/// kB, as the system counts; 0 where it does not say.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(0.0, |t| t.as_secs_f64() * 1e3)
}

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
