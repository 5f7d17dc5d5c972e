//! The tree of small notes, written as one line each, and properties of every note.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::vault::ast::{CalloutKind, Fold, ImageSize, Row};

/// A tree in one line: `p[a *b*]`, marks named by a letter or word.
fn show(source: &str) -> String {
    show_blocks(&parse(source).blocks)
}

fn show_blocks(blocks: &[Block]) -> String {
    let shown: Vec<String> = blocks.iter().map(show_block).collect();
    shown.join(" ")
}

fn show_block(block: &Block) -> String {
    let id = block.id.as_ref().map_or(String::new(), |id| format!("^{id}"));
    let kind = match &block.kind {
        BlockKind::Heading { level, content } => format!("h{level}[{}]", show_inlines(content)),
        BlockKind::Paragraph(content) => format!("p[{}]", show_inlines(content)),
        BlockKind::Quote(body) => format!("quote[{}]", show_blocks(body)),
        BlockKind::Callout(c) => {
            let fold = match c.fold {
                Fold::None => "",
                Fold::Open => "+",
                Fold::Closed => "-",
            };
            let title = c.title.as_ref().map_or("∅".into(), |title| show_inlines(title));
            format!("callout:{:?}{fold}({title})[{}]", c.kind, show_blocks(&c.body))
        }
        BlockKind::List(list) => {
            let items: Vec<String> = list
                .items
                .iter()
                .map(|item| {
                    let task = item.task.map_or(String::new(), |c| format!("({c})"));
                    format!("{task}{{{}}}", show_blocks(&item.body))
                })
                .collect();
            let start = list.start.map_or("ul".into(), |n| format!("ol{n}"));
            format!("{start}{}[{}]", if list.tight { "" } else { "~" }, items.join(" "))
        }
        BlockKind::Code(code) => format!("code:{}({})[{:?}]", code.lang, code.info, code.text),
        BlockKind::Table(table) => {
            let rows: Vec<String> = std::iter::once(&table.head).chain(&table.rows).map(show_row).collect();
            format!("table[{}]", rows.join(" / "))
        }
        BlockKind::Rule => "rule".into(),
        BlockKind::FootnoteDef { label, body } => {
            let label = if label.starts_with('^') { "inline" } else { label };
            format!("note:{label}[{}]", show_blocks(body))
        }
        BlockKind::Math(text) => format!("math[{}]", text.trim()),
        BlockKind::Html(text) => format!("html[{text}]"),
    };
    kind + &id
}

fn show_row(row: &Row) -> String {
    let cells: Vec<String> = row.cells.iter().map(|cell| show_inlines(&cell.content)).collect();
    cells.join("|")
}

fn show_inlines(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for inline in inlines {
        let _ = match &inline.kind {
            InlineKind::Text(text) => write!(out, "{text}"),
            InlineKind::Code(text) => write!(out, "`{text}`"),
            InlineKind::Strong(c) => write!(out, "S({})", show_inlines(c)),
            InlineKind::Emph(c) => write!(out, "E({})", show_inlines(c)),
            InlineKind::Strike(c) => write!(out, "X({})", show_inlines(c)),
            InlineKind::Highlight(c) => write!(out, "H({})", show_inlines(c)),
            InlineKind::Answer(c) => write!(out, "A({})", show_inlines(c)),
            InlineKind::Gap => write!(out, "GAP"),
            InlineKind::Link { dest, content, .. } => write!(out, "L({dest}: {})", show_inlines(content)),
            InlineKind::WikiLink(link) => {
                let shown = link.shown.as_ref().map_or(String::new(), |s| format!(": {}", show_inlines(s)));
                write!(out, "W({}{shown})", show_target(&link.target))
            }
            InlineKind::Embed(embed) => {
                let alt = embed.alt.as_ref().map_or(String::new(), |alt| format!(": {alt}"));
                write!(out, "EMBED({}{alt}{})", show_target(&embed.target), show_size(embed.size))
            }
            InlineKind::Image { dest, alt, size, .. } => {
                write!(out, "IMG({dest}: {alt}{})", show_size(*size))
            }
            InlineKind::FootnoteRef(label) => {
                write!(out, "F({})", if label.starts_with('^') { "inline" } else { label })
            }
            InlineKind::Math(text) => write!(out, "M({text})"),
            InlineKind::Tag(text) => write!(out, "T({text})"),
            InlineKind::Html(text) => write!(out, "HTML({text})"),
            InlineKind::SoftBreak => write!(out, "⏎"),
            InlineKind::HardBreak => write!(out, "⏎⏎"),
        };
    }
    out
}

