//! A build in this process: from the folder to the files, again and again if wanted, keeping what did not change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use rayon::prelude::*;
use typst::layout::Frame;
use typst_layout::{Page, PagedDocument};

use super::calendar::{self, CalendarFlags};
use super::options::{self, BookFlags, BookletFlags, CardFlags, StockFault};
use super::quiz::{self, QuizFlags};
use super::{Failure, deck};
use crate::emit::banks;
use crate::emit::manifest::{self, Entry, KeyHasher, Manifest};
use crate::emit::pdf::{self, Standard};
use crate::emit::png;
use crate::emit::viewer::Preferences;
use crate::emit::write;
use crate::pack::lock::{LOCK_FILE, Lock};
use crate::pack::{self, ConceptNo, Pack, blanks, select};
use crate::plan::impose::{Flip, Summary};
use crate::plan::timetable::Timetable;
use crate::timings;
use crate::typeset::binding::Shelf;
use crate::typeset::compile::STACK_BYTES;
use crate::typeset::fonts::{self, Fonts};
use crate::typeset::press::Press;
use crate::typeset::{booklet, cheatsheets, handbook, mindmap, quizzes, sheets, zine};
use crate::vault::config::{Config, Document, SheetFold};
use crate::vault::{Finding, OpenOptions, Severity, Vault};

/// What to build, from where to where.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    pub pack: PathBuf,
    pub out: PathBuf,
    /// `None`: those of `recto.yaml`, else the four.
    pub documents: Option<Vec<Document>>,
    pub select: select::Selection,
    /// Stands in for a missing `schedule.start`, and is noted in `recto.lock`.
    pub today: Date,
    pub jobs: Option<usize>,
    pub locked: bool,
    /// Cards that cannot be told apart end the build, and `recto.lock` stays.
    pub strict: bool,
    pub system_fonts: bool,
    /// Build even what stands.
    pub force: bool,
    /// Say what printing the flashcards takes, and write nothing.
    pub dry: bool,
    /// Also write pictures of all pages, at so many pixels to the inch.
    pub png: Option<f64>,
    pub cards: CardFlags,
    pub booklet: BookletFlags,
    pub quizzes: QuizFlags,
    pub book: BookFlags,
    pub calendar: CalendarFlags,
}

impl BuildOptions {
    pub fn new(pack: impl Into<PathBuf>, out: impl Into<PathBuf>, today: Date) -> Self {
        Self {
            pack: pack.into(),
            out: out.into(),
            documents: None,
            select: select::Selection::default(),
            today,
            jobs: None,
            locked: false,
            strict: false,
            system_fonts: false,
            force: false,
            dry: false,
            png: None,
            cards: CardFlags::default(),
            booklet: BookletFlags::default(),
            quizzes: QuizFlags::default(),
            book: BookFlags::default(),
            calendar: CalendarFlags::default(),
        }
    }
}

/// A document in the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    pub name: &'static str,
    pub state: State,
    pub pages: usize,
    /// Of all its files.
    pub bytes: u64,
    pub time: Duration,
    /// What a person should know: cards and sheets, type sizes.
    pub note: String,
    /// What did not find room, a line for each sheet.
    pub details: Vec<String>,
    /// What printing and cutting the flashcards takes.
    pub print: Option<Summary>,
}

#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum State {
    Written,
    /// Its files stand as they were.
    Unchanged,
    /// It has errors; an older file stays.
    Failed,
    /// Only planned.
    Planned,
}

/// What a build did.
pub struct Report {
    pub vault: Arc<Vault>,
    pub documents: Vec<Built>,
    pub findings: Vec<Finding>,
    /// Concepts, cards.
    pub counts: (usize, usize),
}

impl Report {
    pub fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|f| f.severity == severity)
    }
}

/// The documents that a build makes by default, in order.
pub const DEFAULT_DOCUMENTS: [Document; 4] =
    [Document::Handbook, Document::Cheatsheets, Document::Flashcards, Document::Calendar];

/// The rule of cards that an edit made impossible to tell apart.
const DOUBT: &str = "ambiguous-card";

/// Keeps fonts, threads and the compiler's memory between builds.
///
/// One owner, one build at a time; each build has an immutable [`Vault`] of its own.
#[derive(Default)]
pub struct Session {
    /// The folder as the last build read it.
    vault: Option<Arc<Vault>>,
    fonts: Option<(u128, Arc<Fonts>)>,
    pool: Option<(Option<usize>, rayon::ThreadPool)>,
    built: bool,
    /// The book's pages of the last build.
    shelf: Arc<Shelf>,
    /// `recto.lock` as it was last read.
    lock: Option<(String, Lock)>,
}

/// Somebody who looks on while a build goes: the preview.
pub trait Onlooker: Sync {
    /// The document whose pages are wanted first. With `None` no pages are wanted.
    fn first(&self) -> Option<Document> {
        None
    }

    /// Whether the document's pages are wanted even if its files stand.
    fn wants(&self, _: Document) -> bool {
        false
    }

    /// The notes are read, and these are their findings. With `false` the build ends here, and everything stays.
    fn read(&self, _: &Arc<Vault>, _: &Pack, _: &[Finding]) -> bool {
        true
    }

    /// A document's pages stand, file by file; `cards` are the faces of the deck's cards. No file is written yet.
    fn pages(&self, _: Document, _: Vec<View>, _cards: Vec<Page>) {}

