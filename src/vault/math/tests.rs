use proptest::prelude::*;

use super::*;

/// A tree in short, for tests.
fn show(nodes: &[Node]) -> String {
    nodes.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn one(node: &Node) -> String {
    let part = |nodes: &Option<Nodes>| nodes.as_ref().map(|n| show(n)).unwrap_or_default();
    match node {
        Node::Text(text) => format!("“{text}”"),
        Node::Number(text) | Node::Function(text) | Node::Symbol { text, .. } => text.clone(),
        Node::Delimiter { char, .. } => char.to_string(),
        Node::Group(body) => format!("{{{}}}", show(body)),
        Node::Fenced { open, close, body } => {
            let sign = |c: &Option<char>| c.map_or(".".into(), |c| c.to_string());
            format!("L{}[{}]{}", sign(open), show(body), sign(close))
        }
        Node::Fraction { top, bottom, line } => {
            format!("{}({})({})", if *line { "frac" } else { "over" }, show(top), show(bottom))
        }
        Node::Root { body, index } => format!("root[{}]({})", part(index), show(body)),
        Node::Script { base, below, above, place } => {
            let place = match place {
                ScriptPlace::Right => "",
                ScriptPlace::AboveBelow => "!",
                ScriptPlace::Movable => "~",
            };
            format!("({}){place}_({})^({})", show(base), part(below), part(above))
        }
        Node::Primes(n) => "'".repeat(*n),
        Node::Accent { base, accent, wide } => format!("acc{:x}{wide}({})", u32::from(*accent), show(base)),
        Node::Spread { base, mark, note } => format!("{mark:?}({})({})", show(base), part(note)),
        Node::Space(_) => "_".into(),
        Node::Cancel(body) => format!("cancel({})", show(body)),
        Node::Boxed { frame, fill, body } => {
            let colour =
                |c: &Option<Rgb>| c.map_or(String::new(), |(r, g, b)| format!("{r:02x}{g:02x}{b:02x}"));
            format!("box[{}|{}]({})", colour(frame), colour(fill), show(body))
        }
        Node::Rows(rows) => {
            let rows: Vec<String> = rows
                .rows
                .iter()
                .map(|row| row.iter().map(|c| show(c)).collect::<Vec<_>>().join(" & "))
                .collect();
            format!("rows({})", rows.join(" // "))
        }
        Node::Styled { style, body } => format!("{}({})", short(style), show(body)),
    }
}

fn short(style: &Style) -> String {
    match style {
        Style::Font(None) => "plain".into(),
        Style::Font(Some(font)) => {
            let slope = font.italic.map_or("", |italic| if italic { "i" } else { "u" });
            format!("{:?}{}{slope}", font.alphabet, if font.bold { "b" } else { "" })
        }
        Style::Colour((r, g, b)) => format!("#{r:02x}{g:02x}{b:02x}"),
        Style::Size(size) => format!("{size:?}"),
    }
}

fn read(source: &str) -> String {
    match parse(source) {
        Ok(nodes) => show(&nodes),
        Err(fault) => panic!("{source}: {}", fault.message),
    }
}

#[test]
fn fractions_roots_and_scripts() {
    assert_eq!(read(r"\frac{a}{b}"), "frac(a)(b)");
    assert_eq!(read(r"\frac12"), "frac(1)(2)");
    assert_eq!(read(r"\binom{n}{k}"), "L([over(n)(k)])");
    assert_eq!(read(r"\sqrt[n+1]{x}y"), "root[n + 1](x) y");
    assert_eq!(read(r"x_i^2"), "(x)_(i)^(2)");
    assert_eq!(read(r"x^2_i"), "(x)_(i)^(2)");
    assert_eq!(read(r"\sum_{i=1}^n i"), "(∑)~_(i = 1)^(n) i");
    assert_eq!(read(r"\int_0^1"), "(∫)_(0)^(1)");
    assert_eq!(read(r"\int\limits_0^1"), "(∫)!_(0)^(1)");
    assert_eq!(read(r"\lim_{n\to\infty}"), "(lim)~_(n → ∞)^()");
}

#[test]
fn primes_belong_to_what_stands_before_them() {
    assert_eq!(read("f'"), "(f)_()^(')");
    assert_eq!(read("f''_n"), "(f)_(n)^('')");
    assert_eq!(read("f_n''"), "(f)_(n)^('')");
    assert_eq!(read("x'^2"), "(x)_()^(' 2)");
    assert_eq!(read(r"y^\prime"), "(y)_()^(')");
    assert_eq!(read(r"y^{\prime\prime}"), "(y)_()^('')");
    assert_eq!(read("f'(x)"), "(f)_()^(') ( x )");
}

#[test]
fn accents_braces_and_lines() {
    assert_eq!(read(r"\hat x"), "acc302false(x)");
    assert_eq!(read(r"\widehat{ab}"), "acc302true(a b)");
    assert_eq!(read(r"\bar{x}"), "acc304false(x)");
    assert_eq!(read(r"\overline{AB}"), "Overline(A B)()");
    assert_eq!(read(r"\underbrace{a+b}_{n}"), "Underbrace(a + b)(n)");
    assert_eq!(read(r"\overbrace{a}^n"), "Overbrace(a)(n)");
    assert_eq!(read(r"\overset{!}{=}"), "(=)!_()^(!)");
    assert_eq!(read(r"\hat{x}^2"), "(acc302false(x))_()^(2)");
}

#[test]
fn rows_of_every_kind() {
    assert_eq!(read(r"\begin{pmatrix}a&b\\c&d\end{pmatrix}"), "L([rows(a & b // c & d)])");
    assert_eq!(read(r"\begin{cases}a&\text{if }b\\c\end{cases}"), "rows(a & “if ” b // c)");
    assert_eq!(read(r"\begin{aligned}a&=b\\&=c\\\end{aligned}"), "rows(a & = b //  & = c)");
    assert_eq!(read(r"a\\b"), "rows(a // b)");
    assert_eq!(read(r"a&=b\\&=c"), "rows(a & = b //  & = c)");
    let nodes = parse(r"\begin{array}{l|r}a&b\\ \hline c&d\end{array}");
    let Ok([Node::Rows(rows)]) = nodes.as_deref() else { panic!() };
    assert_eq!(rows.lines, [1]);
    assert_eq!(rows.kind, RowsKind::Grid { columns: vec![Side::Left, Side::Right], lines: vec![1] });
    let nodes = parse(r"\begin{array}{c}\hline a\\ \hline\end{array}");
    let Ok([Node::Rows(rows)]) = nodes.as_deref() else { panic!() };
    assert_eq!((rows.lines.as_slice(), rows.rows.len()), ([0, 1].as_slice(), 1));
}

#[test]
fn what_the_parser_lacks_is_written_in_what_it_knows() {
    assert_eq!(read(r"\operatorname*{arg\,max}_x"), "(arg\u{2009}max)~_(x)^()");
    assert_eq!(read(r"\argmin_x"), "(arg\u{2009}min)~_(x)^()");
    assert_eq!(read(r"\bm x\mbox{ a}"), "{Serifb(x)} “ a”");
    assert_eq!(read(r"\color{red}{x} y"), "{#ff0000({x})} y");
    assert_eq!(read(r"\colorbox{yellow}{so $x$} y"), "{box[|ffff00]({“so ” {x}})} y");
    assert_eq!(read(r"\fcolorbox{red}{#ffffee}{a}"), "{box[ff0000|ffffee](“a”)}");
    assert_eq!(read(r"\boxed{\bm{x}+\boxed y}^2"), "(box[|]({Serifb(x)} + box[|](y)))_()^(2)");
    assert_eq!(read(r"\fbox{a b}"), "{box[|](“a b”)}");
    assert_eq!(read(r"a\tag{1}"), "a _ “(1)”");
    assert_eq!(read(r"\text{if $x>0$, 5\%}"), "{“if ” {x > 0} “, 5%”}");
    assert_eq!(read("a % remark\n b"), "a b");
    assert_eq!(read(r"\mu\varnothing"), "μ ∅");
    assert_eq!(read(r"a\not\in b \not\subset c"), "a ∉ b ⊄ c");
}

#[test]
fn a_fault_names_the_command_and_its_place() {
    let fault = parse(r"a + \foo{x}").unwrap_err();
    assert_eq!(
        (fault.range.clone(), fault.message.as_str()),
        (4..8, r"`\foo` is no command that can be typeset")
    );
    let fault = parse(r"\begin{CD}a\end{CD}").unwrap_err();
    assert_eq!(
        (fault.range.clone(), fault.message.as_str()),
        (0..10, "`CD` is no environment that can be typeset")
    );
    assert!(parse(r"\frac{a").unwrap_err().message.contains("unbalanced"));
    assert!(parse("  ").unwrap_err().message.contains("empty"));
}

#[test]
fn hostile_sources_are_refused_and_nothing_hangs() {
    let deep = format!("{}x{}", "{".repeat(3000), "}".repeat(3000));
    let bomb = r"\def\a{\a\a}\a";
    let doubling = r"\newcommand{\a}[1]{#1#1}\a{\a{\a{\a{x}}}}";
    let long = "x+".repeat(5000);
    let chain = r"\sqrt".repeat(1500) + "x";
    let fractions = r"\frac1".repeat(1300);
    let scripts = "x^{".repeat(400) + &"}".repeat(400);
    let left = r"\left(".repeat(600) + &r"\right)".repeat(600);
    let hats = r"\hat".repeat(1600);
    for source in [deep.as_str(), bomb, doubling, &long, &chain, &fractions, &scripts, &left, &hats] {
        assert!(parse(source).is_err(), "{}", &source[..40.min(source.len())]);
    }
    // Long but no deeper than others.
    assert!(parse(&r"\relax ".repeat(1000)).is_ok());
    assert!(parse(&"{}".repeat(4000)).is_ok());
    assert!(parse(&r"\alpha".repeat(1300)).is_ok());
}

#[test]
fn problems_stand_in_the_note_at_their_column() {
    let note = "# A $\\foo$\n\n| a |\n|---|\n| **$\\bar{x}$** $x \\baz$ |\n\n> - $$\n> \\qux\n> $$\n";
    let parsed = crate::vault::parse(note);
    let found = problems(note, &parsed.blocks);
    let places: Vec<&str> = found.iter().map(|p| note.get(p.range.clone()).unwrap()).collect();
    assert_eq!(places[..2], ["\\foo", "\\baz"], "{found:?}");
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|p| p.rule == RULE));
}

