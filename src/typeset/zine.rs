//! Zines: a chapter's concepts in brief on eight small pages, printed on one side of one sheet, slit and folded.

use rayon::prelude::*;
use serde_json::{Value, json};
use typst::layout::{Frame, FrameItem, GroupItem, Point};
use typst_layout::PagedDocument;

use super::cheatsheets::first_sentence;
use super::compile::Job;
use super::handbook::info;
use super::press::{Press, Printed};
use super::sheets::{self, lines_only, page, size, transform, untagged};
use crate::pack::{Chapter, Concept, SectionItem};
use crate::plan::impose::Affine;
use crate::plan::impose::zine::{folds, page_size, slit, zine};
use crate::plan::length::{Line, Mm, Point as At, Size};
use crate::plan::stock::Paper;
use crate::vault::Finding;

/// Largest and smallest type, pt, and the steps between.
const CEILING: f64 = 9.5;
const FLOOR: f64 = 6.5;
const STEP: f64 = 0.25;
/// Pages of a zine.
const PAGES: usize = 8;
/// A chapter is parted into at most so many.
const MOST_PARTS: usize = 24;

/// A finished zine: one page to print.
pub struct Zine {
    /// `01-foundations`, or `01-foundations-2` where a chapter takes several.
    pub name: String,
    pub document: PagedDocument,
    /// Type size, pt.
    pub size: f64,
}

/// A section's title, and the concepts of it.
type Section<'a> = (Option<String>, Vec<&'a Concept>);

/// Typesets a zine of each chapter, or several where one does not hold it.
pub fn typeset(press: &Press, paper: Paper) -> Option<Vec<Zine>> {
    let chapters: Vec<&Chapter> = press.pack.chapters.iter().filter(|c| press.keeps_chapter(c)).collect();
    let zines: Vec<Option<Vec<Zine>>> =
        chapters.par_iter().map(|chapter| of_chapter(press, chapter, paper)).collect();
    Some(zines.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

fn sections<'a>(press: &Press<'a>, chapter: &'a Chapter) -> Vec<Section<'a>> {
    let mut sections = Vec::new();
    for section in &chapter.sections {
        let mut concepts = Vec::new();
        for item in &section.items {
            if let SectionItem::Table(table) = item {
                let rows = table.rows.iter().filter_map(|no| press.pack.concepts.get(no.0));
                concepts.extend(rows.filter(|c| press.keeps(c)));
            }
        }
        if !concepts.is_empty() {
            sections.push((section.title.as_ref().map(|t| t.plain.clone()), concepts));
        }
    }
    sections
}

/// The concepts in `parts` runs of nearly equal number; a section that goes on keeps its title.
fn parted<'a>(sections: &[Section<'a>], parts: usize) -> Vec<Vec<Section<'a>>> {
    let total: usize = sections.iter().map(|(_, concepts)| concepts.len()).sum();
    let mut out: Vec<Vec<Section>> = vec![Vec::new(); parts];
    let mut number = 0;
    for (title, concepts) in sections {
        for concept in concepts {
            let Some(part) = out.get_mut(number * parts / total.max(1)) else { continue };
            match part.last_mut() {
                Some((own, list)) if own == title => list.push(concept),
                _ => part.push((title.clone(), vec![concept])),
            }
            number += 1;
        }
    }
    out
}

fn of_chapter(press: &Press, chapter: &Chapter, paper: Paper) -> Option<Vec<Zine>> {
    let sections = sections(press, chapter);
    let total: usize = sections.iter().map(|(_, concepts)| concepts.len()).sum();
    if total == 0 {
        return Some(Vec::new());
    }
    for parts in 1..=total.min(MOST_PARTS) {
        let split = parted(&sections, parts);
        let fitted: Vec<Option<Fitted>> = split
            .iter()
            .enumerate()
            .map(|(n, part)| fit(press, chapter, part, (n, parts), paper))
            .collect::<Option<Vec<_>>>()?;
        // All parts in one size.
        if let Some(fitted) = fitted.into_iter().collect::<Option<Vec<Fitted>>>() {
            let zines = fitted.into_iter().enumerate().map(|(n, fitted)| {
                let number = if parts > 1 { format!("-{}", n + 1) } else { String::new() };
                let name = format!("{:02}-{}{number}", chapter.number, chapter.slug);
                let document = imposed(press, chapter, paper, &fitted.pages, &name)?;
                Some(Zine { name, document, size: fitted.size })
            });
            return zines.collect();
        }
    }
    let message = format!("the chapter “{}” does not fit into {MOST_PARTS} zines", chapter.title);
    press.report(
        Finding::error("zine-full", None, message).hint("shorten the briefs, or print it as a booklet"),
    );
    None
}

/// Pages that are not more than eight.
struct Fitted {
    pages: Vec<Frame>,
    size: f64,
}

