//! Formulas: on the page, in the line, with their words and alternative text; and what happens to those that are none.

use crate::readback::{self, Seen};
use crate::support::{Folder, letters};

/// A formula, and its letters and digits in any order.
const TABLE: &[(&str, &str)] = &[
    // Fractions and roots.
    (r"\frac{a}{b}", "ab"),
    (r"\frac12 + \tfrac{3}{4} + \dfrac{5}{6}", "123456"),
    (r"\cfrac{1}{1+\cfrac{1}{x}}", "111x"),
    (r"\binom{n}{k}", "nk"),
    (r"\sqrt{2}", "2"),
    (r"\sqrt[3]{x+1}", "3x1"),
    (r"\sqrt[n+1]{\frac{a}{b}}", "n1ab"),
    // Scripts and primes.
    (r"x_i^2", "xi2"),
    (r"x^{2^{2^2}}", "x222"),
    (r"{}^{14}_{6}\mathrm{C}", "146C"),
    (r"f'(x) + g''_n", "fxgn"),
    // Sums, products, integrals, limits.
    (r"\sum_{i=1}^{n} i^2", "i1ni2"),
    (r"\prod_{k=1}^{\infty} a_k", "k1ak"),
    (r"\sum_{\substack{i<j \\ j<n}} a_{ij}", "ijjnaij"),
    (r"\int_0^1 f(x)\,dx", "01fxdx"),
    (r"\iint_S \mathbf{F} \cdot d\mathbf{S}", "SFdS"),
    (r"\oint_C \vec{v} \cdot d\vec{r}", "Cvdr"),
    (r"\int\limits_a^b x", "abx"),
    (r"\lim_{n \to \infty} a_n", "limnan"),
    (r"\limsup_{x \to 0} f", "limsupx0f"),
    (r"\bigcup_{i} A_i \cap \bigoplus_j B_j", "iAijBj"),
    // Matrices, arrays, cases, lines.
    (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", "abcd"),
    (r"\begin{bmatrix} 1 \\ 0 \end{bmatrix}", "10"),
    (r"\begin{vmatrix} x & y \\ z & w \end{vmatrix}", "xyzw"),
    (r"\begin{Vmatrix} x \end{Vmatrix}\begin{Bmatrix} y \end{Bmatrix}\begin{matrix} z \end{matrix}", "xyz"),
    (r"\left(\begin{smallmatrix} a & b \\ c & d \end{smallmatrix}\right)", "abcd"),
    (r"\begin{array}{l|cr} a & b & c \\ \hline 1 & 22 & 333 \end{array}", "abc122333"),
    (r"f = \begin{cases} x & \text{if } y \\ z & \text{else} \end{cases}", "fxifyzelse"),
    (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "abcd"),
    (r"\begin{align} x &= 1 & y &= 2 \\ u &= 3 & v &= 4 \end{align}", "x1y2u3v4"),
    (r"\begin{gathered} a \\ b \end{gathered}", "ab"),
    (r"\begin{split} a &= b \\ &= c \end{split}", "abc"),
    (r"\left\{\begin{aligned} a \\ b \end{aligned}\right.", "ab"),
    (r"a = b \\ c = d", "abcd"),
    // Accents, lines, braces.
    (r"\hat{x} + \bar{y} + \vec{v} + \dot{q} + \ddot{r} + \tilde{z}", "xyvqrz"),
    (r"\widehat{abc} + \widetilde{xyz} + \overrightarrow{AB}", "abcxyzAB"),
    (r"\overline{AB} + \underline{u}", "ABu"),
    (r"\underbrace{a+b}_{n} + \overbrace{c+d}^{m}", "abncdm"),
    // Greek, alphabets, styles.
    (
        r"\alpha\beta\gamma\delta\varepsilon\zeta\eta\vartheta\lambda\mu\pi\rho\sigma\tau\varphi\chi\psi\omega",
        "αβγδεζηθλμπρστφχψω",
    ),
    (r"\Gamma\Delta\Theta\Lambda\Xi\Pi\Sigma\Phi\Psi\Omega", "ΓΔΘΛΞΠΣΦΨΩ"),
    (r"\mathbb{R} \subset \mathbb{C}, \mathcal{L}, \mathfrak{g}, \mathscr{F}", "RCLgF"),
    (
        r"\mathbf{x}, \mathsf{S}, \mathtt{code}, \mathit{it}, \mathrm{d}t, \boldsymbol{\beta}, \bm{w}",
        "xScodeitdtβw",
    ),
    (r"\displaystyle\sum x, \scriptstyle y", "xy"),
    (r"\color{red}{a} + \textcolor{blue}{b}", "ab"),
    // Boxes.
    (r"a + \boxed{\sum_{i=1}^n \frac{x}{2}}^2", "ai1nx22"),
    (r"\colorbox{yellow}{half of $\frac{p}{q}$} + \fcolorbox{red}{white}{k}", "halfofpqk"),
    // Operators and relations.
    (r"\sin^2\theta + \cos^2\theta = 1", "sin2θcos2θ1"),
    (r"\log_2 n + \ln x + \exp y", "log2nlnxexpy"),
    (r"\max_{x \in X} f + \gcd(a, b)", "maxxXfgcdab"),
    (r"\operatorname{rank} A + \operatorname*{arg\,max}_\theta L", "rankAargmaxθL"),
    (r"x \equiv y \pmod{n} + a \bmod b", "xymodnamodb"),
    (r"a \le b \ge c \neq d \approx e \sim f \propto g \ll h", "abcdefgh"),
    (r"A \cup B \cap C \setminus D \subseteq E \not\subset F", "ABCDEF"),
    (r"x \in A, y \notin \emptyset, \forall p \exists q", "xAypq"),
    (r"p \land q \lor \lnot r \implies s \iff t", "pqrst"),
    (r"a \pm b \times c \div d \cdot e \otimes f", "abcdef"),
    (r"f \colon A \to B, x \mapsto y, p \xrightarrow{g} q", "fABxypgq"),
    (r"a \overset{!}{=} b \stackrel{\text{def}}{=} c \underset{k}{d}", "abdefcdk"),
    (r"\nabla \times E = -\frac{\partial B}{\partial t}", "EBt"),
    (r"\hbar, \ell, \infty, \dots, \cdots, \vdots, \ddots", "ħℓ"),
    // Text, spaces, delimiters.
    (r"\text{for all } x \text{ with 5\%}", "forallxwith5"),
    (r"\textbf{bold} \textit{slope} \mbox{box}", "boldslopebox"),
    (r"a\,b\;c\quad d\qquad e\!f\ g", "abcdefg"),
    (r"\left(\frac{a}{b}\right) \left[ c \right] \left\{ d \right\}", "abcd"),
    (r"\left\{ x \;\middle|\; y \right\}", "xy"),
    (r"\left. \frac{a}{b} \right|_{x=0}", "abx0"),
    (r"\lvert a \rvert + \lVert b \rVert + \langle c \rangle + \lfloor d \rfloor + \lceil e \rceil", "abcde"),
    (r"\big( \Big[ \bigg\{ \Bigg| x \Bigg| \bigg\} \Big] \big)", "x"),
    (r"\cancel{x} + E = mc^2 \tag{7}", "xEmc27"),
    (r"O(n \log n), 1.5 \cdot 10^{-3}, 1{,}000", "Onlogn151031000"),
];

/// A pack with a paragraph for each formula, in the line and as a block.
fn pack() -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", "title: Formulas\ndate: 2026-11-20\nlint: {allow: [brief-length]}\n");
    folder.write(
        "pack/1 M.md",
        "# M\n\n| Concept | Brief |\n|---|---|\n| [[Table]] | A table of all kinds of formulas. |\n",
    );
    let mut note = String::from("## Explanation\n\n");
    for (i, (formula, _)) in TABLE.iter().enumerate() {
        note.push_str(&format!(
            "Begin{i}here ${formula}$ end{i}here.\n\n$$\n{formula}\n$$\n\nBelow{i}here.\n\n"
        ));
    }
    folder.write("pack/concepts/Table.md", note);
    folder
}

