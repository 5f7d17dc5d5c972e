//! Quizzes read back: who knows the notes answers every sheet as its key does.

use std::fmt::Write as _;

use crate::readback::{self, Seen};
use crate::support::{Folder, letters};

const SYLLABLES: [&str; 12] = ["ka", "ro", "mi", "te", "su", "no", "la", "vi", "du", "pe", "zo", "ge"];

/// A word that no other number has.
fn word(n: usize) -> String {
    [n % 12, n / 12 % 12, n / 144 % 12].map(|i| SYLLABLES[i]).concat()
}

/// Concept `n`: its name, its brief, a card, a sentence with a gap, a program.
struct Bird {
    name: String,
    brief: String,
    card: (String, String),
    gap: (String, String, String),
    output: String,
}

fn bird(n: usize) -> Bird {
    let words = |from: usize, count: usize| (from..from + count).map(word).collect::<Vec<_>>().join(" ");
    let base = n * 30;
    Bird {
        name: words(base, 1 + n % 3),
        brief: words(base + 4, 4 + n % 5),
        card: (words(base + 14, 4), words(base + 18, 2)),
        gap: (words(base + 21, 2), words(base + 23, 1), words(base + 24, 2)),
        output: word(base + 27),
    }
}

const BIRDS: usize = 24;

fn pack() -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", "title: Lake\ndate: 2026-11-20\nquizzes: {versions: 3, questions: 16}\n");
    let mut text = String::from("# Birds\n\nAbout them.\n");
    for n in 0..BIRDS {
        if n % 8 == 0 {
            let _ = write!(text, "\n## Shore {}\n\n|Concept|Brief|\n|---|---|\n", n / 8);
        }
        let Bird { name, brief, card, gap, output } = bird(n);
        let _ = writeln!(text, "|[[{name}]]|{brief}|");
        let mut note = format!("## Cards\n\n{} :: {}\n\n{} =={}== {}\n", card.0, card.1, gap.0, gap.1, gap.2);
        if n % 2 == 0 {
            let _ = write!(
                note,
                "\n## Example\n\n```python\nprint(\"{output}\")\n```\n\n```output\n{output}\n```\n"
            );
        }
        folder.write(&format!("pack/concepts/{name}.md"), note);
    }
    folder.write("pack/1 Birds.md", text);
    folder
}

/// A piece of type of one size, in the order in which it is drawn.
#[derive(Debug)]
struct Piece {
    size: f64,
    text: String,
}

/// What belongs to each number: numbers stand at the left of a column, `columns` mm from the page's edge.
fn numbered(pages: &[Seen], columns: &[f64]) -> Vec<(usize, Vec<Piece>)> {
    let mut out: Vec<(usize, Vec<Piece>)> = Vec::new();
    let mut open = false;
    for page in pages {
        let mut number: Option<String> = None;
        for glyph in
            page.glyphs.iter().filter(|g| !g.text.trim().is_empty() && g.origin.y < page.height - 16.0)
        {
            let digit = glyph.text.chars().all(|c| c.is_ascii_digit());
            let first = columns.iter().any(|x| (glyph.origin.x - x).abs() < 1.0);
            let later =
                number.is_some() && columns.iter().any(|x| (0.0..7.0).contains(&(glyph.origin.x - x)));
            if digit && first && glyph.size > 3.4 {
                number = Some(glyph.text.clone());
                open = true;
                continue;
            }
            if digit && later {
                number.as_mut().expect("a number").push_str(&glyph.text);
                continue;
            }
            if let Some(number) = number.take() {
                out.push((number.parse().expect("a number"), Vec::new()));
            }
            // A heading.
            open &= !first;
            let Some((_, pieces)) = out.last_mut().filter(|_| open) else { continue };
            match pieces.last_mut().filter(|p| (p.size - glyph.size).abs() < 0.05) {
                Some(piece) => piece.text.push_str(&glyph.text),
                None => pieces.push(Piece { size: glyph.size, text: glyph.text.clone() }),
            }
        }
    }
    for (_, pieces) in &mut out {
        for piece in pieces {
            piece.text = letters(&piece.text);
        }
    }
    out
}

const PT: f64 = 25.4 / 72.0;

fn is(piece: &Piece, pt: f64) -> bool {
    (piece.size - pt * PT).abs() < 0.05
}

