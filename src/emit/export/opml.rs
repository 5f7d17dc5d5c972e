//! `pack.opml`: OPML 2.0, an outline of chapters, sections, concepts, and below each concept its sections and cards.
//!
//! `text` is what an outliner shows; `_note` (OmniOutliner's and others' habit) holds the text below it. Concepts and
//! cards are told apart by `type`, and carry their number or code.

use super::{Export, Source};
use crate::pack::assign::front_text;
use crate::pack::lock::kind_name;
use crate::pack::{Concept, SectionItem};

pub fn export(source: &Source<'_>) -> Export {
    let pack = source.pack;
    let mut xml = Xml::default();
    xml.line(0, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    xml.line(0, "<opml version=\"2.0\">");
    xml.line(1, "<head>");
    xml.line(2, &format!("<title>{}</title>", escape(&pack.title)));
    if !pack.authors.is_empty() {
        xml.line(2, &format!("<ownerName>{}</ownerName>", escape(&pack.authors.join(", "))));
    }
    xml.line(1, "</head>");
    xml.line(1, "<body>");
    let (mut concepts, mut cards) = (0, 0);
    for (i, chapter) in source.chapters() {
        let number = chapter.number.to_string();
        let intro = chapter.intro.as_ref().map_or("", |t| t.plain.as_str());
        let attributes =
            [("text", chapter.title.as_str()), ("type", "chapter"), ("number", &number), ("_note", intro)];
        xml.open(2, &attributes);
        for (s, section) in chapter.sections.iter().enumerate() {
            let mut of_section = source.concepts_of(i).filter(|(_, c)| c.section == s).peekable();
            if of_section.peek().is_none() {
                continue;
            }
            let depth = match &section.title {
                Some(title) => {
                    let prose: Vec<&str> = section.items.iter().filter_map(prose).collect();
                    let prose = prose.join("\n\n");
                    let number = section.number.as_str();
                    let attributes = [
                        ("text", title.plain.as_str()),
                        ("type", "section"),
                        ("number", number),
                        ("_note", &prose),
                    ];
                    xml.open(3, &attributes);
                    4
                }
                None => 3,
            };
            for (_, c) in of_section {
                concepts += 1;
                cards += concept(&mut xml, source, c, depth);
            }
            if section.title.is_some() {
                xml.line(3, "</outline>");
            }
        }
        if let Some(review) = &chapter.review {
            xml.leaf(3, &[("text", "…"), ("type", "review"), ("_note", &review.plain)]);
        }
        xml.line(2, "</outline>");
    }
    xml.line(1, "</body>");
    xml.line(0, "</opml>");
    Export {
        files: vec![("pack.opml".to_owned(), xml.text.into_bytes())],
        concepts,
        cards,
        ..Export::default()
    }
}

fn prose(item: &SectionItem) -> Option<&str> {
    match item {
        SectionItem::Prose(text) => Some(&text.plain),
        SectionItem::Table(_) => None,
    }
}

/// Returns how many cards it has.
fn concept(xml: &mut Xml, source: &Source<'_>, concept: &Concept, depth: usize) -> usize {
    let (aliases, tags) = (concept.aliases.join(", "), concept.tags.join(","));
    let priority = concept.priority.to_string();
    let mut brief = concept.brief.plain.clone();
    for (head, cell) in &concept.extra {
        brief.push_str(&format!("\n{}: {}", head.plain, cell.plain));
    }
    let attributes = [
        ("text", concept.name.as_str()),
        ("type", "concept"),
        ("number", &concept.number),
        ("_note", &brief),
        ("aliases", &aliases),
        ("category", &tags),
        ("priority", &priority),
    ];
    xml.open(depth, &attributes);
    for part in &concept.parts {
        let heading = part.heading.as_ref().map_or("", |h| h.plain.as_str());
        let heading = if heading.is_empty() { "…" } else { heading };
        let kind = serde_json::to_value(part.kind).ok();
        let kind = kind.as_ref().and_then(|k| k.as_str()).unwrap_or("other");
        if part.body.plain.is_empty() && part.solution.is_none() {
            continue;
        }
        let note = match &part.solution {
            Some(solution) => format!("{}\n\n{}", part.body.plain, solution.plain),
            None => part.body.plain.clone(),
        };
        xml.leaf(depth + 1, &[("text", heading), ("type", kind), ("_note", &note)]);
    }
    let mut count = 0;
    for card in concept.cards.iter().filter_map(|no| source.pack.cards.get(no.0)) {
        count += 1;
        let attributes = [
            ("text", front_text(source.pack, card)),
            ("type", "card"),
            ("code", &card.code),
            ("kind", kind_name(card.kind)),
            ("_note", &card.back.plain),
        ];
        xml.leaf(depth + 1, &attributes);
    }
    xml.line(depth, "</outline>");
    count
}

#[derive(Default)]
struct Xml {
    text: String,
}

impl Xml {
    fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn open(&mut self, depth: usize, attributes: &[(&str, &str)]) {
        self.line(depth, &format!("<outline{}>", written(attributes)));
    }

    fn leaf(&mut self, depth: usize, attributes: &[(&str, &str)]) {
        self.line(depth, &format!("<outline{}/>", written(attributes)));
    }
}

/// Attributes that have a value; `text` always stands, the standard asks for it.
fn written(attributes: &[(&str, &str)]) -> String {
    let some = attributes.iter().filter(|(key, value)| *key == "text" || !value.is_empty());
    some.map(|(key, value)| format!(" {key}=\"{}\"", escape(value))).collect()
}

/// Text of an attribute or element; characters that XML 1.0 cannot hold become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            c if c.is_control() && (c as u32) < 0x20 => out.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::emit::export::{Kind, testing};

    #[test]
    fn another_parser_finds_every_concept_and_card_as_written() {
        let pack = testing::hostile();
        let export = testing::all(Kind::Opml, &pack);
        let text = testing::text(&export, "pack.opml");
        let xml = roxmltree::Document::parse(&text).unwrap();
        let of = |kind: &str| -> Vec<roxmltree::Node<'_, '_>> {
            xml.descendants().filter(|n| n.attribute("type") == Some(kind)).collect()
        };
        assert_eq!(of("concept").len(), pack.1.concepts.len());
        assert_eq!(of("card").len(), pack.1.cards.len());
        for (node, card) in of("card").iter().zip(&pack.1.cards) {
            assert_eq!(node.attribute("code"), Some(card.code.as_str()));
            assert_eq!(node.attribute("_note"), Some(card.back.plain.as_str()));
        }
        assert_eq!(of("concept")[1].attribute("text"), Some("+Plus; <b>"));
        let title = xml.descendants().find(|n| n.has_tag_name("title")).unwrap();
        assert_eq!(title.text(), Some("=Title() <b>"));
        assert!(xml.descendants().filter(|n| n.has_tag_name("outline")).all(|n| n.has_attribute("text")));
        assert_eq!(super::escape("a\u{1}\u{b}b"), "a\u{fffd}\u{fffd}b");
    }
}