fn sorted(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    // An accent may come joined with its letter.
    let mut chars: Vec<char> = letters(text).nfd().filter(|c| c.is_alphanumeric()).collect();
    chars.sort_unstable();
    chars.into_iter().collect()
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap_or_else(|| panic!("{from} is not printed")) + from.len();
    let end = text[start..].find(to).unwrap_or_else(|| panic!("{to} is not printed")) + start;
    &text[start..end]
}

#[test]
fn every_kind_of_formula_is_typeset_whole_and_within_its_column() {
    assert!(TABLE.len() >= 60);
    let folder = pack();
    let run = folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    assert!(!run.err.contains("[math]"), "{}", run.err);
    let bytes = folder.bytes("out/handbook.pdf");
    let pages: Vec<Seen> = readback::read(&bytes);
    // Running heads and folios stand between pages: only those formulas are read whose page goes on.
    let pages: Vec<String> = pages
        .iter()
        .map(|page| {
            for glyph in &page.glyphs {
                let Some(bounds) = glyph.bounds else { continue };
                let inside = bounds.x0 > 5.0 && bounds.x1 < page.width && bounds.height() < 25.0;
                assert!(inside, "`{}` at {bounds:?}", glyph.text);
            }
            letters(&page.text())
        })
        .collect();
    let mut read = 0;
    for (i, (formula, expected)) in TABLE.iter().enumerate() {
        let marks = [format!("Begin{i}here"), format!("end{i}here"), format!("Below{i}here")];
        let Some(page) = pages.iter().find(|p| marks.iter().all(|mark| p.contains(mark))) else { continue };
        read += 1;
        let [begin, end, below] = &marks;
        assert_eq!(sorted(between(page, begin, end)), sorted(expected), "in the line: {formula}");
        assert_eq!(sorted(between(page, end, below)), sorted(expected), "as a block: {formula}");
    }
    assert!(read * 10 > TABLE.len() * 8, "only {read} of {} stand on one page", TABLE.len());
}