    /// All pages stand, and these are all findings up to here.
    fn found(&self, _: &Vault, _: &[Finding]) {}

    /// Whether something changed meanwhile, so that files need not be written any more.
    fn superseded(&self) -> bool {
        false
    }
}

/// The pages of one file.
pub struct View {
    /// The file's name without ending.
    pub name: String,
    pub pages: Vec<Page>,
}

/// Nobody looks on.
struct Nobody;

impl Onlooker for Nobody {}

/// A finished document before it is written.
struct Product {
    /// Path below the output folder, the document, its standard and preferences.
    files: Vec<(String, PagedDocument, Standard, Preferences)>,
    /// Files that are no pages: path below the output folder, and bytes.
    raw: Vec<(String, Vec<u8>)>,
    note: String,
    details: Vec<String>,
    /// A plan that has started, to be kept in `recto.lock`.
    plan: Option<Timetable>,
    print: Option<Summary>,
    /// Single cards: fronts and backs in turn.
    faces: Vec<Frame>,
}

/// `recto.lock` after the cards have their codes.
pub struct Locked {
    /// Documents that are made at once add their sections to it.
    lock: Mutex<Lock>,
    path: PathBuf,
    /// There is a lock that may be written: the folder is a pack, and what is there is not damaged.
    kept: bool,
    /// The sections left out: what every document depends on. `None` where there is no lock.
    text: Option<String>,
    /// The plan that is kept.
    plan: Option<Timetable>,
}

impl Locked {
    /// Its state by now.
    pub fn lock(&self) -> Lock {
        self.lock.lock().map_or_else(|poisoned| poisoned.into_inner().clone(), |lock| lock.clone())
    }

    /// Changes a section where there is a lock to keep it in; `change` says whether anything did. `what` is for `--locked`.
    ///
    /// # Errors
    /// `change`'s own, the system's, and `--locked`'s.
    pub fn change(
        &self,
        options: &BuildOptions,
        what: &str,
        change: impl FnOnce(&mut Lock) -> Result<bool, String>,
    ) -> Result<(), Failure> {
        let Ok(mut lock) = self.lock.lock() else { return Err(Failure::system("a thread failed")) };
        let wrong = |message| Failure { outcome: super::Outcome::Content, message, hint: None };
        if self.kept && change(&mut lock).map_err(wrong)? {
            write_lock(&self.path, &lock.to_text(), options, what)?;
        }
        Ok(())
    }

    fn plan_key(&self, plan: Option<&Timetable>) -> String {
        manifest::key(&plan.and_then(|plan| serde_json::to_string(plan).ok()))
    }
}

