//! Cheatsheets: for each chapter and for the pack, the largest type that fills exactly the pages asked for.
//!
//! Every entry is a block that stays whole. Blocks are typeset in a column as wide as a sheet's would be; how they go into
//! columns is the plan's (`plan::cheatsheet::fit`); the frames that were measured are those that are printed.

mod blocks;
mod draft;
mod pages;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use rayon::prelude::*;
use typst::layout::Frame;
use typst_layout::PagedDocument;

use self::blocks::{Measured, measure, not_shown};
use self::draft::Draft;
pub(super) use self::draft::first_sentence;
use self::pages::Format;
use super::handbook;
use super::press::Press;
use crate::pack::{Chapter, ConceptNo};
use crate::plan::cheatsheet::fit::{self, Arrangement, Block, Choice};
use crate::plan::cheatsheet::{Entry, keep};
use crate::vault::Finding;

/// What a sheet must be.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetOptions {
    /// Pages of a chapter's sheet.
    pub pages: usize,
    /// Pages of the pack's sheet.
    pub pack_pages: usize,
    /// Smallest type, pt.
    pub floor: f64,
    /// `None` tries both.
    pub landscape: Option<bool>,
    /// Four panels a page, to be folded twice.
    pub pocket: bool,
    /// What the QR code in the head says.
    pub qr: Option<String>,
    /// The handbook whose pages are named.
    pub book: handbook::Options,
}

impl Default for SheetOptions {
    fn default() -> Self {
        Self {
            pages: 2,
            pack_pages: 2,
            floor: 6.5,
            landscape: None,
            pocket: false,
            qr: None,
            book: handbook::Options::default(),
        }
    }
}

/// Largest type that is tried, pt: beyond it a sheet looks like a poster.
pub const CEILING: f64 = 13.0;
/// Steps between sizes, pt.
pub const STEP: f64 = 0.1;

/// A finished sheet.
pub struct Sheet {
    /// `01-foundations`, or `all`.
    pub name: String,
    pub document: PagedDocument,
    /// Type size, pt.
    pub size: f64,
    /// How full the last column is, from 0 to 1.
    pub fill: f64,
    /// Entries that had no room at the floor, with their pages in the handbook.
    pub dropped: Vec<(ConceptNo, Option<String>)>,
}

/// Sizes that are tried, pt, ascending.
pub fn sizes(floor: f64) -> Vec<f64> {
    let steps = ((CEILING - floor) / STEP).round().max(0.0) as usize;
    (0..=steps).map(|step| ((floor + STEP * step as f64) * 100.0).round() / 100.0).collect()
}

/// Typesets all sheets in parallel. `None` when the compiler reported errors, which are in the press's findings.
pub fn typeset(press: &Press, options: &SheetOptions) -> Option<Vec<Sheet>> {
    finish_all(press, &search(press, options)?, options)
}

/// Sheets whose type is found, before their pages are made.
pub struct Searched<'a>(Vec<Fit<'a>>);

/// Finds the type of all sheets, in parallel.
pub fn search<'a>(press: &Press<'a>, options: &SheetOptions) -> Option<Searched<'a>> {
    let chapters: Vec<&Chapter> = press.pack.chapters.iter().filter(|c| press.keeps_chapter(c)).collect();
    let mut drafts: Vec<Draft> =
        chapters.iter().map(|c| Draft::of_chapter(press, c, options.pages)).collect();
    if drafts.len() > 1 {
        drafts.push(Draft::of_pack(press, &chapters, options.pack_pages));
    }
    drafts.retain(|d| !d.entries().is_empty());
    // The longest first, so that no core is left alone with it.
    drafts.sort_by_key(|d| std::cmp::Reverse(d.entries().len()));
    let formats = pages::formats(press, options);
    let fitted: Option<Vec<Fit>> =
        drafts.into_par_iter().map(|draft| fit_one(press, draft, &formats, options)).collect();
    let mut fitted = fitted?;
    fitted.sort_by(|a, b| a.draft.name.cmp(&b.draft.name));
    Some(Searched(fitted))
}

