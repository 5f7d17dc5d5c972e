//! The margin: what is looked up, not read. Its notes are compiled apart and placed beside their entries.

use std::collections::HashMap;

use rayon::prelude::*;
use serde_json::{Value, json};
use typst::foundations::Label;
use typst::layout::{Abs, Frame, Point};
use typst::utils::PicoStr;

use super::{Maker, Options, Stretch, blank, key, numbering};
use crate::pack::{Concept, PartKind};
use crate::plan::length::{Mm, Size};
use crate::plan::margin::{self, Wish};
use crate::typeset::assemble::{Digits, Place, Places};
use crate::typeset::binding::{Draft, MarginNote};
use crate::typeset::compile::Job;
use crate::typeset::press::{Press, Printed};

/// Lengths of the page that the assembly needs, pt: the layout says them by the sizes of its probe's pages.
pub(super) struct Geometry {
    /// Of the text area.
    pub top: f64,
    /// The text area's height.
    pub area: f64,
    /// Left edge of the margin column on rectos and on versos; `None` where notes follow their entries.
    pub margin: Option<[f64; 2]>,
    /// Left edges of the text on rectos and on versos.
    pub text: [f64; 2],
    /// Text and margin columns with the gap between them.
    pub full: f64,
    /// Distance of lines.
    pub unit: f64,
}

/// Distance of lines for which small type is made that does not follow the theme, pt.
const USUAL_UNIT: f64 = 13.0;

impl Geometry {
    /// How much larger than usual type is that does not follow the theme: in large print a mind map's labels.
    pub fn larger(&self) -> f64 {
        (self.unit / USUAL_UNIT).max(1.0)
    }

    /// Room of a chapter's mind map: a page, less a line for what it shows.
    pub fn map_room(&self) -> Size {
        Size { width: Mm::from_pt(self.full), height: Mm::from_pt(self.area - 3.0 * self.unit) }
    }
}

/// Styles of page numbers that are set when the pages stand; `slot-styles` of the layout.
const SLOT_STYLES: [&str; 4] = ["table", "answer", "contents", "note"];
const NOTES_PER_JOB: usize = 32;
/// Between notes of one page, pt.
const GAP: f64 = 9.0;

/// Asks the layout for its lengths and for the digits of its page numbers, with a key of how these look.
pub(super) fn probe(press: &Press, options: Options) -> Option<(Geometry, Digits, u128)> {
    let styles: Vec<String> = SLOT_STYLES.iter().map(|s| format!("\"{s}\"")).collect();
    let call = format!("book.probe(s, ({}))", styles.join(", "));
    let document = press.compile(&super::job(options, "probe", "bare", Value::Null, &call))?;
    let pages = document.pages();
    let size =
        |i: usize| pages.get(i).map_or((0.0, 0.0), |p| (p.frame.width().to_pt(), p.frame.height().to_pt()));
    let ((top, area), (recto, verso), (full, unit)) = (size(0), size(1), size(2));
    // A page cannot be nought wide: the layout adds a point.
    let margin = (recto > 1.5).then_some([recto - 1.0, verso - 1.0]);
    let mut digits = Digits::default();
    let (on_recto, on_verso) = size(3);
    for (style, page) in SLOT_STYLES.iter().zip(pages.iter().skip(4)) {
        digits.learn(style, &page.frame);
    }
    let look = typst::utils::hash128(&(&press.pack.language, pages));
    let text = [on_recto - 1.0, on_verso - 1.0];
    Some((Geometry { top, area, margin, text, full, unit }, digits, look))
}

impl Maker<'_, '_> {
    pub(super) fn margin_jobs(&self, entries: &[&Concept], places: &Places) -> Vec<Job> {
        if self.geometry.margin.is_none() {
            return Vec::new();
        }
        let body = "for (i, m) in d.notes.enumerate() { if i > 0 { pagebreak() }; block(width: 100%, book.margin(s, m)) }";
        let chunks = entries.par_chunks(NOTES_PER_JOB).enumerate();
        chunks
            .map(|(n, concepts)| {
                let notes: Vec<Value> = concepts.iter().map(|c| self.margin_data(c, Some(places))).collect();
                self.job(&format!("margin-{n}"), "margin-page", json!({ "notes": notes }), body)
            })
            .collect()
    }