fn show_target(target: &crate::vault::ast::LinkTarget) -> String {
    let mut out = target.note.clone();
    if let Some(heading) = &target.heading {
        let _ = write!(out, "#{heading}");
    }
    if let Some(block) = &target.block {
        let _ = write!(out, "^{block}");
    }
    out
}

fn show_size(size: ImageSize) -> String {
    match (size.width, size.height) {
        (Some(w), Some(h)) => format!(" {w}x{h}"),
        (Some(w), None) => format!(" {w}"),
        _ => String::new(),
    }
}

fn rules(source: &str) -> Vec<(&'static str, String)> {
    let parsed = parse(source);
    parsed.problems.iter().map(|p| (p.rule, source[p.range.clone()].to_owned())).collect()
}

#[test]
fn ordinary_markdown() {
    assert_eq!(
        show("# A *b*\n\nText **c** `d`\nmore\\\nend\n\n---\n"),
        "h1[A E(b)] p[Text S(c) `d`⏎more⏎⏎end] rule"
    );
    assert_eq!(show("Set\n===\n\nTwo\n---\n"), "h1[Set] h2[Two]");
    assert_eq!(show("- a\n- b\n  1. c\n\n3) d\n"), "ul[{p[a]} {p[b] ol1[{p[c]}]}] ol3[{p[d]}]");
    assert_eq!(show("- a\n\n- b\n"), "ul~[{p[a]} {p[b]}]");
    assert_eq!(show("> q\n> > r\n"), "quote[p[q] quote[p[r]]]");
    assert_eq!(show("a ~~b~~ ~c~ 5~6"), "p[a X(b) ~c~ 5~6]");
    assert_eq!(
        show("[x](y.md \"t\") <https://a.org> https://b.org/c."),
        "p[L(y.md: x) L(https://a.org: https://a.org) L(https://b.org/c: https://b.org/c).]"
    );
    assert_eq!(show(r"1\. \*no\* &amp; &copy;"), "p[1. *no* & ©]");
    assert_eq!(show("a<br>b<br/>c <kbd>x</kbd>"), "p[a⏎⏎b⏎⏎c HTML(<kbd>)xHTML(</kbd>)]");
    assert_eq!(show("<div>\nx\n</div>\n\n<br>\n"), "html[<div>\nx\n</div>] p[⏎⏎]");
}

#[test]
fn front_matter_is_not_text() {
    let parsed = parse("---\ntags: [a]\n---\n# T\n");
    assert_eq!(parsed.front, Some(4..14));
    assert_eq!(parsed.body, 18);
    assert_eq!(parsed.blocks[0].range, 18..21);
    assert_eq!(parse("---\n---\nx").front, Some(4..4));
    assert_eq!(parse("\u{feff}---\r\na: b\r\n---\r\nx").front, Some(8..14));
    assert_eq!(show("\u{feff}# x"), "h1[x]");
    assert_eq!(show("---\nnever closed"), "rule p[never closed]");
    assert_eq!(parse("text\n---\na\n---\n").front, None);
    assert_eq!(rules("---\ntags: x\n# T\n"), [("front-matter", "---".into())]);
    assert_eq!(rules("---\n\ntext: x\n"), []);
    assert_eq!(rules("---\ntags: x\n# T\n"), [("front-matter", "---".into())]);
    assert_eq!(rules("---\n\ntext: x\n"), []);
}

#[test]
fn code_keeps_its_text_and_place() {
    let note = "```Python title=\"a b\" no-run\ndef f():\n\n    pass\n```\n\n    in = 1\n";
    assert_eq!(
        show(note),
        "code:python(title=\"a b\" no-run)[\"def f():\\n\\n    pass\"] code:()[\"in = 1\"]"
    );
    let parsed = parse(note);
    let BlockKind::Code(code) = &parsed.blocks[0].kind else { panic!("no code") };
    assert_eq!(&note[code.text_range.clone()], "def f():\n\n    pass\n");
    assert!(code.fenced);
    assert_eq!(show("```\r\na\r\nb\r\n```\r\n"), "code:()[\"a\\nb\"]");
    assert_eq!(show("```py\n```"), "code:py()[\"\"]");
    assert_eq!(show("> ```\n> a\n> b\n> ```"), "quote[code:()[\"a\\nb\"]]");
}