impl Session {
    /// Builds. Progress is told by the name of each document that is done.
    ///
    /// # Errors
    /// What ends a build at once: usage, input and output. Errors in the content are in the report.
    pub fn build(
        &mut self,
        options: &BuildOptions,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Report, Failure> {
        self.watched(options, progress, &Nobody)
    }

    /// Builds while somebody looks on.
    ///
    /// # Errors
    /// See [`Session::build`].
    pub fn watched(
        &mut self,
        options: &BuildOptions,
        progress: &(dyn Fn(&str) + Sync),
        onlooker: &dyn Onlooker,
    ) -> Result<Report, Failure> {
        self.prepare_pool(options.jobs)?;
        let Some((_, pool)) = self.pool.take() else { return Err(Failure::system("no threads")) };
        let result = pool.install(|| self.build_here(options, progress, onlooker));
        self.pool = Some((options.jobs, pool));
        result.map(|Report { vault, documents, mut findings, counts }| {
            pack::plain::soften(&vault, &mut findings);
            findings.retain(|finding| !vault.allows(finding));
            Report { vault, documents, findings, counts }
        })
    }

    fn prepare_pool(&mut self, jobs: Option<usize>) -> Result<(), Failure> {
        if self.pool.as_ref().is_some_and(|(own, _)| *own == jobs) {
            return Ok(());
        }
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0)).stack_size(STACK_BYTES).build();
        self.pool =
            Some((jobs, pool.map_err(|e| Failure::system(format!("threads cannot be started: {e}")))?));
        Ok(())
    }

    fn build_here(
        &mut self,
        options: &BuildOptions,
        progress: &(dyn Fn(&str) + Sync),
        onlooker: &dyn Onlooker,
    ) -> Result<Report, Failure> {
        let _span = timings::span("cli", "build");
        let (vault, mut findings) = reopen(&options.pack, Some(&options.out), self.vault.take())?;
        let vault = Arc::new(vault);
        self.vault = Some(vault.clone());
        let documents = self.documents(options, &vault);
        let unusable = vault.config_file.is_some() && findings.iter().any(|f| is_config_error(&vault, f));
        if unusable {
            let documents = documents.iter().map(|d| failed(d.name())).collect();
            return Ok(Report { vault, documents, findings, counts: (0, 0) });
        }
        let span = timings::span("pack", "build");
        let (mut pack, found) = pack::build(&vault);
        drop(span);
        findings.extend(found);
        let span = timings::span("pack", "codes");
        let locked = codes(&vault, &mut pack, options, &mut findings, &mut self.lock)?;
        drop(span);
        let kept = selection(&vault, &pack, options)?;
        let counts = (pack.concepts.len(), pack.cards.len());
        let in_doubt = options.strict && findings.iter().any(|f| f.rule == DOUBT);
        if pack.chapters.is_empty() || in_doubt {
            let documents = documents.iter().map(|d| failed(d.name())).collect();
            return Ok(Report { vault, documents, findings, counts });
        }

        if !onlooker.read(&vault, &pack, &findings) {
            let documents = documents.iter().map(|d| failed(d.name())).collect();
            return Ok(Report { vault, documents, findings, counts });
        }

        let deck = match documents
            .contains(&Document::Flashcards)
            .then(|| deck::Plan::new(&vault, &pack, options, &locked))
        {
            Some(Err(StockFault::Usage(failure))) => return Err(failure),
            Some(Err(StockFault::Findings(found))) => {
                findings.extend(found);
                None
            }
            Some(Ok(plan)) => Some(plan),
            None => None,
        };
        let span = timings::span("emit", "keys");
        let old = Manifest::read(&options.out);
        let theme = options::theme(&vault, &options.book, &mut findings)?;
        let base = base_key(&vault, options, &theme, locked.text.as_deref());
        let of_plan = locked.plan_key(locked.plan.as_ref());
        let keys: BTreeMap<&str, String> = documents
            .iter()
            .map(|d| (d.name(), document_key(&base, *d, &vault, options, &of_plan, deck.as_ref())))
            .collect();
        let stands = |d: &Document| {
            let stands = old.stands(&options.out, d.name(), &keys[d.name()]);
            stands && !options.force && !options.dry && !onlooker.wants(*d)
        };
        drop(span);
        if documents.iter().all(stands) {
            let documents = documents.iter().map(|d| unchanged(d.name(), &old)).collect();
            return Ok(Report { vault, documents, findings, counts });
        }

        let span = timings::span("typeset", "prepare");
        let fonts = self.fonts(&vault, options)?;
        let paper = options::paper(&vault.config);
        let press = match Press::new(&vault, &pack, fonts, paper, &theme, kept) {
            Ok(press) => press.with_shelf(self.shelf.clone()),
            Err(found) => {
                findings.extend(found);
                let documents = documents.iter().map(|d| failed(d.name())).collect();
                return Ok(Report { vault, documents, findings, counts });
            }
        };
        drop(span);
        let usage: Mutex<Option<Failure>> = Mutex::new(None);
        let work = Work {
            press: &press,
            vault: &vault,
            options,
            deck: deck.as_ref(),
            locked: &locked,
            searched: OnceLock::new(),
        };
        let lay_out = |document: &Document| -> Step {
            if stands(document) {
                return Step::Done(
                    unchanged(document.name(), &old),
                    old.documents.get(document.name()).cloned(),
                );
            }
            let start = Instant::now();
            let laid = lay_out(&work, *document, onlooker);
            settle(
                &usage,
                *document,
                laid.map(|laid| laid.map(|laid| Step::LaidOut(Box::new(laid), start.elapsed()))),
            )
        };
        let write = |document: &Document, step: Step| -> (Built, Option<Entry>) {
            let (laid, time) = match step {
                Step::Done(built, entry) => return (built, entry),
                Step::LaidOut(laid, time) => (laid, time),
            };
            if onlooker.superseded() {
                // Its files are as they were; the next build writes them.
                return (unchanged(document.name(), &old), old.documents.get(document.name()).cloned());
            }
            let start = Instant::now();
            let plan = laid.plan.clone();
            let written = write_files(&work, *document, *laid, &keys[document.name()], &old);
            progress(document.name());
            let written = written.map(|written| {
                written.map(|(mut built, mut entry)| {
                    built.time = time + start.elapsed();
                    if *document == Document::Calendar {
                        // As the next build finds it.
                        let plan = locked.plan_key(plan.as_ref().or(locked.plan.as_ref()));
                        entry.key = document_key(&base, *document, &vault, &once_done(options), &plan, None);
                    }
                    Step::Done(built, Some(entry))
                })
            });
            match settle(&usage, *document, written) {
                Step::Done(built, entry) => (built, entry),
                Step::LaidOut(..) => (failed(document.name()), None),
            }
        };
        // What the last two builds did not use is forgotten, after failures too; a process that builds once is spared, and
        // builds that end before this line make nothing older.
        if std::mem::replace(&mut self.built, true) {
            comemo::evict(2);
        }
        let results: Vec<(Built, Option<Entry>)> = match onlooker.first() {
            None => {
                // A sheet that leaves something out names the handbook's pages: its type is searched beside the other
                // documents, its pages are made when they stand.
                let late = |d: &Document| *d == Document::Cheatsheets && !stands(d);
                let (early, ()) = rayon::join(
                    || {
                        let early = documents.par_iter().map(|d| (!late(d)).then(|| write(d, lay_out(d))));
                        early.collect::<Vec<Option<(Built, Option<Entry>)>>>()
                    },
                    || {
                        let sheets = options::sheets(&vault.config);
                        if documents.iter().any(late)
                            && let Some(found) = cheatsheets::search(&press, &sheets)
                        {
                            let _ = work.searched.set(found);
                        }
                    },
                );
                let done = early.into_iter().zip(&documents);
                done.map(|(built, d)| built.unwrap_or_else(|| write(d, lay_out(d)))).collect()
            }
            Some(first) => {
                // The pages that are looked at come before all others, and pages before files.
                let seen = documents.iter().find(|d| **d == first).map(&lay_out);
                let rest: Vec<Option<Step>> =
                    documents.par_iter().map(|d| (*d != first).then(|| lay_out(d))).collect();
                onlooker.found(&vault, &[findings.clone(), press.findings()].concat());
                let mut seen = seen;
                let steps: Vec<(&Document, Step)> = documents
                    .iter()
                    .zip(rest)
                    .filter_map(|(document, step)| Some((document, step.or_else(|| seen.take())?)))
                    .collect();
                steps.into_par_iter().map(|(document, step)| write(document, step)).collect()
            }
        };
        if let Some(failure) = usage.into_inner().ok().flatten() {
            return Err(failure);
        }
        findings.extend(press.take_findings());
        drop(press);
        if options.dry {
            let documents = results.into_iter().map(|(built, _)| built).collect();
            return Ok(Report { vault, documents, findings, counts });
        }

        // A document with errors in its pages is not remembered: the next build shows them again.
        let clean = !findings.iter().any(|f| f.severity == Severity::Error);
        let mut new = old;
        let mut report = Vec::new();
        for (built, entry) in results {
            match entry.filter(|_| clean) {
                Some(entry) => new.documents.insert(built.name.to_owned(), entry),
                None => new.documents.remove(built.name),
            };
            report.push(built);
        }
        let _span = timings::span("emit", "manifest");
        new.write(&options.out).map_err(|e| Failure::system(e.to_string()))?;
        Ok(Report { vault, documents: report, findings, counts })
    }

    fn documents(&self, options: &BuildOptions, vault: &Vault) -> Vec<Document> {
        if options.dry {
            return vec![Document::Flashcards];
        }
        let asked = options
            .documents
            .clone()
            .or_else(|| Some(vault.config.documents.clone()).filter(|d| !d.is_empty()));
        let mut documents = asked.unwrap_or_else(|| DEFAULT_DOCUMENTS.to_vec());
        let mut seen = BTreeSet::new();
        documents.retain(|d| seen.insert(*d));
        documents
    }

    /// Fonts are loaded once, and again when the pack's own change.
    fn fonts(&mut self, vault: &Vault, options: &BuildOptions) -> Result<Arc<Fonts>, Failure> {
        let mut own = Vec::new();
        for (path, bytes) in vault.folder("fonts") {
            let path = PathBuf::from(path);
            if fonts::is_font_file(&path) {
                own.push((path, bytes.map_err(|e| Failure::system(e.to_string()))?));
            }
        }
        let key = typst::utils::hash128(&(&own, options.system_fonts));
        if let Some((_, fonts)) = self.fonts.as_ref().filter(|(k, _)| *k == key) {
            return Ok(fonts.clone());
        }
        let fonts = Fonts::load(&own, options.system_fonts).map_err(|errors| Failure {
            outcome: super::Outcome::Content,
            message: errors.join("; "),
            hint: Some("remove the file from the pack's `fonts/` folder, or replace it".into()),
        })?;
        self.fonts = Some((key, fonts.clone()));
        Ok(fonts)
    }
}

