//! Each rule broken once, and left alone once.

use super::{RULES, lint, rule_named, unknown_rules};
use crate::pack::build;
use crate::pack::testing::{date, fixture, said};
use crate::vault::Finding;

fn linted(files: &[(&str, &str)]) -> Vec<Finding> {
    let fixture = fixture(files);
    let (pack, _) = build(&fixture.vault);
    lint(&fixture.vault, &pack, date("2026-11-20"))
}

/// What one rule says.
fn of(rule: &str, files: &[(&str, &str)]) -> Vec<String> {
    assert!(rule_named(rule).is_some(), "{rule}");
    let found: Vec<Finding> = linted(files).into_iter().filter(|f| f.rule == rule).collect();
    said(&found)
}

/// A chapter with one row for each pair of cell and brief.
fn chapter(rows: &[(&str, &str)]) -> String {
    let rows: String = rows.iter().map(|(cell, brief)| format!("|{cell}|{brief}|\n")).collect();
    format!("# One\n\n|Concept|Brief|\n|---|---|\n{rows}")
}

const GOOD: &str = "What a call leaves on the stack until it returns, which is why deep recursion needs memory and \
                    an error can tell its way.";

#[test]
fn names_are_unique_and_documented() {
    for (i, rule) in RULES.iter().enumerate() {
        assert!(RULES[..i].iter().all(|other| other.name != rule.name), "{}", rule.name);
        assert!(rule.doc.ends_with('.') && rule.doc.len() < 100, "{}", rule.name);
    }
    for name in [
        "brief-length",
        "enumeration-answer",
        "term-leak",
        "near-duplicate-fronts",
        "long-back",
        "orphan-concept",
        "dead-link",
        "missing-section",
        "review-length",
        "stale",
        "no-alt-text",
        "end-of-life",
    ] {
        assert!(rule_named(name).is_some(), "{name}");
    }
}

#[test]
fn briefs() {
    let found =
        of("brief-length", &[("1.md", &chapter(&[("Frame", GOOD), ("Short", "Too short."), ("None", "")]))]);
    assert_eq!(
        found,
        [
            "brief-length: this brief has 2 words, not 15 to 25",
            "brief-length: “None” has no brief, so it has no card from its row",
        ]
    );
    // Chinese is counted by characters.
    let words = "对象在运行时绑定到名称，之后可以绑定到另一种类型，因此错误只在调用时出现。";
    assert_eq!(of("brief-length", &[("1.md", &chapter(&[("对象", words)]))]), [""; 0]);
}

fn with_cards(cards: &str) -> Vec<(&'static str, String)> {
    vec![("1.md", chapter(&[("[[Frame]]", GOOD)])), ("Frame.md", format!("## Cards\n\n{cards}\n"))]
}

fn of_cards(rule: &str, cards: &str) -> Vec<String> {
    let files = with_cards(cards);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    of(rule, &files)
}

#[test]
fn answers_that_enumerate() {
    let list = "Which ones?\n?\n- a\n- b\n- c\n- d\n\nWhich colours? :: red, green, blue and black\n\nAnd this? :: One thing, told at some length because it needs it.\n";
    assert_eq!(
        of_cards("enumeration-answer", list),
        [
            "enumeration-answer: this card asks for 4 things at once",
            "enumeration-answer: this card asks for 4 things at once",
        ]
    );
}

#[test]
fn answers_that_are_long() {
    let cards =
        format!("Short? :: Yes.\n\nLong? :: {}\n\nA ==cloze== {}.\n", "word ".repeat(41), "word ".repeat(60));
    assert_eq!(of_cards("long-back", &cards), ["long-back: this answer has 41 words"]);
}

#[test]
fn terms_that_leak() {
    let rows = [
        ("Weak Reference (WR)", "A weak reference does not keep its object alive, so caches can forget."),
        ("Global Lock (GIL)", "One thread at a time: the GIL decides."),
        ("Frame", GOOD),
        ("Object Model", "Every object has an identity, and a model of its type."),
    ];
    assert_eq!(
        of("term-leak", &[("1.md", &chapter(&rows))]),
        ["term-leak: “Weak Reference” stands in its own answer", "term-leak: “GIL” stands in its own answer",]
    );
    let cards = "hash ::: the hash of an object\n\nWhat is a hash? :: A hash is a number.\n";
    // Asked backwards, the long side is the question.
    assert_eq!(of_cards("term-leak", cards), ["term-leak: “hash” stands in its own answer"]);
}