#[test]
fn wikilinks_and_embeds() {
    assert_eq!(show("[[A]] [[A|b *c*]] [[A#H]] [[#^id]]"), "p[W(A) W(A: b E(c)) W(A#H) W(^id)]");
    assert_eq!(
        show("[[Iterator Protocol (__iter__, __next__)]]"),
        "p[W(Iterator Protocol (__iter__, __next__))]"
    );
    assert_eq!(show("**[[X]] ⭐ NEW**"), "p[S(W(X) ⭐ NEW)]");
    assert_eq!(show("|C|\n|-|\n|**[[Duck Typing\\|Duck]]**|"), "table[C / S(W(Duck Typing: Duck))]");
    assert_eq!(
        show("![[i.png|300x200]] ![[i.png|alt|20]] ![[N#H]] ![a|50](b.png)"),
        "p[EMBED(i.png 300x200) EMBED(i.png: alt 20) EMBED(N#H) IMG(b.png: a 50)]"
    );
    assert_eq!(show("|C|\n|-|\n|![[i.png\\|30]]|"), "table[C / EMBED(i.png 30)]");
    assert_eq!(show("[[CPython / GIL / GC]] [[a & b]]"), "p[W(CPython / GIL / GC) W(a & b)]");
    assert_eq!(show("[[a\nb]]"), "p[[[a\nb]]]");
    assert_eq!(show("`[[x]]` [[y|]]"), "p[`[[x]]` W(y)]");
}

#[test]
fn callouts() {
    assert_eq!(show("> [!TIP]- A **b**\n> body\n> more"), "callout:Tip-(A S(b))[p[body⏎more]]");
    assert_eq!(show("> [!faq]\n> - x"), "callout:Question(∅)[ul[{p[x]}]]");
    assert_eq!(show("> [!own|right]+ T"), "callout:Note+(T)[]");
    assert_eq!(
        show("> [!note] T\n> | a | b |\n> |---|---|\n> | 1 | 2 |"),
        "callout:Note(T)[table[a|b / 1|2]]"
    );
    assert_eq!(show("> [!note] T\n> ---\n> 2. x"), "callout:Note(T)[rule ol2[{p[x]}]]");
    assert_eq!(show("> [!bug] A\n> > [!quote] B\n> > c\n> d"), "callout:Bug(A)[callout:Quote(B)[p[c⏎d]]]");
    assert_eq!(show("- > [!todo] T\n  > *x*\n- b"), "ul[{callout:Todo(T)[p[E(x)]]} {p[b]}]");
    assert_eq!(show("> [!warning] *a\n> b*"), "callout:Warning(*a)[p[b*]]");
    assert_eq!(show("> [!x"), "quote[p[[!x]]");
    assert_eq!(show("> [!info] lazy\nline"), "callout:Info(lazy)[p[line]]");
    for (word, kind) in [
        ("note", CalloutKind::Note),
        ("summary", CalloutKind::Abstract),
        ("info", CalloutKind::Info),
        ("todo", CalloutKind::Todo),
        ("important", CalloutKind::Tip),
        ("done", CalloutKind::Success),
        ("help", CalloutKind::Question),
        ("attention", CalloutKind::Warning),
        ("missing", CalloutKind::Failure),
        ("Error", CalloutKind::Danger),
        ("bug", CalloutKind::Bug),
        ("example", CalloutKind::Example),
        ("cite", CalloutKind::Quote),
        ("frobnicate", CalloutKind::Note),
    ] {
        assert_eq!(callout_kind(word), kind, "{word}");
    }
}

