//! Cheatsheets: for each chapter and for the pack, the largest type that fills exactly the pages asked for.

use rayon::prelude::*;
use serde_json::{Value, json};
use typst::layout::{Frame, FrameItem};
use typst_layout::PagedDocument;

use super::compile::Job;
use super::handbook::info;
use super::press::{Press, Printed};
use crate::pack::{Chapter, Concept, ConceptNo, PartKind, SectionItem};

/// What a sheet must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SheetOptions {
    /// Pages of a chapter's sheet.
    pub pages: usize,
    /// Pages of the pack's sheet.
    pub pack_pages: usize,
    /// Smallest type, pt.
    pub floor: f64,
    /// `None` tries both.
    pub landscape: Option<bool>,
}

impl Default for SheetOptions {
    fn default() -> Self {
        Self { pages: 2, pack_pages: 2, floor: 6.5, landscape: None }
    }
}

/// Largest type that is tried, pt: beyond it a sheet looks like a poster.
const CEILING: f64 = 14.0;
/// Steps between sizes, pt.
const STEP: f64 = 0.1;

/// A finished sheet.
pub struct Sheet {
    /// `01-foundations`, or `all`.
    pub name: String,
    pub document: PagedDocument,
    /// Type size, pt.
    pub size: f64,
    /// Entries that had no room at the floor.
    pub dropped: Vec<ConceptNo>,
}

/// Heading, chapter's number (which chooses its hue), entries.
type DraftSection<'a> = (String, usize, Vec<(ConceptNo, &'a Concept)>);

/// One sheet's content before its size is known.
struct Draft<'a> {
    name: String,
    title: String,
    promise: String,
    hue: usize,
    pages: usize,
    sections: Vec<DraftSection<'a>>,
}

/// Typesets all sheets in parallel.
pub fn typeset(press: &Press, options: &SheetOptions) -> Option<Vec<Sheet>> {
    let chapters: Vec<&Chapter> = press.pack.chapters.iter().filter(|c| press.keeps_chapter(c)).collect();
    let mut drafts: Vec<Draft> = chapters.iter().map(|c| chapter_draft(press, c, options.pages)).collect();
    if drafts.len() > 1 {
        drafts.push(pack_draft(press, &chapters, options.pack_pages));
    }
    drafts.retain(|d| d.sections.iter().any(|s| !s.2.is_empty()));
    drafts.par_iter().map(|draft| fit(press, draft, options)).collect()
}

fn chapter_draft<'a>(press: &Press<'a>, chapter: &'a Chapter, pages: usize) -> Draft<'a> {
    let sections = chapter.sections.iter().map(|section| {
        let title = section.title.as_ref().map_or_else(|| chapter.title.clone(), |t| t.plain.clone());
        let mut entries = Vec::new();
        for item in &section.items {
            if let SectionItem::Table(table) = item {
                let rows = table.rows.iter().filter_map(|no| Some((*no, press.pack.concepts.get(no.0)?)));
                entries.extend(rows.filter(|(_, c)| press.keeps(c)));
            }
        }
        (title, chapter.number, entries)
    });
    Draft {
        name: format!("{:02}-{}", chapter.number, chapter.slug),
        title: chapter.title.clone(),
        promise: chapter.intro.as_ref().map(|t| first_sentence(&t.plain, 96)).unwrap_or_default(),
        hue: chapter.number,
        pages,
        sections: sections.filter(|s| !s.2.is_empty()).collect(),
    }
}

