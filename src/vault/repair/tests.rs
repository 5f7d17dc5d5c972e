use proptest::prelude::*;

use super::corpus::{CORRECT, SENTENCES};
use super::*;

/// How a text is damaged.
#[derive(Debug, Copy, Clone)]
enum Damage {
    Mac,
    Windows,
    Latin1,
}

const DAMAGES: [Damage; 3] = [Damage::Mac, Damage::Windows, Damage::Latin1];

fn damaged(text: &str, by: Damage) -> String {
    match by {
        Damage::Mac => encoding_rs::MACINTOSH.decode_without_bom_handling(text.as_bytes()).0.into_owned(),
        Damage::Windows => {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
        }
        Damage::Latin1 => text.bytes().map(char::from).collect(),
    }
}

/// All mismatches at once: one at a time takes too long to fix.
fn report(wrong: &[(String, String, String)]) {
    let lines: Vec<String> = wrong.iter().map(|(a, b, c)| format!("{a}\n  want {b}\n  got  {c}")).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), lines.join("\n"));
}

#[test]
fn every_damage_of_every_sentence_is_undone() {
    let mut wrong = Vec::new();
    for (language, sentence) in SENTENCES {
        for by in DAMAGES {
            let got = repair(&damaged(sentence, by)).text;
            if got != *sentence {
                wrong.push((format!("{language} {by:?}"), (*sentence).to_owned(), got));
            }
        }
    }
    report(&wrong);
}

#[test]
fn damage_upon_damage_is_undone() {
    let mut wrong = Vec::new();
    for (language, sentence) in SENTENCES {
        for first in DAMAGES {
            for second in DAMAGES {
                let got = repair(&damaged(&damaged(sentence, first), second)).text;
                if got != *sentence {
                    wrong.push((format!("{language} {first:?} {second:?}"), (*sentence).to_owned(), got));
                }
            }
        }
    }
    report(&wrong);
}

#[test]
fn correct_text_is_never_touched() {
    let mut wrong = Vec::new();
    for text in SENTENCES.iter().map(|(_, text)| text).chain(CORRECT) {
        let got = repair(text);
        if !got.changes.is_empty() || got.text != *text {
            wrong.push((format!("{:?}", got.changes), (*text).to_owned(), got.text));
        }
    }
    let whole: Vec<&str> = SENTENCES.iter().map(|(_, text)| *text).chain(CORRECT.iter().copied()).collect();
    let whole = whole.join("\n\n");
    let got = repair(&whole);
    if got.text != whole {
        wrong.push((format!("{:?}", got.changes), "the whole".into(), String::new()));
    }
    report(&wrong);
}

#[test]
fn a_damaged_line_among_good_ones() {
    let good = "Déjà vu — naïve, “l’été”, «éste», NÃO…";
    for (_, sentence) in SENTENCES {
        for by in DAMAGES {
            let text = format!("{good}\n{}\n{good}\n", damaged(sentence, by));
            let repaired = repair(&text);
            assert_eq!(repaired.text, format!("{good}\n{sentence}\n{good}\n"), "{by:?}");
            assert!(repaired.changes.iter().all(|change| change.line == 2 && change.rule == Rule::Encoding));
        }
    }
}

#[test]
fn the_seeds_kinds_of_damage() {
    for (before, after) in [
        ("Perfect ‚Äî I now understand", "Perfect — I now understand"),
        ("Local ‚Üí Enclosing", "Local → Enclosing"),
        ("Latest ‚≠ê NEW", "Latest ⭐ NEW"),
        ("next? \u{f8ff}üöÄ", "next? 🚀"),
        ("Don‚Äôt", "Don’t"),
        ("### ‚úî Fully", "### ✔ Fully"),
        ("cafÃ© â€” naÃ¯ve", "café — naïve"),
        ("20Â°C, Â£5, Â© 2020", "20°C, £5, © 2020"),
        ("Ã\u{a0} la carte", "à la carte"),
        ("o√π est-il, d√©j√†", "où est-il, déjà"),
        (
            "|**[[Iterator Protocol (**iter**, **next**)]]**|x|",
            "|**[[Iterator Protocol (__iter__, __next__)]]**|x|",
        ),
        ("Python calls **init**(self) and obj.**len**()", "Python calls __init__(self) and obj.__len__()"),
        (
            "Python: the **getitem** and **setitem** methods",
            "Python: the __getitem__ and __setitem__ methods",
        ),
        ("if __name__ == \"**main**\":", "if __name__ == \"__main__\":"),
        ("#\u{a0}Heading", "# Heading"),
        ("-\u{a0}item", "- item"),
        ("see [[Duck\u{a0}Typing]]", "see [[Duck Typing]]"),
        ("a\u{a0}paste\u{a0}from\u{a0}elsewhere", "a paste from elsewhere"),
        ("zero\u{200b}width and\u{feff} marks\u{200e}", "zerowidth and marks"),
        ("we don´t and it′s", "we don’t and it’s"),
        ("‘‘quoted’’ so", "“quoted” so"),
        ("one ― two", "one — two"),
        ("this − that", "this – that"),
        ("|** Name **|x|", "|**Name**|x|"),
        ("|**Duck Typing|x|", "|Duck Typing|x|"),
        ("|[[Duck Typing]]**|x|", "|[[Duck Typing]]|x|"),
        ("|****Name****|x|", "|**Name**|x|"),
        ("|a|b|\n|---|---|\n|`x|y`|z|\n", "|a|b|\n|---|---|\n|`x\\|y`|z|\n"),
        ("|a|b|\n|---|---|\n|[[N|n]]|z|\n", "|a|b|\n|---|---|\n|[[N\\|n]]|z|\n"),
    ] {
        assert_eq!(repair(before).text, after);
    }
}

