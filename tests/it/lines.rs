//! Lines on the handbook's pages: the grid, headings and paragraphs at the head and the foot, small capitals.

use std::collections::HashMap;

use crate::book::{BOOK, Book, INNER, TOP, column};
use crate::paper::{MM, lines};
use crate::readback::{Glyph, Seen};
use crate::shipped::SHIPPED;
use crate::support::letters;

/// Lines of running text, pt.
const UNIT: f64 = 13.0;
/// Its size, pt.
const BODY: f64 = 10.5;

#[test]
fn lines_keep_to_the_grid() {
    let (mut whole, mut half, mut all) = (0usize, 0usize, 0usize);
    for (page, label) in BOOK.pages.iter().zip(&BOOK.labels) {
        // Lists of concepts and questions have a pitch of their own.
        let text = letters(&page.text());
        let listed = ["Concepts", "Selftest", "Checklist"].iter().any(|word| text.contains(word));
        if label.parse::<usize>().is_err() || listed {
            continue;
        }
        for line in lines(page, column(page)) {
            if line.text.trim().chars().count() < 20 || line.x > INNER + 10.0 {
                continue;
            }
            let at = (line.y - TOP) / MM / UNIT - 0.76 * 10.5 / UNIT;
            let off = |step: f64| (at / step - (at / step).round()).abs() * step < 0.03;
            whole += usize::from(off(1.0));
            half += usize::from(off(0.5));
            all += 1;
        }
    }
    let share = |n: usize| n * 100 / all;
    println!("{} % of {all} lines on the grid, {} % on it or half between", share(whole), share(half));
    assert!(share(whole) >= 65, "{} % of {all} lines on the grid", share(whole));
    assert!(share(half) >= 90, "{} % of {all} lines on the half grid", share(half));
}

#[test]
fn no_heading_stands_at_the_foot_of_a_page() {
    for (id, (page, y)) in BOOK.entries(&SHIPPED.pack) {
        let seen = &BOOK.pages[page];
        let mut area = column(seen);
        area.y0 = y;
        let below = lines(seen, area).len();
        assert!(below >= 4, "{id}: {below} lines on page {}", BOOK.labels[page]);
    }
}

/// A line of the text column.
struct Row {
    y: f64,
    x: f64,
    /// Of its first glyph, pt.
    size: f64,
    text: String,
}

fn rows(page: &Seen) -> Vec<Row> {
    let area = column(page);
    let sizes: HashMap<(i64, i64), f64> = page
        .glyphs
        .iter()
        .map(|g| (((g.origin.x * 100.0) as i64, (g.origin.y * 100.0) as i64), g.size / MM))
        .collect();
    lines(page, area)
        .into_iter()
        .filter(|l| !l.text.trim().is_empty())
        .map(|l| {
            let size = sizes.get(&((l.x * 100.0) as i64, (l.y * 100.0) as i64)).copied().unwrap_or_default();
            Row { y: l.y, x: l.x, size, text: l.text }
        })
        .collect()
}

impl Row {
    /// Of a paragraph; code in the line is smaller.
    fn runs(&self) -> bool {
        (self.size - BODY).abs() < 0.05 || (self.size - 0.86 * BODY).abs() < 0.1
    }

    fn flush(&self) -> bool {
        (self.x - INNER).abs() < 0.6 && self.runs()
    }

    /// The first of a paragraph that follows another.
    fn indented(&self) -> bool {
        (self.x - INNER - 1.2 * BODY * MM).abs() < 0.6 && self.runs()
    }

    /// Whether it is the next line of the same paragraph.
    fn goes_on(&self, before: &Row) -> bool {
        self.flush() && (self.y - before.y - UNIT * MM).abs() < 0.1
    }
}