/// Opens a folder; its output folder is not read.
pub fn open(root: &Path, out: Option<&Path>) -> Result<(Vault, Vec<Finding>), Failure> {
    reopen(root, out, None)
}

/// Opens a folder of which an earlier state is known.
fn reopen(
    root: &Path,
    out: Option<&Path>,
    before: Option<Arc<Vault>>,
) -> Result<(Vault, Vec<Finding>), Failure> {
    let _span = timings::span("vault", "open");
    let options = OpenOptions { out: out.map(Path::to_owned), before };
    let (mut vault, findings) =
        Vault::open(root, &options).map_err(|error| Failure::system(error.to_string()))?;
    pack::plain::arrange(&mut vault);
    Ok((vault, findings))
}

/// `recto.yaml` itself is wrong: nothing of it can be relied on.
pub fn is_config_error(vault: &Vault, finding: &Finding) -> bool {
    finding.severity == Severity::Error
        && finding.place.as_ref().is_some_and(|p| Some(p.file) == vault.config_file)
}

fn failed(name: &'static str) -> Built {
    Built {
        name,
        state: State::Failed,
        pages: 0,
        bytes: 0,
        time: Duration::ZERO,
        note: String::new(),
        details: Vec::new(),
        print: None,
    }
}

fn unchanged(name: &'static str, manifest: &Manifest) -> Built {
    let entry = manifest.documents.get(name);
    Built {
        name,
        state: State::Unchanged,
        pages: entry.map_or(0, |e| e.page_count),
        bytes: entry.map_or(0, |e| e.files.values().sum()),
        time: Duration::ZERO,
        note: String::new(),
        details: Vec::new(),
        print: None,
    }
}

/// `recto.lock` as it is on disk.
#[derive(Debug, Default)]
pub struct ReadLock {
    pub text: Option<String>,
    pub lock: Option<Lock>,
    /// It cannot be understood: findings say why, and `lock` is `None`.
    pub damaged: bool,
}

/// Reads a pack's `recto.lock`; a folder without `recto.yaml` has none.
///
/// # Errors
/// It is there and cannot be read.
pub fn read_lock(vault: &Vault, findings: &mut Vec<Finding>) -> Result<ReadLock, Failure> {
    reread_lock(vault, findings, &mut None)
}