#[test]
fn changes_rebuild_the_text() {
    let text = "a ‚Äî b\n|**[[It (**iter**)]]** ‚≠ê|x|\n\u{200b}";
    let repaired = repair(text);
    let mut out = String::new();
    let mut at = 0;
    for change in &repaired.changes {
        assert_eq!(&text[change.range.clone()], change.before);
        out.push_str(&text[at..change.range.start]);
        out.push_str(&change.after);
        at = change.range.end;
    }
    out.push_str(&text[at..]);
    assert_eq!(out, repaired.text);
    let rules: Vec<_> = repaired.changes.iter().map(|c| (c.line, c.rule.name())).collect();
    assert_eq!(rules, [(1, "encoding"), (2, "dunder"), (2, "encoding"), (3, "invisible")]);
}

#[test]
fn one_rule_alone() {
    let text = "a ‚Äî b\u{200b} c";
    assert_eq!(repair_by(text, &[Rule::Invisible]).text, "a ‚Äî b c");
    assert_eq!(repair_by(text, &[]).text, text);
}

proptest! {
    #[test]
    fn any_sentences_in_any_damage(
        picked in prop::collection::vec((0..SENTENCES.len(), 0..4usize, 0..4usize), 1..12),
    ) {
        let mut text = String::new();
        let mut want = String::new();
        for (i, first, second) in picked {
            let sentence = SENTENCES[i].1;
            let mut line = sentence.to_owned();
            for by in [first, second].into_iter().filter_map(|i| DAMAGES.get(i)) {
                line = damaged(&line, *by);
            }
            text.push_str(&line);
            text.push('\n');
            want.push_str(sentence);
            want.push('\n');
        }
        prop_assert_eq!(repair(&text).text, want);
    }

    #[test]
    fn zero_width_characters_among_latin_letters(
        i in 0..SENTENCES.len(), at in prop::collection::vec(0..200usize, 1..4), which in 0..3usize,
    ) {
        let sentence = SENTENCES[i].1;
        let chars: Vec<char> = sentence.chars().collect();
        let mut damaged = String::new();
        for (i, c) in chars.iter().enumerate() {
            damaged.push(*c);
            let between = c.is_ascii_lowercase() && chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
            if between && at.contains(&i) {
                damaged.push(['\u{200b}', '\u{feff}', '\u{200d}'][which]);
            }
        }
        prop_assert_eq!(repair(&damaged).text, sentence);
    }

    #[test]
    fn hard_spaces_everywhere(i in 0..SENTENCES.len()) {
        let sentence = SENTENCES[i].1;
        // Typography may want them beside digits and French punctuation: there nobody can tell.
        let told = sentence.split(' ').count() > 3
            && !sentence.chars().any(|c| c.is_numeric() || "«»:;!?%–—".contains(c));
        if told {
            prop_assert_eq!(repair(&sentence.replace(' ', "\u{a0}")).text, sentence);
        }
        let heading = format!("## {sentence}\n\n- {sentence}");
        let damaged = heading.replace("## ", "##\u{a0}").replace("- ", "-\u{a0}");
        if !sentence.contains("- ") {
            prop_assert_eq!(repair(&damaged).text, heading);
        }
    }

    #[test]
    fn dunders_in_names_of_links(names in prop::collection::vec("(iter|next|init|len|getitem|call|enter|exit)", 1..4)) {
        let joined = |mark: &str| names.iter().map(|n| format!("{mark}{n}{mark}")).collect::<Vec<_>>().join(", ");
        let line = |mark: &str| format!("|**[[Protocol ({})]]**|Brief.|", joined(mark));
        prop_assert_eq!(repair(&line("**")).text, line("__"));
        prop_assert_eq!(repair(&line("__")).text, line("__"));
    }

    #[test]
    fn pipes_in_code_in_tables(cells in prop::collection::vec("[a-z]{1,3}(\\|[a-z]{1,3}){0,2}", 1..4)) {
        let table = |pipe: &str| {
            let row: Vec<String> = cells.iter().map(|c| format!("`{}`", c.replace('|', pipe))).collect();
            let columns = cells.len();
            format!("|{}\n|{}\n|{}|\n", "h|".repeat(columns), "---|".repeat(columns), row.join("|"))
        };
        prop_assert_eq!(repair(&table("|")).text, table("\\|"));
        prop_assert_eq!(repair(&table("\\|")).text, table("\\|"));
    }

    #[test]
    fn any_mix_of_correct_text(picked in prop::collection::vec(0..SENTENCES.len() + CORRECT.len(), 1..12)) {
        let lines: Vec<&str> = picked
            .into_iter()
            .filter_map(|i| SENTENCES.get(i).map(|(_, text)| *text).or_else(|| CORRECT.get(i - SENTENCES.len()).copied()))
            .collect();
        // Lines of their own: below a table a line with a pipe would be its row.
        let text = lines.join("\n\n");
        prop_assert_eq!(repair(&text).text, text);
    }

    #[test]
    fn repairing_twice_is_repairing_once(text in "(\\PC|[|*`\\[\\]_ \n\u{a0}\u{200b}Ãâ€‚Äîü√©]){0,80}") {
        let once = repair(&text);
        prop_assert_eq!(text.lines().count(), once.text.lines().count());
        let twice = repair(&once.text);
        prop_assert_eq!(&twice.text, &once.text, "{:?}", twice.changes);
        let mut at = 0;
        for change in &once.changes {
            prop_assert!(change.range.start >= at && change.range.end <= text.len());
            at = change.range.end;
        }
    }
}