#[test]
fn comments_are_gone_but_never_from_code() {
    assert_eq!(show("a %%b *c*%% d"), "p[a  d]");
    assert_eq!(show("%%\nhidden\n\n# too\n%%\n\nseen"), "p[seen]");
    assert_eq!(show("`a %%b%% c`\n\n```\n%%x%%\n```"), "p[`a %%b%% c`] code:()[\"%%x%%\"]");
    assert_eq!(show("100%% sure"), "p[100%% sure]");
    assert_eq!(show("a %%b\n\nc%% d"), "p[a %%b] p[c%% d]");
    assert_eq!(show("- a\n%%c%%\n- b"), "ul[{p[a]} {p[b]}]");
    // Two marks of different cells are no comment: what lies between them is printed.
    let table = show("|a|b|\n|-|-|\n|1 %%x%% y|2%%|\n|3|4|\n|5|6%%|\n|7 %%|8%%|\n");
    for kept in ["1  y", "2%%", "3", "4", "5", "6%%", "7 %%", "8%%"] {
        assert!(table.contains(kept), "{kept}: {table}");
    }
    assert!(!table.contains('x'), "{table}");
    assert_eq!(show("a <!-- b --> c"), "p[a  c]");
    assert_eq!(show("q :: a\n<!--SR:!2026-01-01,3,250-->\n"), "p[q :: a]");
    assert_eq!(
        parse("x %%a%% <!-- b -->\n\n<!-- c -->\n").dropped,
        Dropped { comments: 3, plugin_blocks: 0 }
    );
    assert_eq!(show("```dataview\nLIST\n```\nx"), "p[x]");
    assert_eq!(parse("```dataview\nLIST\n```\n").dropped.plugin_blocks, 1);
    assert_eq!(rules("<!-- open\n\nx"), [("comment", "<!-- open\n\nx".into())]);
    assert_eq!(show("<!-- open\n\nx"), "html[<!-- open\n\nx]");
    // Ranges are those of the file, not of the copy without comments.
    let note = "%%c%%\n\na **b**";
    let BlockKind::Paragraph(inlines) = &parse(note).blocks[0].kind else { panic!("no paragraph") };
    assert_eq!(&note[inlines[1].range.clone()], "**b**");
}

#[test]
fn obsidian_inlines() {
    assert_eq!(show("==a **b**== a == b ==="), "p[H(a S(b)) a == b ===]");
    assert_eq!(show("**==x==** `==y==` \\==z=="), "p[S(H(x)) `==y==` ==z==]");
    assert_eq!(show("==a\nb== ==open"), "p[H(a⏎b) ==open]");
    assert_eq!(show("#tag/nested, (#b) #1 a#b #2026-x"), "p[T(tag/nested), (T(b)) #1 a#b T(2026-x)]");
    assert_eq!(show("[a #b](c) [[d|#e]] `#f` \\#g"), "p[L(c: a #b) W(d: #e) `#f` #g]");
    assert_eq!(show("# Head #tag ##"), "h1[Head T(tag)]");
    assert_eq!(
        show("a ^id-1\n\nb^2\n\n| a |\n|---|\n\n^tab\n\n# h ^hid"),
        "p[a]^id-1 p[b^2] table[a]^tab h1[h]^hid"
    );
    // An escaped caret is a caret.
    assert_eq!(show("\\^a\n\nx\n\\^b\n\nx \\^c"), "p[^a] p[x⏎^b] p[x ^c]");
    assert_eq!(show("- a ^x\n- b"), "ul[{p[a]^x} {p[b]}]");
    assert_eq!(show("^alone"), "p[^alone]");
    assert_eq!(
        show("- [ ] a\n- [x] b\n- [/] c\n- [] d\n- [ab] e\n- [ ]"),
        "ul[( ){p[a]} (x){p[b]} (/){p[c]} {p[[] d]} {p[[ab] e]} ( ){}]"
    );
}

#[test]
fn footnotes() {
    assert_eq!(show("a[^1]\n\n[^1]: b *c*"), "p[aF(1)] note:1[p[b E(c)]]");
    assert_eq!(show("a^[see [x](y) and ==z==] b"), "p[aF(inline) b] note:inline[p[see L(y: x) and H(z)]]");
    assert_eq!(rules("a[^nope] `[^code]`"), [("footnote", "[^nope]".into())]);
    let parsed = parse("a^[b]");
    let BlockKind::Paragraph(inlines) = &parsed.blocks[0].kind else { panic!("no paragraph") };
    let InlineKind::FootnoteRef(label) = &inlines[1].kind else { panic!("no mark") };
    assert_eq!(blocks_text(parsed.footnote(label).unwrap()), "b");
}

#[test]
fn dollars_are_math_only_close_to_it() {
    assert_eq!(show("$x_1 * y$ and $$z$$"), "p[M(x_1 * y) and M(z)]");
    assert_eq!(show("$5 and $6, $5-$6 *e* and $ x $"), "p[$5 and $6, $5-$6 E(e) and $ x $]");
    assert_eq!(show("a\n$$\nx\n$$\nb"), "p[a] math[x] p[b]");
    assert_eq!(show("$$\n\\frac{1}{2}\n$$"), "math[\\frac{1}{2}]");
    assert_eq!(show("`$x$` \\$y$"), "p[`$x$` $y$]");
}

