//! Quizzes on paper: for each chapter and for the pack, in each version, a sheet and its key.

use std::collections::HashMap;

use serde_json::{Value, json};
use typst_layout::PagedDocument;

use super::compile::Job;
use super::handbook::{self, info};
use super::press::Press;
use crate::plan::quiz::{self, Kind, Question, Topic};
use crate::plan::random::Random;

/// Which quizzes are made.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
pub struct QuizOptions {
    /// 1 to 26: A, B, C …
    pub versions: u32,
    pub seed: u64,
    /// Most questions of a quiz.
    pub questions: usize,
}

/// A quiz before it is typeset.
#[derive(Debug, Clone)]
pub struct Draft {
    /// `01-foundations`, or `all`.
    pub name: String,
    pub title: String,
    /// Chapter's number; chooses the hue.
    pub hue: usize,
    /// Each version's questions; the first is A.
    pub versions: Vec<Vec<Question>>,
}

/// Chooses the questions of each chapter, and of the pack if it has several chapters. `topics` are the pack's concepts in
/// their order. A chapter about which nothing can be asked has no quiz.
pub fn drafts(press: &Press, topics: &[Topic], options: &QuizOptions) -> Vec<Draft> {
    let chapters: Vec<_> =
        press.pack.chapters.iter().enumerate().filter(|(_, c)| press.keeps_chapter(c)).collect();
    let mut drafts: Vec<Draft> = Vec::new();
    let draft = |name: String, title: &str, hue: usize, topics: &[Topic]| {
        let seed = Random::new(options.seed, hue as u64).draw();
        let questions = quiz::questions(topics, seed, options.questions);
        let versions = (0..u64::from(options.versions)).map(|n| quiz::version(&questions, seed, n)).collect();
        (!questions.is_empty()).then(|| Draft { name, title: title.to_owned(), hue, versions })
    };
    for (i, chapter) in &chapters {
        let own: Vec<Topic> =
            topics.iter().map(|t| Topic { asked: t.asked && t.chapter == *i, ..t.clone() }).collect();
        let name = format!("{:02}-{}", chapter.number, chapter.slug);
        drafts.extend(draft(name, &chapter.title, chapter.number, &own));
    }
    if chapters.len() > 1 {
        // No chapter has the number 0; its hue is the first one's.
        drafts.extend(draft("all".into(), &press.pack.title, 0, topics).map(|d| Draft { hue: 1, ..d }));
    }
    drafts
}

/// Typesets sheets and keys in parallel: their names below `quizzes/` without `.pdf`, and pages. `topics` are the pack's
/// concepts in their order. Keys name the handbook's pages: unless it was typeset before, it is now, as `book` says.
pub fn typeset(
    press: &Press,
    topics: &[Topic],
    drafts: &[Draft],
    book: handbook::Options,
) -> Option<Vec<(String, PagedDocument)>> {
    if !drafts.is_empty() && press.folios().is_none() {
        handbook::typeset(press, book)?;
    }
    // A concept's number, and its page in the handbook.
    let none = HashMap::new();
    let folios = press.folios().unwrap_or(&none);
    let places: Vec<String> = topics
        .iter()
        .enumerate()
        .map(|(i, topic)| {
            let folio = press.pack.concepts.get(i).and_then(|concept| folios.get(&handbook::key(concept)));
            let page = folio.map(|folio| press.words().text("page-n", &[("n", folio)]));
            [Some(topic.number.clone()), page].into_iter().flatten().collect::<Vec<_>>().join(", ")
        })
        .collect();
    let mut jobs = Vec::new();
    let mut names = Vec::new();
    for draft in drafts {
        for (version, questions) in ('A'..='Z').zip(&draft.versions) {
            let data = data(draft, version, questions, &places);
            for (kind, suffix) in [("sheet", ""), ("key", "-key")] {
                let name = format!("{}-{version}{suffix}", draft.name);
                let path = format!("/data/quizzes/{name}.json");
                jobs.push(Job {
                    name: format!("/data/quizzes/{name}.typ"),
                    main: format!(
                        "#import \"/layouts/quiz.typ\" as quiz\n#quiz.{kind}(json(\"/data/settings.json\"), json(\"{path}\"))\n"
                    ),
                    data: vec![(path, data.clone())],
                });
                let word = press.word(if kind == "key" { "answer-key" } else { "quiz" });
                names.push((name, format!("{} · {word} {version}", draft.title)));
            }
        }
    }
    let documents = press.compile_all(&jobs)?;
    Some(
        names
            .into_iter()
            .zip(documents)
            .map(|((name, title), mut document)| {
                *document.info_mut() = info(press, &title);
                (name, document)
            })
            .collect(),
    )
}

fn data(draft: &Draft, version: char, questions: &[Question], places: &[String]) -> Value {
    let total: usize = questions.iter().map(Question::points).sum();
    // Nine tenths, and seven.
    let share = |tenths: usize| (total * tenths).div_ceil(10);
    let questions: Vec<Value> = questions
        .iter()
        .enumerate()
        .map(|(i, question)| {
            let mut value = body(&question.kind);
            let places: Vec<&String> = question.topics.iter().filter_map(|t| places.get(*t)).collect();
            value["n"] = json!(i + 1);
            value["group"] = json!(question.group());
            value["points"] = json!(question.points());
            value["places"] = json!(places);
            value
        })
        .collect();
    json!({
        "title": draft.title, "hue": draft.hue, "version": version.to_string(), "questions": questions, "total": total,
        "high": share(9), "middle": share(7),
    })
}

fn body(kind: &Kind) -> Value {
    match kind {
        Kind::Choice { stem, options, right, .. } => json!({
            "kind": "choice", "stem": stem, "options": options, "right": right, "answer": options.get(*right),
        }),
        Kind::Matching { terms, meanings, key } => {
            json!({ "kind": "matching", "terms": terms, "meanings": meanings, "key": key })
        }
        Kind::Cloze(gap) => {
            json!({ "kind": "cloze", "before": gap.before, "after": gap.after, "answer": gap.answer })
        }
        Kind::Short { question, answer, .. } => {
            json!({ "kind": "short", "stem": question, "answer": answer })
        }
        Kind::Prints(program) => json!({
            "kind": "prints", "code": program.code, "answer": program.output, "lines": program.output.lines().count().max(1),
        }),
    }
}
