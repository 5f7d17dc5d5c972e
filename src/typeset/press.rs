//! What all documents of a build share: fonts, files, the pack's language, and the findings of the compiler.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use jiff::civil::Date;
use rayon::prelude::*;
use serde_json::{Value, json};
use typst::comemo;
use typst::diag::{Severity as TypstSeverity, SourceDiagnostic};
use typst::foundations::{Bytes, Smart};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{DiagSpanKind, FileId, SpanKind};
use typst::text::Locale as TextLocale;
use typst_layout::{Page, PagedDocument};

use super::assemble::Places;
use super::binding::Shelf;
use super::compile::{self, Job};
use super::fonts::Fonts;
use super::memory::Memory;
use super::note::Links;
use super::pictures;
use super::world::{Files, vault_path};
use super::{layouts, settings};
use crate::pack::{Card, CardNo, Chapter, Concept, ConceptNo, Pack, Target, Text};
use crate::plan::locale::Locale;
use crate::plan::stock::Paper;
use crate::timings;
use crate::vault::ast::{BlockKind, Inline, InlineKind};
use crate::vault::{FileNo, Finding, Part, Place, Severity, Vault};

/// Whether wikilinks of a text become links.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Printed {
    /// In the handbook.
    Linked,
    /// On cards and sheets, where a link leads nowhere.
    Plain,
}

/// Files of structure of a document that leaves much behind in the compiler's memory.
const LARGE: usize = 16;

/// A build's workshop: made once, used by every document, shared by all threads.
pub struct Press<'a> {
    pub pack: &'a Pack,
    vault: &'a Vault,
    fonts: Arc<Fonts>,
    files: Arc<Files>,
    locale: &'static Locale,
    paper: Paper,
    /// Concepts that are printed; `None` prints all.
    kept: Option<HashSet<ConceptNo>>,
    numbers: HashMap<FileId, FileNo>,
    findings: Mutex<Vec<Finding>>,
    once: bool,
    /// Where the handbook has each key, as printed, once it was typeset.
    folios: OnceLock<HashMap<String, String>>,
    /// The book's pages of the build before.
    pub shelf: Arc<Shelf>,
    /// What jobs gave in the builds before.
    memory: Option<Arc<Memory>>,
}

impl<'a> Press<'a> {
    /// Loads every file that the pack's documents can name.
    ///
    /// # Errors
    /// Findings that leave nothing to print: a layout that cannot be read, too many files.
    pub fn new(
        vault: &'a Vault,
        pack: &'a Pack,
        fonts: Arc<Fonts>,
        paper: Paper,
        theme: &str,
        kept: Option<BTreeSet<ConceptNo>>,
    ) -> Result<Self, Vec<Finding>> {
        let fail = |message: String| vec![Finding::error("typeset", None, message)];
        let locale = Locale::of(&pack.language);
        let mut files = Files::default();
        let mut findings = Vec::new();
        let families = families(vault, &fonts, &mut findings);
        layouts::load(vault, theme, &families, &mut files, &mut findings);
        let mut numbers = HashMap::new();
        for file in printed_files(pack) {
            let Some(note) = vault.file(file) else { continue };
            let Some(text) = note.text() else { continue };
            let id =
                files.insert(&vault_path(&note.path), Bytes::from_string(text.to_owned())).map_err(fail)?;
            numbers.insert(id, file);
        }
        let settings = settings::settings(pack, vault, locale, paper);
        files.insert_json("/data/settings.json", &settings).map_err(fail)?;

        // Sidecars: for each note what it needs of the rest, once with links and once without.
        let pictures = pictures::load(vault, pack, &mut files, &mut findings).map_err(fail)?;
        let mut sidecars: HashMap<FileNo, Links> = pictures;
        for link in &pack.links {
            let sidecar = sidecars.entry(link.from).or_default();
            let key = match &link.to {
                Target::Concept(no) => pack.concepts.get(no.0).map(super::handbook::key),
                Target::Chapter(i) => pack.chapters.get(*i).map(super::handbook::chapter_key),
                Target::Section(i, j) => pack.chapters.get(*i).map(|c| super::handbook::section_key(c, *j)),
                Target::File(_) | Target::Missing => None,
            };
            let printed = match &link.to {
                Target::Concept(no) => kept.as_ref().is_none_or(|kept| kept.contains(no)),
                _ => kept.is_none(),
            };
            if let Some(key) = key.filter(|_| printed) {
                sidecar.links.insert(link.written.clone(), Some(key));
            }
        }
        for file in numbers.values() {
            let links = sidecars.remove(file).unwrap_or_default();
            let plain = Links { links: HashMap::new(), ..links.clone() };
            files.insert_json(&sidecar_path(*file, Printed::Linked), &Sorted(&links)).map_err(fail)?;
            files.insert_json(&sidecar_path(*file, Printed::Plain), &Sorted(&plain)).map_err(fail)?;
        }
        Ok(Self {
            pack,
            vault,
            fonts,
            files: Arc::new(files),
            locale,
            paper,
            kept: kept.map(|kept| kept.into_iter().collect()),
            numbers,
            findings: Mutex::new(findings),
            folios: OnceLock::new(),
            shelf: Arc::default(),
            memory: None,
            once: false,
        })
    }

