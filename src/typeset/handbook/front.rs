//! What stands before the first chapter: half-title, title, edition page, contents, how to use the book.

use serde_json::{Value, json};

use super::back::Part;
use super::{Edition, Maker, chapter_key, section_key};
use crate::typeset::assemble::Places;

impl Maker<'_, '_> {
    pub(super) fn front_data(&self, places: &Places, back: &[Part]) -> Value {
        let press = self.press;
        let page = |key: &str| places.get(key).map(|p| p.folio.clone()).unwrap_or_default();
        let list: Vec<Value> = self
            .chapters
            .iter()
            .map(|c| {
                let sections: Vec<Value> = c
                    .sections
                    .iter()
                    .enumerate()
                    .filter_map(|(i, s)| {
                        let key = section_key(c, i);
                        let title = s.title.as_ref()?;
                        places
                            .contains_key(&key)
                            .then(|| json!({ "key": key, "title": title.plain, "page": page(&key) }))
                    })
                    .collect();
                let key = chapter_key(c);
                json!({ "number": c.number, "title": c.title, "page": page(&key), "key": key, "sections": sections })
            })
            .collect();
        // Where the parts behind the answers begin is not known yet: their pages are set when all stands.
        let mut parts = Vec::new();
        if places.contains_key("answers") {
            parts.push(json!({ "key": "answers", "title": press.word("answers") }));
        }
        parts.extend(back.iter().map(|part| json!({ "key": part.key, "title": part.title })));
        let concepts = press.pack.concepts.iter().filter(|c| press.keeps(c));
        let cards: usize = concepts.clone().map(|c| c.cards.len()).sum();
        let locale = press.words();
        let counts = [
            locale.count("chapter", self.chapters.len() as u64),
            locale.count("concept", concepts.clone().count() as u64),
            locale.count("card", cards as u64),
        ];
        let edition = match self.options.edition {
            Edition::Student => Some(press.word("edition-student")),
            Edition::Teacher => Some(press.word("edition-teacher")),
            Edition::Full => None,
        };
        json!({
            "chapters": list, "back": parts, "counts": counts.join(" · "), "edition": edition, "use": self.advice(),
        })
    }

    /// How to use this book, in a few sentences that are true of it.
    fn advice(&self) -> Vec<String> {
        let press = self.press;
        let mut out = vec![press.word("use-handbook")];
        if self.options.edition == Edition::Full && !self.exercises.is_empty() {
            out.push(press.word("use-exercises"));
        }
        let mut cards = press.pack.concepts.iter().filter(|c| press.keeps(c)).flat_map(|c| &c.cards);
        if let Some(card) = cards.find_map(|no| press.pack.cards.get(no.0)) {
            out.push(press.word("use-cards"));
            out.push(press.words().text("use-card-code", &[("code", &card.code)]));
        }
        out.push(press.word("use-calendar"));
        out
    }
}
