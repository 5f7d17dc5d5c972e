use proptest::prelude::*;

use super::draft::Reason;
use super::*;
use crate::vault::ast::BlockKind;
use crate::vault::{parse, plain_text};

fn made(documents: &[(&str, &str)]) -> Import {
    let sources: Vec<Source> = documents.iter().map(|(path, text)| Source::text(path, text, None)).collect();
    import(&sources, &Wishes::default())
}

fn file(import: &Import, path: &str) -> String {
    let found = import.files.iter().find(|f| f.path == path);
    let paths: Vec<&str> = import.files.iter().map(|f| f.path.as_str()).collect();
    let found = found.unwrap_or_else(|| panic!("{path} is not in {paths:?}"));
    String::from_utf8(found.bytes.clone()).unwrap()
}

/// Chapters with their sections' titles.
fn outline(import: &Import) -> Vec<(&str, Vec<&str>)> {
    import
        .report
        .chapters
        .iter()
        .map(|c| (c.title.as_str(), c.sections.iter().filter_map(|(t, _)| t.as_deref()).collect()))
        .collect()
}

const TABLE: &str = "|Concept|Brief|\n|---|---|\n|A|b|\n";

fn table(name: &str) -> String {
    format!("\n|Concept|Brief|\n|---|---|\n|{name}|A text on {name}.|\n\n")
}

#[test]
fn headings_of_any_style() {
    let (a, b, c) = (table("A"), table("B"), table("C"));
    for (text, expected) in [
        (
            format!("## **Chapter 1 — One**\n{a}## **Chapter 2 — Two**\n{b}"),
            vec![("One", vec![]), ("Two", vec![])],
        ),
        (
            format!("# **1. ONE AND MORE**\n## **X**\n{a}## **Y**\n{b}"),
            vec![("One and More", vec!["X", "Y"])],
        ),
        (format!("# Book\n## 1. One\n{a}## 2. Two\n{b}"), vec![("One", vec![]), ("Two", vec![])]),
        (format!("# One\n## X\n{a}## Y\n{b}"), vec![("One", vec!["X", "Y"])]),
        (
            format!("# Book\n## One\n### X\n{a}## Two\n### Y\n{b}### Z\n{c}"),
            vec![("One", vec!["X"]), ("Two", vec!["Y", "Z"])],
        ),
        (format!("One\n===\n{a}\nTwo\n===\n{b}"), vec![("One", vec![]), ("Two", vec![])]),
        (format!("**Chapter 1: One**\n{a}**Chapter 2: Two**\n{b}"), vec![("One", vec![]), ("Two", vec![])]),
        (format!("# One\n\n**X**\n{a}\n**Y**\n{b}"), vec![("One", vec!["X", "Y"])]),
        (
            format!("Kapitel 1\n\n## Kapitel 1: Eins\n{a}## Kapitel 2: Zwei\n{b}"),
            vec![("Eins", vec![]), ("Zwei", vec![])],
        ),
        (format!("## 第1章 あ\n{a}## 第2章 い\n{b}"), vec![("あ", vec![]), ("い", vec![])]),
        (a.clone(), vec![("doc", vec![])]),
    ] {
        assert_eq!(outline(&made(&[("doc.md", &text)])), expected, "{text}");
    }
}

#[test]
fn what_is_no_content_is_set_aside_whole() {
    let text = format!(
        "Sure! Here is the table:\n\n# Pots\n\nIntro.\n\n{}\nShall I continue?\n\n## More\n\nProse stays.\n\n{}\nLet me know what next.\n\n- a\n- b\n",
        table("A"),
        table("B")
    );
    let import = made(&[("doc.md", &text)]);
    let aside: Vec<(Reason, &str)> =
        import.report.aside.iter().map(|a| (a.reason, a.text.as_str())).collect();
    assert_eq!(
        aside,
        [
            (Reason::Before, "Sure! Here is the table:"),
            (Reason::After, "Let me know what next.\n\n- a\n- b"),
            (Reason::Chat, "Shall I continue?"),
        ]
    );
    let chapter = file(&import, "1 Pots.md");
    assert!(chapter.starts_with("# Pots\n\nIntro.\n\n|Concept"), "{chapter}");
    assert!(chapter.contains("## More\n\nProse stays."), "{chapter}");
}

#[test]
fn deeper_parts_keep_their_text() {
    let text = "# Pots\n\n## X\n\nSee:\n\n### Deep *one*\n\n```py\na | b\n```\n\n> [!tip] T\n> x\n\n|Year|What|\n|---|---|\n|1|2|\n\n|Concept|Brief|Third|\n|---|---|---|\n|A|b `x\\|y`|c|\n\n%%kept%%\n";
    let chapter = file(&made(&[("d.md", text)]), "1 Pots.md");
    for piece in [
        "### Deep *one*",
        "```py\na | b\n```",
        "> [!tip] T\n> x",
        "|Year|What|\n|---|---|\n|1|2|",
        "|A|b `x\\|y`|c|",
        "%%kept%%",
    ] {
        assert!(chapter.contains(piece), "{piece}\n---\n{chapter}");
    }
}