    /// The same press, after which nothing is typeset in this process: what a large document leaves behind in the compiler's
    /// memory goes as soon as it stands.
    pub fn once(self, once: bool) -> Self {
        Self { once, ..self }
    }

    /// The same press with the pages of an earlier build, and with what its jobs gave.
    pub fn remembering(self, shelf: Arc<Shelf>, memory: Arc<Memory>) -> Self {
        memory.begin();
        Self { shelf, memory: Some(memory), ..self }
    }

    pub fn keeps(&self, concept: &Concept) -> bool {
        let Some(kept) = &self.kept else { return true };
        self.pack.number(concept).is_some_and(|no| kept.contains(&no))
    }

    pub fn keeps_chapter(&self, chapter: &Chapter) -> bool {
        let Some(kept) = &self.kept else { return true };
        kept.iter().filter_map(|no| self.pack.concepts.get(no.0)).any(|concept| {
            self.pack.chapters.get(concept.chapter).is_some_and(|c| c.number == chapter.number)
        })
    }

    /// Whether only a part of the pack is printed.
    pub fn selects(&self) -> bool {
        self.kept.is_some()
    }

    pub fn kept_cards(&self) -> Vec<(CardNo, &'a Card)> {
        let cards = self.pack.cards.iter().enumerate().map(|(i, card)| (CardNo(i), card));
        cards.filter(|(_, card)| self.kept.as_ref().is_none_or(|kept| kept.contains(&card.concept))).collect()
    }