#[test]
fn a_formula_sits_on_the_baseline_of_its_line_and_scripts_are_smaller() {
    let folder = Folder::small();
    folder.write("pack/concepts/Mallard.md", "## Explanation\n\nQuokka $x$ wombat $y_z$ numbat.\n");
    folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    let pages = readback::read(&folder.bytes("out/handbook.pdf"));
    let page = pages.iter().find(|p| p.text().contains("Quokka")).expect("the note's page");
    let at = page.text().find("Quokka").expect("printed");
    let skipped = page.text()[..at].chars().count();
    let glyphs = &page.glyphs[skipped.min(page.glyphs.len())..];
    let base = page
        .glyphs
        .iter()
        .zip(page.glyphs.iter().skip(1))
        .find(|(a, b)| a.text == "Q" && b.text == "u")
        .map(|(a, _)| a.origin.y)
        .expect("Q");
    let find = |letter: &str| {
        page.glyphs.iter().find(|g| letters(&g.text) == letter && g.text != letter).unwrap_or_else(|| {
            panic!("no mathematical {letter} among {:?}", glyphs.iter().map(|g| &g.text).collect::<Vec<_>>())
        })
    };
    let (x, y, z) = (find("x"), find("y"), find("z"));
    assert!((x.origin.y - base).abs() < 0.01 && (y.origin.y - base).abs() < 0.01, "{x:?} {y:?} {base}");
    assert!(z.origin.y > base + 0.3, "{z:?}");
    let height = |g: &readback::Glyph| g.bounds.map_or(0.0, |b| b.height());
    assert!(height(z) < height(x) * 0.85, "{z:?} {x:?}");
}

