//! `pack.json`: all that a pack holds, for programs. `docs/export.schema.json` describes it.

use serde_json::{Map, Value, json};

use super::markdown::{AsWritten, Dialect, markdown};
use super::{Export, Source};
use crate::pack::assign::front_text;
use crate::pack::lock::kind_name;
use crate::pack::{Concept, Text};

/// Goes up when a reader of an older version would misread the file; new keys alone do not raise it.
pub const VERSION: u32 = 1;

pub fn export(source: &Source<'_>) -> Export {
    let pack = source.pack;
    let chapters: Vec<Value> = source
        .chapters()
        .map(|(i, chapter)| {
            let sections: Vec<Value> = chapter
                .sections
                .iter()
                .enumerate()
                .map(|(s, section)| {
                    let concepts = source.concepts_of(i).filter(|(_, c)| c.section == s);
                    object([
                        ("number", some(&section.number)),
                        ("title", section.title.as_ref().map(|t| json!(t.plain))),
                        ("concepts", Some(concepts.map(|(_, c)| json!(c.id)).collect())),
                    ])
                })
                .collect();
            object([
                ("number", Some(json!(chapter.number))),
                ("code", some(&chapter.prefix)),
                ("title", Some(json!(chapter.title))),
                ("file", path(source, chapter.file)),
                ("intro", chapter.intro.as_ref().map(|t| text(source, t))),
                ("review", chapter.review.as_ref().map(|t| text(source, t))),
                ("sections", Some(sections.into())),
            ])
        })
        .collect();
    let concepts: Vec<Value> = source.concepts().map(|(_, c)| concept(source, c)).collect();
    let cards: Vec<Value> = source
        .cards()
        .map(|(_, card)| {
            let front = match &card.front {
                Some(front) => text(source, front),
                None => {
                    let name = front_text(pack, card);
                    json!({"plain": name, "markdown": super::markdown::escape(name, Dialect::Obsidian)})
                }
            };
            object([
                ("code", some(&card.code)),
                ("id", some(&card.id)),
                ("kind", Some(json!(kind_name(card.kind)))),
                ("concept", source.concept_of(card).map(|c| json!(c.id))),
                ("front", Some(front)),
                ("back", Some(text(source, &card.back))),
            ])
        })
        .collect();
    let counts = (concepts.len(), cards.len());
    let whole = object([
        ("format", Some(json!("recto-pack"))),
        ("version", Some(json!(VERSION))),
        ("title", Some(json!(pack.title))),
        ("subtitle", pack.subtitle.as_ref().map(|s| json!(s))),
        ("authors", Some(json!(pack.authors))),
        ("language", Some(json!(pack.language))),
        ("edition", pack.edition.as_ref().map(|s| json!(s))),
        ("licence", pack.licence.as_ref().map(|s| json!(s))),
        ("date", Some(json!(pack.date.to_string()))),
        ("chapters", Some(chapters.into())),
        ("concepts", Some(concepts.into())),
        ("cards", Some(cards.into())),
    ]);
    let mut bytes = serde_json::to_vec_pretty(&whole).unwrap_or_default();
    bytes.push(b'\n');
    Export {
        files: vec![("pack.json".to_owned(), bytes)],
        concepts: counts.0,
        cards: counts.1,
        ..Export::default()
    }
}

fn concept(source: &Source<'_>, concept: &Concept) -> Value {
    let pack = source.pack;
    // Of a selection only what the file holds can be pointed to.
    let ids = |numbers: &[crate::pack::ConceptNo]| -> Value {
        let kept = numbers.iter().filter(|no| source.keeps(**no));
        kept.filter_map(|no| pack.concepts.get(no.0)).map(|c| json!(c.id)).collect()
    };
    let parts: Vec<Value> = concept
        .parts
        .iter()
        .map(|part| {
            object([
                ("kind", serde_json::to_value(part.kind).ok()),
                ("heading", part.heading.as_ref().map(|h| json!(h.plain))),
                ("body", Some(text(source, &part.body))),
                ("solution", part.solution.as_ref().map(|t| text(source, t))),
            ])
        })
        .collect();
    let further: Vec<Value> = concept
        .extra
        .iter()
        .map(|(head, cell)| object([("head", Some(json!(head.plain))), ("text", Some(text(source, cell)))]))
        .collect();
    let cards = concept.cards.iter().filter_map(|no| pack.cards.get(no.0));
    object([
        ("id", Some(json!(concept.id))),
        ("number", some(&concept.number)),
        ("name", Some(json!(concept.name))),
        ("badge", concept.badge.as_ref().map(|b| json!(b))),
        ("aliases", Some(json!(concept.aliases))),
        ("tags", Some(json!(concept.tags))),
        ("priority", Some(json!(concept.priority))),
        ("since", concept.since.as_ref().map(|s| json!(s))),
        ("verified", concept.verified.map(|d| json!(d.to_string()))),
        ("sources", Some(json!(concept.sources))),
        ("chapter", source.chapter_of(concept).map(|c| json!(c.number))),
        ("section", Some(json!(concept.section))),
        ("file", concept.note.and_then(|file| path(source, file))),
        ("brief", Some(text(source, &concept.brief))),
        ("further", Some(further.into())),
        ("parts", Some(parts.into())),
        ("see_also", Some(ids(&concept.see_also))),
        ("mentioned_by", Some(ids(&concept.mentioned_by))),
        ("cards", Some(cards.map(|c| json!(c.code)).collect())),
    ])
}