/// Reads a pack's `recto.lock`, and parses it unless its text is known.
fn reread_lock(
    vault: &Vault,
    findings: &mut Vec<Finding>,
    known: &mut Option<(String, Lock)>,
) -> Result<ReadLock, Failure> {
    if vault.config_file.is_none() {
        return Ok(ReadLock::default());
    }
    let path = vault.root.join(LOCK_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ReadLock::default()),
        Err(error) => return Err(Failure::system(format!("{} cannot be read: {error}", path.display()))),
    };
    if let Some((_, lock)) = known.as_ref().filter(|(known, _)| *known == text) {
        return Ok(ReadLock { text: Some(text), lock: Some(lock.clone()), damaged: false });
    }
    match Lock::parse(&text) {
        Ok(lock) => {
            *known = Some((text.clone(), lock.clone()));
            Ok(ReadLock { text: Some(text), lock: Some(lock), damaged: false })
        }
        Err(errors) => {
            let file = vault.find(LOCK_FILE);
            findings.extend(errors.iter().map(|e| e.finding(file)));
            Ok(ReadLock { text: Some(text), lock: None, damaged: true })
        }
    }
}

/// Gives cards their codes and keeps `recto.lock`.
pub fn codes(
    vault: &Vault,
    pack: &mut Pack,
    options: &BuildOptions,
    findings: &mut Vec<Finding>,
    known: &mut Option<(String, Lock)>,
) -> Result<Locked, Failure> {
    let path = vault.root.join(LOCK_FILE);
    let ReadLock { text: old, lock, damaged } = reread_lock(vault, findings, known)?;
    let (next, found) = pack::assign(pack, lock.as_ref(), options.today);
    let in_doubt = options.strict && found.iter().any(|f| f.rule == DOUBT);
    findings.extend(found);
    let unkept = |lock, path, text| Locked { lock: Mutex::new(lock), path, kept: false, text, plan: None };
    if vault.config_file.is_none() || damaged {
        // Codes were given in memory, and a damaged lock is left as it is.
        return Ok(unkept(next, path, old));
    }
    let text = next.to_text();
    if old.as_deref() != Some(text.as_str()) && !pack.chapters.is_empty() && !options.dry && !in_doubt {
        write_lock(&path, &text, options, "")?;
    }
    let mut bare = blanks::without(&next);
    let plan = match next.section::<Timetable>(calendar::SECTION) {
        Ok(plan) => plan,
        Err(message) => {
            let place = vault.find(LOCK_FILE).map(|no| vault.start_of(no));
            findings.push(
                Finding::error("lock-file", place, format!("the plan cannot be read: {message}"))
                    .hint("restore the section `plan` from version control, or take it out to plan anew"),
            );
            return Ok(unkept(next, path, Some(bare.to_text())));
        }
    };
    bare.set_section::<Timetable>(calendar::SECTION, None).map_err(Failure::system)?;
    Ok(Locked { lock: Mutex::new(next), path, kept: true, text: Some(bare.to_text()), plan })
}

fn write_lock(path: &Path, text: &str, options: &BuildOptions, what: &str) -> Result<(), Failure> {
    if options.locked {
        return Err(Failure {
            outcome: super::Outcome::Content,
            message: format!("{LOCK_FILE} would change{what}, and --locked forbids it"),
            hint: Some("build without --locked, look at the change, and commit it".into()),
        });
    }
    write::atomic(path, text.as_bytes()).map_err(|e| Failure::system(e.to_string()))
}

/// The concepts that are printed; `None` for all.
pub fn selection(
    vault: &Vault,
    pack: &Pack,
    options: &BuildOptions,
) -> Result<Option<BTreeSet<ConceptNo>>, Failure> {
    let own = &vault.config.select;
    let mut wanted = options.select.clone();
    if wanted.is_all() {
        wanted = select::Selection {
            chapters: own.chapters.clone(),
            tags: own.tags.clone(),
            priority: own.priority,
            concepts: own.concepts.clone(),
        };
    }
    if wanted.is_all() || pack.chapters.is_empty() {
        return Ok(None);
    }
    let selected = select::select(pack, &wanted).map_err(|errors| {
        let message: Vec<String> = errors.iter().map(|e| e.message.clone()).collect();
        let hint: Vec<String> = errors.iter().map(|e| e.hint.clone()).collect();
        Failure::usage(message.join("; ")).hint(hint.join("; "))
    })?;
    if selected.concepts.is_empty() {
        return Err(Failure::usage("the selection keeps no concept"));
    }
    Ok(Some(selected.concepts.into_iter().collect()))
}

/// What every document is made from.
fn base_key(vault: &Vault, options: &BuildOptions, theme: &str, lock: Option<&str>) -> String {
    let mut key = KeyHasher::default();
    key.add(&env!("CARGO_PKG_VERSION")).add(&theme);
    // While this program is being written its version says too little.
    if let Ok(meta) = std::env::current_exe().and_then(std::fs::metadata) {
        key.add(&meta.len()).add(&meta.modified().ok());
    }
    for (no, file) in vault.numbered().filter(|(_, file)| file.path != LOCK_FILE) {
        key.add(&file.path).add(&vault.fingerprint(no).ok());
    }
    key.add(&lock).add(&options.select.tags).add(&options.select.priority).add(&options.select.concepts);
    key.add(&format!("{:?}", options.select.chapters)).add(&options.system_fonts);
    key.add(&options.png.map(f64::to_bits));
    key.finish()
}

