//! A pack that is awkward on purpose: every form of Markdown that a vault may hold, printed without losing a word.

use crate::support::{Folder, letters, pdf_text};

pub fn torture() -> Folder {
    let folder = Folder::new();
    folder.write(
        "pack/recto.yaml",
        "title: \"Torture & <Test> #1\"\ndate: 2026-11-20\nschedule: {start: 2027-01-04}\n",
    );
    folder.write(
        "pack/1 Cells.md",
        "# Cells\n\nIntro with a [[Plain]] link.\n\n## Forms of names\n\n\
         |Concept|Brief Description (15–25 words)|\n|---|---|\n\
         |**[[Plain]]**|Plain **bold**, *italic*, `code`, ~~struck~~ and ==marked== text.|\n\
         |[[Plain Two\\|Shown name]]|An alias with an escaped pipe.|\n\
         |**[[Badged]] ⭐ NEW**|A badge behind the link.|\n\
         |No link at all|A row of its own, with `a \\| b` in code.|\n\
         |**[[Iterator (__iter__, __next__)]]**|Dunders in a name → and an arrow.|\n\
         |**[[Heavy]]**|What is long, wide, deep, foreign or drawn.|\n\n\
         A prose table:\n\n|Left|Right|\n|:--|--:|\n|one|two|\n",
    );
    folder.write(
        "pack/concepts/Plain.md",
        "---\naliases: [Simple, \"Unadorned\"]\ntags: [a/b, c]\npriority: 1\n---\n## Explanation\n\n\
         Text with a footnote[^1], a #tag/nested, an inline [link](https://example.org), \"quotes\" and 'more'.\n\n\
         > [!tip]- Folded *title*\n> Inside the tip.\n> > [!warning]\n> > Nested warning.\n\n\
         > [!strange] Unknown kind\n> Still printed.\n\n\
         > A plain quotation.\n\n- one\n  - nested one\n    1. deep one\n- two\n\n- [ ] open task\n- [x] done task\n\n\
         %%a comment that is not printed%%\n\nDataview:: a field\n\n$E = mc^2$ and price $5 and $6.\n\n$$\\frac{a}{b}$$\n\n\
         ![[missing note]]\n\n<b>html</b> shown\n\n[^1]: The footnote's own words.\n\n\
         ### A heading of my own\n\nUnder it.\n\n## Example\n\n```python\nprint('x' * 3)  # a comment\n```\n\n```output\nxxx\n```\n\n\
         ```unknownlang\nwhatever { }\n```\n\n## A free section\n\nFree text.\n\n## Cards\n\nFront one :: Back one\n\nBoth ::: Ways\n\n\
         A ==cloze== with ==two== gaps.\n\nMulti front\n?\nMulti back\n\n`x[::-1]` is not a card.\n\n## See also\n\n[[Badged]], [[Simple]]\n",
    );
    folder.write(
        "pack/concepts/Plain Two.md",
        "## Explanation\n\nSecond [[Plain#A heading of my own|with alias]].\n",
    );
    folder.write("pack/concepts/Heavy.md", heavy());
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(300, 200).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    folder.write("pack/assets/pond.png", png.into_inner());
    folder.write("pack/concepts/Badged.md", "## Explanation\n\nBadge text ✔ → ⭐ 🚀.\n");
    folder
}

/// A note of what breaks lines, columns and pages: words without a break, another script, long code and tables, deep lists,
/// pictures, drawings, footnotes.
fn heavy() -> String {
    let word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
    let code: Vec<String> = (1..=60)
        .map(|n| match n % 20 {
            7 => format!("name_{n} = [{}]", "some_function(argument), ".repeat(7)),
            13 => format!("text_{n} = \"{}\"", "日月火水木金土".repeat(8)),
            _ => format!("value_{n} = {n}"),
        })
        .collect();
    let rows: String =
        (0..40).map(|n| format!("|row {n}|{}|`f({n})`|\n", "some words of it ".repeat(n % 7))).collect();
    let wide: Vec<String> = (0..6).map(|n| format!("column{n}")).collect();
    format!(
        "## Explanation\n\n{word}{word} and {word}, `{code_word}` and https://example.org/{path}.\n\n\
         日月火水木金土年、時間学習。{cjk}\n\n\
         - one[^a]\n  - two\n    - three\n      - four\n        - five {word}\n\n          A paragraph in the fifth.\n\n\
         1. first\n   1. inner\n\n      ```python\n      in_a_list = True\n      ```\n2. second\n\n\
         > Quoted\n> > twice\n> > > and thrice, with {word}.\n\n\
         > [!example] Drawn in a callout\n> ```mermaid\n> flowchart LR\n>   a[Begin here] --> b{{Really?}} --> c[\"End & out\"]\n> ```\n\n\
         ```mermaid\naccTitle: From A to B\naccDescr: Two actors greet each other\nsequenceDiagram\n  Ann->>Bob: Good day\n  Bob-->>Ann: Likewise\n```\n\n\
         ![A pond](../assets/pond.png \"The pond in winter\")\n\nText and ![a pond](../assets/pond.png) in a line.\n\n\
         |Head A|Head B|Head C|\n|:--|:-:|--:|\n|the first cell|{word}|x|\n{rows}|cell of the last row|y|z|\n\n\
         |{heads}|\n|{rules}|\n|{wide}|\n\n\
         ## Example\n\n```python\n{code}\n```\n\n```output\n{output}\n```\n\nAfter it[^b], **_`all at once`_** and ==marked *and* slanted==.\n\n\
         ## Exercise\n\nDo it.\n\n### Solution\n\nDone.\n\n## Interview\n\n*Why?* Because.\n\n\
         [^a]: The first footnote.\n[^b]: The second footnote, with `code` and {word}.\n",
        code_word = "x".repeat(140),
        path = "a-long-path/".repeat(14),
        cjk = "日月火水木金土年".repeat(40) + "答",
        heads = wide.join("|"),
        rules = ["---"; 6].join("|"),
        wide = ["Donaudampfschifffahrt"; 6].join("|"),
        code = code.join("\n"),
        output = "out of it ".repeat(30),
    )
}