#[test]
fn fronts_that_ask_alike() {
    let cards = "What does a frame hold of one call? :: Its names.\n\nWhat does the frame hold of one call? :: Its state.\n\nWhat is a heap? :: Memory.\n\nA ==frame== holds ==names==.\n";
    assert_eq!(of_cards("near-duplicate-fronts", cards), [""; 0]);
    let cards = cards.replace("the frame hold", "a frame hold");
    assert_eq!(
        of_cards("near-duplicate-fronts", &cards),
        ["near-duplicate-fronts: this card asks as another does, in Frame.md:3"]
    );
}

#[test]
fn concepts_alone() {
    let files = [
        ("1.md", chapter(&[("[[A]]", "a"), ("[[B]]", "b"), ("[[C]]", "c"), ("D", "d")])),
        ("A.md", "See [[B]].".to_owned()),
        ("B.md", "Text.".to_owned()),
        ("C.md", "Text.".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(
        of("orphan-concept", &files),
        ["orphan-concept: “C” links to no concept and none links to it"]
    );
}

#[test]
fn sections_that_most_have() {
    let full = "## Explanation\n\ne\n\n## Example\n\nx\n".to_owned();
    let mut files = vec![
        (
            "1.md",
            format!(
                "{}\n## Review\n\nr\n",
                chapter(&[("[[A]]", "a"), ("[[B]]", "b"), ("[[C]]", "c"), ("[[D]]", "d")])
            ),
        ),
        ("A.md", full.clone()),
        ("B.md", full.clone()),
        ("C.md", full),
        ("D.md", "## Explanation\n\ne\n\n## Quiz\n\nq\n".to_owned()),
    ];
    let said = |files: &[(&str, String)]| {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        of("missing-section", &files)
    };
    assert_eq!(said(&files), ["missing-section: “D” has no Example, as most notes have"]);
    // Half of the notes is no habit.
    files[3].1 = "## Explanation\n\ne\n".to_owned();
    assert_eq!(said(&files), [""; 0]);
}

#[test]
fn reviews() {
    let review =
        |words: usize| format!("{}\n## Review\n\n{}\n", chapter(&[("A", "a")]), "word ".repeat(words));
    assert_eq!(
        of("review-length", &[("1.md", &review(39))]),
        ["review-length: this review has 39 words, not about fifty"]
    );
    assert_eq!(of("review-length", &[("1.md", &review(50))]), [""; 0]);
}

#[test]
fn facts_that_grow_old() {
    let files = |verified: &str| {
        vec![("1.md", chapter(&[("[[A]]", "a")])), ("A.md", format!("---\nverified: {verified}\n---\nText."))]
    };
    let said = |verified: &str| {
        let files = files(verified);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        of("stale", &files)
    };
    assert_eq!(said("2025-11-20"), [""; 0]);
    assert_eq!(said("2025-11-19"), ["stale: “A” was verified 366 days ago, on 2025-11-19"]);
    let chapter = format!("---\nverified: 2025-11-19\n---\n{}", chapter(&[("A", "a")]));
    assert_eq!(of("stale", &[("1.md", &chapter)]), ["stale: “One” was verified 366 days ago, on 2025-11-19"]);
}

/// What `end-of-life` says of a note, in a pack with this language.
fn ended(language: &str, note: &str) -> Vec<String> {
    let config = format!(
        "language: {language}\ndate: 2026-11-20\nfreshness: {{end-of-life: {{Python 3.8: 2024-10-07, Python 3.10: \
         2026-10-31, Python 3.11: 2027-10-31, Sand: 2020-01-01}}}}\n"
    );
    let chapter = chapter(&[("[[A]]", "a")]);
    of("end-of-life", &[("1.md", &chapter), ("A.md", note), ("recto.yaml", &config)])
}

#[test]
fn requirements_that_name_an_ended_version() {
    let said = "names Python 3.8, whose support ended on 2024-10-07";
    assert_eq!(ended("de", "---\npython: '>=3.8'\n---\nText."), [format!("end-of-life: `>=3.8` {said}")]);
    assert_eq!(
        ended("en", "- x\n\n  ```python python='<4, >3.8.1'\n  1\n  ```\n"),
        [format!("end-of-life: `<4, >3.8.1` {said}")]
    );
    for fine in [
        "---\npython: '>=3.11'\nsince: 3.8\nverified: 2026-11-20\n---\nText.",
        "---\npython: '>=3.80'\n---\nText.",
        "```sh python='>=3.8'\n1\n```\n",
    ] {
        assert_eq!(ended("en", fine), [""; 0], "{fine}");
    }
}

#[test]
fn sentences_that_call_an_ended_version_supported() {
    let front = "---\nverified: 2026-11-20\n---\n";
    let said = |text: &str| ended("en-GB", &format!("{front}{text}"));
    let eight = ["end-of-life: this presents Python 3.8 as supported, but that ended on 2024-10-07"];
    assert_eq!(said("Today Python 3.8 is *still supported* by all."), eight);
    assert_eq!(said("|a|b|\n|---|---|\n|The latest is CPython 3.8.20|x|\n"), eight);
    assert_eq!(said("> [!note]\n> python 3.8 receives fixes; nothing else was."), eight);
    assert_eq!(said("# Python 3.8 is current\n\nPython 3.8 is current."), eight, "once in a note");
    for fine in [
        "Python 3.8 is no longer supported.",
        "Python 3.8 was supported until 2024.",
        "Python 3.8 exists. The latest is another.",
        "Python 3.11 is supported.",
        "Python 3.80 and Jython 3.8 are supported.",
        "`x`\n\n```text\nPython 3.8 is supported\n```\n",
    ] {
        assert_eq!(said(fine), [""; 0], "{fine}");
    }
    // The words are known in English only.
    assert_eq!(ended("de", &format!("{front}Python 3.8 is supported.")), [""; 0]);
}

#[test]
fn notes_verified_before_an_end_of_life() {
    let said = |verified: &str| {
        ended("de", &format!("---\nverified: {verified}\n---\nIn Python 3.10 und Python 3.11."))
    };
    assert_eq!(
        said("2026-10-31"),
        [
            "end-of-life: support for Python 3.10 ended on 2026-10-31, after this note was verified (2026-10-31)"
        ]
    );
    assert_eq!(said("2026-11-01"), [""; 0]);
    // Without `verified:` the pack's date counts.
    assert_eq!(ended("de", "In Python 3.10."), [""; 0]);
}

#[test]
fn names_that_are_no_rules() {
    let chapter = chapter(&[("[[A]]", "a")]);
    let files = [
        ("1.md", chapter.as_str()),
        ("A.md", "---\nlint: {allow: [stale, breef-length]}\n---\nText."),
        ("recto.yaml", "lint:\n  allow:\n    - dead-link\n    - dead_lnk\n    - missing-image\n"),
    ];
    let fixture = fixture(&files);
    let found = unknown_rules(&fixture.vault);
    let told: Vec<(&str, &str)> = found
        .iter()
        .map(|f| {
            let place = f.place.as_ref().unwrap();
            let text = files.iter().find(|(path, _)| fixture.vault.find(path) == Some(place.file)).unwrap().1;
            (&text[place.range.clone()], f.hints[0].as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("dead_lnk", "did you mean `dead-link`?"),
            ("missing-image", "`recto check --rules` lists what can be allowed; errors cannot"),
            ("breef-length", "did you mean `brief-length`?"),
        ]
    );
}

#[test]
fn pictures_in_words() {
    let note = "![[a.png]] ![[a.png|A tree]] ![[a.png|300]] ![](a.png) ![leaf](a.png)\n\n```mermaid\nflowchart TD\n  A --> B\n```\n\n```mermaid\nflowchart TD\n  accTitle: Two\n  A --> B\n```\n";
    let chapter = chapter(&[("[[A]]", "a")]);
    let found: Vec<Finding> = linted(&[("1.md", &chapter), ("A.md", note), ("a.png", "")])
        .into_iter()
        .filter(|f| f.rule == "no-alt-text")
        .collect();
    let places: Vec<&str> = found.iter().map(|f| &note[f.place.as_ref().unwrap().range.clone()]).collect();
    assert_eq!(places.len(), 4, "{places:?}");
    assert_eq!(&places[..3], ["![[a.png]]", "![[a.png|300]]", "![](a.png)"]);
    assert!(places[3].starts_with("flowchart TD\n  A --> B"));
}

#[test]
fn what_is_allowed_is_not_said() {
    let chapter = chapter(&[("[[A]]", "Too short."), ("[[B]]", "Too short.")]);
    let files = [
        ("1.md", chapter.as_str()),
        ("A.md", "---\nlint: {allow: [orphan-concept, missing-image]}\n---\nText ![[gone.png]] [[Nowhere]]."),
        ("B.md", "Text."),
        ("recto.yaml", "lint: {allow: [brief-length, dead-link]}"),
    ];
    assert_eq!(
        said(&linted(&files)),
        [
            "orphan-concept: “B” links to no concept and none links to it",
            "no-alt-text: this picture says nothing to those who cannot see it",
        ]
    );
    // What reading the pack found is sifted the same way; errors stay.
    let fixture = fixture(&files);
    let (_, findings) = build(&fixture.vault);
    let told: Vec<Finding> = findings.into_iter().filter(|f| !fixture.vault.allows(f)).collect();
    assert_eq!(said(&told), ["missing-image: there is no picture `gone.png` in the vault"]);
}