/// The options of the build after this one, if it is only called again.
fn once_done(options: &BuildOptions) -> BuildOptions {
    let calendar = CalendarFlags { page: options.calendar.page, ..CalendarFlags::default() };
    BuildOptions { calendar, ..options.clone() }
}

fn document_key(
    base: &str,
    document: Document,
    vault: &Vault,
    options: &BuildOptions,
    plan: &str,
    deck: Option<&deck::Plan>,
) -> String {
    let mut key = KeyHasher::default();
    key.add(&base).add(&document.name());
    match document {
        Document::Flashcards => {
            key.add(&format!("{deck:?}"));
        }
        Document::Booklet => {
            key.add(&format!("{:?} {:?} {:?}", options.booklet, options.cards.flip, options.book));
        }
        Document::Handbook => {
            key.add(&format!("{:?}", options.book));
        }
        Document::Dividers => {
            key.add(&format!("{:?}", options.cards));
        }
        Document::Quizzes => {
            key.add(&format!("{:?} {:?}", options.quizzes, options.book));
        }
        Document::Calendar => {
            key.add(&plan)
                .add(&format!("{:?}", options.calendar))
                .add(&calendar::starts(&vault.config, options.today));
            if vault.config.schedule.start.is_none() {
                key.add(&options.today.to_string());
            }
        }
        _ => {}
    }
    key.finish()
}

impl From<deck::Made> for Product {
    fn from(made: deck::Made) -> Self {
        let file = |(file, preferences): (crate::typeset::sheets::SheetFile, Preferences)| {
            (format!("{}.pdf", file.name), file.document, Standard::Plain, preferences)
        };
        Self {
            files: made.files.into_iter().map(file).collect(),
            raw: Vec::new(),
            note: made.note,
            details: Vec::new(),
            plan: None,
            print: Some(made.summary),
            faces: made.faces,
        }
    }
}

/// What all documents are made with.
struct Work<'a> {
    press: &'a Press<'a>,
    vault: &'a Vault,
    options: &'a BuildOptions,
    /// `None` where no deck is wanted, or its stock is wrong.
    deck: Option<&'a deck::Plan>,
    locked: &'a Locked,
    /// The cheatsheets' type, where it was searched before.
    searched: OnceLock<cheatsheets::Searched<'a>>,
}

/// How far a document has come.
#[expect(clippy::large_enum_variant, reason = "there is one for each document of a build")]
enum Step {
    LaidOut(Box<Product>, Duration),
    Done(Built, Option<Entry>),
}

/// A step's result; what ends the build is kept in `usage`.
fn settle(usage: &Mutex<Option<Failure>>, document: Document, result: Result<Option<Step>, Failure>) -> Step {
    match result {
        Ok(Some(step)) => step,
        Ok(None) => Step::Done(failed(document.name()), None),
        Err(failure) => {
            if let Ok(mut slot) = usage.lock() {
                slot.get_or_insert(failure);
            }
            Step::Done(failed(document.name()), None)
        }
    }
}

/// Makes the pages of one document, and keeps its plan.
fn lay_out(work: &Work, document: Document, onlooker: &dyn Onlooker) -> Result<Option<Product>, Failure> {
    let span = timings::span("typeset", document.name());
    let Some(product) = product(work, document)? else { return Ok(None) };
    drop(span);
    if !work.options.dry && onlooker.first().is_some() {
        let _span = timings::span("preview", document.name());
        let mut views: Vec<View> = Vec::new();
        for (path, pages, ..) in &product.files {
            let name = path.trim_end_matches(".pdf").rsplit('/').next().unwrap_or_default();
            views.push(View { name: name.to_owned(), pages: pages.pages().to_vec() });
        }
        let cards = product.faces.iter().enumerate().map(|(i, face)| sheets::page(face.clone(), i)).collect();
        onlooker.pages(document, views, cards);
    }
    if let Some(plan) = &product.plan {
        work.locked.change(work.options, "", |lock| {
            lock.set_section(calendar::SECTION, Some(plan))?;
            Ok(true)
        })?;
    }
    Ok(Some(product))
}

