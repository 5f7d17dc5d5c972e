//! A build in this process: from the folder to the files, again and again if wanted, keeping what did not change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use rayon::prelude::*;
use typst_layout::PagedDocument;

use super::Failure;
use super::calendar::{self, CalendarFlags};
use super::options::{self, CardFlags, StockFault};
use crate::emit::manifest::{self, Entry, KeyHasher, Manifest};
use crate::emit::pdf::{self, Standard};
use crate::emit::viewer::{Duplex, Preferences};
use crate::emit::write;
use crate::pack::lock::{LOCK_FILE, Lock};
use crate::pack::{self, ConceptNo, Pack, select};
use crate::plan::impose::Flip;
use crate::plan::timetable::Timetable;
use crate::typeset::compile::STACK_BYTES;
use crate::typeset::flashcards::{self, DeckOptions};
use crate::typeset::fonts::{self, Fonts};
use crate::typeset::press::Press;
use crate::typeset::{cheatsheets, handbook};
use crate::vault::config::Document;
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
    pub system_fonts: bool,
    /// Build even what stands.
    pub force: bool,
    pub cards: CardFlags,
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
            system_fonts: false,
            force: false,
            cards: CardFlags::default(),
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
}

#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum State {
    Written,
    /// Its files stand as they were.
    Unchanged,
    /// It has errors; an older file stays.
    Failed,
}

