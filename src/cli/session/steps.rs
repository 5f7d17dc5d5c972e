//! The steps of one document: laid out, then written.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use rayon::prelude::*;

use super::product::{Pages, Product, Work, product};
use super::report::failed;
use super::{Built, Onlooker, State, View};
use crate::cli::{Failure, calendar};
use crate::emit::manifest::{self, Entry, Manifest};
use crate::emit::pdf::Standard;
use crate::emit::viewer::Preferences;
use crate::emit::{look, parts, pdf, png, write};
use crate::timings;
use crate::typeset::sheets;
use crate::vault::config::Document;

/// How far a document has come.
#[expect(clippy::large_enum_variant, reason = "there is one for each document of a build")]
pub(super) enum Step {
    LaidOut(Box<Product>, Duration),
    Done(Built, Option<Entry>),
}

/// A step's result; what ends the build is kept in `usage`.
pub(super) fn settle(
    usage: &Mutex<Option<Failure>>,
    document: Document,
    result: Result<Option<Step>, Failure>,
) -> Step {
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
pub(super) fn lay_out(
    work: &Work,
    document: Document,
    onlooker: &dyn Onlooker,
) -> Result<Option<Product>, Failure> {
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
pub(super) fn write_files(
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
    let page_keys: Vec<Vec<u128>> = product
        .files
        .iter()
        .map(|file| match &file.1 {
            Pages::Book(pages, _) => parts::keys(pages),
            Pages::Document(_) => Vec::new(),
        })
        .collect();
    let page_hash = || {
        let _span = timings::span("emit", format!("hash {}", document.name()));
        // Tags say what elements are, in more ways than pages show.
        let hash = |((_, pages, standard, _), keys): (
            &(String, Pages, Standard, Preferences),
            &Vec<u128>,
        )| match (pages, standard) {
            (Pages::Book(_, info), _) => typst::utils::hash128(&(keys, info)),
            (Pages::Document(document), Standard::Plain) => look::of(document),
            (Pages::Document(document), _) => typst::utils::hash128(document),
        };
        let hashes: Vec<u128> = product.files.par_iter().zip(&page_keys).map(hash).collect();
        manifest::key(&(
            hashes,
            pages,
            &product.raw,
            options.png.map(f64::to_bits),
            env!("CARGO_PKG_VERSION"),
        ))
    };
    let ident = |path: &str| format!("{}/{path}", press.pack.title);
    let export = || -> Vec<Option<(String, Vec<u8>)>> {
        let files = product.files.par_iter().zip(&page_keys);
        let files = files.map(|((path, pages, standard, preferences), keys)| {
            let _span = timings::span("emit", path.clone());
            let (ident, date) = (ident(path), press.pack.date);
            let pdf = || match pages {
                Pages::Book(pages, info) => pdf::export_book(pages, keys, info, &ident, date, work.parts),
                Pages::Document(document) => pdf::export(document, &ident, date, *standard, preferences),
            };
            match rayon::join(pdf, || press.check_glyphs(pages.pages())).0 {
                Ok(bytes) => Some((path.clone(), bytes)),
                Err(errors) => {
                    errors.iter().for_each(|error| press.diagnose(path, error));
                    None
                }
            }
        });
        files.collect()
    };
    let before = old.documents.get(document.name());
    // Files that stand with the same pages are right; else the hash is for the next build, and keeps nobody waiting.
    let standing = before.filter(|b| {
        let mut paths = product.files.iter().map(|f| &f.0).chain(product.raw.iter().map(|f| &f.0));
        !options.force
            && !product.changed
            && paths.all(|path| b.files.contains_key(path))
            && old.stands(&options.out, document.name(), &b.key)
    });
    let entry = |pages_hash| Entry {
        key: key.to_owned(),
        pages: pages_hash,
        files: BTreeMap::new(),
        page_count: pages,
    };
    let (mut entry, exported) = match standing {
        Some(standing) => {
            let mut entry = entry(page_hash());
            if standing.pages == entry.pages {
                entry.files = standing.files.clone();
                let bytes = entry.files.values().sum();
                return Ok(Some((built(State::Unchanged, pages, bytes), entry)));
            }
            (entry, export())
        }
        None => {
            let (exported, hash) = rayon::join(export, page_hash);
            (entry(hash), exported)
        }
    };
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