#[test]
fn no_cell_of_a_row_is_lost() {
    let note = "| a | b |\n|---|---|\n| 1 | 2 | **3** | 4 |\n| `x|y` | z |\n| p | q |\n";
    assert_eq!(show(note), "table[a|b / 1|2 | S(3) | 4 / `x|y`|z / p|q]");
    assert_eq!(rules(note), [("table-cells", "**3**".into()), ("table-cells", "|".into())]);
    let message = &parse(note).problems[0];
    assert_eq!(message.message, "this row has 4 cells, but the table has 2 columns");
    assert_eq!(message.severity, Severity::Error);
    assert_eq!(show("|a|\n|-|\n|b\\|c `d\\|e`|\n||"), "table[a / b|c `d|e` / ]");
    assert_eq!(rules("|a|\n|-|\n|b\\|c `d\\|e`|\n||"), []);
    assert_eq!(show("> [!note] T\n> |a|\n> |-|\n> |b|c|"), "callout:Note(T)[table[a / b|c]]");
    assert_eq!(rules("a | b\n--|--|--\n1 | 2"), [("table-head", "a | b".into())]);
    assert_eq!(show("|a|b|\n|-|-|\n|1|"), "table[a|b / 1|]");
}

#[test]
fn card_separators_stand_alone() {
    assert_eq!(show("Q\n?\n- a\n- b\n?\nx"), "p[Q] p[?] ul[{p[a]} {p[b]}] p[?] p[x]");
    assert_eq!(show("- Q\n  ?\n  A\n- b"), "ul[{p[Q] p[?] p[A]} {p[b]}]");
    assert_eq!(show("> Q\n> ??\n> A"), "quote[p[Q] p[??] p[A]]");
    assert_eq!(show("```\nQ\n?\nA\n```"), "code:()[\"Q\\n?\\nA\"]");
}

#[test]
fn deep_nesting_becomes_plain_text() {
    let quotes = format!("before\n\n{} x\n\nafter", "> ".repeat(20));
    let parsed = parse(&quotes);
    assert_eq!(parsed.problems[0].rule, "too-deep");
    let text = blocks_text(&parsed.blocks);
    assert!(text.starts_with("before") && text.contains("> > x") || text.contains(">  x"), "{text}");
    assert!(text.ends_with("after"));
    let fine = format!("{} x", "> ".repeat(MAX_QUOTES));
    assert_eq!(parse(&fine).problems, []);

    let list: String = (0..30).map(|i| format!("{}- x{i}\n", "  ".repeat(i))).collect();
    let parsed = parse(&list);
    assert_eq!(parsed.problems.len(), 1);
    assert!(blocks_text(&parsed.blocks).contains("x29"));

    let marks = format!("{}x{}", "**_a ".repeat(40), "_**".repeat(40));
    let parsed = parse(&marks);
    assert_eq!(parsed.problems[0].rule, "too-deep");
    assert!(max_depth(&parsed.blocks) <= MAX_INLINES);
    assert!(blocks_text(&parsed.blocks).contains("a x_"));
    let highlights = format!("{}x{}", "**==_==".repeat(24), "==_==**".repeat(24));
    assert!(max_depth(&parse(&highlights).blocks) <= MAX_INLINES);
}

fn max_depth(blocks: &[Block]) -> usize {
    fn inline(inlines: &[Inline]) -> usize {
        inlines
            .iter()
            .map(|i| match &i.kind {
                InlineKind::Strong(c) | InlineKind::Emph(c) | InlineKind::Highlight(c) => 1 + inline(c),
                _ => 0,
            })
            .max()
            .unwrap_or(0)
    }
    blocks
        .iter()
        .map(|b| match &b.kind {
            BlockKind::Paragraph(c) => inline(c),
            _ => 0,
        })
        .max()
        .unwrap_or(0)
}