/// Pages that begin with the last line of a paragraph, or end with the first of one, alone.
fn lone_lines(book: &Book) -> (Vec<String>, usize) {
    let mut out = Vec::new();
    let mut parted = 0;
    let pages: Vec<Vec<Row>> = book.pages.iter().map(rows).collect();
    for (i, pair) in pages.windows(2).enumerate().filter(|(i, _)| book.labels[i + 1].parse::<usize>().is_ok())
    {
        let ([.., last], [first, rest @ ..]) = (pair[0].as_slice(), pair[1].as_slice()) else { continue };
        // A paragraph that goes on: its line is flush and its pages end and begin with running text.
        // Questions, and lists in columns, are no paragraphs.
        let text = letters(&format!("{}{}", book.pages[i].text(), book.pages[i + 1].text()));
        let back = book.pages[..=i].iter().rev().find(|page| {
            ["Glossary", "Index", "Sources"].iter().any(|part| letters(&page.text()).starts_with(part))
        });
        if text.contains("Selftest")
            || back.is_some()
            || !first.flush()
            || !(last.flush() || last.indented())
            || first.y > TOP + 6.0
        {
            continue;
        }
        parted += 1;
        if !rest.first().is_some_and(|next| next.goes_on(first)) {
            out.push(format!("page {} begins with “{}”", book.labels[i + 1], first.text));
        }
        let before = pair[0].len().checked_sub(2).map(|at| &pair[0][at]);
        if last.indented() || !before.is_some_and(|before| last.goes_on(before)) {
            out.push(format!("page {} ends with “{}”", book.labels[i], last.text));
        }
    }
    (out, parted)
}

#[test]
fn no_line_of_a_paragraph_is_left_alone() {
    let (found, parted) = lone_lines(&BOOK);
    assert!(parted > 50, "{parted} paragraphs go on over a page");
    assert!(found.is_empty(), "of {parted}:\n{}", found.join("\n"));
}

/// What a heading is followed by on its page: nothing of it is bold sans alone at the foot.
#[test]
fn no_small_heading_stands_at_the_foot_of_a_page() {
    let heads = ["Example", "Exercise", "In an interview", "Review", "Self-test", "Checklist"];
    let mut seen = 0;
    for (page, label) in BOOK.pages.iter().zip(&BOOK.labels) {
        let rows = rows(page);
        seen += rows.iter().filter(|r| heads.iter().any(|head| r.text.starts_with(head))).count();
        let Some(last) = rows.last() else { continue };
        let head = heads.iter().any(|head| last.text.starts_with(head)) && !last.runs();
        assert!(!head, "“{}” at the foot of page {label}", last.text);
    }
    assert!(seen > 400, "{seen} headings");
}

fn glyphs_of<'a>(page: &'a Seen, word: &str) -> Option<&'a [Glyph]> {
    let count = word.chars().count();
    let same = |w: &[Glyph]| w.iter().map(|g| g.text.replace('\u{a0}', " ")).collect::<String>() == word;
    let at = page.glyphs.windows(count).position(same)?;
    page.glyphs.get(at..at + count)
}

/// Labels of the margin are in small capitals of the face, neither lower case nor capitals made small: behind the capital all
/// of one height and heavier than a smaller size would be; and as text they are the letters that they stand for.
#[test]
fn labels_are_real_small_capitals() {
    let mut found = 0;
    for page in &BOOK.pages {
        let Some(glyphs) = glyphs_of(page, "See also") else { continue };
        let heights: Vec<f64> = glyphs.iter().filter_map(|g| g.bounds.map(|b| b.height() / g.size)).collect();
        let ([first, rest @ ..], 7) = (heights.as_slice(), heights.len()) else { panic!("{heights:?}") };
        assert!((0.65..0.70).contains(first), "{heights:?}");
        assert!(rest.iter().all(|h| (0.52..0.57).contains(h)), "{heights:?}");
        found += 1;
    }
    assert!(found > 100, "{found} labels");
}

/// Figures that stand under one another are of one width: those of lists of concepts, of the margin and of long code.
#[test]
fn figures_are_tabular_where_they_stand_under_one_another() {
    let mut widths: HashMap<i64, Vec<f64>> = HashMap::new();
    for link in BOOK.paper.links() {
        let seen = &BOOK.pages[link.page];
        let area = link.area.inflate(0.2, 0.4);
        let glyphs: Vec<&Glyph> =
            seen.glyphs.iter().filter(|g| area.contains(g.origin.midpoint(g.end))).collect();
        if glyphs.is_empty() || !glyphs.iter().all(|g| g.text.chars().all(|c| c.is_ascii_digit())) {
            continue;
        }
        for glyph in glyphs {
            let width = glyph.end.distance(glyph.origin) / glyph.size;
            widths.entry((glyph.size / MM * 20.0).round() as i64).or_default().push(width);
        }
    }
    assert!(widths.values().map(Vec::len).sum::<usize>() > 3000);
    for (size, widths) in widths {
        let (low, high) = widths.iter().fold((f64::MAX, 0f64), |(low, high), w| (low.min(*w), high.max(*w)));
        // Bold and regular figures differ a little.
        assert!(high - low < 0.05, "at {} pt from {low} to {high} em", size as f64 / 20.0);
    }
}
