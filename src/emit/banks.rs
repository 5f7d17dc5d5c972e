//! Question banks for learning platforms: GIFT and Moodle XML with every kind of question, Aiken with multiple choice.
//!
//! Formats: docs.moodle.org “GIFT format”, “Aiken format”, “Moodle XML format”; what their pages leave open follows Moodle's
//! importers (`question/format/*/format.php`).

use std::fmt::Write as _;

use crate::plan::locale::Locale;
use crate::plan::quiz::{Ask, Kind, Question};

/// Where the gap of a cloze stands in a question that is asked as a short answer.
const GAP: &str = "_____";

/// The instruction that a question needs where it stands alone.
fn instruction(kind: &Kind, words: &Locale) -> String {
    let key = match kind {
        Kind::Choice { ask: Ask::Term, .. } | Kind::Short { of_term: true, .. } => "quiz-term",
        Kind::Choice { ask: Ask::Description, .. } => "quiz-description",
        Kind::Choice { ask: Ask::Own, .. } => "quiz-written",
        Kind::Matching { .. } => "quiz-match",
        Kind::Cloze(_) => "quiz-gap",
        Kind::Short { .. } => "quiz-short",
        Kind::Prints(_) => "quiz-prints",
    };
    words.word(key).to_owned()
}

/// The whole question in one text: instruction, an empty line, what is asked.
fn stem(kind: &Kind, words: &Locale) -> String {
    let asked = match kind {
        Kind::Choice { stem, .. } => stem.clone(),
        Kind::Matching { .. } => return instruction(kind, words),
        Kind::Cloze(gap) => format!("{}{GAP}{}", gap.before, gap.after),
        Kind::Short { question, .. } => question.clone(),
        Kind::Prints(program) => program.code.clone(),
    };
    format!("{}\n\n{asked}", instruction(kind, words))
}

/// The answer of a question that is answered in writing.
fn written(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Cloze(gap) => Some(&gap.answer),
        Kind::Short { answer, .. } => Some(answer),
        Kind::Prints(program) => Some(&program.output),
        Kind::Choice { .. } | Kind::Matching { .. } => None,
    }
}

/// In Moodle's short answers `*` stands for anything unless a backslash precedes it.
fn literal(answer: &str) -> String {
    answer.replace('*', "\\*")
}

/// GIFT text.
pub fn gift(name: &str, questions: &[Question], words: &Locale) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "$CATEGORY: {}\n", name.replace(['\n', '\r'], " "));
    for (i, question) in questions.iter().enumerate() {
        let _ = write!(
            out,
            "::{}::[plain]{} {{",
            gift_text(&format!("{name} {}", i + 1)),
            gift_text(&stem(&question.kind, words))
        );
        match &question.kind {
            Kind::Choice { options, right, .. } => {
                out.push('\n');
                for (o, option) in options.iter().enumerate() {
                    let mark = if o == *right { '=' } else { '~' };
                    // A percent sign that begins an answer would be read as its weight.
                    let weight = match (option.starts_with('%'), o == *right) {
                        (true, true) => "%100%",
                        (true, false) => "%0%",
                        _ => "",
                    };
                    let _ = writeln!(out, "\t{mark}{weight}{}", gift_text(option));
                }
            }
            Kind::Matching { terms, meanings, key } => {
                out.push('\n');
                for (term, meaning) in terms.iter().zip(key.iter().map(|k| meanings.get(*k))) {
                    // The arrow parts the sides and has no escape.
                    let side = |text: &str| gift_text(&text.replace("->", "→"));
                    let meaning = meaning.map(|m| side(m)).unwrap_or_default();
                    let _ = writeln!(out, "\t={} -> {meaning}", side(term));
                }
            }
            kind => {
                // An arrow would make a matching of it; with “anything” inside, an arrow is still what fits.
                let answer = literal(written(kind).unwrap_or_default()).replace("->", "-*>");
                let weight = if answer.starts_with('%') { "%100%" } else { "" };
                let _ = write!(out, "={weight}{}", gift_text(&answer));
            }
        }
        out.push_str("}\n\n");
    }
    out
}

fn gift_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.trim().chars() {
        match c {
            '\\' | '~' | '=' | '#' | '{' | '}' | ':' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => {}
            _ => out.push(c),
        }
    }
    out
}

/// Aiken text: the multiple choices, one line for each part; other kinds have no place in it.
pub fn aiken(questions: &[Question], words: &Locale) -> String {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    for question in questions {
        let Kind::Choice { options, right, .. } = &question.kind else { continue };
        let _ = writeln!(out, "{}", line(&stem(&question.kind, words)));
        let mut key = 'A';
        for (i, (letter, option)) in ('A'..='Z').zip(options).enumerate() {
            let _ = writeln!(out, "{letter}. {}", line(option));
            if i == *right {
                key = letter;
            }
        }
        let _ = writeln!(out, "ANSWER: {key}\n");
    }
    out
}

/// Moodle XML.
pub fn moodle(name: &str, questions: &[Question], words: &Locale) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n");
    let _ = writeln!(
        out,
        "<question type=\"category\"><category><text>$course$/{}</text></category></question>",
        // A slash parts categories and is doubled in names.
        xml_text(&name.replace('/', "//"))
    );
    for (i, question) in questions.iter().enumerate() {
        let kind = match &question.kind {
            Kind::Choice { .. } => "multichoice",
            Kind::Matching { .. } => "matching",
            _ => "shortanswer",
        };
        let _ = writeln!(
            out,
            "<question type=\"{kind}\">\n<name><text>{}</text></name>\n<questiontext format=\"plain_text\"><text>{}</text></questiontext>\n<defaultgrade>{}</defaultgrade>",
            xml_text(&format!("{name} {}", i + 1)),
            xml_text(&stem(&question.kind, words)),
            question.points()
        );
        match &question.kind {
            Kind::Choice { options, right, .. } => {
                out.push_str("<single>true</single><shuffleanswers>true</shuffleanswers><answernumbering>ABCD</answernumbering>\n");
                for (o, option) in options.iter().enumerate() {
                    let fraction = if o == *right { 100 } else { 0 };
                    let _ = writeln!(
                        out,
                        "<answer fraction=\"{fraction}\" format=\"plain_text\"><text>{}</text></answer>",
                        xml_text(option)
                    );
                }
            }
            Kind::Matching { terms, meanings, key } => {
                out.push_str("<shuffleanswers>true</shuffleanswers>\n");
                for (term, meaning) in terms.iter().zip(key.iter().filter_map(|k| meanings.get(*k))) {
                    let _ = writeln!(
                        out,
                        "<subquestion format=\"plain_text\"><text>{}</text><answer><text>{}</text></answer></subquestion>",
                        xml_text(term),
                        xml_text(meaning)
                    );
                }
            }
            kind => {
                let _ = writeln!(
                    out,
                    "<usecase>0</usecase>\n<answer fraction=\"100\" format=\"plain_text\"><text>{}</text></answer>",
                    xml_text(&literal(written(kind).unwrap_or_default()))
                );
            }
        }
        out.push_str("</question>\n");
    }
    out.push_str("</quiz>\n");
    out
}

/// What XML can hold: control characters have no form in it.
fn xml_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() && c < ' ' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[path = "banks_tests.rs"]
mod tests;