#[test]
fn lists_of_bold_terms_are_concepts_where_no_table_is() {
    let text = "# Pots\n\n- **Amphora**: A jar | vase.\n- **Krater** — A bowl.\n\n  Used for wine.\n";
    let import = made(&[("d.md", text)]);
    let chapter = file(&import, "1 Pots.md");
    assert!(chapter.contains("|**Amphora**|A jar \\| vase.|"), "{chapter}");
    assert!(file(&import, "concepts/Krater.md").contains("Used for wine."));
    let with_table = made(&[("d.md", &format!("# Pots\n\n{TABLE}\n- **X**: y\n- **Z**: w\n"))]);
    assert!(file(&with_table, "1 Pots.md").contains("- **X**: y"));
}

#[test]
fn every_link_gets_a_stub_and_none_gets_two() {
    let text = "# P\n\nSee [[Prose Only]] and [[a/b|shown]] and [[C#]], [[#P]], [[P2#Part]].\n\n|Concept|Brief|\n|---|---|\n|[[C#]]|x|\n|[[C:]]|y|\n|[[one]]|see [[One]]|\n";
    let import = made(&[("d.md", text)]);
    let stubs: Vec<&str> =
        import.files.iter().filter(|f| f.kind == Kind::Stub).map(|f| f.path.as_str()).collect();
    assert_eq!(
        stubs,
        [
            "concepts/a-b.md",
            "concepts/C- 2.md",
            "concepts/C-.md",
            "concepts/one.md",
            "concepts/P2.md",
            "concepts/Prose Only.md"
        ]
    );
    let chapter = file(&import, "1 P.md");
    for piece in ["[[a-b|shown]]", "|[[C-\\|C#]]|x|", "|[[C- 2\\|C:]]|y|", "[[P2#Part]]", "[[#P]]"] {
        assert!(chapter.contains(piece), "{piece}\n{chapter}");
    }
}

#[test]
fn one_concept_has_one_row() {
    let one = format!("# One\n{}{}", table("[[Duck Typing]]"), table("Cold"));
    let two = "# Two\n\n|Concept|Brief|\n|---|---|\n|duck  typing|Another brief.|\n|Hot|c|\n";
    let import = made(&[("1.md", &one), ("2.md", two)]);
    assert_eq!(import.report.concepts(), 3);
    assert_eq!(import.report.merged.len(), 1);
    assert!(file(&import, "concepts/Duck Typing.md").contains("Another brief."));
}

#[test]
fn chapters_that_share_most_concepts_are_one() {
    let doc = |title: &str, more: &str| {
        format!("# {title}\n\n|Concept|Brief|\n|---|---|\n|A|1|\n|B|2|\n|C|3|\n{more}")
    };
    let import = made(&[("1.md", &doc("Short", "")), ("2.md", &doc("Other Name", "|D|4|\n"))]);
    assert_eq!(outline(&import), [("Short", vec![])]);
    assert_eq!(import.report.concepts(), 4);
}

#[test]
fn a_vaults_chapter_notes_stay_whole_and_are_counted() {
    let note = |path: &str, text: String| Source { in_vault: true, ..Source::text(path, &text, None) };
    let sources = [
        note("1 One.md", format!("# One\n\n## X\n\nProse.\n{}", table("[[A]]"))),
        note("2 Two.md", format!("---\ncode: TW\n---\n# Two\n{}", table("B"))),
        note("concepts/A.md", "Text.\n".into()),
        Source::text("more.md", &format!("# Two\n{}{}", table("A"), table("C")), None),
    ];
    let import = import(&sources, &Wishes::default());
    assert_eq!(outline(&import), [("One", vec!["X"]), ("Two", vec![]), ("Two", vec![])]);
    assert_eq!(import.report.concepts(), 3);
    assert_eq!(file(&import, "2 Two.md"), sources[1].text);
    assert!(file(&import, "3 Two.md").contains("|C|"));
}

#[test]
fn the_same_bytes_each_time() {
    let documents = [
        ("o.md", include_str!("../../tests/data/import/overview.md")),
        ("d.md", include_str!("../../tests/data/import/details.md")),
    ];
    let (a, b) = (made(&documents), made(&documents));
    assert_eq!(a.files, b.files);
    // What was written is clean: importing it again repairs nothing.
    for file in &a.files {
        let text = String::from_utf8(file.bytes.clone()).unwrap();
        assert_eq!(crate::vault::repair::repair(&text).changes, [], "{}", file.path);
    }
}

