//! A book as one file of parts that are exported side by side.
//!
//! The exporter writes a document in one go on one thread, and after an edit all of it again. Here a book's pages are cut where no tag
//! reaches across ([`survey`]), each part is exported as a document of its own, read back ([`part`]), numbered and packed
//! ([`encode`]) and joined with the others under one page tree, one structure tree and one set of bookmarks ([`join`]).
//!
//! Parts know nothing of each other. Links are written as addresses of ours and become destinations here. Each part begins with a
//! page that sets all glyphs that the book has of its fonts, in one order, and is thrown away: so the parts' fonts are the same
//! bytes and stand in the file once. Objects are packed into object streams (PDF 1.5), which the exporter does not do.
//!
//! The same pages give the same bytes, whatever was kept of the build before.

mod encode;
mod join;
mod lexer;
mod part;
mod survey;

use std::collections::HashMap;
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

/// Makes values on threads of their own. The exporter leaves its threads in the middle of a part to whatever waits: in a pool that
/// is the next part, and in that one the next, until all of them are there at once.
fn made_alone<T: Send + Sync, E: Send>(
    keys: &[u128],
    kept: &HashMap<u128, Arc<T>>,
    make: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<Arc<T>>, E> {
    let missing: Vec<usize> =
        keys.iter().enumerate().filter(|(_, key)| !kept.contains_key(key)).map(|(i, _)| i).collect();
    let threads = rayon::current_num_threads().min(missing.len());
    let made = Mutex::new(HashMap::with_capacity(missing.len()));
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(i) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            let value = make(*i).map(Arc::new);
            if let Ok(mut made) = made.lock() {
                made.insert(*i, value);
            }
        }
    };
    if threads > 1 {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let alone = || match ThreadPoolBuilder::new().num_threads(1).use_current_thread().build() {
                    Ok(pool) => pool.install(work),
                    Err(_) => work(),
                };
                // Where no thread is to be had, those that are do the work.
                let _ = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, alone);
            }
        });
    }
    work();
    let mut made = made.into_inner().unwrap_or_default();
    keys.iter()
        .enumerate()
        .filter_map(|(i, key)| made.remove(&i).or_else(|| kept.get(key).cloned().map(Ok)))
        .collect()
}

fn keep<T>(keys: &[u128], values: &[Arc<T>]) -> HashMap<u128, Arc<T>> {
    keys.iter().copied().zip(values.iter().cloned()).collect()
}

/// A key for each page: of everything that the exporter sees of it.
pub fn keys(pages: &[Page]) -> Vec<u128> {
    pages.par_iter().map(hash128).collect()
}

/// Exports pages whose links into the document are addresses (see [`crate::typeset::assemble::AT`]). `keys` are the pages'
/// ([`keys`]). `None` where the pages cannot be had in parts; they are then to be exported as one document.
#[expect(clippy::mutable_key_type, reason = "what a font keeps for later is no part of what it equals")]
pub fn export(
    pages: &[Page],
    keys: &[u128],
    info: &DocumentInfo,
    options: &PdfOptions,
    parts: &Parts,
) -> Result<Option<Vec<u8>>, EcoVec<SourceDiagnostic>> {
    let kept = parts.0.lock().map(|mut kept| std::mem::take(&mut *kept)).unwrap_or_default();
    let span = timings::span("emit", "survey");
    let surveys = made(keys, &kept.surveys, |i| pages.get(i).map(Survey::of).ok_or(()));
    let Ok(surveys) = surveys else { return Ok(None) };
    let seen: Vec<&Survey> = surveys.iter().map(|survey| &**survey).collect();
    let ranges = survey::cuts(&seen, PAGES);
    if ranges.len() < 3 {
        return Ok(None);
    }
    let first = ranges.first().map_or(0, |range| range.end);
    let order = survey::order(&seen, first);
    let lang = match info.locale {
        Smart::Custom(locale) => locale.lang,
        Smart::Auto => Lang::ENGLISH,
    };

    drop(span);

    // What each part is exported from: its pages, and the one that is thrown away.
    let mut level = 0;
    let jobs: Vec<(Page, bool, Vec<u128>)> = ranges
        .iter()
        .enumerate()
        .map(|(i, range)| {
            let own = seen.get(range.clone()).unwrap_or_default();
            let mut fonts: Vec<_> =
                order.iter().filter(|(font, _)| own.iter().any(|s| s.fonts.contains_key(*font))).collect();
            fonts.sort_by_cached_key(|(font, _)| hash128(font));
            let fonts: Vec<_> = fonts.into_iter().map(|(font, glyphs)| (font, glyphs.as_slice())).collect();
            let prelude = survey::prelude(&fonts, level, lang);
            if let Some(last) = own.iter().rev().find_map(|survey| survey.headings.last()) {
                level = last.level().get();
            }
            (prelude, i == 0, keys.get(range.clone()).unwrap_or_default().to_vec())
        })
        .collect();
    let settings = hash128(&(info, options));
    let part_keys: Vec<u128> = jobs.iter().map(|job| hash128(&(settings, job))).collect();
    let exported = made_alone(&part_keys, &kept.parts, |i| {
        let (Some((prelude, first, _)), Some(range)) = (jobs.get(i), ranges.get(i)) else { return Err(None) };
        let _span = timings::span("emit", format!("pages {} to {}", range.start + 1, range.end));
        let own = pages.get(range.clone()).unwrap_or_default().iter().cloned();
        let (set, without): (EcoVec<Page>, usize) = match first {
            true => (own.chain([prelude.clone()]).collect(), range.len()),
            false => ([prelude.clone()].into_iter().chain(own).collect(), 0),
        };
        let document = PagedDocument::new(set, info.clone());
        let bytes = typst_pdf::pdf(&document, options).map_err(Some)?;
        Part::read(bytes, without).ok_or(None)
    });
    let exported = match exported {
        Ok(exported) => exported,
        Err(Some(errors)) => return Err(errors),
        Err(None) => return Ok(None),
    };

    let shared = Shared::of(&exported, (FIRST_PAGE + pages.len() as u32 + 16).next_multiple_of(256));
    let heights: Vec<u32> = pages
        .iter()
        .map(|page| (page.frame.height() + page.bleed.top + page.bleed.bottom).to_pt() as f32)
        .map(f32::to_bits)
        .collect();
    let mut base = shared.end();
    let mut numbers = Vec::with_capacity(exported.len());
    for (part, range) in exported.iter().zip(&ranges) {
        if part.pages.len() != range.len() {
            return Ok(None);
        }
        let (shared, heights) = (shared.numbers(part), heights.clone());
        numbers.push(Numbers { base, first_page: range.start, shared, heights });
        base += encode::room(part);
    }
    let span = timings::span("emit", "number");
    let encoded_keys: Vec<u128> = part_keys.iter().zip(&numbers).map(|pair| hash128(&pair)).collect();
    let encoded = made(&encoded_keys, &kept.encoded, |i| {
        let (Some(part), Some(numbers)) = (exported.get(i), numbers.get(i)) else {
            return Err(encode::Stray);
        };
        encode::encode(part, numbers)
    });
    let Ok(encoded) = encoded else { return Ok(None) };
    drop(span);
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
        free: base,
    };
    let span = timings::span("emit", "join");
    let bytes = book.write().ok();
    drop((book, span));
    if let Ok(mut now) = parts.0.lock() {
        *now = Kept {
            surveys: keep(keys, &surveys),
            parts: keep(&part_keys, &exported),
            encoded: keep(&encoded_keys, &encoded),
        };
    }
    Ok(bytes)
}
