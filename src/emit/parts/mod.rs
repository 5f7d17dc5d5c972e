//! A book as one file of parts that are exported side by side.
//!
//! The exporter writes a document in one go on one thread, and after an edit all of it again. Here a book's pages are
//! cut where no tag reaches across ([`survey`]), each part is exported as a document of its own, read back ([`part`]),
//! numbered and packed ([`encode`]) and joined with the others under one page tree, one structure tree and one set of
//! bookmarks ([`join`]).
//!
//! Parts know nothing of each other. Links are written as addresses of ours and become destinations here. Each part
//! begins with a page that sets all glyphs that the book has of its fonts, in one order, and is thrown away: so the
//! parts' fonts are the same bytes and stand in the file once.
//!
//! The same pages give the same bytes, whatever was kept of the build before.

mod encode;
mod join;
mod part;
mod survey;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use typst::diag::SourceDiagnostic;
use typst::ecow::EcoVec;
use typst::foundations::Smart;
use typst::model::DocumentInfo;
use typst::text::Lang;
use typst::utils::hash128;
use typst_layout::{Page, PagedDocument};
use typst_pdf::PdfOptions;

use crate::timings;
use crate::typeset::compile::STACK_BYTES;
use encode::{Encoded, FIRST_PAGE, Numbers};
use join::{Book, Entry, Shared};
use part::Part;
use survey::Survey;

/// Pages of a part: fewer are sooner exported after an edit, more need less work in all.
const PAGES: usize = 16;

/// What was made of the pages of the build before.
#[derive(Default)]
pub struct Parts(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    surveys: HashMap<u128, Arc<Survey>>,
    parts: HashMap<u128, Arc<Part>>,
    encoded: HashMap<u128, Arc<Encoded>>,
}

/// Values by key: those of the build before, or made now side by side, in the keys' order.
fn made<T: Send + Sync, E: Send>(
    keys: &[u128],
    kept: &HashMap<u128, Arc<T>>,
    make: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<Arc<T>>, E> {
    let make = |(i, key): (usize, &u128)| match kept.get(key) {
        Some(known) => Ok(known.clone()),
        None => make(i).map(Arc::new),
    };
    keys.par_iter().enumerate().map(make).collect()
}

/// Does some work, by its number, on threads of its own. The exporter leaves its threads in the middle of a part to
/// whatever waits: in a pool that is the next part, and in that one the next, until all of them are there at once.
fn alone<T: Send>(wanted: &[usize], make: impl Fn(usize) -> T + Sync) -> HashMap<usize, T> {
    let made = Mutex::new(HashMap::with_capacity(wanted.len()));
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(i) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            let value = make(*i);
            if let Ok(mut made) = made.lock() {
                made.insert(*i, value);
            }
        }
    };
    let threads = rayon::current_num_threads().min(wanted.len());
    if threads > 1 {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let own = || match ThreadPoolBuilder::new().num_threads(1).use_current_thread().build() {
                    Ok(pool) => pool.install(work),
                    Err(_) => work(),
                };
                // Where no thread is to be had, those that are do the work.
                let _ = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, own);
            }
        });
    }
    work();
    made.into_inner().unwrap_or_default()
}

fn keep<T>(keys: &[u128], values: &[Arc<T>]) -> HashMap<u128, Arc<T>> {
    keys.iter().copied().zip(values.iter().cloned()).collect()
}

/// A key for each page: of everything that the exporter sees of it.
pub fn keys(pages: &[Page]) -> Vec<u128> {
    pages.par_iter().map(hash128).collect()
}

/// Exports pages whose links into the document are addresses (see [`crate::typeset::assemble::AT`]). `keys` are the
/// pages' ([`keys`]). `None` where the pages cannot be had in parts; they are then to be exported as one document.
///
/// # Errors
/// What the exporter refuses, of all parts.
pub fn export(
    pages: &[Page],
    keys: &[u128],
    info: &DocumentInfo,
    options: &PdfOptions,
    parts: &Parts,
) -> Result<Option<Vec<u8>>, EcoVec<SourceDiagnostic>> {
    let mut kept = parts.0.lock().map(|mut kept| std::mem::take(&mut *kept)).unwrap_or_default();
    let out = export_with(pages, keys, info, options, &mut kept);
    if let Ok(mut now) = parts.0.lock() {
        *now = kept;
    }
    out
}