/// What a build did.
pub struct Report {
    pub vault: Vault,
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

/// Keeps fonts, threads and the compiler's memory between builds.
#[derive(Default)]
pub struct Session {
    fonts: Option<(u128, Arc<Fonts>)>,
    pool: Option<(Option<usize>, rayon::ThreadPool)>,
}

/// A finished document before it is written.
struct Product {
    /// Path below the output folder, the document, its standard and preferences.
    files: Vec<(String, PagedDocument, Standard, Preferences)>,
    /// Files that are no pages: path below the output folder, and bytes.
    raw: Vec<(String, Vec<u8>)>,
    note: String,
    /// A plan that has started, to be kept in `recto.lock`.
    plan: Option<Timetable>,
}

/// `recto.lock` after the cards have their codes.
#[derive(Default)]
struct Locked {
    /// `None` where there is none, or where it is damaged and stays as it is.
    lock: Option<Lock>,
    /// All but the plan: what every document depends on.
    text: Option<String>,
    /// The plan that is kept.
    plan: Option<Timetable>,
}

impl Locked {
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
        self.prepare_pool(options.jobs)?;
        let Some((_, pool)) = self.pool.take() else { return Err(Failure::system("no threads")) };
        let result = pool.install(|| self.build_here(options, progress));
        self.pool = Some((options.jobs, pool));
        // What the last two builds did not use is forgotten; on failures too.
        comemo::evict(2);
        result.map(|Report { vault, documents, mut findings, counts }| {
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
    ) -> Result<Report, Failure> {
        let (vault, mut findings) = open(&options.pack, Some(&options.out))?;
        let documents = self.documents(options, &vault);
        let unusable = vault.config_file.is_some() && findings.iter().any(|f| is_config_error(&vault, f));
        if unusable {
            let documents = documents.iter().map(|d| failed(d.name())).collect();
            return Ok(Report { vault, documents, findings, counts: (0, 0) });
        }
        let (mut pack, found) = pack::build(&vault);
        findings.extend(found);
        let locked = codes(&vault, &mut pack, options, &mut findings)?;
        let kept = selection(&vault, &pack, options)?;
        let counts = (pack.concepts.len(), pack.cards.len());
        if pack.chapters.is_empty() {
            let documents = documents.iter().map(|d| failed(d.name())).collect();
            return Ok(Report { vault, documents, findings, counts });
        }

        let old = Manifest::read(&options.out);
        let base = base_key(&vault, options, locked.text.as_deref());
        let of_plan = locked.plan_key(locked.plan.as_ref());
        let keys: BTreeMap<&str, String> = documents
            .iter()
            .map(|d| (d.name(), document_key(&base, *d, &vault, options, &of_plan)))
            .collect();
        let stands = |d: &Document| !options.force && old.stands(&options.out, d.name(), &keys[d.name()]);
        if documents.iter().all(stands) {
            let documents = documents.iter().map(|d| unchanged(d.name(), &old)).collect();
            return Ok(Report { vault, documents, findings, counts });
        }

        let fonts = self.fonts(&vault, options)?;
        let press = match Press::new(&vault, &pack, fonts, options::paper(&vault.config), kept) {
            Ok(press) => press,
            Err(found) => {
                findings.extend(found);
                let documents = documents.iter().map(|d| failed(d.name())).collect();
                return Ok(Report { vault, documents, findings, counts });
            }
        };
        let usage: Mutex<Option<Failure>> = Mutex::new(None);
        let results: Vec<(Built, Option<Entry>)> = documents
            .par_iter()
            .map(|document| {
                if stands(document) {
                    return (unchanged(document.name(), &old), old.documents.get(document.name()).cloned());
                }
                let start = Instant::now();
                let result = make(&press, &vault, *document, options, &keys[document.name()], &old, &locked);
                progress(document.name());
                match result {
                    Ok(Some((mut built, mut entry, plan))) => {
                        built.time = start.elapsed();
                        if *document == Document::Calendar {
                            // As the next build finds it.
                            let plan = locked.plan_key(plan.as_ref().or(locked.plan.as_ref()));
                            entry.key = document_key(&base, *document, &vault, &once_done(options), &plan);
                        }
                        (built, Some(entry))
                    }
                    Ok(None) => (failed(document.name()), None),
                    Err(failure) => {
                        if let Ok(mut slot) = usage.lock() {
                            slot.get_or_insert(failure);
                        }
                        (failed(document.name()), None)
                    }
                }
            })
            .collect();
        if let Some(failure) = usage.into_inner().ok().flatten() {
            return Err(failure);
        }
        findings.extend(press.take_findings());
        drop(press);

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
        new.write(&options.out).map_err(|e| Failure::system(e.to_string()))?;
        Ok(Report { vault, documents: report, findings, counts })
    }

    fn documents(&self, options: &BuildOptions, vault: &Vault) -> Vec<Document> {
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
    let options = OpenOptions { out: out.map(Path::to_owned) };
    Vault::open(root, &options).map_err(|error| Failure::system(error.to_string()))
}

/// `recto.yaml` itself is wrong: nothing of it can be relied on.
fn is_config_error(vault: &Vault, finding: &Finding) -> bool {
    finding.severity == Severity::Error
        && finding.place.as_ref().is_some_and(|p| Some(p.file) == vault.config_file)
}

fn failed(name: &'static str) -> Built {
    Built { name, state: State::Failed, pages: 0, bytes: 0, time: Duration::ZERO, note: String::new() }
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
    if vault.config_file.is_none() {
        return Ok(ReadLock::default());
    }
    let path = vault.root.join(LOCK_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ReadLock::default()),
        Err(error) => return Err(Failure::system(format!("{} cannot be read: {error}", path.display()))),
    };
    match Lock::parse(&text) {
        Ok(lock) => Ok(ReadLock { text: Some(text), lock: Some(lock), damaged: false }),
        Err(errors) => {
            let file = vault.find(LOCK_FILE);
            findings.extend(errors.iter().map(|e| e.finding(file)));
            Ok(ReadLock { text: Some(text), lock: None, damaged: true })
        }
    }
}

/// Gives cards their codes and keeps `recto.lock`; returns it, if the folder is a pack.
fn codes(
    vault: &Vault,
    pack: &mut Pack,
    options: &BuildOptions,
    findings: &mut Vec<Finding>,
) -> Result<Locked, Failure> {
    if vault.config_file.is_none() {
        findings.extend(pack::assign(pack, None, options.today).1);
        return Ok(Locked::default());
    }
    let path = vault.root.join(LOCK_FILE);
    let ReadLock { text: old, lock, damaged } = read_lock(vault, findings)?;
    let (next, found) = pack::assign(pack, lock.as_ref(), options.today);
    findings.extend(found);
    if damaged {
        // Codes were given in memory, and the lock is left as it is.
        return Ok(Locked { text: old, ..Locked::default() });
    }
    let text = next.to_text();
    if old.as_deref() != Some(text.as_str()) && !pack.chapters.is_empty() {
        write_lock(&path, &text, options)?;
    }
    let plan = match next.section::<Timetable>(calendar::SECTION) {
        Ok(plan) => plan,
        Err(message) => {
            let place = vault.find(LOCK_FILE).map(|no| vault.start_of(no));
            findings.push(
                Finding::error("lock-file", place, format!("the plan cannot be read: {message}"))
                    .hint("restore the section `plan` from version control, or take it out to plan anew"),
            );
            return Ok(Locked { text: Some(text), ..Locked::default() });
        }
    };
    let mut bare = next.clone();
    bare.set_section::<Timetable>(calendar::SECTION, None).map_err(Failure::system)?;
    Ok(Locked { lock: Some(next), text: Some(bare.to_text()), plan })
}

fn write_lock(path: &Path, text: &str, options: &BuildOptions) -> Result<(), Failure> {
    if options.locked {
        return Err(Failure {
            outcome: super::Outcome::Content,
            message: format!("{LOCK_FILE} would change, and --locked forbids it"),
            hint: Some("build without --locked, look at the change, and commit it".into()),
        });
    }
    write::atomic(path, text.as_bytes()).map_err(|e| Failure::system(e.to_string()))
}

/// The concepts that are printed; `None` for all.
fn selection(
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
fn base_key(vault: &Vault, options: &BuildOptions, lock: Option<&str>) -> String {
    let mut key = KeyHasher::default();
    key.add(&env!("CARGO_PKG_VERSION"));
    // While this program is being written its version says too little.
    if let Ok(meta) = std::env::current_exe().and_then(std::fs::metadata) {
        key.add(&meta.len()).add(&meta.modified().ok());
    }
    for (no, file) in vault.numbered().filter(|(_, file)| file.path != LOCK_FILE) {
        key.add(&file.path).add(&vault.fingerprint(no).ok());
    }
    key.add(&lock).add(&options.select.tags).add(&options.select.priority).add(&options.select.concepts);
    key.add(&format!("{:?}", options.select.chapters)).add(&options.system_fonts);
    key.finish()
}

/// The options of the build after this one, if it is only called again.
fn once_done(options: &BuildOptions) -> BuildOptions {
    let calendar = CalendarFlags { page: options.calendar.page, ..CalendarFlags::default() };
    BuildOptions { calendar, ..options.clone() }
}

fn document_key(base: &str, document: Document, vault: &Vault, options: &BuildOptions, plan: &str) -> String {
    let mut key = KeyHasher::default();
    key.add(&base).add(&document.name());
    match document {
        Document::Flashcards => {
            key.add(&format!("{:?}", options.cards));
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

/// Makes one document and writes its files.
fn make(
    press: &Press,
    vault: &Vault,
    document: Document,
    options: &BuildOptions,
    key: &str,
    old: &Manifest,
    locked: &Locked,
) -> Result<Option<(Built, Entry, Option<Timetable>)>, Failure> {
    let Some(mut product) = product(press, vault, document, options, locked)? else { return Ok(None) };
    let plan = product.plan.take();
    if let (Some(plan), Some(lock)) = (&plan, &locked.lock) {
        let mut lock = lock.clone();
        lock.set_section(calendar::SECTION, Some(plan)).map_err(Failure::system)?;
        write_lock(&vault.root.join(LOCK_FILE), &lock.to_text(), options)?;
    }
    let pages: usize = product.files.iter().map(|f| f.1.pages().len()).sum();
    let hashes: Vec<u128> = product.files.par_iter().map(|f| typst::utils::hash128(&f.1)).collect();
    let page_hash = manifest::key(&(hashes, pages, &product.raw, env!("CARGO_PKG_VERSION")));
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
        let built = Built {
            name: document.name(),
            state: State::Unchanged,
            pages,
            bytes,
            time: Duration::ZERO,
            note: product.note,
        };
        return Ok(Some((built, entry, plan)));
    }
    let ident = |path: &str| format!("{}/{path}", press.pack.title);
    let exported: Vec<Option<(String, Vec<u8>)>> = product
        .files
        .par_iter()
        .map(|(path, pages, standard, preferences)| {
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
    // Sheets of chapters that are gone.
    for path in before.into_iter().flat_map(|b| b.files.keys()).filter(|p| !entry.files.contains_key(*p)) {
        let _ = std::fs::remove_file(options.out.join(path));
    }
    let bytes = entry.files.values().sum();
    let built = Built {
        name: document.name(),
        state: State::Written,
        pages,
        bytes,
        time: Duration::ZERO,
        note: product.note,
    };
    Ok(Some((built, entry, plan)))
}

fn product(
    press: &Press,
    vault: &Vault,
    document: Document,
    options: &BuildOptions,
    locked: &Locked,
) -> Result<Option<Product>, Failure> {
    let config = &vault.config;
    let none = Preferences::default();
    Ok(match document {
        Document::Handbook => handbook::typeset(press).map(|pages| Product {
            files: vec![("handbook.pdf".into(), pages, Standard::AccessibleArchival, none)],
            raw: Vec::new(),
            note: String::new(),
            plan: None,
        }),
        Document::Cheatsheets => cheatsheets::typeset(press, &options::sheets(config)).map(|sheets| {
            let sizes: Vec<f64> = sheets.iter().map(|s| s.size).collect();
            let (low, high) =
                (sizes.iter().copied().fold(f64::MAX, f64::min), sizes.iter().copied().fold(0.0, f64::max));
            let dropped: usize = sheets.iter().map(|s| s.dropped.len()).sum();
            let mut note =
                if sizes.is_empty() { String::new() } else { format!("type {low:.1}–{high:.1} pt") };
            if dropped > 0 {
                note.push_str(&format!(", {dropped} entries without room, named at the sheet's end"));
            }
            let files = sheets
                .into_iter()
                .map(|s| (format!("cheatsheets/{}.pdf", s.name), s.document, Standard::Tagged, none))
                .collect();
            Product { files, raw: Vec::new(), note, plan: None }
        }),
        Document::Flashcards => {
            let stock = match options::stock(vault, &options.cards) {
                Ok(stock) => stock,
                Err(StockFault::Usage(failure)) => return Err(failure),
                Err(StockFault::Findings(findings)) => {
                    findings.into_iter().for_each(|f| press.report(f));
                    return Ok(None);
                }
            };
            let job = options::imposition(config, &stock, &options.cards)?;
            let duplex = if job.flip == Flip::LongEdge { Duplex::LongEdge } else { Duplex::ShortEdge };
            let deck = flashcards::typeset(press, &DeckOptions { job, floor: config.cards.floor.to_pt() });
            deck.map(|deck| {
                let preferences = Preferences { actual_size: true, duplex: Some(duplex), tray_by_size: true };
                let note =
                    format!("{} cards on {} sheets, {}", deck.cards, deck.imposition.sheets.len(), stock.id);
                let files = vec![("flashcards.pdf".into(), deck.document, Standard::Plain, preferences)];
                Product { files, raw: Vec::new(), note, plan: None }
            })
        }
        Document::Calendar => {
            let whole = options.select.is_all();
            let acts = options.calendar.act();
            if acts && locked.lock.is_none() {
                return Err(Failure::usage("there is no recto.lock to keep a plan in")
                    .hint("give the folder a recto.yaml"));
            }
            let kept = calendar::Kept {
                table: locked.plan.as_ref().filter(|_| whole),
                // A build that may change nothing keeps no plan by itself; one that is asked to fails.
                writable: whole && locked.lock.is_some() && (!options.locked || acts),
            };
            calendar::make(press, vault, options, kept).map(|made| Product {
                files: vec![("calendar.pdf".into(), made.pages, Standard::Tagged, none)],
                raw: made.files,
                note: made.note,
                plan: made.keep,
            })
        }
        other => return Err(Failure::usage(format!("{} cannot be built yet", other.name()))),
    })
}