#[test]
fn no_word_of_a_note_is_lost() {
    let folder = torture();
    let run = folder.recto(&["build", "pack", "--out", "out"]);
    let text = letters(&pdf_text(&folder.bytes("out/handbook.pdf")).concat());
    for words in [
        "Torture & <Test> #1",
        "Intro with a Plain link",
        "Shown name",
        "An alias with an escaped pipe",
        "A badge behind the link",
        "No link at all",
        "with a | b in code",
        "Dunders in a name",
        "prose table",
        "Text with a footnote",
        "tag/nested",
        "The footnote’s own words",
        "Folded title",
        "Inside the tip",
        "Nested warning",
        "Unknown kind",
        "Still printed",
        "A plain quotation",
        "nested one",
        "deep one",
        "open task",
        "done task",
        "a field",
        "price $5 and $6",
        "html",
        "A heading of my own",
        "Under it",
        "a comment",
        "xxx",
        "whatever",
        "A free section",
        "Free text",
        "Simple",
        "Unadorned",
        "Badge text",
    ] {
        assert!(text.contains(&letters(words)), "`{words}` is not in the handbook\n{}\n{text}", run.err);
    }
    assert!(!text.contains("acommentthatisnotprinted"), "comments are not printed");
    let cards = letters(&pdf_text(&folder.bytes("out/flashcards.pdf")).concat());
    for words in ["Front one", "Back one", "Both", "Ways", "Multi front", "Multi back", "gaps"] {
        assert!(cards.contains(&letters(words)), "`{words}` is not on a card");
    }
}

#[test]
fn long_answers_go_on_over_several_cards_and_lose_nothing() {
    let folder = Folder::small();
    let answer: Vec<String> = (0..260).map(|i| format!("word{i}")).collect();
    let code: Vec<String> = (0..40).map(|i| format!("line_{i} = {i}")).collect();
    folder.write(
        "pack/concepts/Mallard.md",
        format!(
            "## Cards\n\nTell all :: {}\n\nShow the code\n?\n```python\n{}\n```\n\nAverylongwordwithoutanybreak{} :: Short\n",
            answer.join(" "),
            code.join("\n"),
            "quack".repeat(30)
        ),
    );
    folder.recto(&["build", "pack", "flashcards", "--out", "out"]).ends(0);
    let text = letters(&pdf_text(&folder.bytes("out/flashcards.pdf")).concat());
    for i in 0..260 {
        assert!(text.contains(&format!("word{i}")), "word{i} is lost");
    }
    for i in 0..40 {
        assert!(text.contains(&format!("line{i}{i}")), "line {i} is lost");
    }
    assert!(text.contains(&"quack".repeat(30)), "the long word is whole");
}

#[test]
fn characters_no_font_has_are_errors_with_their_line() {
    let folder = Folder::small();
    folder
        .write("pack/concepts/Mallard.md", "## Explanation\n\nA rune of nobody: \u{16A00} and Tibetan བོད.\n");
    folder.build().ends(1).says("concepts/Mallard.md:3").says("no font");
}

/// Every character beyond ASCII of the documents that the project was born from (repaired), the callouts' icons, boxes,
/// marks that layouts draw as text, and the calendar's words in all languages.
#[test]
fn no_character_of_ours_is_tofu() {
    let folder = Folder::small();
    let mut text = String::from(
        "ÄÊÜìíîôöú × – — ’ ‚ “ ” • … → ≠ ≤ ≥ ✔ ⭐ 🚀 ✎ ☰ ℹ ☐ ★ ⚠ ✘ ⚡ ⚙ ▶ ❝ ☑ ☒ ↪ · › ½ € £ ° ² α β λ Σ Ω",
    );
    for language in ["en", "de", "fr", "es", "pt-BR", "it", "nl", "pl", "ru", "ja", "zh"] {
        let locale = recto::plan::locale::Locale::of(language);
        for month in 1..=12 {
            text.push_str(&format!(" {} {}", locale.month(month), locale.month_short(month)));
        }
        for word in locale.words().values() {
            text.push_str(&format!(" {}", word.replace(['{', '}', '`', '*', '_', '<'], "")));
        }
    }
    folder.write("pack/concepts/Mallard.md", format!("## Explanation\n\n{text}\n"));
    folder.build().silent_about("no font").ends(0);
}
