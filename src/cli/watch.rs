//! `recto watch`: builds on every save, and shows the pages in a browser.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};
use typst_layout::Page;

use super::session::{BuildOptions, Onlooker, Report, Session, State as Stand, View};
use super::{Failure, Outcome, WatchArgs, build, find_pack, print};
use crate::pack::Pack;
use crate::pack::lock::LOCK_FILE;
use crate::preview::changes::{self, Settling};
use crate::preview::editor::Editor;
use crate::preview::server::Server;
use crate::preview::state::{Edit, Sources, State, Tab};
use crate::vault::config::Document;
use crate::vault::{Finding, Severity, Vault};

/// How often the wish to stop is looked for.
const BEAT: Duration = Duration::from_millis(100);
/// How long a build leaves the processor to the browser that draws its pages, at most.
const DRAWING: Duration = Duration::from_millis(200);
/// Single cards have a tab of their own.
const CARDS: &str = "cards";

pub fn run(args: &WatchArgs) -> Result<Outcome, Failure> {
    let (pack, documents) = build::split(&args.what)?;
    let pack = find_pack(pack.map(Path::new))?;
    let root = pack.canonicalize().map_err(|e| Failure::system(format!("{}: {e}", pack.display())))?;
    let options = BuildOptions {
        documents: (!documents.is_empty()).then_some(documents),
        select: build::selection(&args.select)?,
        jobs: args.jobs.filter(|n| *n > 0),
        locked: args.locked,
        system_fonts: args.system_fonts,
        ..BuildOptions::new(pack, &args.out, build::today(args.date)?)
    };
    let editor = match &args.editor {
        Some(text) => Editor::parse(text).map_err(|message| {
            Failure::usage(format!("--editor: {message}"))
                .hint("obsidian, vscode, none, an address such as idea://open?file={file}&line={line}, or a command with {file}")
        })?,
        None => Editor::of_folder(&root),
    };

    let stop = stop_flag()?;
    // The folder is watched before it is read for the first time, so that no save falls between.
    let changes = Changes::of(&root, &options.out)?;
    let state = Arc::new(State::new(
        root.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        tabs(),
    ));
    let server = Server::start(args.port, state.clone(), editor, root.clone()).map_err(|error| {
        Failure::system(format!("the preview cannot be served on port {}: {error}", args.port))
            .hint("take another port with --port, or leave it out for any that is free")
    })?;
    println!("preview: {}", server.url());
    if args.open {
        open_browser(&server.url());
    }
    Watch { options, state, changes, stop, session: Session::default(), shown: Mutex::default() }.run()
}

/// The order of the tabs: that of the documents, single cards after their sheets.
fn tabs() -> Vec<&'static str> {
    let names = Document::NAMES.iter().map(|(name, _)| *name);
    names
        .flat_map(|name| [Some(name), (name == Document::Flashcards.name()).then_some(CARDS)])
        .flatten()
        .collect()
}

/// Set by Ctrl-C and by a request to end; a second one ends the process at once.
fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let registered = signal_hook::flag::register_conditional_shutdown(signal, 130, stop.clone())
            .and_then(|_| signal_hook::flag::register(signal, stop.clone()));
        registered.map_err(|e| Failure::system(format!("signals cannot be received: {e}")))?;
    }
    Ok(stop)
}

fn open_browser(url: &str) {
    let (program, first): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let child = Command::new(program)
        .args(first)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match child {
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => eprintln!("warning: the browser cannot be opened ({program}: {error})"),
    }
}

/// Files of the pack that were saved, added, renamed or removed.
struct Changes {
    /// Lives as long as it is listened to.
    _watcher: notify::RecommendedWatcher,
    root: PathBuf,
    out: PathBuf,
    lock: PathBuf,
    inbox: Mutex<Inbox>,
}

struct Inbox {
    events: Receiver<notify::Result<notify::Event>>,
    settling: Settling,
}

