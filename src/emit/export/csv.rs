//! `concepts.csv` and `cards.csv`: RFC 4180, UTF-8, a header line, one line for each concept and each card.
//!
//! Cells hold plain text; sections of notes are Markdown. A cell that a spreadsheet would calculate (its first character
//! is one of `= + - @`, a tab or a carriage return) gets an apostrophe in front, as OWASP recommends, and the report
//! says where.

use super::markdown::{AsWritten, Dialect, markdown};
use super::{Export, Loss, Source};
use crate::pack::assign::front_text;
use crate::pack::lock::kind_name;
use crate::pack::{Concept, PartKind};
use crate::vault::Place;

/// The header of `concepts.csv`.
pub const CONCEPT_COLUMNS: [&str; 20] = [
    "id",
    "number",
    "name",
    "badge",
    "aliases",
    "tags",
    "priority",
    "since",
    "verified",
    "chapter",
    "section",
    "brief",
    "further",
    "explanation",
    "example",
    "exercise",
    "solution",
    "other",
    "see_also",
    "cards",
];

/// The header of `cards.csv`.
pub const CARD_COLUMNS: [&str; 8] = ["code", "id", "kind", "front", "back", "concept", "chapter", "tags"];

/// # Errors
/// None that a user can cause: the writer's.
pub fn export(source: &Source<'_>) -> Result<Export, String> {
    let mut guard = Guard::default();
    let mut concepts = Vec::new();
    for (_, concept) in source.concepts() {
        guard.place = Some(Place { file: concept.brief.file, range: 0..0 });
        if let Some(file) = concept.note {
            guard.place = Some(Place { file, range: 0..0 });
        }
        concepts.push(guard.row(concept_row(source, concept)));
    }
    let mut cards = Vec::new();
    for (_, card) in source.cards() {
        guard.place = Some(Place { file: card.back.file, range: card.range.clone() });
        let concept = source.concept_of(card);
        let chapter = concept.and_then(|c| source.chapter_of(c));
        cards.push(guard.row(vec![
            card.code.clone(),
            card.id.clone(),
            kind_name(card.kind).to_owned(),
            front_text(source.pack, card).to_owned(),
            card.back.plain.clone(),
            concept.map(|c| c.name.clone()).unwrap_or_default(),
            chapter.map(|c| c.title.clone()).unwrap_or_default(),
            concept.map(|c| c.tags.join(", ")).unwrap_or_default(),
        ]));
    }
    let counts = (concepts.len(), cards.len());
    Ok(Export {
        files: vec![
            ("concepts.csv".to_owned(), table(&CONCEPT_COLUMNS, concepts)?),
            ("cards.csv".to_owned(), table(&CARD_COLUMNS, cards)?),
        ],
        concepts: counts.0,
        cards: counts.1,
        losses: guard.losses,
        ..Export::default()
    })
}