/// Hostile notes: no stack may overflow, also not a small one, and nothing may hang.
#[test]
fn hostile_notes_end() {
    let n = 10_000;
    let units = [
        "> ",
        ">",
        "- ",
        "1. ",
        "* ",
        "+ ",
        "[",
        "![",
        "[[",
        "![[",
        "]]",
        "[[a",
        "[[a|",
        "[^",
        "^[",
        "`",
        "``a",
        "$",
        "$a",
        "$$",
        "*",
        "**a ",
        "_a",
        "*a _b ",
        "~~",
        "~~a",
        "==",
        "==a ",
        "== a",
        "%%",
        "%% a",
        "<",
        "<a ",
        "<!--",
        "<!-- ",
        "&",
        "\\",
        "|",
        "|a",
        "a|",
        "#",
        "#a ",
        "# ",
        "\n",
        "\r",
        "\t",
        "x\n",
        "> a\n",
        "> [!n]\n",
        "> [!n] a\n> ",
        "- a\n",
        "|a|\n|-|\n",
        "?\n",
        "a\n?\n",
        "a :: b\n",
        "http://",
        "http://a(",
        "(",
        "[a](",
        "[a](b",
        "[a]: b\n",
        "[^a]: b\n",
        "[^a]",
        "^a ",
        "{",
        "${",
        "$}",
        "\0",
        "<!",
        "<?",
        "</",
        "`a|",
        "|`",
        "a\n=\n",
        "- [ ] ",
        "::",
        "é",
        "\u{200d}",
        "![[a|1x",
        "a %%b%% c\n",
        "|a|b|\n",
        "| a | b |\n|---|---|\n| 1 | 2 | 3 |\n",
    ];
    let run = move || {
        for unit in units {
            for note in
                [unit.repeat(n), format!("|a|\n|-|\n{}", unit.repeat(n)), format!("x {} y", unit.repeat(n))]
            {
                let parsed = parse(&note);
                let cards = crate::vault::cards::extract(&parsed.blocks, &note);
                assert!(parsed.blocks.len() <= note.len() && cards.cards.len() <= note.len());
            }
        }
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap().join().unwrap();
}

/// Eight times the text takes about eight times as long; the square would take 64 times.
#[test]
fn time_grows_with_length_not_its_square() {
    let units = [
        "%%",
        "%% a",
        "==a ",
        "==a== ",
        "a^[b] ",
        "[^a] ",
        "a :: b\n",
        "a\n?\n",
        "> [!n] t\n> x\n\n",
        "`a|",
        "|a",
        "- a\n",
        "$5-$6 ",
        "^id ",
        "#a ",
        "https://a ",
        "- a\n%%c%%\n",
        "[[a]] ",
        "<!--a-->\n",
        "> %%x%% ",
    ];
    let time = |unit: &str, n: usize| {
        let note = format!("x {} y", unit.repeat(n));
        let start = Instant::now();
        let parsed = parse(&note);
        crate::vault::cards::extract(&parsed.blocks, &note);
        start.elapsed()
    };
    for unit in units {
        let bound = |short: Duration| short * 24 + Duration::from_millis(200);
        // A busy machine may stop us once; it will not do so three times in the same place.
        let grows = (0..3).all(|_| time(unit, 96_000) > bound(time(unit, 12_000)));
        assert!(!grows, "{unit:?}");
    }
}

/// Pieces whose every order is a note somebody could write.
fn mutated() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "# ",
        "\n",
        "\n\n",
        "a",
        "b c",
        " ",
        "  ",
        "    ",
        "> ",
        "- ",
        "1. ",
        "```",
        "`",
        "*",
        "**",
        "_",
        "==",
        "%%",
        "$",
        "$$",
        "[",
        "]",
        "[[",
        "]]",
        "|",
        "|a|b|\n|-|-|\n",
        "\\",
        "\\|",
        "![[",
        "^[",
        "[^1]",
        "[^1]: ",
        "#tag",
        "^id",
        "<br>",
        "<!--",
        "-->",
        "<b>",
        "::",
        " :: ",
        "?\n",
        "??\n",
        "[!tip] ",
        "é",
        "→",
        "\r\n",
        "---\n",
        "- [x] ",
        "~~",
        "https://a.org",
        "&amp;",
        "\t",
        "(",
        ")",
        "|---|\n",
        "1",
        "\u{0}",
        "\u{feff}",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|v| v.concat())
}

