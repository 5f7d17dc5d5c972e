//! Paragraphs that Recto sets itself, against the same ones set by the compiler, in the same layout.

use hayro_interpret::kurbo::Rect;

use crate::paper::{Line, lines};
use crate::readback::{self, Seen};
use crate::support::Folder;

/// All that a paragraph may hold, long enough to be broken in many places.
const NOTE: &str = "## Explanation

The interpreter remembers *where* every name was bound, and it looks there first; only then does it ask the module, and at \
last the builtins. A misspelled attribute therefore surfaces late, unfortunately often in production, while an \
incomprehensible configuration surfaces immediately.

A second paragraph stands right below the first, is indented, and has `inline_code(argument)`, a [[Second]] link, **bold \
words**, ***both at once***, “quotes” and 'single ones', dashes – such as these — and hyphens in well-known compound-words, \
besides 3.15 and 1,024 and the sign → of an arrow.

> [!tip] In a callout
> Typesetting is the composition of text by arranging physical types or their digital equivalents, and stored letters are \
> retrieved and ordered according to a language's orthography for visual display.

- A list's item that is long enough to be set in two or three lines of the text column, with *emphasis* in it, so that \
  breaking it is a question at all.
- A short one.

Straße und Übermut, naïve café, Ελληνικά γράμματα, кириллица; no-break\u{a0}space; a line  \nbroken by its author; and \
a footnote[^1] at the end of this sentence that goes on for some more words to fill the line.

```python
def deal(cards, seats=4):
    \"\"\"One after the other.\"\"\"

    return [cards[n::seats] for n in range(seats)]
```

[^1]: The footnote's words.

## Exercise

Write it, then explain extraordinarily complicated circumlocutions parenthetically to an uncomprehending acquaintance.

### Solution

Internationalisation and responsibility; characteristically unsatisfactory.
";

fn pack(by_the_compiler: bool) -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", "title: Lines\ndate: 2026-11-20\nschedule: {start: 2027-01-04}\n");
    folder.write(
        "pack/1 Words.md",
        "# Words\n\nAn intro of the chapter.\n\n|Concept|Brief Description|\n|---|---|\n\
         |**[[First]]**|A brief description that is long enough to take more than a single line in its column, as most are.|\n\
         |**[[Second]]**|Short.|\n",
    );
    folder.write("pack/concepts/First.md", NOTE);
    // Pages end within the code: between its lines, and on empty ones.
    let code: String =
        (0..180).map(|n| if n % 7 > 3 { "\n".into() } else { format!("line_{n} = {n}\n") }).collect();
    let second = format!(
        "## Explanation\n\nCode, after [[First]].\n\n```python\n{code}end = True\n```\n\nBehind it.\n"
    );
    folder.write("pack/concepts/Second.md", second);
    if by_the_compiler {
        let files = [
            ("page", include_str!("../../layouts/handbook/page.typ")),
            ("margin", include_str!("../../layouts/handbook/margin.typ")),
        ];
        for (name, own) in files {
            let without = own
                .replace("  show par: lines\n", "")
                .replace("#import \"../theme.typ\": *\n", "#import \"../theme.typ\": *\n#let lines(x) = x\n");
            assert_eq!(own.matches("  show par: lines\n").count(), 1, "{name}");
            folder.write(&format!("pack/layouts/handbook/{name}.typ"), without);
        }
    }
    folder
}

fn pages(by_the_compiler: bool) -> Vec<Seen> {
    let folder = pack(by_the_compiler);
    folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    readback::read(&folder.bytes("out/handbook.pdf"))
}

fn all(pages: &[Seen]) -> Vec<(usize, Line)> {
    let lines = pages.iter().enumerate().flat_map(|(n, page)| {
        lines(page, Rect::new(0.0, 0.0, 1e4, 1e4)).into_iter().map(move |line| (n, line)).collect::<Vec<_>>()
    });
    lines.collect()
}

#[test]
fn they_break_where_the_compiler_breaks_them() {
    let (ours, theirs) = (all(&pages(false)), all(&pages(true)));
    assert!(theirs.len() > 80, "{} lines", theirs.len());
    assert_eq!(ours.len(), theirs.len());
    for ((page, a), (other, b)) in ours.iter().zip(&theirs) {
        assert_eq!((page, &a.text), (other, &b.text));
        assert!((a.y - b.y).abs() < 0.02, "{}: {} mm, by the compiler {} mm", a.text, a.y, b.y);
        assert!((a.x - b.x).abs() < 0.02, "{}: {} mm, by the compiler {} mm", a.text, a.x, b.x);
    }
}