fn pack_draft<'a>(press: &Press<'a>, chapters: &[&'a Chapter], pages: usize) -> Draft<'a> {
    let sections = chapters.iter().map(|chapter| {
        let mut entries: Vec<(ConceptNo, &Concept)> = Vec::new();
        for section in chapter_draft(press, chapter, 1).sections {
            entries.extend(section.2);
        }
        (chapter.title.clone(), chapter.number, entries)
    });
    Draft {
        name: "all".into(),
        title: press.pack.title.clone(),
        promise: press.pack.subtitle.clone().unwrap_or_default(),
        hue: 1,
        pages,
        sections: sections.collect(),
    }
}

/// The first sentence, cut at a word where it is longer than `most` characters.
pub(super) fn first_sentence(text: &str, most: usize) -> String {
    let end = text.find(". ").map_or(text.len(), |i| i + 1);
    let sentence = text[..end].trim();
    if sentence.chars().count() <= most {
        return sentence.into();
    }
    let cut: String = sentence.chars().take(most).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{} …", cut.trim_end_matches([',', ';', ':', '–', '—']))
}

/// Largest size whose pages are not more than asked for; at the floor, entries go until it fits.
fn fit(press: &Press, draft: &Draft, options: &SheetOptions) -> Option<Sheet> {
    let shapes: &[(bool, usize)] = match options.landscape {
        Some(true) => &[(true, 4), (true, 3)],
        Some(false) => &[(false, 3), (false, 2)],
        None => &[(true, 4), (false, 3), (true, 3), (false, 2)],
    };
    let steps = ((CEILING - options.floor) / STEP).round().max(0.0) as usize;
    let size_of = |step: usize| options.floor + STEP * step as f64;
    let mut best: Option<(usize, (bool, usize), PagedDocument)> = None;
    for shape in shapes {
        let from = best.as_ref().map_or(0, |(step, ..)| step + 1);
        // A second shape is only worth a search if it takes larger type than the first.
        let first = if from == 0 { guess(draft, steps, &size_of) } else { from };
        let found = search(from, steps, first, |step| {
            let document = compile(press, draft, size_of(step), *shape, &[])?;
            let used = pages_used(&document, shape.1);
            let fits = document.pages().len() <= draft.pages;
            // Type of size s takes room as s²; the next guess is the size that would just fill the pages.
            let ideal = size_of(step) * (draft.pages as f64 / used.max(0.05)).sqrt();
            let next = ((ideal - options.floor) / STEP).floor().max(0.0) as usize;
            Some((fits.then_some(document), next))
        })?;
        if let Some((step, document)) = found {
            best = Some((step, *shape, document));
        }
    }
    if let Some((step, _, document)) = best {
        return Some(finish(press, draft, document, size_of(step), Vec::new()));
    }
    // Even the floor is too large: the least wanted entries go, the fewest that do.
    let order = drop_order(draft);
    let shape = *shapes.first()?;
    let (mut low, mut high) = (0, order.len());
    let mut fitting = None;
    while high - low > 1 {
        let middle = (low + high) / 2;
        let trial = compile(press, draft, options.floor, shape, &order[..middle])?;
        if trial.pages().len() <= draft.pages {
            high = middle;
            fitting = Some(trial);
        } else {
            low = middle;
        }
    }
    let dropped = order[..high].to_vec();
    let document = match fitting {
        Some(document) => document,
        None => compile(press, draft, options.floor, shape, &dropped)?,
    };
    Some(finish(press, draft, document, options.floor, dropped))
}

/// The largest step in `from..=most` that fits, if the pages do not become fewer as the type grows.
///
/// `try_step` gives what fits, and a guess for the answer; the guesses lead there in about three tries where halving the
/// interval takes six. The outer `None` is `try_step`'s.
fn search<T>(
    from: usize,
    most: usize,
    first: usize,
    mut try_step: impl FnMut(usize) -> Option<(Option<T>, usize)>,
) -> Option<Option<(usize, T)>> {
    let (mut low, mut high): (Option<(usize, T)>, usize) = (None, most + 1);
    let mut guess = first;
    loop {
        let least = low.as_ref().map_or(from, |(step, _)| step + 1);
        if least >= high {
            return Some(low);
        }
        let step = guess.clamp(least, high - 1);
        let (fitting, next) = try_step(step)?;
        match fitting {
            Some(value) => low = Some((step, value)),
            None => high = step,
        }
        guess = next;
    }
}

/// A first guess: a character takes half an em by 1.3 em, and columns are never quite full.
fn guess(draft: &Draft, steps: usize, size_of: &impl Fn(usize) -> f64) -> usize {
    let entries = draft.sections.iter().flat_map(|s| &s.2);
    let characters: usize = entries.map(|(_, c)| c.name.chars().count() + entry_length(c) + 12).sum();
    let area = draft.pages as f64 * 190.0 * 265.0 / (0.3528 * 0.3528);
    let fits = |step: usize| size_of(step).powi(2) * 0.64 * characters as f64 <= area;
    (0..=steps).rev().find(|step| fits(*step)).unwrap_or(0)
}

fn entry_length(concept: &Concept) -> usize {
    let own = concept.parts.iter().find(|p| p.kind == PartKind::Cheatsheet && !p.body.plain.is_empty());
    own.map_or(concept.brief.plain.chars().count(), |p| p.body.plain.chars().count() + 40)
}

/// Pages with the last counted by how full its columns are.
fn pages_used(document: &PagedDocument, columns: usize) -> f64 {
    let pages = document.pages();
    let Some(last) = pages.last() else { return 0.0 };
    let width = last.frame.width().to_pt() / columns as f64;
    let mut depth = vec![0.0f64; columns];
    text_depth(&last.frame, 0.0, 0.0, &mut |x, y| {
        let column = ((x / width) as usize).min(columns - 1);
        depth[column] = depth[column].max(y);
    });
    // Head and margins are about an eighth of the page.
    let (top, area) = (19.0 * 72.0 / 25.4, last.frame.height().to_pt() - 28.0 * 72.0 / 25.4);
    let full: f64 = depth.iter().map(|d| ((d - top) / area).clamp(0.0, 1.0)).sum();
    (pages.len() - 1) as f64 + full / columns as f64
}

fn text_depth(frame: &Frame, x: f64, y: f64, seen: &mut impl FnMut(f64, f64)) {
    for (pos, item) in frame.items() {
        let (x, y) = (x + pos.x.to_pt(), y + pos.y.to_pt());
        match item {
            FrameItem::Text(_) => seen(x, y),
            FrameItem::Group(group) => text_depth(&group.frame, x, y, seen),
            _ => {}
        }
    }
}

fn finish(
    press: &Press,
    draft: &Draft,
    mut document: PagedDocument,
    size: f64,
    dropped: Vec<ConceptNo>,
) -> Sheet {
    *document.info_mut() = info(press, &format!("{} · {}", press.word("cheatsheet"), draft.title));
    Sheet { name: draft.name.clone(), document, size, dropped }
}

/// Least wanted first: low priority, then few links to it, then late in the book.
fn drop_order(draft: &Draft) -> Vec<ConceptNo> {
    let mut order: Vec<(ConceptNo, &Concept)> =
        draft.sections.iter().flat_map(|s| s.2.iter().copied()).collect();
    order
        .sort_by_key(|(no, c)| (std::cmp::Reverse(c.priority), c.mentioned_by.len(), std::cmp::Reverse(*no)));
    order.into_iter().map(|(no, _)| no).collect()
}

fn compile(
    press: &Press,
    draft: &Draft,
    size: f64,
    shape: (bool, usize),
    dropped: &[ConceptNo],
) -> Option<PagedDocument> {
    let (landscape, columns) = shape;
    let (width, height) = press.paper_mm();
    let width = if landscape { height.max(width) } else { width.min(height) };
    let column_mm = (width - 20.0 - 5.0 * (columns as f64 - 1.0)) / columns as f64;
    // Columns of mono type at 0.86 of the size, 0.6 em each, inside the tint's inset.
    let code_columns = ((column_mm / 0.3528 - size) / (size * 0.86 * 0.6)).floor().max(16.0) as usize;
    let sections: Vec<Value> = draft
        .sections
        .iter()
        .map(|(title, hue, entries)| {
            let entries: Vec<Value> = entries
                .iter()
                .filter(|(no, _)| !dropped.contains(no))
                .map(|(_, concept)| entry(press, concept))
                .collect();
            json!({ "title": title, "hue": hue, "entries": entries })
        })
        .filter(|s| s["entries"].as_array().is_some_and(|e| !e.is_empty()))
        .collect();
    let names: Vec<Value> = dropped
        .iter()
        .filter_map(|no| press.pack.concepts.get(no.0))
        .map(|c| json!({ "name": c.name, "number": c.number }))
        .collect();
    let data = json!({
        "title": draft.title, "promise": draft.promise, "hue": draft.hue, "pages": draft.pages, "sections": sections,
        "size": (size * 10.0).round() / 10.0, "columns": columns, "landscape": landscape,
        "code-columns": code_columns, "dropped": names,
    });
    let path = format!("/data/cheatsheets/{}.json", draft.name);
    let job = Job {
        name: format!("/data/cheatsheets/{}.typ", draft.name),
        main: format!(
            "#import \"/layouts/cheatsheet.typ\" as sheet\n#sheet.sheet(json(\"/data/settings.json\"), json(\"{path}\"))\n"
        ),
        data: vec![(path, data)],
    };
    press.compile(&job)
}

/// Name and brief, or what the note's own `## Cheatsheet` section says.
fn entry(press: &Press, concept: &Concept) -> Value {
    let own = concept.parts.iter().find(|p| p.kind == PartKind::Cheatsheet && !p.body.plain.is_empty());
    let brief = (!concept.brief.plain.is_empty()).then(|| press.text(&concept.brief, Printed::Plain));
    match own {
        Some(part) => {
            json!({ "name": concept.name, "text": null, "body": press.text(&part.body, Printed::Plain) })
        }
        None => json!({ "name": concept.name, "text": brief, "body": null }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_what_brute_force_finds() {
        for most in 0..30 {
            for limit in 0..=most + 1 {
                for first in 0..=most {
                    for wrong in [0, 1, 7, 100] {
                        let mut tries = 0;
                        let found = search(0, most, first, |step| {
                            tries += 1;
                            Some(((step < limit).then_some(()), limit.saturating_sub(1) + wrong))
                        });
                        let brute = (0..=most).rev().find(|step| *step < limit);
                        assert_eq!(
                            found.unwrap().map(|(step, ())| step),
                            brute,
                            "most {most}, limit {limit}"
                        );
                        assert!(tries <= most + 1);
                    }
                }
            }
        }
    }

    #[test]
    fn a_promise_is_one_sentence_at_most() {
        assert_eq!(first_sentence("How Python runs. More of it.", 90), "How Python runs.");
        assert_eq!(first_sentence("A long, long sentence that goes on", 12), "A long …");
    }
}
