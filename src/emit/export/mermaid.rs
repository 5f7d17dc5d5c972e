//! `mindmap.mmd`: a Mermaid mind map of chapters, sections and concepts.

use super::{Export, Loss, Source};
use crate::vault::Place;

pub fn export(source: &Source<'_>) -> Export {
    let mut out = String::from("mindmap\n");
    let mut line = |depth: usize, id: &str, text: &str| {
        out.push_str(&format!("{}{id}[\"{}\"]\n", "  ".repeat(depth), label(text)));
    };
    line(1, "pack", &source.pack.title);
    let mut losses = Vec::new();
    let mut concepts = 0;
    for (i, chapter) in source.chapters() {
        line(2, &format!("chapter{}", chapter.number), &chapter.title);
        for (s, section) in chapter.sections.iter().enumerate() {
            let mut of_section = source.concepts_of(i).filter(|(_, c)| c.section == s).peekable();
            if of_section.peek().is_none() {
                continue;
            }
            let depth = match &section.title {
                Some(title) => {
                    line(3, &format!("section{}x{s}", chapter.number), &title.plain);
                    4
                }
                None => 3,
            };
            for (no, concept) in of_section {
                concepts += 1;
                line(depth, &format!("concept{}", no.0), &concept.name);
                let range = match source.select(&concept.brief) {
                    crate::vault::Selection::Inlines(inlines) => inlines.first().map(|i| i.range.clone()),
                    crate::vault::Selection::Blocks(blocks) => blocks.first().map(|b| b.range.clone()),
                };
                if let Some(range) = range {
                    losses.push(Loss::new(BRIEF, Some(Place { file: concept.brief.file, range })));
                }
                if let Some(file) = concept.note {
                    losses.push(Loss::new(NOTE, Some(Place { file, range: 0..0 })));
                }
                for card in concept.cards.iter().filter_map(|no| source.pack.cards.get(no.0)) {
                    let place = Place { file: card.back.file, range: card.range.clone() };
                    losses.push(Loss::new(CARD, Some(place)));
                }
            }
        }
    }
    Export {
        files: vec![("mindmap.mmd".to_owned(), out.into_bytes())],
        concepts,
        losses,
        ..Export::default()
    }
}

const BRIEF: &str = "a brief was left out: a mind map holds names";
const NOTE: &str = "a concept's note was left out: a mind map holds names";
const CARD: &str = "a card was left out: a mind map holds names";

/// Text in quotes: Mermaid reads `#…;` as a character.
pub fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '&' => out.push_str("#amp;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '`' => out.push_str("#96;"),
            '%' => out.push_str("#37;"),
            ';' => out.push_str("#59;"),
            '[' => out.push_str("#91;"),
            ']' => out.push_str("#93;"),
            '(' => out.push_str("#40;"),
            ')' => out.push_str("#41;"),
            '{' => out.push_str("#123;"),
            '}' => out.push_str("#125;"),
            '\\' => out.push_str("#92;"),
            c if c.is_whitespace() || c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::export::{Kind, testing};

    /// Mermaid's own reading of its entities.
    fn unescaped(text: &str) -> String {
        let named = [("quot", '"'), ("amp", '&'), ("lt", '<'), ("gt", '>')];
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('#') {
            let (name, tail) = after.split_once(';').unwrap();
            out.push_str(before);
            let number = name.parse().ok().and_then(char::from_u32);
            let by_name = || named.iter().find(|(n, _)| *n == name).map(|(_, c)| *c);
            out.push(number.or_else(by_name).unwrap());
            rest = tail;
        }
        out + rest
    }

    #[test]
    fn names_arrive_as_written() {
        for text in ["a \"b\" <i> #x; & `c` [d](e) {f} %% \\", "plain", "=cmd()"] {
            let label = label(text);
            assert!(!label.contains(['"', '<', '[', '(', '{', '`', '%']), "{label}");
            assert_eq!(unescaped(&label), text);
        }
    }

    #[test]
    fn a_mind_map_that_draws() {
        let pack = testing::hostile();
        let export = testing::all(Kind::Mermaid, &pack);
        let text = testing::text(&export, "mindmap.mmd");
        let picture = crate::typeset::mermaid::draw(&text).unwrap();
        assert!(picture.svg.contains("<svg"));
        let concepts: Vec<String> = text
            .lines()
            .filter_map(|l| l.trim().strip_prefix("concept")?.split_once("[\""))
            .map(|(_, label)| unescaped(label.trim_end_matches("\"]")))
            .collect();
        let names: Vec<&str> = pack.1.concepts.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(concepts, names);
        let cards = export.losses.iter().filter(|l| l.what == CARD).count();
        assert_eq!(cards, pack.1.cards.len(), "what is left out is told");
    }
}
