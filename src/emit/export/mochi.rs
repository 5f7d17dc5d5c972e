//! `slug.mochi`: a deck for each chapter, a card as Markdown with `---` between its sides. The archive is the form that
//! Mochi has always taken: a zip of `data.edn` (Clojure's notation) and the pictures.

use std::collections::BTreeMap;

use super::markdown::{Dialect, Places, escape, markdown};
use super::source::on_the_web;
use super::{Export, Loss, Source, archive};
use crate::pack::assign::front_text;
use crate::pack::{Card, latin};
use crate::vault::ast::{Block, BlockKind};
use crate::vault::{FileNo, Place, Selection};

/// # Errors
/// The archiver's.
pub fn export(source: &Source<'_>) -> Result<Export, String> {
    let mut media = Media { source, files: BTreeMap::new(), losses: Vec::new() };
    let mut decks = String::new();
    let mut count = 0;
    for (i, chapter) in source.chapters() {
        let mut cards = String::new();
        for (_, card) in source.cards() {
            let Some(concept) = source.concept_of(card).filter(|c| c.chapter == i) else { continue };
            count += 1;
            let content = content(source, card, &mut media);
            let tags: Vec<String> = concept.tags.iter().map(|t| edn(t)).collect();
            let tags = if tags.is_empty() {
                String::new()
            } else {
                format!(" :tags #{{{}}}", unique(tags).join(" "))
            };
            cards.push_str(&format!("\n   {{:content {}{tags}}}", edn(&content)));
        }
        let name = format!("{} – {:02} {}", source.pack.title, chapter.number, chapter.title);
        decks.push_str(&format!("\n  {{:name {}\n   :cards [{cards}]}}", edn(&name)));
    }
    let data = format!("{{:version 2\n :decks [{decks}]}}\n");
    let files = [("data.edn", data.as_bytes())];
    let pictures = media.files.values().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let bytes = archive::zip(files.into_iter().chain(pictures))?;
    let slug = latin::file_slug(&source.pack.title);
    let slug = if slug.is_empty() { "pack" } else { &slug };
    Ok(Export {
        files: vec![(format!("{slug}.mochi"), bytes)],
        concepts: source.concepts().count(),
        cards: count,
        losses: media.losses,
        ..Export::default()
    })
}

/// A set names nothing twice.
fn unique(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts.dedup();
    texts
}

fn content(source: &Source<'_>, card: &Card, media: &mut Media<'_, '_>) -> String {
    let front = match &card.front {
        Some(front) => side(source, front, media),
        None => escape(front_text(source.pack, card), Dialect::Mochi),
    };
    format!("{front}\n\n---\n\n{}", side(source, &card.back, media))
}

fn side(source: &Source<'_>, text: &crate::pack::Text, media: &mut Media<'_, '_>) -> String {
    let mut selection = source.select(text);
    if let Selection::Blocks(blocks) = &mut selection {
        for block in blocks {
            without_dashes(block, text.file, &mut media.losses);
        }
    }
    markdown(source, text.file, &selection, Dialect::Mochi, media)
}

/// A line `---` in code would part the card: it gets a space in front.
fn without_dashes(block: &mut Block, file: FileNo, losses: &mut Vec<Loss>) {
    let range = block.range.clone();
    if let BlockKind::Code(code) = &mut block.kind
        && code.text.lines().any(|line| line.trim_end() == "---")
    {
        let line = |line: &str| if line.trim_end() == "---" { format!(" {line}") } else { line.to_owned() };
        code.text = code.text.split('\n').map(line).collect::<Vec<_>>().join("\n");
        let what = "a line --- in code got a space in front: it would part the card";
        losses.push(Loss::new(what, Some(Place { file, range })));
    }
}

/// Pictures by path.
struct Media<'s, 'a> {
    source: &'s Source<'a>,
    files: BTreeMap<String, (String, Vec<u8>)>,
    losses: Vec<Loss>,
}

impl Places for Media<'_, '_> {
    fn link(&mut self, _: FileNo, written: &str) -> Option<String> {
        on_the_web(written).then(|| written.to_owned())
    }

    fn picture(&mut self, from: FileNo, written: &str) -> Option<String> {
        if on_the_web(written) || !crate::typeset::pictures::is_picture(written) {
            return None;
        }
        match self.source.picture(from, written) {
            Ok((path, bytes)) => {
                let ending = path.rsplit_once('.').map_or("png", |(_, e)| e).to_ascii_lowercase();
                let next = self.files.len() + 1;
                let name = format!("picture-{next}.{ending}");
                let (name, _) = self.files.entry(path).or_insert((name, bytes));
                Some(format!("@media/{name}"))
            }
            Err(why) => {
                self.losses.push(Loss::new(
                    format!("a picture was left out: {why}"),
                    Some(Place { file: from, range: 0..0 }),
                ));
                None
            }
        }
    }
}

/// A string of EDN.
fn edn(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use crate::emit::export::{Export, Kind, testing};

    /// The strings behind `:content`, read as EDN has them.
    fn contents(export: &Export) -> Vec<String> {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&export.files[0].1)).unwrap();
        let mut text = String::new();
        archive.by_name("data.edn").unwrap().read_to_string(&mut text).unwrap();
        let mut out = Vec::new();
        for piece in text.split(":content \"").skip(1) {
            let mut content = String::new();
            let mut chars = piece.chars();
            while let Some(c) = chars.next() {
                match c {
                    '"' => break,
                    '\\' => content.push(match chars.next().unwrap() {
                        'n' => '\n',
                        't' => '\t',
                        other => other,
                    }),
                    c => content.push(c),
                }
            }
            out.push(content);
        }
        out
    }

    #[test]
    fn every_card_has_two_sides_and_no_cloze_that_is_none() {
        let pack = testing::hostile();
        let export = testing::all(Kind::Mochi, &pack);
        let cards = contents(&export);
        assert_eq!((cards.len(), export.cards), (pack.1.cards.len(), pack.1.cards.len()));
        for (content, card) in cards.iter().zip(&pack.1.cards) {
            let sides: Vec<&str> = content.split("\n---\n").collect();
            assert_eq!(sides.len(), 2, "{content}");
            // Code is as it is; Mochi looks for deletions in text only.
            let text: String = sides.iter().flat_map(|s| s.split('`').step_by(2)).collect();
            assert!(!text.contains("{{"), "{content}");
            assert!(!text.contains("<b>") || text.contains("\\<b"), "{content}");
            let _ = card;
        }
    }

    #[test]
    fn a_line_of_dashes_in_code_parts_nothing() {
        let note = "# X\n\n## Cards\n\nQ\n?\n```yaml\n---\na: 1\n```\n";
        let pack = testing::pack(&[("1 A.md", "# A\n\n|Concept|B|\n|---|---|\n|[[X]]|y|\n"), ("X.md", note)]);
        let export = testing::all(Kind::Mochi, &pack);
        assert!(contents(&export).iter().all(|c| c.matches("\n---\n").count() == 1));
        assert!(export.losses.iter().any(|l| l.what.contains("---")));
    }
}