fn export_with(
    pages: &[Page],
    keys: &[u128],
    info: &DocumentInfo,
    options: &PdfOptions,
    kept: &mut Kept,
) -> Result<Option<Vec<u8>>, EcoVec<SourceDiagnostic>> {
    let span = timings::span("emit", "survey");
    let surveys = made(keys, &kept.surveys, |i| pages.get(i).map(Survey::of).ok_or(()));
    let Ok(surveys) = surveys else { return Ok(None) };
    kept.surveys = keep(keys, &surveys);
    let seen: Vec<&Survey> = surveys.iter().map(|survey| &**survey).collect();
    let ranges = survey::cuts(&seen, PAGES);
    if ranges.len() < 3 {
        return Ok(None);
    }
    let jobs = jobs(&seen, &ranges, keys, info);
    drop(span);

    let settings = hash128(&(info, options));
    let part_keys: Vec<u128> = jobs.iter().map(|job| hash128(&(settings, job))).collect();
    let missing: Vec<usize> = (0..jobs.len())
        .filter(|i| part_keys.get(*i).is_some_and(|key| !kept.parts.contains_key(key)))
        .collect();
    let mut made_now = alone(&missing, |i| jobs.get(i).map(|job| job.export(pages, info, options)));
    let (mut exported, mut errors, mut strange) = (Vec::with_capacity(jobs.len()), EcoVec::new(), false);
    for (i, key) in part_keys.iter().enumerate() {
        match made_now.remove(&i).flatten() {
            Some(Ok(Some(part))) => exported.push(Arc::new(part)),
            Some(Ok(None)) => strange = true,
            Some(Err(found)) => errors.extend(found),
            None => exported.extend(kept.parts.get(key).cloned()),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if strange || exported.len() != jobs.len() {
        return Ok(None);
    }
    kept.parts = keep(&part_keys, &exported);

    let span = timings::span("emit", "number");
    let (shared, numbers) = number(&exported, &jobs, pages);
    let encoded_keys: Vec<u128> = part_keys.iter().zip(&numbers).map(|pair| hash128(&pair)).collect();
    let encoded = made(&encoded_keys, &kept.encoded, |i| match (exported.get(i), numbers.get(i)) {
        (Some(part), Some(numbers)) => encode::encode(part, numbers),
        _ => Err(encode::Stray),
    });
    let Ok(encoded) = encoded else { return Ok(None) };
    kept.encoded = keep(&encoded_keys, &encoded);
    drop(span);

    let _span = timings::span("emit", "join");
    let headings = seen.iter().enumerate().flat_map(|(page, survey)| {
        survey.headings.iter().map(move |heading| Entry {
            element: &heading.element,
            at: (page, heading.at.x.to_pt(), heading.at.y.to_pt()),
        })
    });
    let book = Book {
        parts: &exported,
        numbers: &numbers,
        encoded: &encoded,
        shared: &shared,
        headings: headings.collect(),
        pages: pages.len(),
        free: numbers.last().zip(exported.last()).map_or(0, |(last, part)| last.base + encode::room(part)),
    };
    Ok(book.write().ok())
}

/// What a part is exported from.
#[derive(Hash)]
struct Job {
    range: Range<usize>,
    /// Of its pages.
    keys: Vec<u128>,
    /// The page that is thrown away: before the part's own, or behind them.
    prelude: Page,
    behind: bool,
    /// Headings on that page.
    headings: usize,
}

impl Job {
    /// Exports the part. `None` where what the exporter wrote is not as expected.
    fn export(
        &self,
        pages: &[Page],
        info: &DocumentInfo,
        options: &PdfOptions,
    ) -> Result<Option<Part>, EcoVec<SourceDiagnostic>> {
        let _span = timings::span("emit", format!("pages {} to {}", self.range.start + 1, self.range.end));
        let mut set: EcoVec<Page> = pages.get(self.range.clone()).unwrap_or_default().into();
        let at = if self.behind { set.len() } else { 0 };
        set.insert(at, self.prelude.clone());
        let bytes = typst_pdf::pdf(&PagedDocument::new(set, info.clone()), options)?;
        Ok(Part::read(bytes, at, self.headings).filter(|part| part.pages.len() == self.range.len()))
    }
}

#[expect(clippy::mutable_key_type, reason = "what a font keeps for later is no part of what it equals")]
fn jobs(seen: &[&Survey], ranges: &[Range<usize>], keys: &[u128], info: &DocumentInfo) -> Vec<Job> {
    let first = ranges.first().map_or(0, |range| range.end);
    let order = survey::order(seen, first);
    let lang = match info.locale {
        Smart::Custom(locale) => locale.lang,
        Smart::Auto => Lang::ENGLISH,
    };
    let mut level = 0;
    let job = |range: &Range<usize>| {
        let own = seen.get(range.clone()).unwrap_or_default();
        let mut fonts: Vec<_> =
            order.iter().filter(|(font, _)| own.iter().any(|s| s.fonts.contains_key(*font))).collect();
        fonts.sort_by_cached_key(|(font, _)| hash128(font));
        let (prelude, headings) = (survey::prelude(&fonts, level, lang), level);
        if let Some(last) = own.iter().rev().find_map(|survey| survey.headings.last()) {
            level = last.level().get();
        }
        let keys = keys.get(range.clone()).unwrap_or_default().to_vec();
        // The first part has its glyphs in the order in which it uses them: that is the order of all.
        Job { range: range.clone(), keys, prelude, behind: range.start == 0, headings }
    };
    ranges.iter().map(job).collect()
}

/// Numbers of what the parts share, and of each part.
fn number(parts: &[Arc<Part>], jobs: &[Job], pages: &[Page]) -> (Shared, Vec<Numbers>) {
    let shared = Shared::of(parts, (FIRST_PAGE + pages.len() as u32 + 16).next_multiple_of(256));
    let height = |page: &Page| (page.frame.height() + page.bleed.top + page.bleed.bottom).to_pt() as f32;
    let heights: Arc<[u32]> = pages.iter().map(|page| height(page).to_bits()).collect();
    let mut base = shared.end();
    let numbers = parts.iter().zip(jobs).map(|(part, job)| {
        let own = base;
        base += encode::room(part);
        let (shared, heights) = (shared.numbers(part), heights.clone());
        Numbers { base: own, first_page: job.range.start, shared, heights }
    });
    let numbers = numbers.collect();
    (shared, numbers)
}