/// Words of LaTeX, so that random sources are formulas often.
fn word() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "\\frac",
        "\\sqrt",
        "{",
        "}",
        "^",
        "_",
        "x",
        "1",
        " ",
        "\\left(",
        "\\right)",
        "\\begin{matrix}",
        "\\end{matrix}",
        "&",
        "\\\\",
        "\\hline",
        "\\sum",
        "\\limits",
        "\\text",
        "\\hat",
        "\\mathbb",
        "[",
        "]",
        "'",
        "\\not",
        "\\big",
        "\\begin{array}",
        "{c|c}",
        "\\middle|",
        "\\color{red}",
        "\\operatorname",
        "\\binom",
        "\\substack",
        "\\genfrac",
        "é",
        "𝔘",
        "%",
        "\n",
        "\\",
        "\\kern",
        "1em",
        "\\char",
        "\\begin{cases}",
        "\\end{cases}",
        "\\,",
        "\\tag",
        "#",
        "$",
        "\\xrightarrow",
        "\\begin{alignat}",
        "\\sideset",
        "\\hspace",
        "\\mathop",
        "\\overset",
        "\\buildrel",
        "\\over",
        "\\left",
        "\\right",
        ".",
        "\\pmod",
        "\\textbf",
        "~",
        "\\underbrace",
        "\\begingroup",
        "\\endgroup",
        "\\mskip",
        "99999999999",
        "-",
        "\\Space",
        "\\rule",
        "\u{200d}",
        "\\limsup",
        "\\fcolorbox{red}{blue}",
        "\\let",
        "\\colorbox",
        "\\boxed",
        "\\fbox",
    ];
    prop_oneof![8 => proptest::sample::select(WORDS).prop_map(str::to_owned), 1 => "\\PC{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_source_panics_and_faults_lie_in_it(words in prop::collection::vec(word(), 0..40)) {
        let source = words.concat();
        if let Err(fault) = parse(&source) {
            prop_assert!(source.get(fault.range.clone()).is_some(), "{:?} {}", fault, source);
        }
    }
}

#[test]
fn as_a_line_of_text() {
    let cases = [
        (r"O(n \log n)", "O(n log n)"),
        (r"a^2 + b^2 = c^2", "a² + b² = c²"),
        (r"\frac{a+b}{2}", "(a + b)/2"),
        (r"\sqrt{x}", "√x"),
        (r"x_1, x_{ij}", "x₁, x_(ij)"),
        (r"\sum_{i=1}^n i", "∑_(i = 1)ⁿi"),
        (r"f'(x)", "f′(x)"),
        (r"\text{if } x \in \mathbb{R}", "if x ∈ R"),
        (r"\log(n)", "log(n)"),
        (r"\boxed{x^2}", "x²"),
        (r"\foo", r"\foo"),
    ];
    for (source, expected) in cases {
        assert_eq!(plain(source), expected, "{source}");
    }
}