    /// Without places the layout sets page numbers later, where it can.
    pub(super) fn margin_data(&self, concept: &Concept, places: Option<&Places>) -> Value {
        let (press, pack) = (self.press, self.press.pack);
        let folio = |c: &Concept| match places {
            Some(places) => places.get(&key(c)).map(|p| Some(p.folio.clone())),
            None => press.keeps(c).then_some(None),
        };
        let see_also: Vec<Value> = concept
            .see_also
            .iter()
            .filter_map(|no| {
                let other = pack.concepts.get(no.0)?;
                let page = folio(other)?;
                Some(json!({ "key": key(other), "name": other.name, "page": page }))
            })
            .collect();
        let mentioned: Vec<Value> = match places {
            Some(places) => {
                let mentions = self.mentions(concept, places).into_iter();
                mentions.map(|(key, place)| json!({ "key": key, "page": place.folio })).collect()
            }
            // How many pages they stand on is not known yet: see `mention_places`.
            None => {
                let mentions = concept.mentioned_by.iter().filter_map(|no| pack.concepts.get(no.0));
                let mentions = mentions.filter(|c| press.keeps(c)).enumerate();
                mentions.map(|(i, _)| json!({ "key": mention_key(concept, i), "page": null })).collect()
            }
        };
        let parts = |kind: PartKind| -> Vec<Value> {
            let parts = concept.parts.iter().filter(|p| p.kind == kind && !p.body.plain.is_empty());
            parts.map(|p| press.text(&p.body, Printed::Linked)).collect()
        };
        let codes: Vec<&str> =
            concept.cards.iter().filter_map(|no| pack.cards.get(no.0)).map(|c| c.code.as_str()).collect();
        let chapter = pack.chapters.get(concept.chapter).map_or(1, |c| c.number);
        let checked = concept.verified.map(|date| press.month_year(date));
        let checked = match (checked, &concept.since) {
            (Some(checked), Some(since)) => Some(format!("{checked} · {} {since}", press.word("since"))),
            (None, Some(since)) => Some(format!("{} {since}", press.word("since"))),
            (checked, None) => checked,
        };
        json!({
            "chapter": chapter, "anchors": parts(PartKind::MemoryAnchor), "see_also": see_also,
            "mentioned": mentioned, "cards": code_ranges(&codes), "aliases": concept.aliases, "checked": checked,
            "sources": concept.sources,
        })
    }

