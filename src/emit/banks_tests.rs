//! Banks read back by small parsers that know the formats and nothing of the writer.

use super::*;
use crate::plan::quiz::{Gap, Program};

/// What every format must give back: kind, what is asked, answers with the right ones marked, pairs.
#[derive(Debug, PartialEq)]
enum Read {
    Choice(String, Vec<(bool, String)>),
    Short(String, String),
    Matching(String, Vec<(String, String)>),
}

/// Every special character of every format, in every place.
fn bank() -> Vec<Question> {
    let nasty = [
        "a = b ~ c # d {e} f: g \\ h",
        "<b>&amp;\"'</b> ]]> <!-- -->",
        "%50%half",
        "// no comment",
        "A. B) ANSWER: C",
        "{{c1::x}} =cmd() * ? \\*",
        "tab\there",
        "::title::[html]x",
        "->",
    ];
    let mut out = Vec::new();
    for (i, text) in nasty.iter().enumerate() {
        let other = |k: usize| format!("{} {k}", nasty[(i + k) % nasty.len()]);
        let question = |kind| Question { topics: vec![0], kind };
        for right in 0..3 {
            out.push(question(Kind::Choice {
                ask: [Ask::Term, Ask::Description, Ask::Own][right],
                stem: (*text).into(),
                options: (0..3).map(other).collect(),
                right,
            }));
        }
        out.push(question(Kind::Short { question: (*text).into(), answer: other(1), of_term: i % 2 == 0 }));
        let (before, after) = (format!("x {text} "), format!(" {text} y"));
        out.push(question(Kind::Cloze(Gap { before, answer: other(2), after })));
        out.push(question(Kind::Prints(Program {
            lang: "python".into(),
            code: format!("x = {{1: '{text}'}}\n\tprint(x)  # {text}"),
            output: format!("{text}\n{text}"),
        })));
        out.push(question(Kind::Matching {
            terms: (0..3).map(other).collect(),
            meanings: (3..6).map(other).collect(),
            key: vec![2, 0, 1],
        }));
    }
    out
}

fn wanted(question: &Question, side: impl Fn(&str) -> String) -> Read {
    let asked = stem(&question.kind, Locale::of("en"));
    match &question.kind {
        Kind::Choice { options, right, .. } => {
            Read::Choice(asked, options.iter().enumerate().map(|(i, o)| (i == *right, o.clone())).collect())
        }
        Kind::Matching { terms, meanings, key } => Read::Matching(
            asked,
            terms.iter().zip(key).map(|(t, k)| (side(t), side(&meanings[*k]))).collect(),
        ),
        kind => Read::Short(asked, written(kind).unwrap().to_owned()),
    }
}

/// A short answer as Moodle takes it: `\*` is an asterisk, `*` would be anything.
fn unliteral(text: &str) -> String {
    assert!(!text.replace("\\*", "").contains('*'), "{text} has a wildcard");
    text.replace("\\*", "*")
}

/// A GIFT text, character by character: `\x` is `x`, a bare mark is a mark.
fn read_gift(text: &str) -> Vec<Read> {
    #[derive(PartialEq, Clone, Copy, Debug)]
    enum C {
        Mark(char),
        Text(char),
    }
    let mut out = Vec::new();
    let lines: Vec<&str> =
        text.lines().filter(|l| !l.starts_with("//") && !l.starts_with("$CATEGORY:")).collect();
    for entry in lines.join("\n").split("\n\n").map(str::trim).filter(|e| !e.is_empty()) {
        let mut chars = Vec::new();
        let mut rest = entry.chars();
        while let Some(c) = rest.next() {
            chars.push(match c {
                '\\' => match rest.next().expect("something behind a backslash") {
                    'n' => C::Text('\n'),
                    c => C::Text(c),
                },
                '=' | '~' | '#' | '{' | '}' | ':' => C::Mark(c),
                c => C::Text(c),
            });
        }
        let plain = |chars: &[C]| -> String {
            chars
                .iter()
                .map(|c| match c {
                    C::Text(c) => *c,
                    C::Mark(c) => panic!("a bare `{c}` in {entry}"),
                })
                .collect::<String>()
        };
        let colons = |at: usize| chars.get(at..at + 2) == Some(&[C::Mark(':'); 2]);
        assert!(colons(0), "{entry}");
        let name = (2..chars.len()).find(|i| colons(*i)).expect("an end of the name");
        let open = chars.iter().position(|c| *c == C::Mark('{')).expect("answers");
        let close = chars.iter().position(|c| *c == C::Mark('}')).expect("their end");
        assert_eq!(close, chars.len() - 1, "{entry}");
        let asked = plain(&chars[name + 2..open]);
        let asked = asked.strip_prefix("[plain]").expect("a format").trim().to_owned();
        let mut answers: Vec<(bool, String)> = Vec::new();
        let mut at = open + 1;
        while at < close {
            let next = (at + 1..close).find(|i| matches!(chars[*i], C::Mark('=' | '~'))).unwrap_or(close);
            match chars[at] {
                C::Mark(mark) => {
                    let text = plain(&chars[at + 1..next]);
                    let text = text.trim();
                    // A weight comes before an answer, but not before a side of a matching.
                    let weight = text.strip_prefix('%').filter(|_| !text.contains("->"));
                    let text = match weight.and_then(|t| t.split_once('%')) {
                        Some((weight, rest)) => {
                            assert_eq!(weight.parse::<u32>(), Ok(if mark == '=' { 100 } else { 0 }));
                            rest
                        }
                        None => text,
                    };
                    answers.push((mark == '=', text.to_owned()));
                }
                C::Text(c) => assert!(c.is_whitespace()),
            }
            at = next;
        }
        // As Moodle tells them apart.
        out.push(if answers.iter().any(|(right, _)| !right) {
            Read::Choice(asked, answers)
        } else if answers.iter().any(|(_, a)| a.contains("->")) {
            let pairs = answers.iter().map(|(_, a)| a.split_once("->").expect("an arrow"));
            Read::Matching(asked, pairs.map(|(a, b)| (a.trim().to_owned(), b.trim().to_owned())).collect())
        } else {
            assert_eq!(answers.len(), 1);
            Read::Short(asked, unliteral(&answers[0].1.replace("-*>", "->")))
        });
    }
    out
}