fn check_inlines(source: &str, inlines: &[Inline], parent: &Range<usize>) {
    let mut at = parent.start;
    for inline in inlines {
        let r = &inline.range;
        assert!(source.get(r.clone()).is_some(), "{r:?} cuts a character");
        assert!(r.start >= parent.start && r.end <= parent.end, "{inline:?} leaves {parent:?}");
        assert!(r.start >= at, "{inline:?} starts before {at}");
        at = r.end;
        match &inline.kind {
            InlineKind::Strong(c)
            | InlineKind::Emph(c)
            | InlineKind::Strike(c)
            | InlineKind::Highlight(c)
            | InlineKind::Link { content: c, .. } => check_inlines(source, c, r),
            InlineKind::WikiLink(link) => check_inlines(source, link.shown.as_deref().unwrap_or_default(), r),
            _ => {}
        }
    }
}

fn check_blocks(source: &str, blocks: &[Block], parent: &Range<usize>, ordered: bool) {
    let mut at = parent.start;
    for block in blocks {
        let r = &block.range;
        assert!(source.get(r.clone()).is_some(), "{r:?} cuts a character");
        assert!(r.start >= parent.start && r.end <= parent.end, "{block:?} leaves {parent:?}");
        let inline_note =
            matches!(&block.kind, BlockKind::FootnoteDef { label, .. } if label.starts_with('^'));
        if ordered && !inline_note {
            assert!(r.start >= at, "{block:?} starts before {at}");
            at = r.end;
        }
        match &block.kind {
            BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => {
                check_inlines(source, content, r)
            }
            BlockKind::Quote(body) | BlockKind::FootnoteDef { body, .. } => {
                check_blocks(source, body, r, true)
            }
            BlockKind::Callout(callout) => {
                check_inlines(source, callout.title.as_deref().unwrap_or_default(), r);
                check_blocks(source, &callout.body, r, true);
            }
            BlockKind::List(list) => {
                for item in &list.items {
                    assert!(item.range.start >= r.start && item.range.end <= r.end);
                    check_blocks(source, &item.body, &item.range, true);
                }
            }
            BlockKind::Table(table) => {
                for row in std::iter::once(&table.head).chain(&table.rows) {
                    assert_eq!(row.cells.len(), table.align.len());
                    assert!(row.range.start >= r.start && row.range.end <= r.end, "{row:?} leaves {r:?}");
                    for cell in &row.cells {
                        assert!(source.get(cell.range.clone()).is_some());
                        check_inlines(source, &cell.content, &cell.range);
                    }
                }
            }
            BlockKind::Code(code) => {
                assert!(source.get(code.text_range.clone()).is_some());
                assert!(code.text_range.start >= r.start && code.text_range.end <= r.end);
            }
            BlockKind::Rule | BlockKind::Math(_) | BlockKind::Html(_) => {}
        }
    }
}

fn check(source: &str) {
    let parsed = parse(source);
    check_blocks(source, &parsed.blocks, &(parsed.body..source.len()), true);
    for problem in &parsed.problems {
        assert!(source.get(problem.range.clone()).is_some(), "{problem:?}");
    }
    let extracted = crate::vault::cards::extract(&parsed.blocks, source);
    for card in &extracted.cards {
        assert!(source.get(card.range.clone()).is_some());
        assert!(!card.front.is_empty() && !card.back.is_empty());
        for range in [&card.front_range, &card.back_range] {
            assert!(card.range.start <= range.start && range.end <= card.range.end, "{card:?}");
        }
    }
    for problem in &extracted.problems {
        assert!(source.get(problem.range.clone()).is_some(), "{problem:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn ranges_of_any_text_lie_in_it(source in any::<String>()) {
        check(&source);
    }

    #[test]
    fn ranges_of_any_markdown_lie_in_it(source in mutated()) {
        check(&source);
    }

    /// Every word of every cell is in the tree, however many pipes a row has.
    #[test]
    fn every_word_of_a_table_is_kept(
        columns in 1usize..4,
        rows in prop::collection::vec(prop::collection::vec("[a-z]{1,3}|`[a-z]`|\\*\\*[a-z]\\*\\*| |`[a-z]\\|[a-z]`|[a-z]\\\\\\|", 0..7), 0..5),
    ) {
        let mut note = String::new();
        for line in ["h|", "-|"] {
            note.push('|');
            note.push_str(&line.repeat(columns));
            note.push('\n');
        }
        for row in &rows {
            let _ = writeln!(note, "|{}|", row.join("|"));
        }
        let letters = |s: &str| s.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let parsed = parse(&note);
        prop_assert_eq!(letters(&blocks_text(&parsed.blocks)), letters(&note), "{}", note);
    }
}
