//! `quizlet/NN-slug.txt`: a set for each chapter, as Quizlet's import takes it: a card on a line, a tab between term and
//! definition.
//!
//! Quizlet cannot tell two imports of a card from one another, so a set is imported once; white space of any kind is one
//! space, because tabs and line feeds part cards.

use super::{Export, Source};
use crate::pack::assign::front_text;

pub fn export(source: &Source<'_>) -> Export {
    let mut export = Export { concepts: source.concepts().count(), ..Export::default() };
    for (i, chapter) in source.chapters() {
        let mut text = String::new();
        for (_, card) in source.cards() {
            if source.concept_of(card).is_none_or(|c| c.chapter != i) {
                continue;
            }
            export.cards += 1;
            let (front, back) = (one_line(front_text(source.pack, card)), one_line(&card.back.plain));
            text.push_str(&format!("{front}\t{back}\n"));
        }
        if !text.is_empty() {
            let path = format!("quizlet/{:02}-{}.txt", chapter.number, chapter.slug);
            export.files.push((path, text.into_bytes()));
        }
    }
    export
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // A side without text would not be a card.
    if line.is_empty() { "–".to_owned() } else { line }
}

#[cfg(test)]
mod tests {
    use crate::emit::export::{Kind, testing};

    #[test]
    fn a_line_is_a_card_whatever_it_says() {
        let pack = testing::hostile();
        let export = testing::all(Kind::Quizlet, &pack);
        let (path, _) = &export.files[0];
        assert!(path.starts_with("quizlet/01-") && path.ends_with(".txt"), "{path}");
        let text = testing::text(&export, path);
        let cards: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        assert_eq!(cards.len(), pack.1.cards.len());
        assert!(cards.iter().all(|sides| sides.len() == 2), "{cards:?}");
        assert!(cards.iter().any(|sides| sides[0].starts_with("=cmd()|'x' <b> {{c1::x}}")), "{cards:?}");
        assert_eq!((export.cards, export.concepts), (pack.1.cards.len(), pack.1.concepts.len()));
    }
}