/// The largest type that fits; `Some(None)` where even the smallest does not.
fn fit(
    press: &Press,
    chapter: &Chapter,
    sections: &[Section],
    part: (usize, usize),
    paper: Paper,
) -> Option<Option<Fitted>> {
    let steps = ((CEILING - FLOOR) / STEP).round() as usize;
    let size_of = |step: usize| FLOOR + STEP * step as f64;
    let pages = |step: usize| {
        let document = compile(press, chapter, sections, part, paper, size_of(step), 0)?;
        Some(document.pages().len())
    };
    if pages(0)? > PAGES {
        return Some(None);
    }
    // Pages do not become fewer as type grows.
    let (mut low, mut high) = (0, steps + 1);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if pages(middle)? <= PAGES { low = middle } else { high = middle }
    }
    let blank = PAGES.saturating_sub(pages(low)?);
    let document = compile(press, chapter, sections, part, paper, size_of(low), blank)?;
    let pages: Vec<Frame> = document.pages().iter().map(|p| untagged(&p.frame)).collect();
    Some(Some(Fitted { pages, size: size_of(low) }))
}

fn compile(
    press: &Press,
    chapter: &Chapter,
    sections: &[Section],
    (n, parts): (usize, usize),
    paper: Paper,
    size: f64,
    blank: usize,
) -> Option<PagedDocument> {
    let page = page_size(paper.size().turned());
    let entry = |concept: &&Concept| {
        let brief = (!concept.brief.plain.is_empty()).then(|| press.text(&concept.brief, Printed::Plain));
        json!({ "name": concept.name, "text": brief })
    };
    let sections: Vec<Value> = sections
        .iter()
        .map(|(title, concepts)| json!({ "title": title, "entries": concepts.iter().map(entry).collect::<Vec<_>>() }))
        .collect();
    let promise = chapter.intro.as_ref().map(|t| first_sentence(&t.plain, 140)).unwrap_or_default();
    // Mono type of 0.6 em a column, inside the margins and the tint's inset.
    let columns = (((page.width.0 - 14.0) / 0.3528 - size) / (size * 0.82 * 0.6)).floor().max(16.0) as usize;
    let data = json!({
        "title": chapter.title, "hue": chapter.number, "promise": promise, "sections": sections, "size": size,
        "width": page.width.0, "height": page.height.0, "blank": blank, "code-columns": columns,
        "part": (parts > 1).then(|| format!("{}/{parts}", n + 1)),
    });
    let path = format!("/data/zine/{}-{n}.json", chapter.number);
    let job = Job {
        name: format!("/data/zine/{}-{n}.typ", chapter.number),
        main: format!(
            "#import \"/layouts/zine.typ\" as small\n#small.zine(json(\"/data/settings.json\"), json(\"{path}\"))\n"
        ),
        data: vec![(path, data)],
    };
    press.compile(&job)
}

/// The pages on their sheet, with the slit and where to fold.
fn imposed(
    press: &Press,
    chapter: &Chapter,
    paper: Paper,
    pages: &[Frame],
    name: &str,
) -> Option<PagedDocument> {
    let sheet = paper.size().turned();
    let own = page_size(sheet);
    let mut lines: Vec<(Line, &str)> = vec![(slit(sheet), "mark")];
    lines.extend(folds(sheet).iter().flat_map(|fold| ends(fold, sheet)).map(|line| (line, "fold")));
    let over = sheets::typeset(press, &format!("zine-{name}"), &[lines_only(sheet, &lines)])?;
    let mut frame = Frame::hard(size(sheet));
    for place in zine(sheet) {
        let Some(content) = pages.get(place.page - 1) else { continue };
        let mut group = GroupItem::new(content.clone());
        group.transform = transform(&Affine::place(own, place.centre, place.turn));
        frame.push(Point::zero(), FrameItem::Group(group));
    }
    for over in over {
        frame.push_frame(Point::zero(), over);
    }
    let pages = [page(frame, 0)];
    Some(PagedDocument::new(pages.into_iter().collect(), info(press, &chapter.title)))
}

/// A fold shows at its ends on the sheet's edge, 5 to 9 mm in, where a printer can print and nobody reads.
fn ends(fold: &Line, sheet: Size) -> Vec<Line> {
    let upright = (fold.from.x - fold.to.x).abs() < Mm(1e-6);
    let tick = |from: f64, to: f64| {
        let at = |d: f64| match upright {
            true => At { x: fold.from.x, y: Mm(d) },
            false => At { x: Mm(d), y: fold.from.y },
        };
        Line::new(at(from), at(to))
    };
    let length = if upright { sheet.height.0 } else { sheet.width.0 };
    let (first, last) = if upright { (fold.from.y.0, fold.to.y.0) } else { (fold.from.x.0, fold.to.x.0) };
    let mut ticks = Vec::new();
    if first < 1e-6 {
        ticks.push(tick(5.0, 9.0));
    }
    if (last - length).abs() < 1e-6 {
        ticks.push(tick(length - 9.0, length - 5.0));
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_shown_at_the_edges_only() {
        let sheet = Paper::A4.size().turned();
        let ticks: Vec<Line> = folds(sheet).iter().flat_map(|fold| ends(fold, sheet)).collect();
        // Three upright folds with two ends each, and the two outer ends of the middle one.
        assert_eq!(ticks.len(), 8);
        assert!(ticks.iter().all(|t| (t.length().0 - 4.0).abs() < 1e-9));
    }
}