#[test]
fn formats_are_told_apart() {
    for (name, text, format) in [
        ("a.md", "x", Format::Markdown),
        ("a.csv", "a,b\n1,2", Format::Delimited(b',')),
        ("a.csv", "a;b\n1;2", Format::Delimited(b';')),
        ("a.tsv", "a\tb", Format::Delimited(b'\t')),
        ("a.txt", "a\tb\nc\td", Format::Quizlet),
        ("a.txt", "#separator:tab\n#html:false\na\tb", Format::Anki),
        ("a.txt", "# Title\n\n|Concept|Brief|\n", Format::Markdown),
        ("a", "plain", Format::Markdown),
    ] {
        assert_eq!(source::sniff(name, text), format, "{name} {text}");
    }
    assert_eq!(source::decode(b"caf\xe9 \x96 na\xefve"), Some(("café – naïve".into(), Some("windows-1252"))));
    assert_eq!(source::decode(b"\xff\xfea\0b\0"), Some(("ab".into(), Some("UTF-16LE"))));
    assert_eq!(source::decode(b"a\0b"), None);
}

proptest! {
    /// Plain text of other programs shows in Markdown as it was.
    #[test]
    fn escaped_text_shows_itself(text in "[a-z*_`\\[\\]<>&$#=%^~!|\\\\:;.0-9é—→⭐ -]{1,40}") {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assume!(!text.is_empty() && !text.contains('`') && !text.contains("[["));
        let cell = plain::escape_cell(&text);
        let parsed = parse(&format!("|a|b|\n|---|---|\n|x|{cell}|\n"));
        let shown = match &parsed.blocks[0].kind {
            BlockKind::Table(table) => plain_text(&table.rows[0].cells[1].content),
            other => panic!("{other:?}"),
        };
        prop_assert_eq!(shown, text, "{}", cell);
    }

    #[test]
    fn any_table_keeps_its_words(cells in prop::collection::vec(("[A-Z][a-z]{2,8}", "[a-z]{2,9}( [a-z]{2,9}){0,4}"), 1..12)) {
        let mut text = String::from("# T\n\n|Concept|Brief|\n|---|---|\n");
        for (name, brief) in &cells {
            text.push_str(&format!("|[[{name}]]|{brief}|\n"));
        }
        let import = made(&[("d.md", &text)]);
        let all: String = import.files.iter().map(|f| String::from_utf8_lossy(&f.bytes).into_owned()).collect();
        for (name, brief) in &cells {
            prop_assert!(all.contains(name.as_str()));
            prop_assert!(all.contains(brief.as_str()), "{}", brief);
        }
    }
}

#[test]
fn nothing_of_a_table_with_a_header_is_lost() {
    let lines = made(&[(
        "a.csv",
        "Term,Definition,Synonyms\nMitosis,Cells part.,\"Cell\tdivision\nsplitting\",maths,aths\n",
    )]);
    let note = file(&lines, "concepts/Mitosis.md");
    assert!(
        note.contains("aliases: [\"Cell division\", splitting]") && note.contains("maths\n\naths\n"),
        "{note}"
    );
    let text = "Term\tDefinition\tTags\tDeck\tUnit\r\n\r\nMitosis\tCells part.\tbio, 2024\tCells\tThird\r\n\t\tx\t\t\r\n";
    let import = made(&[("a.tsv", text)]);
    let note = file(&import, "concepts/Mitosis.md");
    assert!(note.contains("\"Cells\"") || note.contains("cells"), "{note}");
    assert!(note.contains("bio") && note.contains("## Explanation\n\nThird\n"), "{note}");
    let aside: Vec<(usize, &str)> =
        import.report.aside.iter().map(|a| (a.origin.line, a.text.as_str())).collect();
    assert_eq!(aside, [(3, "Tag of Mitosis: 2024"), (4, "Tags of : x")]);
}

#[test]
fn cards_with_gaps_bring_no_warnings_and_lose_no_tags() {
    let import = made(&[(
        "a.txt",
        "#separator:tab\n#tags column:3\n{{c1::RNA}} is single.\t\tbio exam\nDNA\tA helix.\t\n",
    )]);
    assert!(file(&import, "1 a.md").contains("==RNA== is single."));
    assert!(file(&import, "recto.yaml").contains("allow: [card-without-concept]"));
    let aside: Vec<(usize, &str)> =
        import.report.aside.iter().map(|a| (a.origin.line, a.text.as_str())).collect();
    assert_eq!(aside, [(3, "tags of a card with gaps: bio, exam")]);
}