/// Writes the files of a document.
fn write_files(
    work: &Work,
    document: Document,
    mut product: Product,
    key: &str,
    old: &Manifest,
) -> Result<Option<(Built, Entry)>, Failure> {
    let Work { press, options, .. } = *work;
    let (note, print) = (std::mem::take(&mut product.note), product.print);
    let details = std::mem::take(&mut product.details);
    let built = |state, pages, bytes| Built {
        name: document.name(),
        state,
        pages,
        bytes,
        time: Duration::ZERO,
        note: note.clone(),
        details: details.clone(),
        print,
    };
    if options.dry {
        return Ok(Some((built(State::Planned, 0, 0), Entry::default())));
    }
    if product.files.is_empty() && document == Document::Flashcards {
        // Nothing to print: what stands is left.
        let entry = old.documents.get(document.name()).cloned().unwrap_or_default();
        return Ok(Some((built(State::Unchanged, 0, 0), entry)));
    }
    let pages: usize = product.files.iter().map(|f| f.1.pages().len()).sum();
    let span = timings::span("emit", format!("hash {}", document.name()));
    let hashes: Vec<u128> = product.files.par_iter().map(|f| typst::utils::hash128(&f.1)).collect();
    let page_hash = manifest::key(&(
        hashes,
        pages,
        &product.raw,
        options.png.map(f64::to_bits),
        env!("CARGO_PKG_VERSION"),
    ));
    drop(span);
    let before = old.documents.get(document.name());
    let mut entry =
        Entry { key: key.to_owned(), pages: page_hash, files: BTreeMap::new(), page_count: pages };
    let same = before.is_some_and(|b| {
        b.pages == entry.pages
            && product
                .files
                .iter()
                .map(|f| &f.0)
                .chain(product.raw.iter().map(|f| &f.0))
                .all(|f| b.files.contains_key(f))
            && old.stands(&options.out, document.name(), &b.key)
    });
    if let Some(before) = before.filter(|_| same && !options.force) {
        // The pages are the same: the files are, too.
        entry.files = before.files.clone();
        let bytes = entry.files.values().sum();
        return Ok(Some((built(State::Unchanged, pages, bytes), entry)));
    }
    let ident = |path: &str| format!("{}/{path}", press.pack.title);
    let exported: Vec<Option<(String, Vec<u8>)>> = product
        .files
        .par_iter()
        .map(|(path, pages, standard, preferences)| {
            let _span = timings::span("emit", path.clone());
            press.check_glyphs(pages);
            match pdf::export(pages, &ident(path), press.pack.date, *standard, preferences) {
                Ok(bytes) => Some((path.clone(), bytes)),
                Err(errors) => {
                    errors.iter().for_each(|error| press.diagnose(path, error));
                    None
                }
            }
        })
        .collect();
    if exported.iter().any(Option::is_none) {
        return Ok(None);
    }
    for (path, bytes) in exported.into_iter().flatten().chain(product.raw) {
        write::if_changed(&options.out.join(&path), &bytes).map_err(|e| Failure::system(e.to_string()))?;
        entry.files.insert(path, bytes.len() as u64);
    }
    if let Some(ppi) = options.png {
        for (path, pages, ..) in &product.files {
            let _span = timings::span("emit", format!("pictures of {path}"));
            let pictures = png::write_pages(&options.out, &png::folder(path), pages.pages(), ppi);
            entry.files.extend(pictures.map_err(|e| Failure::system(e.to_string()))?);
        }
    }
    // Sheets of chapters that are gone, later parts of a deck that became shorter; but not fronts when backs are printed.
    let gone = |path: &&String| {
        let part = path.trim_end_matches(".pdf").ends_with(|c: char| c.is_ascii_digit());
        !entry.files.contains_key(*path)
            && (document != Document::Flashcards || part || path.starts_with("png/"))
    };
    for path in before.into_iter().flat_map(|b| b.files.keys()).filter(gone) {
        let _ = std::fs::remove_file(options.out.join(path));
    }
    let bytes = entry.files.values().sum();
    Ok(Some((built(State::Written, pages, bytes), entry)))
}

/// Sheets as files, with what they leave out.
fn sheets_product(press: &Press, config: &Config, sheets: Vec<cheatsheets::Sheet>) -> Product {
    let sizes = || sheets.iter().map(|s| s.size);
    let (low, high) = (sizes().fold(f64::MAX, f64::min), sizes().fold(0.0, f64::max));
    let dropped: usize = sheets.iter().map(|s| s.dropped.len()).sum();
    let mut note = if sheets.is_empty() { String::new() } else { format!("type {low:.1}–{high:.1} pt") };
    if dropped > 0 {
        note.push_str(&format!(", {dropped} entries without room, named at the sheet's end"));
    }
    let details = sheets.iter().filter(|s| !s.dropped.is_empty()).map(|sheet| {
        let names: Vec<String> = sheet
            .dropped
            .iter()
            .filter_map(|(no, folio)| Some((press.pack.concepts.get(no.0)?, folio)))
            .map(|(concept, folio)| match folio {
                Some(folio) => {
                    format!("{} ({})", concept.name, press.words().text("page-n", &[("n", folio)]))
                }
                None => concept.name.clone(),
            })
            .collect();
        format!("cheatsheets/{}.pdf has no room for {}: {}", sheet.name, names.len(), names.join(", "))
    });
    let details = details.collect();
    // A pocket sheet is printed on both sides and turned over its long edge.
    let preferences = match config.cheatsheets.fold {
        SheetFold::None => Preferences::default(),
        SheetFold::Pocket => deck::preferences(Some(Flip::LongEdge)),
    };
    let files = sheets
        .into_iter()
        .map(|s| (format!("cheatsheets/{}.pdf", s.name), s.document, Standard::Tagged, preferences))
        .collect();
    Product { files, raw: Vec::new(), note, details, plan: None, print: None, faces: Vec::new() }
}