#[test]
fn formulas_have_their_source_for_alternative_text() {
    let folder = Folder::small();
    folder.write("pack/concepts/Mallard.md", "## Explanation\n\nSo $a^2+b^2$ it is.\n\n$$\\frac{p}{q}$$\n");
    folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    let document = lopdf::Document::load_mem(&folder.bytes("out/handbook.pdf")).expect("a PDF");
    let mut alts: Vec<String> = Vec::new();
    for object in document.objects.values() {
        if let Ok(dict) = object.as_dict()
            && dict.get(b"S").is_ok_and(|s| s.as_name().is_ok_and(|name| name == b"Formula"))
        {
            let alt = dict.get(b"Alt").and_then(lopdf::Object::as_str).unwrap_or_default();
            let text = match alt {
                [0xfe, 0xff, rest @ ..] => {
                    let units: Vec<u16> =
                        rest.chunks(2).map(|c| u16::from_be_bytes([c[0], *c.get(1).unwrap_or(&0)])).collect();
                    String::from_utf16_lossy(&units)
                }
                bytes => String::from_utf8_lossy(bytes).into_owned(),
            };
            alts.push(text);
        }
    }
    alts.sort();
    assert_eq!(alts, [r"\frac{p}{q}", "a^2+b^2"]);
}

#[test]
fn formulas_stand_on_cards_sheets_and_in_tables_and_make_no_cards_themselves() {
    let folder = Folder::small();
    folder.write(
        "pack/1 Birds.md",
        "# Birds\n\n| Concept | Brief |\n|---|---|\n| [[Mallard]] | Its mass is $\\frac{m}{w}$, and $\\|v\\| \\le 1$. |\n",
    );
    folder.write(
        "pack/concepts/Mallard.md",
        "## Cards\n\nWhat is $\\sum_i u_i$? :: It is $\\hat{k}$ of course\n\nA type $T :: U$ is no card, ==$\\pi_1$== is.\n",
    );
    let run = folder
        .recto(&["build", "pack", "handbook", "cheatsheets", "flashcards", "--out", "out", "--json"])
        .ends(0);
    assert!(!run.err.contains("[math]"), "{}", run.err);
    let cards: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    // The row, the question, the gap.
    assert_eq!(cards["cards"], 3, "{}", run.out);
    let text = |path: &str| {
        let pages = readback::read(&folder.bytes(path));
        letters(&pages.iter().map(Seen::text).collect::<String>())
    };
    let deck = text("out/flashcards.pdf");
    for part in ["Itismass", "Whatisiui", "Itiskofcourse", "AtypeTUisnocard"] {
        let part = part.replace("Itismass", "Itsmassis");
        assert!(deck.contains(&part), "{part} is not in {deck}");
    }
    let sheet = folder.files("out/cheatsheets").into_iter().next().expect("a cheatsheet");
    let sheet = text(&format!("out/cheatsheets/{sheet}"));
    assert!(sheet.contains("Itsmassismw"), "{sheet}");
    assert!(text("out/handbook.pdf").contains("Itsmassismw"));
}

#[test]
fn what_cannot_be_typeset_is_shown_as_source_with_its_line_and_column() {
    let folder = Folder::small();
    let long = "x+".repeat(6000);
    folder.write(
        "pack/concepts/Mallard.md",
        format!(
            "## Explanation\n\nSee $a + \\quux{{b}}$ there.\n\n$$\n\\begin{{CD}} A \\end{{CD}}\n$$\n\n$\\def\\a{{\\a\\a}}\\a$\n\n${{{{{{{{$\n\n$${long}$$\n\n$\\sqrt{}x$\n",
            "\\sqrt".repeat(900)
        ),
    );
    let run = folder.recto(&["check", "pack", "--date", "2026-11-20"]);
    for what in [
        "concepts/Mallard.md:3:10",
        "`\\quux` is no command that can be typeset",
        "concepts/Mallard.md:6:1",
        "`CD` is no environment that can be typeset",
        "concepts/Mallard.md:9:2",
        "`\\def` changes the language",
        "concepts/Mallard.md:13:3",
        "at most 8192 are typeset",
        "arguments of this formula have no braces",
    ] {
        assert!(run.err.contains(what), "`{what}` is not in:\n{}", run.err);
    }
    assert_eq!(run.code, 0, "{}", run.err);
    folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    let pages = readback::read(&folder.bytes("out/handbook.pdf"));
    let text: String = pages.iter().map(Seen::text).collect();
    assert!(letters(&text).contains("aquuxb"), "{text}");
    // One rule for all, which can be allowed.
    folder.write("pack/recto.yaml", "title: Small\nlint: {allow: [math]}\n");
    folder.recto(&["check", "pack", "--date", "2026-11-20"]).silent_about("[math]");
}