/// Makes the sheets' pages, in parallel. A sheet that leaves something out needs the handbook's page numbers: unless the
/// handbook was typeset before, it is now.
fn finish_all(press: &Press, searched: &Searched, options: &SheetOptions) -> Option<Vec<Sheet>> {
    let fitted = &searched.0;
    if fitted.iter().any(|f| f.found.is_none()) && press.folios().is_none() {
        handbook::typeset(press, options.book)?;
    }
    let none = HashMap::new();
    let folios = press.folios().unwrap_or(&none);
    let formats = pages::formats(press, options);
    fitted.par_iter().map(|f| finish(press, f, &formats, options, folios)).collect()
}

/// A sheet whose size is known, or known to be the floor with too much on it.
struct Fit<'a> {
    draft: Draft<'a>,
    found: Option<(Choice, Measured)>,
    /// Where nothing fits: the format that lacks least, measured at the floor.
    floor: Option<(usize, Measured)>,
}

fn fit_one<'a>(
    press: &Press,
    draft: Draft<'a>,
    formats: &[Format],
    options: &SheetOptions,
) -> Option<Fit<'a>> {
    let mut fit = try_fit(press, draft, formats, options)?;
    // The pack's sheet says less of each before it leaves any out, and every sheet moves its lines together.
    if fit.found.is_none() && fit.draft.may_be_terse() {
        fit = try_fit(press, fit.draft.terse(), formats, options)?;
    }
    if fit.found.is_none() {
        fit = try_fit(press, fit.draft.tight(), formats, options)?;
    }
    if fit.found.is_none() {
        fit.floor = at_floor(press, &fit.draft, formats, options);
    }
    Some(fit)
}

/// The format that lacks least at the floor, and the blocks measured in it.
fn at_floor(
    press: &Press,
    draft: &Draft,
    formats: &[Format],
    options: &SheetOptions,
) -> Option<(usize, Measured)> {
    let measured: Option<Vec<(f64, usize, Measured)>> = formats
        .par_iter()
        .enumerate()
        .map(|(index, format)| {
            let measured = measure(press, draft, format.column_width(), options.floor)?;
            let room: f64 = format.arrangement(draft.pages).rooms.iter().sum::<f64>() / options.floor;
            Some((fit::height(&measured.blocks) / room, index, measured))
        })
        .collect();
    let best = measured?.into_iter().min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    best.map(|(_, index, measured)| (index, measured))
}

fn try_fit<'a>(
    press: &Press,
    draft: Draft<'a>,
    formats: &[Format],
    options: &SheetOptions,
) -> Option<Fit<'a>> {
    let sizes = sizes(options.floor);
    let arrangements: Vec<Arrangement> = formats.iter().map(|f| f.arrangement(draft.pages)).collect();
    let memory: RefCell<HashMap<(usize, usize), Measured>> = RefCell::default();
    let take = |choice: Choice| -> Option<Measured> {
        if let Some(known) = memory.borrow().get(&(choice.arrangement, choice.size)) {
            return Some(known.clone());
        }
        let width = formats.get(choice.arrangement)?.column_width();
        let measured = measure(press, &draft, width, *sizes.get(choice.size)?)?;
        memory.borrow_mut().insert((choice.arrangement, choice.size), measured.clone());
        Some(measured)
    };
    let found = fit::search(&sizes, &arrangements, |choice| take(choice).map(|m| m.blocks))?;
    if let Some(choice) = found {
        let measured = take(choice)?;
        return Some(Fit { draft, found: Some((choice, measured)), floor: None });
    }
    Some(Fit { draft, found: None, floor: None })
}