#[test]
fn gift_gives_the_same_bank() {
    let bank = bank();
    let read = read_gift(&gift("Birds: {all} = 1", &bank, Locale::of("en")));
    assert_eq!(read.len(), bank.len());
    for (question, read) in bank.iter().zip(read) {
        assert_eq!(read, wanted(question, |side| side.replace("->", "→")));
    }
}

#[test]
fn aiken_gives_the_same_choices() {
    let bank = bank();
    let text = aiken(&bank, Locale::of("en"));
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut read = Vec::new();
    let (mut asked, mut options) = (None, Vec::new());
    for line in text.lines().filter(|l| !l.is_empty()) {
        let option = line.split_once(". ").filter(|(l, _)| {
            let expected = char::from(b'A' + u8::try_from(options.len()).unwrap());
            asked.is_some() && *l == expected.to_string()
        });
        if let Some(key) = line.strip_prefix("ANSWER: ") {
            let key = usize::from(key.as_bytes()[0] - b'A');
            let marked = options.drain(..).enumerate().map(|(i, o)| (i == key, o)).collect();
            read.push(Read::Choice(asked.take().expect("a question"), marked));
        } else if let Some((_, option)) = option {
            options.push(option.to_owned());
        } else {
            assert!(options.is_empty() && asked.is_none(), "{line}");
            asked = Some(line.to_owned());
        }
    }
    let choices: Vec<Read> = bank
        .iter()
        .filter(|q| matches!(q.kind, Kind::Choice { .. }))
        .map(|q| match wanted(q, str::to_owned) {
            Read::Choice(asked, options) => {
                Read::Choice(spaced(&asked), options.into_iter().map(|(r, o)| (r, spaced(&o))).collect())
            }
            other => other,
        })
        .collect();
    assert_eq!(read, choices);
}

#[test]
fn moodle_gives_the_same_bank() {
    let bank = bank();
    let text = moodle("Birds & <all> / \u{1}", &bank, Locale::of("en"));
    let document = roxmltree::Document::parse(&text).expect("XML");
    let child = |node: roxmltree::Node<'_, '_>, path: &[&str]| -> String {
        let mut at = node;
        for name in path {
            at = at.children().find(|c| c.has_tag_name(*name)).unwrap_or_else(|| panic!("no {name}"));
        }
        at.text().unwrap_or_default().to_owned()
    };
    let nodes: Vec<_> = document.root_element().children().filter(|n| n.has_tag_name("question")).collect();
    assert_eq!(child(nodes[0], &["category", "text"]), "$course$/Birds & <all> // ");
    assert_eq!(nodes.len(), bank.len() + 1);
    for (node, question) in nodes[1..].iter().zip(&bank) {
        let asked = child(*node, &["questiontext", "text"]);
        let answers = node.children().filter(|n| n.has_tag_name("answer"));
        let answers: Vec<(bool, String)> =
            answers.map(|a| (a.attribute("fraction") == Some("100"), child(a, &["text"]))).collect();
        let read = match node.attribute("type").unwrap() {
            "multichoice" => Read::Choice(asked, answers),
            "matching" => {
                let pairs = node.children().filter(|n| n.has_tag_name("subquestion"));
                Read::Matching(
                    asked,
                    pairs.map(|p| (child(p, &["text"]), child(p, &["answer", "text"]))).collect(),
                )
            }
            "shortanswer" => Read::Short(asked, unliteral(&answers[0].1)),
            other => panic!("{other}"),
        };
        assert_eq!(read, wanted(question, str::to_owned));
    }
}