/// What a person who knows the notes answers: letters, or letters and what they stand for.
fn solve(pieces: &[Piece], birds: &[Bird]) -> String {
    let same = |a: &str, b: &str| letters(a) == letters(b);
    let pieces: Vec<&Piece> = pieces.iter().filter(|p| !is(p, 7.5)).collect();
    // Letters in boxes: a choice.
    let boxes: Vec<usize> = (0..pieces.len()).filter(|i| is(pieces[*i], 10.5 * 0.78)).collect();
    if boxes.len() == 3 {
        let stem: String = pieces[..boxes[0]].iter().map(|p| p.text.as_str()).collect();
        let right: Vec<String> = boxes
            .iter()
            .enumerate()
            .filter_map(|(i, at)| {
                let end = boxes.get(i + 1).copied().unwrap_or(pieces.len());
                let option: String = pieces[at + 1..end].iter().map(|p| p.text.as_str()).collect();
                let fits = birds.iter().any(|b| {
                    (same(&stem, &b.brief) && same(&option, &b.name))
                        || (same(&stem, &b.name) && same(&option, &b.brief))
                });
                fits.then(|| format!("{}{option}", pieces[*at].text))
            })
            .collect();
        assert_eq!(right.len(), 1, "{stem}: {right:?}");
        return right.concat();
    }
    // Letters before meanings: a matching.
    let marks: Vec<usize> = (0..pieces.len()).filter(|i| is(pieces[*i], 10.5 * 0.86)).collect();
    if !marks.is_empty() {
        let terms: String = pieces[..marks[0]].iter().map(|p| p.text.as_str()).collect();
        let mut order: Vec<(usize, &Bird)> =
            birds.iter().filter_map(|b| Some((terms.find(&letters(&b.name))?, b))).collect();
        order.sort_by_key(|(at, _)| *at);
        assert_eq!(order.len(), marks.len(), "{terms}");
        let answer = order.iter().enumerate().map(|(i, (_, bird))| {
            let mark = marks.iter().find(|m| same(&pieces[**m + 1].text, &bird.brief)).expect("its meaning");
            format!("{}{}", i + 1, pieces[*mark].text)
        });
        return answer.collect();
    }
    let asked: String = pieces.iter().map(|p| p.text.as_str()).collect();
    let fitting: Vec<&String> = birds
        .iter()
        .filter_map(|b| {
            if asked == letters(&b.brief) {
                Some(&b.name)
            } else if asked == letters(&b.card.0) {
                Some(&b.card.1)
            } else if asked == letters(&format!("{}{}", b.gap.0, b.gap.2)) {
                Some(&b.gap.1)
            } else if asked == letters(&format!("print({})", b.output)) {
                Some(&b.output)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(fitting.len(), 1, "{asked}");
    letters(fitting[0])
}

#[test]
fn keys_are_what_the_sheets_ask_for() {
    let folder = pack();
    let birds: Vec<Bird> = (0..BIRDS).map(bird).collect();
    let mut kinds = [0usize; 3];
    // Fifty seeds of three versions: a hundred and fifty sheets.
    for seed in 1..=50 {
        let seed = seed.to_string();
        folder.recto(&["build", "pack", "quizzes", "--out", "out", "--seed", &seed]).ends(0);
        for version in ["A", "B", "C"] {
            let sheet = readback::read(&folder.bytes(&format!("out/quizzes/01-birds-{version}.pdf")));
            let key = readback::read(&folder.bytes(&format!("out/quizzes/01-birds-{version}-key.pdf")));
            let sheet = numbered(&sheet, &[22.0]);
            let key = numbered(&key, &[22.0]);
            assert_eq!(sheet.len(), 16, "{sheet:?}");
            assert_eq!(key.len(), 16, "{key:?}");
            for (i, ((n, asked), (m, answer))) in sheet.iter().zip(&key).enumerate() {
                assert_eq!((*n, *m), (i + 1, i + 1));
                // The handbook's number is in small type.
                let printed: String =
                    answer.iter().filter(|p| !is(p, 7.5)).map(|p| p.text.as_str()).collect();
                assert!(answer.iter().any(|p| is(p, 7.5) && p.text.starts_with('1')), "{answer:?}");
                assert_eq!(solve(asked, &birds), printed, "{asked:?}");
                kinds[asked.iter().filter(|p| is(p, 10.5 * 0.78)).count().min(2)] += 1;
            }
        }
    }
    assert!(kinds[0] > 100 && kinds[2] > 100, "{kinds:?}");
}

#[test]
fn written_questions_are_asked_and_wrong_ones_told() {
    let folder = Folder::small();
    folder.write(
        "pack/concepts/Teal.md",
        "## Quiz\n\nHow long is a teal?\n\n- [ ] 80 cm\n- [x] 36 cm\n- [ ] 5 cm\n\nWho named it? :: Linnaeus\n\n\
         Which is it?\n\n- [ ] none\n- [ ] ticked\n",
    );
    folder.write("pack/1 Birds.md", folder.read("pack/1 Birds.md").replace("**Teal**", "[[Teal]]"));
    let build = &["build", "pack", "quizzes", "--out", "out", "--versions", "1"];
    folder.recto(build).ends(0).says("Teal.md:13").says("one of them ticked");
    let sheet = readback::read(&folder.bytes("out/quizzes/01-birds-A.pdf"));
    let text = letters(&sheet.iter().map(Seen::text).collect::<String>());
    for wanted in ["How long is a teal", "36 cm", "Who named it"] {
        assert!(text.contains(&letters(wanted)), "{wanted} in {text}");
    }
    let key = readback::read(&folder.bytes("out/quizzes/01-birds-A-key.pdf"));
    let text = letters(&key.iter().map(Seen::text).collect::<String>());
    assert!(text.contains("36cm") && text.contains("Linnaeus") && !text.contains("80cm"), "{text}");
    assert!(folder.read("out/quizzes/01-birds.moodle.xml").contains("36 cm"));
    assert!(!folder.files("out").iter().any(|f| f.contains("-B")));
}

#[test]
fn flags_out_of_range_are_usage_errors() {
    let folder = Folder::small();
    for flag in [["--versions", "0"], ["--versions", "27"], ["--questions", "0"]] {
        folder.recto(&["build", "pack", "quizzes", flag[0], flag[1]]).ends(2).says(flag[0]);
    }
}