impl Changes {
    fn of(root: &Path, out: &Path) -> Result<Self, Failure> {
        let fail = |error: notify::Error| {
            Failure::system(format!("{} cannot be watched: {error}", root.display()))
                .hint("on Linux, fs.inotify.max_user_watches limits how many folders are watched")
        };
        let (sender, events) = channel();
        let mut watcher = notify::recommended_watcher(sender).map_err(fail)?;
        watcher.watch(root, RecursiveMode::Recursive).map_err(fail)?;
        // Events name real paths; the output folder may lie in the pack, or behind a link.
        let made = std::fs::create_dir_all(out).and_then(|()| out.canonicalize());
        let out = made.map_err(|e| Failure::system(format!("{} cannot be made: {e}", out.display())))?;
        let inbox = Mutex::new(Inbox { events, settling: Settling::default() });
        let lock = root.join(LOCK_FILE);
        Ok(Self { _watcher: watcher, root: root.to_owned(), out, lock, inbox })
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn gather(&self, inbox: &mut Inbox, event: notify::Result<notify::Event>) {
        let now = Instant::now();
        let Ok(event) = event else {
            // Events were lost: anything may have changed.
            inbox.settling.event(self.root.clone(), changes::Step::Part, now);
            return;
        };
        let Some(step) = changes::step(&event.kind) else { return };
        for path in event.paths {
            if changes::concerns(&self.root, Some(&self.out), &path) {
                inbox.settling.event(path, step, now);
            }
        }
    }

    /// Whether something changed since the last were taken. Builds write `recto.lock` themselves.
    fn pending(&self) -> bool {
        let mut inbox = self.inbox();
        while let Ok(event) = inbox.events.try_recv() {
            self.gather(&mut inbox, event);
        }
        inbox.settling.paths().any(|path| *path != self.lock)
    }

    /// Waits for files to change and settle; `None` when it is time to stop.
    fn next(&self, stop: &AtomicBool) -> Option<BTreeSet<PathBuf>> {
        let mut inbox = self.inbox();
        loop {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let now = Instant::now();
            if let Some(paths) = inbox.settling.take(now) {
                return Some(paths);
            }
            let due = inbox.settling.due();
            let wait = due.map_or(BEAT, |due| due.saturating_duration_since(now).min(BEAT));
            match inbox.events.recv_timeout(wait) {
                Ok(event) => self.gather(&mut inbox, event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

/// The one owner of change: takes what was saved, builds, shows, writes; then the next.
struct Watch {
    options: BuildOptions,
    state: Arc<State>,
    changes: Changes,
    stop: Arc<AtomicBool>,
    session: Session,
    shown: Mutex<Shown>,
}

/// What the pages in the browser were made from.
#[derive(Default)]
struct Shown {
    vault: Option<Arc<Vault>>,
    /// Errors that there were when pages were shown: only others hold the pages back.
    errors: BTreeSet<(String, String)>,
}

impl Watch {
    fn run(mut self) -> Result<Outcome, Failure> {
        let mut lock = None;
        loop {
            let start = Instant::now();
            self.state.tell("Typesetting …", true);
            let build = Build {
                state: &self.state,
                changes: &self.changes,
                stop: &self.stop,
                shown: &self.shown,
                now: Mutex::default(),
            };
            let result = self.session.watched(&self.options, &|_| (), &build);
            self.tell(result, start.elapsed());
            // All is written, and nobody waits.
            if self.session.is_full() {
                self.session.forget();
            }
            // What the build itself wrote is no change.
            lock = file_hash(&self.changes.lock).or(lock);
            loop {
                let Some(paths) = self.changes.next(&self.stop) else { return Ok(Outcome::Done) };
                let own = paths.iter().all(|path| *path == self.changes.lock);
                if !(own && file_hash(&self.changes.lock) == lock) {
                    break;
                }
            }
        }
    }

    /// A line for the terminal and one for the browser.
    fn tell(&self, result: Result<Report, Failure>, time: Duration) {
        let mut report = match result {
            Ok(report) => report,
            Err(failure) => {
                let hint = failure.hint.map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
                eprintln!("error: {}{hint}", failure.message);
                self.state.tell(&format!("Not built: {}", failure.message), false);
                return;
            }
        };
        print::sort(&mut report.findings);
        let held = !report.documents.is_empty()
            && report.documents.iter().all(|d| d.state == Stand::Failed)
            && self.state.has_pages();
        self.state.report(&report.vault, &report.findings, held);
        let errors: Vec<Finding> =
            report.findings.iter().filter(|f| f.severity == Severity::Error).cloned().collect();
        let _ = print::findings(Some(&report.vault), &errors, &mut std::io::stderr().lock());
        let written: Vec<&str> =
            report.documents.iter().filter(|d| d.state == Stand::Written).map(|d| d.name).collect();
        let what = if held {
            "errors: the last good pages stay".to_owned()
        } else if written.is_empty() {
            "no file changed".to_owned()
        } else {
            format!("wrote {}", written.join(", "))
        };
        let tally = if report.findings.is_empty() {
            String::new()
        } else {
            format!("; {}", print::tally(&report.findings))
        };
        let line = format!("{what} in {:.2} s{tally}", time.as_secs_f64());
        println!("{line}");
        self.state.tell(&line, false);
    }
}

fn file_hash(path: &Path) -> Option<u128> {
    std::fs::read(path).ok().map(|bytes| typst::utils::hash128(&bytes))
}

/// One build as the preview sees it.
struct Build<'w> {
    state: &'w State,
    changes: &'w Changes,
    stop: &'w AtomicBool,
    shown: &'w Mutex<Shown>,
    now: Mutex<Option<Now>>,
}

/// The notes of this build, and what is new in them.
struct Now {
    sources: Arc<Sources>,
    edits: Arc<Vec<Edit>>,
}

impl Build<'_> {
    fn now(&self) -> Option<(Arc<Sources>, Arc<Vec<Edit>>)> {
        let now = self.now.lock().ok()?;
        now.as_ref().map(|now| (now.sources.clone(), now.edits.clone()))
    }
}

impl Onlooker for Build<'_> {
    fn first(&self) -> Option<Document> {
        let shown = self.state.shown().unwrap_or_default();
        let name = if shown == CARDS { Document::Flashcards.name() } else { &shown };
        let found = Document::NAMES.iter().find(|(own, _)| *own == name);
        Some(found.map_or(Document::Handbook, |(_, document)| *document))
    }

    fn wants(&self, document: Document) -> bool {
        !self.state.has(document.name())
    }

    fn read(&self, vault: &Arc<Vault>, pack: &Pack, findings: &[Finding]) -> bool {
        let path = |finding: &Finding| {
            let file = finding.place.as_ref().and_then(|place| vault.file(place.file));
            file.map(|file| file.path.clone()).unwrap_or_default()
        };
        let errors: BTreeSet<(String, String)> = findings
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .map(|f| (path(f), f.message.clone()))
            .collect();
        let Ok(mut shown) = self.shown.lock() else { return false };
        if self.state.has_pages() && !errors.is_subset(&shown.errors) {
            return false;
        }
        let edits = shown.vault.as_ref().map(|old| Edit::all(old, vault)).unwrap_or_default();
        shown.errors = errors;
        shown.vault = Some(vault.clone());
        self.state.set_title(&pack.title);
        if let Ok(mut now) = self.now.lock() {
            let sources = Arc::new(Sources::new(vault.clone(), pack));
            *now = Some(Now { sources, edits: Arc::new(edits) });
        }
        true
    }

    fn pages(&self, document: Document, views: Vec<View>, cards: Vec<Page>) {
        let Some((sources, edits)) = self.now() else { return };
        let mut parts = Vec::new();
        let mut pages = Vec::new();
        for view in views {
            parts.push((view.name, pages.len()));
            pages.extend(view.pages);
        }
        let id = document.name();
        let tab = |id, grid, parts, pages| Tab {
            id,
            grid,
            parts,
            sheets: self.state.sheets(id, pages),
            sources: sources.clone(),
        };
        let shown = self.state.shown();
        let put = |tab: Tab| {
            let looked_at = shown.as_deref() == Some(tab.id);
            let round = self.state.put(tab, &edits);
            if looked_at {
                self.state.wait(round, DRAWING);
            }
        };
        if cards.is_empty() || document != Document::Flashcards {
            put(tab(id, false, parts, pages));
            return;
        }
        // What is looked at comes first.
        let cards_tab = tab(CARDS, true, Vec::new(), cards);
        let sheets_tab = tab(id, false, parts, pages);
        let cards_first = shown.as_deref() == Some(CARDS);
        let (first, second) = if cards_first { (cards_tab, sheets_tab) } else { (sheets_tab, cards_tab) };
        put(first);
        put(second);
    }

    fn found(&self, vault: &Vault, findings: &[Finding]) {
        let mut findings: Vec<Finding> = findings.iter().filter(|f| !vault.allows(f)).cloned().collect();
        print::sort(&mut findings);
        self.state.report(vault, &findings, false);
    }

    fn superseded(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.changes.pending()
    }
}