fn product(work: &Work, document: Document) -> Result<Option<Product>, Failure> {
    let Work { press, vault, options, deck, locked, .. } = *work;
    let config = &vault.config;
    let none = Preferences::default();
    Ok(match document {
        Document::Handbook => {
            let wanted = options::handbook(config, &options.book)?;
            handbook::typeset(press, wanted).map(|book| {
                let file = |name, pages| (name, pages, Standard::AccessibleArchival, none);
                let mut files = vec![file("handbook.pdf".to_owned(), book.document)];
                files.extend(
                    book.chapters
                        .into_iter()
                        .map(|(name, pages)| file(format!("handbook/{name}.pdf"), pages)),
                );
                Product {
                    files,
                    raw: Vec::new(),
                    note: String::new(),
                    details: Vec::new(),
                    plan: None,
                    print: None,
                    faces: Vec::new(),
                }
            })
        }
        Document::Cheatsheets => {
            let book = options::handbook(config, &options.book)?;
            let wanted = cheatsheets::SheetOptions { book, ..options::sheets(config) };
            let sheets = match work.searched.get() {
                Some(searched) => cheatsheets::finish_all(press, searched, &wanted),
                None => cheatsheets::typeset(press, &wanted),
            };
            sheets.map(|sheets| sheets_product(press, config, sheets))
        }
        Document::Flashcards => {
            let Some(plan) = deck else { return Ok(None) };
            deck::make(press, plan, options, locked)?.map(Product::from)
        }
        Document::Calendar => {
            let whole = options.select.is_all();
            let acts = options.calendar.act();
            if acts && !locked.kept {
                return Err(Failure::usage("there is no recto.lock to keep a plan in")
                    .hint("give the folder a recto.yaml"));
            }
            let kept = calendar::Kept {
                table: locked.plan.as_ref().filter(|_| whole),
                // A build that may change nothing keeps no plan by itself; one that is asked to fails.
                writable: whole && locked.kept && (!options.locked || acts),
            };
            calendar::make(press, vault, options, kept).map(|made| Product {
                files: vec![("calendar.pdf".into(), made.pages, Standard::Tagged, none)],
                raw: made.files,
                note: made.note,
                details: Vec::new(),
                plan: made.keep,
                print: None,
                faces: Vec::new(),
            })
        }
        Document::Booklet => {
            let folding =
                options::booklet(config, &options.booklet, &options.book, options.cards.flip.as_deref())?;
            booklet::typeset(press, &folding).map(|booklet| {
                let mut note = format!("{} pages on {} sheets", booklet.pages, booklet.sheets);
                if booklet.signature < booklet.sheets {
                    note.push_str(&format!(", in signatures of {}", booklet.signature));
                }
                note.push_str(&format!(", at {:.0} %", booklet.scale * 100.0));
                let preferences = deck::preferences(Some(folding.flip));
                let files = vec![("booklet.pdf".into(), booklet.document, Standard::Plain, preferences)];
                Product {
                    files,
                    raw: Vec::new(),
                    note,
                    details: Vec::new(),
                    plan: None,
                    print: None,
                    faces: Vec::new(),
                }
            })
        }
        Document::Zine => zine::typeset(press, options::paper(config)).map(|zines| {
            let preferences = deck::preferences(None);
            let smallest = zines.iter().map(|z| z.size).fold(f64::MAX, f64::min);
            let note = if zines.is_empty() { String::new() } else { format!("type from {smallest} pt") };
            let file =
                |z: zine::Zine| (format!("zine/{}.pdf", z.name), z.document, Standard::Plain, preferences);
            let files = zines.into_iter().map(file).collect();
            Product {
                files,
                raw: Vec::new(),
                note,
                details: Vec::new(),
                plan: None,
                print: None,
                faces: Vec::new(),
            }
        }),
        Document::Mindmap => mindmap::typeset(press, &options::poster(config)).map(|poster| Product {
            files: vec![("mindmap.pdf".into(), poster.document, Standard::Tagged, none)],
            raw: Vec::new(),
            note: format!("{} concepts, {} links, type {:.1} pt", poster.concepts, poster.links, poster.size),
            details: Vec::new(),
            plan: None,
            print: None,
            faces: Vec::new(),
        }),
        Document::Dividers => deck::dividers(press, options, vault)?.map(Product::from),
        Document::Quizzes => {
            let book = options::handbook(config, &options.book)?;
            let options = quiz::options(config, &options.quizzes)?;
            let topics = quiz::topics(press, vault);
            let drafts = quizzes::drafts(press, &topics, &options);
            quizzes::typeset(press, &topics, &drafts, book).map(|pages| quiz_product(press, &drafts, pages))
        }
    })
}

/// Sheets and keys, and beside them each quiz as banks for learning platforms.
fn quiz_product(press: &Press, drafts: &[quizzes::Draft], pages: Vec<(String, PagedDocument)>) -> Product {
    let none = Preferences::default();
    let mut raw = Vec::new();
    for draft in drafts {
        let Some(questions) = draft.versions.first() else { continue };
        let mut add = |end: &str, text: String| {
            raw.push((format!("quizzes/{}.{end}", draft.name), text.into_bytes()));
        };
        add("gift.txt", banks::gift(&draft.title, questions, press.words()));
        add("aiken.txt", banks::aiken(questions, press.words()));
        add("moodle.xml", banks::moodle(&draft.title, questions, press.words()));
    }
    let asked: usize = drafts.iter().filter_map(|d| d.versions.first()).map(Vec::len).sum();
    let versions = drafts.first().map_or(0, |d| d.versions.len());
    let note = match drafts.len() {
        0 => "no concept has anything to ask about".to_owned(),
        n => format!("{n} quizzes of {asked} questions in {versions} versions, with keys"),
    };
    let file = |(name, document): (String, PagedDocument)| {
        (format!("quizzes/{name}.pdf"), document, Standard::Tagged, none)
    };
    Product {
        files: pages.into_iter().map(file).collect(),
        raw,
        note,
        details: Vec::new(),
        plan: None,
        print: None,
        faces: Vec::new(),
    }
}