fn concept_row(source: &Source<'_>, concept: &Concept) -> Vec<String> {
    let chapter = source.chapter_of(concept);
    let section = chapter.and_then(|c| c.sections.get(concept.section)).and_then(|s| s.title.as_ref());
    let part = |text: &crate::pack::Text| {
        let selection = source.select(text);
        markdown(source, text.file, &selection, Dialect::Obsidian, &mut AsWritten)
    };
    let of = |kind: PartKind| {
        let parts = concept.parts.iter().filter(|p| p.kind == kind).map(|p| part(&p.body));
        parts.filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let solution = concept.parts.iter().filter_map(|p| p.solution.as_ref()).map(part);
    let known = [PartKind::Explanation, PartKind::Example, PartKind::Exercise, PartKind::SeeAlso];
    let other = concept.parts.iter().filter(|p| !known.contains(&p.kind)).map(|p| match &p.heading {
        Some(heading) => format!("## {}\n\n{}", heading.plain, part(&p.body)),
        None => part(&p.body),
    });
    let further = concept.extra.iter().map(|(head, text)| format!("{}: {}", head.plain, text.plain));
    let names = concept.see_also.iter().filter_map(|no| source.pack.concepts.get(no.0));
    let cards = concept.cards.iter().filter_map(|no| source.pack.cards.get(no.0));
    vec![
        concept.id.clone(),
        concept.number.clone(),
        concept.name.clone(),
        concept.badge.clone().unwrap_or_default(),
        concept.aliases.join(", "),
        concept.tags.join(", "),
        concept.priority.to_string(),
        concept.since.clone().unwrap_or_default(),
        concept.verified.map(|d| d.to_string()).unwrap_or_default(),
        chapter.map(|c| c.title.clone()).unwrap_or_default(),
        section.map(|t| t.plain.clone()).unwrap_or_default(),
        concept.brief.plain.clone(),
        further.collect::<Vec<_>>().join("\n"),
        of(PartKind::Explanation),
        of(PartKind::Example),
        of(PartKind::Exercise),
        solution.collect::<Vec<_>>().join("\n\n"),
        other.collect::<Vec<_>>().join("\n\n"),
        names.map(|c| c.name.clone()).collect::<Vec<_>>().join(", "),
        cards.map(|c| c.code.clone()).collect::<Vec<_>>().join(", "),
    ]
}

/// Lines of cells, quoted where that is needed, ended by CR LF.
///
/// # Errors
/// The writer's.
pub fn table(head: &[&str], rows: Vec<Vec<String>>) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(head).map_err(|e| e.to_string())?;
    for row in rows {
        writer.write_record(&row).map_err(|e| e.to_string())?;
    }
    writer.into_inner().map_err(|e| e.to_string())
}

/// Puts an apostrophe before what a spreadsheet would calculate.
#[derive(Default)]
struct Guard {
    /// Of the row.
    place: Option<Place>,
    losses: Vec<Loss>,
}

impl Guard {
    fn row(&mut self, row: Vec<String>) -> Vec<String> {
        row.into_iter()
            .map(|cell| {
                if !is_formula(&cell) {
                    return cell;
                }
                self.losses.push(Loss::new(FORMULA, self.place.clone()));
                format!("'{cell}")
            })
            .collect()
    }
}

const FORMULA: &str = "a cell that a spreadsheet would calculate got an apostrophe in front";

/// Whether a spreadsheet would take a cell for a formula.
pub fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::export::{Kind, testing};

    fn read(bytes: &str) -> Vec<Vec<String>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(bytes.as_bytes())
            .records()
            .map(|r| r.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn every_concept_and_card_is_a_line() {
        let pack = testing::hostile();
        let export = testing::all(Kind::Csv, &pack);
        let concepts = read(&testing::text(&export, "concepts.csv"));
        let cards = read(&testing::text(&export, "cards.csv"));
        assert_eq!(concepts[0], CONCEPT_COLUMNS);
        assert_eq!(cards[0], CARD_COLUMNS);
        assert_eq!((concepts.len() - 1, cards.len() - 1), (pack.1.concepts.len(), pack.1.cards.len()));
        assert_eq!((export.concepts, export.cards), (pack.1.concepts.len(), pack.1.cards.len()));
        for (row, card) in cards.iter().skip(1).zip(&pack.1.cards) {
            assert_eq!(row[0], card.code);
            assert_eq!(row[4].trim_start_matches('\''), card.back.plain);
        }
        assert!(cards.iter().flatten().all(|cell| !is_formula(cell)));
        assert!(concepts.iter().flatten().all(|cell| !is_formula(cell)));
        assert!(export.losses.iter().any(|l| l.what == FORMULA));
        assert_eq!(concepts[1][10], "");
        assert!(concepts[1][13].contains("```html\n<b>{{c1::x}}</b>\t\"q\"\n```"), "{}", concepts[1][13]);
    }

    #[test]
    fn a_selection_keeps_its_lines() {
        let pack = testing::hostile();
        let export = testing::some(Kind::Csv, &pack, &[1]);
        assert_eq!((export.concepts, export.cards), (1, 1));
        assert_eq!(read(&testing::text(&export, "cards.csv")).len(), 2);
    }
}