    /// Where a concept is mentioned: the first entry of each page, in order.
    fn mentions<'b>(&self, concept: &Concept, places: &'b Places) -> Vec<(String, &'b Place)> {
        let others = concept.mentioned_by.iter().filter_map(|no| self.press.pack.concepts.get(no.0));
        let mut out: Vec<(String, &Place)> =
            others.map(key).filter_map(|key| places.get(&key).map(|place| (key, place))).collect();
        out.sort_by(|a, b| (a.1.page, &a.0).cmp(&(b.1.page, &b.0)));
        out.dedup_by(|a, b| a.1.page == b.1.page);
        out
    }

    /// Where notes follow their entries they were typeset with room for a page of each mention. Several may stand on one
    /// page: each page is set once, and the room left is empty.
    pub(super) fn mention_places(&self, entries: &[&Concept], places: &Places) -> Places {
        let mut out = Places::new();
        for concept in entries.iter().filter(|_| self.geometry.margin.is_none()) {
            let mentions = self.mentions(concept, places);
            let empty = |place: &Place| Place { folio: String::new(), ..place.clone() };
            let rest = mentions.last().map(|(_, place)| empty(place));
            let set = mentions.into_iter().map(|(_, place)| place.clone()).chain(rest.into_iter().cycle());
            let keys = (0..concept.mentioned_by.len()).map(|i| mention_key(concept, i));
            out.extend(keys.zip(set));
        }
        out
    }

    /// The body's pages in order with blanks between stretches and margin notes beside their entries.
    pub(super) fn body_pages(
        &self,
        body: &mut [Stretch],
        starts: &[usize],
        entries: &[&Concept],
        notes: &[Frame],
    ) -> Vec<Draft> {
        let note_of: HashMap<String, &Frame> = entries.iter().zip(notes).map(|(c, n)| (key(c), n)).collect();
        let mut pages: Vec<Draft> = Vec::new();
        for (stretch, start) in body.iter_mut().zip(starts) {
            while pages.len() < *start {
                let Some(last) = pages.last() else { break };
                pages.push(blank(&last.page, pages.len() as u64 + 1, numbering("1")).into());
            }
            let own = std::mem::take(&mut stretch.pages);
            let mut own: Vec<Draft> = own.into_iter().map(Draft::from).collect();
            self.beside(&mut own, &stretch.labels, &note_of);
            for mut draft in own {
                draft.page.number = pages.len() as u64 + 1;
                draft.page.numbering = numbering("1");
                pages.push(draft);
            }
        }
        pages
    }

    /// Puts the notes of a stretch beside the entries they belong to.
    fn beside(&self, pages: &mut [Draft], all: &[(String, usize, Point)], note_of: &HashMap<String, &Frame>) {
        let Some(columns) = self.geometry.margin else { return };
        let mut wishes = Vec::new();
        let mut keys = Vec::new();
        let mut labels: Vec<&(String, usize, Point)> =
            all.iter().filter(|l| note_of.contains_key(&l.0)).collect();
        labels.sort_by(|a, b| (a.1, a.2.y).partial_cmp(&(b.1, b.2.y)).unwrap_or(std::cmp::Ordering::Equal));
        for (label, page, point) in labels {
            let Some(note) = note_of.get(label) else { continue };
            if note.height() > Abs::zero() {
                let y = point.y.to_pt() - self.geometry.top;
                wishes.push(Wish { page: *page, y, height: note.height().to_pt() });
                keys.push((label, *note));
            }
        }
        let last = pages.len().saturating_sub(1);
        let spots = margin::place(&wishes, self.geometry.area, GAP, last);
        for (((key, note), spot), wish) in keys.iter().zip(&spots).zip(&wishes) {
            let at = Point::new(Abs::pt(columns[spot.page % 2]), Abs::pt(self.geometry.top + spot.y));
            let Some(page) = pages.get_mut(spot.page) else { continue };
            // On the next page it is read behind a heading there: the page may begin inside a table.
            let behind: Vec<Label> = if spot.page == wish.page {
                Label::new(PicoStr::intern(key)).into_iter().collect()
            } else {
                let heads = all.iter().filter(|l| l.1 == spot.page && l.0.starts_with(['c', 's']));
                heads.filter_map(|l| Label::new(PicoStr::intern(&l.0))).collect()
            };
            page.notes.push(MarginNote { behind, at, frame: (*note).clone() });
        }
    }
}

/// The key of the room for one of the pages on which a concept is mentioned.
fn mention_key(concept: &Concept, i: usize) -> String {
    format!("m:{}:{i}", concept.id)
}

/// Codes in runs: `FN-007–010`.
pub fn code_ranges(codes: &[&str]) -> Vec<String> {
    let split = |code: &str| -> Option<(String, u64, usize)> {
        let (prefix, number) = code.rsplit_once('-')?;
        Some((prefix.to_owned(), number.parse().ok()?, number.len()))
    };
    let mut out: Vec<String> = Vec::new();
    let mut i = 0;
    while i < codes.len() {
        let mut end = i;
        while end + 1 < codes.len() {
            match (split(codes[end]), split(codes[end + 1])) {
                (Some((a, m, _)), Some((b, n, _))) if a == b && n == m + 1 => end += 1,
                _ => break,
            }
        }
        let tail = |code: &str| code.rsplit_once('-').map_or(code, |(_, n)| n).to_owned();
        match end - i {
            0 => out.push(codes[i].to_owned()),
            1 => out.extend([codes[i].to_owned(), codes[end].to_owned()]),
            _ => out.push(format!("{}–{}", codes[i], tail(codes[end]))),
        }
        i = end + 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::code_ranges;

    #[test]
    fn codes_are_listed_in_runs() {
        assert_eq!(
            code_ranges(&["FN-001", "FN-002", "FN-003", "FN-007", "AP-008"]),
            ["FN-001–003", "FN-007", "AP-008"]
        );
        assert_eq!(code_ranges(&["FN-001", "FN-002"]), ["FN-001", "FN-002"]);
        assert!(code_ranges(&[]).is_empty());
    }
}