fn text(source: &Source<'_>, text: &Text) -> Value {
    let selection = source.select(text);
    let md = markdown(source, text.file, &selection, Dialect::Obsidian, &mut AsWritten);
    json!({"plain": text.plain, "markdown": md})
}

fn path(source: &Source<'_>, file: crate::vault::FileNo) -> Option<Value> {
    source.vault.file(file).map(|f| json!(f.path))
}

fn some(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!(text))
}

/// An object of the keys that have a value.
fn object<const N: usize>(keys: [(&str, Option<Value>); N]) -> Value {
    let with_value = keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(with_value.collect::<Map<String, Value>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::export::{Kind, testing};

    /// What of JSON Schema the schema uses: type, enum, const, required, properties, additionalProperties, items,
    /// minimum, $ref.
    fn check(schema: &Value, root: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let target = root.pointer(name.trim_start_matches('#')).expect("the reference leads somewhere");
            return check(target, root, value, at, errors);
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if schema.get("type").is_some_and(|t| t != kind) {
            errors.push(format!("{at} is {kind}"));
        }
        if schema.get("const").is_some_and(|c| c != value) {
            errors.push(format!("{at} is {value}"));
        }
        if let Some(Value::Array(allowed)) = schema.get("enum")
            && !allowed.contains(value)
        {
            errors.push(format!("{at} is {value}"));
        }
        if let (Some(low), Some(n)) = (schema.get("minimum").and_then(Value::as_i64), value.as_i64())
            && n < low
        {
            errors.push(format!("{at} is {n}"));
        }
        for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if value.get(key.as_str().unwrap()).is_none() {
                errors.push(format!("{at} has no {key}"));
            }
        }
        let properties = schema.get("properties");
        for (key, inner) in value.as_object().into_iter().flatten() {
            match properties.and_then(|p| p.get(key)) {
                Some(schema) => check(schema, root, inner, &format!("{at}/{key}"), errors),
                None if schema.get("additionalProperties") == Some(&json!(false)) => {
                    errors.push(format!("{at} has a key {key}"));
                }
                None => {}
            }
        }
        if let Some(items) = schema.get("items") {
            for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
                check(items, root, inner, &format!("{at}/{i}"), errors);
            }
        }
    }

    fn errors(value: &Value) -> Vec<String> {
        let schema: Value = serde_json::from_str(include_str!("../../../docs/export.schema.json")).unwrap();
        let mut errors = Vec::new();
        check(&schema, &schema, value, "", &mut errors);
        errors
    }

    #[test]
    fn the_file_is_what_the_schema_says() {
        let pack = testing::hostile();
        let export = testing::all(Kind::Json, &pack);
        let value: Value = serde_json::from_str(&testing::text(&export, "pack.json")).unwrap();
        assert_eq!(errors(&value), [""; 0]);
        assert_eq!(value["concepts"].as_array().unwrap().len(), pack.1.concepts.len());
        assert_eq!(value["cards"].as_array().unwrap().len(), pack.1.cards.len());
        assert_eq!(value["title"], "=Title() <b>");
        assert_eq!(export.losses, []);
        let mut wrong = value;
        wrong["cards"][0]["kind"] = json!("riddle");
        wrong["surplus"] = json!(1);
        assert_eq!(errors(&wrong).len(), 2, "the check can fail");
    }

    #[test]
    fn a_selection_points_to_nothing_outside() {
        let chapter = "# A\n\n|Concept|B|\n|---|---|\n|[[X]]|x|\n|[[Y]]|y|\n";
        let pack = testing::pack(&[
            ("1 A.md", chapter),
            ("X.md", "# X\n\n## See also\n\n[[Y]]\n"),
            ("Y.md", "# Y\n\nSee [[X]].\n"),
        ]);
        let value =
            |export: &Export| -> Value { serde_json::from_str(&testing::text(export, "pack.json")).unwrap() };
        let whole = value(&testing::all(Kind::Json, &pack));
        assert_eq!(whole["concepts"][0]["see_also"], json!(["y"]));
        let part = value(&testing::some(Kind::Json, &pack, &[0]));
        assert_eq!(part["concepts"][0]["see_also"], json!([]));
        assert_eq!(part["chapters"][0]["sections"][0]["concepts"], json!(["x"]));
    }
}