    pub fn concept(&self, card: &Card) -> Option<&'a Concept> {
        self.pack.concepts.get(card.concept.0)
    }

    /// A fixed word of the pack's language.
    pub fn word(&self, key: &str) -> String {
        self.locale.word(key).to_owned()
    }

    pub fn words(&self) -> &'static Locale {
        self.locale
    }

    /// `November 2026` in the pack's language.
    pub fn month_year(&self, date: Date) -> String {
        self.locale.month_title(date)
    }

    /// Upright, mm.
    pub fn paper_mm(&self) -> (f64, f64) {
        let size = self.paper.size();
        (size.width.0, size.height.0)
    }

    pub fn locale(&self) -> Smart<TextLocale> {
        let (lang, region) = settings::lang_region(&self.pack.language);
        let Ok(lang) = lang.parse() else { return Smart::Auto };
        Smart::Custom(TextLocale { lang, region: region.and_then(|r| r.parse().ok()) })
    }

    pub fn vault(&self) -> &'a Vault {
        self.vault
    }

    pub fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// A part of a note as it is written.
    pub fn source(&self, file: FileNo, range: &std::ops::Range<usize>) -> Option<&'a str> {
        self.vault.file(file)?.text()?.get(range.clone())
    }

    /// A text's address as layouts take it.
    pub fn text(&self, text: &Text, printed: Printed) -> Value {
        let Some(file) = self.vault.file(text.file) else { return Value::Null };
        json!({ "file": vault_path(&file.path), "part": text.part, "links": sidecar_path(text.file, printed) })
    }

    /// Whether a text is one paragraph of words, without a picture.
    pub fn is_paragraph(&self, text: &Text) -> bool {
        let Part::Blocks(range) = &text.part else { return false };
        let note = self.vault.note(text.file);
        let block = note.and_then(|note| note.parsed.blocks.get(range.start)).filter(|_| range.len() == 1);
        let picture =
            |inline: &Inline| matches!(inline.kind, InlineKind::Image { .. } | InlineKind::Embed(_));
        block.is_some_and(|block| match &block.kind {
            BlockKind::Paragraph(content) => !content.iter().any(picture),
            _ => false,
        })
    }

    /// Compiles a document; `None` when it has errors, which become findings.
    pub fn compile(&self, job: &Job) -> Option<PagedDocument> {
        let _span = timings::span("typeset", job.name.clone());
        match compile::compile(&self.fonts, &self.files, job, self.memory.as_deref()) {
            Ok(compiled) => {
                for warning in &compiled.warnings {
                    self.diagnose(&job.name, warning);
                }
                Some(compiled.document.clone())
            }
            Err(errors) => {
                for error in &errors {
                    self.diagnose(&job.name, error);
                }
                None
            }
        }
    }

    /// Compiles documents in parallel, in order.
    pub fn compile_all(&self, jobs: &[Job]) -> Option<Vec<PagedDocument>> {
        let documents: Vec<Option<PagedDocument>> = jobs.par_iter().map(|job| self.compile(job)).collect();
        documents.into_iter().collect()
    }

    /// Compiles documents all at once, those with most to set first, so that no long one is left for the end.
    pub fn compile_largest_first(&self, jobs: &[Job]) -> Option<Vec<PagedDocument>> {
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        // A job's weight: how many files of structure it has.
        order.sort_by_key(|i| std::cmp::Reverse(jobs.get(*i).map_or(0, |job| job.data.len())));
        let next = AtomicUsize::new(0);
        let slots: Vec<OnceLock<Option<PagedDocument>>> = jobs.iter().map(|_| OnceLock::new()).collect();
        rayon::scope(|scope| {
            for _ in 0..rayon::current_num_threads().min(jobs.len()) {
                scope.spawn(|_| {
                    while let Some(i) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let (Some(job), Some(slot)) = (jobs.get(*i), slots.get(*i)) {
                            let _ = slot.set(self.compile(job));
                            if self.once && job.data.len() > LARGE {
                                comemo::evict(0);
                            }
                        }
                    }
                });
            }
        });
        slots.into_iter().map(|slot| slot.into_inner().flatten()).collect()
    }

    /// A diagnostic of Typst as a finding of ours.
    pub fn diagnose(&self, document: &str, diagnostic: &SourceDiagnostic) {
        let severity = match diagnostic.severity {
            TypstSeverity::Error => Severity::Error,
            TypstSeverity::Warning => Severity::Warning,
        };
        let mut message = diagnostic.message.to_string();
        let mut place = None;
        let spans = std::iter::once(diagnostic.span).chain(diagnostic.trace.iter().map(|t| t.span.into()));
        let mut layout = None;
        for span in spans {
            match span.get() {
                DiagSpanKind::Range { id, range } if self.numbers.contains_key(&id) => {
                    place = self.numbers.get(&id).map(|file| Place { file: *file, range });
                    break;
                }
                DiagSpanKind::Range { id, .. } | DiagSpanKind::Number { id, .. } => {
                    layout.get_or_insert((id, span));
                }
                DiagSpanKind::Detached => {}
            }
        }
        if place.is_none()
            && let Some((id, span)) = layout
        {
            let at =
                self.files.locate(id, span).map(|(path, line, column)| format!("{path}:{line}:{column}"));
            message =
                format!("{message} (in {})", at.unwrap_or_else(|| id.vpath().get_without_slash().into()));
        } else if place.is_none() {
            message = format!("{message} (in {})", document.trim_start_matches('/'));
        }
        let hints = diagnostic.hints.iter().map(|h| h.v.to_string()).collect();
        self.report(Finding { severity, rule: "typeset", place, message, hints });
    }

    pub fn report(&self, finding: Finding) {
        if let Ok(mut findings) = self.findings.lock()
            && !findings.contains(&finding)
        {
            findings.push(finding);
        }
    }

    /// Links to places that are not in the document: a fault of a layout, not of a note.
    pub fn missing_keys(&self, missing: HashSet<String>) {
        let mut missing: Vec<String> = missing.into_iter().collect();
        missing.sort();
        for key in missing {
            self.report(Finding::warning(
                "layout",
                None,
                format!("nothing in the handbook has the key `{key}`"),
            ));
        }
    }

    /// Reports characters that no font has, each once, where it stands first.
    pub fn check_glyphs(&self, pages: &[Page]) {
        let mut seen = HashSet::new();
        for page in pages {
            self.check_frame(&page.frame, &mut seen);
        }
    }

    fn check_frame(&self, frame: &Frame, seen: &mut HashSet<char>) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => self.check_frame(&group.frame, seen),
                FrameItem::Text(text) if text.glyphs.iter().any(|g| g.id == 0) => {
                    for glyph in text.glyphs.iter().filter(|g| g.id == 0) {
                        let c =
                            text.text.get(glyph.range()).and_then(|s| s.chars().next()).unwrap_or('\u{fffd}');
                        if !seen.insert(c) {
                            continue;
                        }
                        let place = match glyph.span.0.get() {
                            SpanKind::Range { id, range } => self.numbers.get(&id).map(|file| {
                                let start = range.start + usize::from(glyph.span.1);
                                let range = if start + c.len_utf8() <= range.end {
                                    start..start + c.len_utf8()
                                } else {
                                    range
                                };
                                Place { file: *file, range }
                            }),
                            _ => None,
                        };
                        self.report(
                            Finding::error("missing-glyph", place, format!("no font has the character “{c}” (U+{:04X})", c as u32))
                                .hint("put a font that has it into the pack's `fonts/` folder, or build with `--system-fonts`"),
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// Page numbers of the handbook by key; `None` before it was typeset.
    pub fn folios(&self) -> Option<&HashMap<String, String>> {
        self.folios.get()
    }

    /// Keeps the handbook's page numbers for documents that name them.
    pub fn keep_folios(&self, places: &Places) {
        self.folios
            .get_or_init(|| places.iter().map(|(key, place)| (key.clone(), place.folio.clone())).collect());
    }

    /// All findings so far.
    pub fn findings(&self) -> Vec<Finding> {
        self.findings.lock().map(|findings| findings.clone()).unwrap_or_default()
    }

    /// All findings so far, taken out.
    pub fn take_findings(&self) -> Vec<Finding> {
        self.findings.lock().map(|mut f| std::mem::take(&mut *f)).unwrap_or_default()
    }
}

/// The families that `fonts:` of recto.yaml names: by a file in `fonts/`, or by their own name.
fn families(vault: &Vault, fonts: &Fonts, findings: &mut Vec<Finding>) -> layouts::Families {
    let mut family = |key: &str, wanted: &Option<String>| {
        let wanted = wanted.as_deref()?;
        let file = vault.folder("fonts").find(|(path, _)| path.strip_prefix("fonts/") == Some(wanted));
        let found = match file {
            Some((_, Ok(bytes))) => {
                typst::text::Font::new(Bytes::new(bytes), 0).map(|font| font.info().family.clone())
            }
            _ => fonts.book().contains_family(&wanted.to_lowercase()).then(|| wanted.to_owned()),
        };
        if found.is_none() {
            let message = format!("there is no font `{wanted}`");
            findings.push(
                Finding::error("fonts", vault.config_place(&["fonts", key]), message)
                    .hint("name a file in the pack's `fonts/` folder, or the family of a font there"),
            );
        }
        found
    };
    let wanted = &vault.config.fonts;
    layouts::Families {
        serif: family("serif", &wanted.serif),
        sans: family("sans", &wanted.sans),
        mono: family("mono", &wanted.mono),
    }
}

/// Notes of which a part is printed, in order.
fn printed_files(pack: &Pack) -> BTreeSet<FileNo> {
    let mut files: BTreeSet<FileNo> = pack.chapters.iter().map(|c| c.file).collect();
    for concept in &pack.concepts {
        files.insert(concept.brief.file);
        files.extend(concept.note);
    }
    files.extend(
        pack.cards.iter().flat_map(|c| [Some(c.back.file), c.front.as_ref().map(|t| t.file)]).flatten(),
    );
    files
}

fn sidecar_path(file: FileNo, printed: Printed) -> String {
    let kind = if printed == Printed::Linked { "handbook" } else { "plain" };
    format!("/data/links/{kind}/{}.json", file.0)
}

/// Links in sorted order, so that the same pack gives the same bytes.
struct Sorted<'a>(&'a Links);

impl serde::Serialize for Sorted<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // `serde_json::Value` keeps its keys sorted.
        serde_json::to_value(self.0).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}
