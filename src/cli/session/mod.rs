//! A build in this process: from the folder to the files, again and again if wanted, keeping what did not change.

mod keys;
mod lock;
mod onlooker;
mod product;
mod report;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rayon::prelude::*;

use self::keys::{base_key, document_key, once_done};
pub use self::lock::{Asker, Locked, ReadLock, codes, read_lock};
use self::onlooker::Nobody;
pub use self::onlooker::{Onlooker, View};
use self::product::Work;
pub use self::report::{BuildOptions, Built, Report, State};
use self::report::{failed, unchanged};
use self::steps::{Step, lay_out, settle, write_files};
use super::options::{self, StockFault};
use super::{Failure, Outcome, deck};
use crate::emit::manifest::{Entry, Manifest};
use crate::emit::parts::Parts;
use crate::pack::lock::Lock;
use crate::pack::{self, ConceptNo, Pack, select};
use crate::timings;
use crate::typeset::binding::Shelf;
use crate::typeset::compile::STACK_BYTES;
use crate::typeset::fonts::{self, Fonts};
use crate::typeset::memory::Memory;
use crate::typeset::press::Press;
use crate::vault::config::Document;
use crate::vault::{Finding, OpenOptions, Severity, Vault};

/// The documents that a build makes by default, in order.
pub const DEFAULT_DOCUMENTS: [Document; 4] =
    [Document::Handbook, Document::Cheatsheets, Document::Flashcards, Document::Calendar];

/// After so many builds the compiler should forget, and after so many it does.
const FULL: usize = 4;
const REMEMBERED: usize = 8;

/// Keeps fonts, threads and the compiler's memory between builds.
///
/// One owner, one build at a time; each build has an immutable [`Vault`] of its own.
#[derive(Default)]
pub struct Session {
    /// The folder as the last build read it.
    vault: Option<Arc<Vault>>,
    fonts: Option<(u128, Arc<Fonts>)>,
    pool: Option<(Option<usize>, rayon::ThreadPool)>,
    /// Builds since the compiler last forgot.
    built: usize,
    /// The book's pages of the last build.
    shelf: Arc<Shelf>,
    /// What the compiler gave in the last builds.
    memory: Arc<Memory>,
    /// The book's parts as they were exported last.
    parts: Parts,
    /// Asked about cards that cannot be told apart.
    pub asker: Option<Asker>,
    /// `recto.lock` as it was last read.
    lock: Option<(String, Lock)>,
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
        if self.built >= REMEMBERED {
            self.forget();
        }
        self.built += 1;
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

    /// Lets the compiler forget what the builds since the last time but one did not use. A process that builds again and
    /// again calls this when nobody waits; else a build does in whose way it stands.
    pub fn forget(&mut self) {
        let _span = timings::span("typeset", "forget");
        comemo::evict(1);
        self.built = 0;
    }

    /// Whether it is time to [forget](Session::forget).
    pub fn is_full(&self) -> bool {
        self.built >= FULL
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
        let locked = codes(&vault, &mut pack, options, &mut findings, &mut self.lock, self.asker.as_mut())?;
        drop(span);
        let kept = selection(&vault, &pack, options)?;
        let counts = (pack.concepts.len(), pack.cards.len());
        let in_doubt = options.strict && findings.iter().any(|f| f.rule == lock::DOUBT);
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
            Ok(press) if options.once => press.once(true),
            Ok(press) => press.remembering(self.shelf.clone(), self.memory.clone()),
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
            parts: &self.parts,
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
        // One document comes before all others, and has all threads: the one that is looked at, else the book, which takes
        // longest and has the pages that others name. Its file is written beside the rest, which is laid out meanwhile.
        let first = onlooker.first().unwrap_or(Document::Handbook);
        let left = AtomicUsize::new(documents.len());
        let laid = |document: &Document| {
            let step = lay_out(document);
            if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                onlooker.found(&vault, &[findings.clone(), press.findings()].concat());
            }
            step
        };
        let seen = documents.iter().find(|d| **d == first).map(|d| (d, laid(d)));
        let (seen, rest) = rayon::join(
            || seen.map(|(d, step)| write(d, step)),
            || {
                let rest = documents.par_iter().map(|d| (*d != first).then(|| write(d, laid(d))));
                rest.collect::<Vec<Option<(Built, Option<Entry>)>>>()
            },
        );
        let mut seen = seen;
        let results: Vec<(Built, Option<Entry>)> =
            rest.into_iter().filter_map(|built| built.or_else(|| seen.take())).collect();
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
            outcome: Outcome::Content,
            message: errors.join("; "),
            hint: Some("remove the file from the pack's `fonts/` folder, or replace it".into()),
        })?;
        self.fonts = Some((key, fonts.clone()));
        self.memory = Arc::default();
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