fn finish(
    press: &Press,
    fit: &Fit,
    formats: &[Format],
    options: &SheetOptions,
    folios: &HashMap<String, String>,
) -> Option<Sheet> {
    let draft = &fit.draft;
    let (format, size, measured, dropped, note) = match (&fit.found, &fit.floor) {
        (Some((choice, measured)), _) => {
            let size = *sizes(options.floor).get(choice.size)?;
            (formats.get(choice.arrangement)?, size, measured.clone(), Vec::new(), None)
        }
        (None, Some((index, measured))) => {
            let format = formats.get(*index)?;
            let (measured, dropped, note) = drop(press, draft, format, measured, options.floor, folios)?;
            (format, options.floor, measured, dropped, note)
        }
        (None, None) => return None,
    };
    let (mut blocks, mut frames): (Vec<Block>, Vec<Frame>) = (measured.blocks, measured.frames);
    if let Some((block, frame)) = note {
        blocks.push(block);
        frames.push(frame);
    }
    let rooms: Vec<f64> = format.arrangement(draft.pages).rooms.iter().map(|room| room / size).collect();
    let Some(columns) = fit::balance(&blocks, &rooms) else {
        let message = format!("the cheatsheet `{}` does not go into its columns", draft.name);
        press.report(Finding::error("typeset", None, message));
        return None;
    };
    let last = columns.iter().zip(&rooms).rfind(|(column, _)| !column.is_empty());
    let fill = last.map_or(0.0, |(column, room)| fit::height(&blocks[column.clone()]) / room);
    let document = pages::document(press, draft, format, options, size, (&blocks, &frames, &columns))?;
    let dropped = dropped
        .into_iter()
        .map(|no| {
            let folio = press.pack.concepts.get(no.0).and_then(|c| folios.get(&handbook::key(c)));
            (no, folio.cloned())
        })
        .collect();
    Some(Sheet { name: draft.name.clone(), document, size, fill, dropped })
}

/// What is left of a sheet, what is not, and the block that says so.
type Dropped = (Measured, Vec<ConceptNo>, Option<(Block, Frame)>);

/// At the floor, entries go until the rest fits together with the list of what went.
fn drop(
    press: &Press,
    draft: &Draft,
    format: &Format,
    measured: &Measured,
    size: f64,
    folios: &HashMap<String, String>,
) -> Option<Dropped> {
    let all = draft.entries();
    let place: HashMap<ConceptNo, usize> = all.iter().enumerate().map(|(i, e)| (e.no, i)).collect();
    let rooms: Vec<f64> = format.arrangement(draft.pages).rooms.iter().map(|room| room / size).collect();
    let tallest = rooms.iter().copied().fold(0.0, f64::max);
    // What does not fit with its heading into empty columns has no place at all.
    let too_high = |i: usize| {
        let own: Vec<Block> =
            draft.blocks_of(&[i]).iter().filter_map(|i| measured.blocks.get(*i).copied()).collect();
        !fit::fits(&own, &vec![tallest; rooms.len()])
    };
    let able: Vec<usize> = (0..all.len()).filter(|i| !too_high(*i)).collect();
    let entries: Vec<Entry> = able
        .iter()
        .filter_map(|i| press.pack.concepts.get(all.get(*i)?.no.0))
        .map(|concept| Entry {
            priority: concept.priority,
            links: concept
                .mentioned_by
                .iter()
                .filter_map(|no| place.get(no))
                .filter_map(|i| able.binary_search(i).ok())
                .collect(),
        })
        .collect();
    let failed = Cell::new(false);
    let trial = |kept: &[usize]| -> Option<Dropped> {
        let kept: Vec<usize> = kept.iter().filter_map(|i| able.get(*i).copied()).collect();
        let gone: Vec<ConceptNo> = all
            .iter()
            .enumerate()
            .filter(|(i, _)| kept.binary_search(i).is_err())
            .map(|(_, e)| e.no)
            .collect();
        let some = draft.blocks_of(&kept);
        let left = Measured {
            blocks: some.iter().filter_map(|i| measured.blocks.get(*i).copied()).collect(),
            frames: some.iter().filter_map(|i| measured.frames.get(*i).cloned()).collect(),
        };
        let note = if gone.is_empty() {
            None
        } else {
            match not_shown(press, draft, format.column_width(), size, &gone, folios) {
                Some(note) => Some(note),
                None => {
                    failed.set(true);
                    return None;
                }
            }
        };
        Some((left, gone, note))
    };
    let holds = |(left, _, note): &Dropped| {
        let mut blocks = left.blocks.clone();
        blocks.extend(note.iter().map(|(block, _)| *block));
        fit::fits(&blocks, &rooms)
    };
    let mut kept = keep(&entries, |kept| trial(kept).is_some_and(|t| holds(&t))).kept;
    // The list of what went is part of the sheet: should it grow faster than entries go, more go.
    loop {
        let found = trial(&kept);
        match found {
            Some(found) if holds(&found) || kept.is_empty() => return (!failed.get()).then_some(found),
            _ if failed.get() || kept.is_empty() => return None,
            _ => kept = keep(&entries, |other| other.len() < kept.len()).kept,
        }
    }
}

#[cfg(test)]
mod tests;
