//! Booklets, zines and dividers: the PDF is read back, folded, leafed through.

use std::fmt::Write as _;

use hayro_interpret::kurbo::{Point, Rect};

use crate::readback::{self, Glyph, Seen};
use crate::support::{Folder, letters};

/// A pack of one chapter with `concepts` concepts, each with a note.
fn pack(concepts: usize) -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", "title: Birds\ndate: 2026-11-20\nschedule: {start: 2027-01-04}\n");
    let mut table = String::from("# Birds\n\n## Ducks\n\n|Concept|Brief Description|\n|---|---|\n");
    for n in 1..=concepts {
        let _ = writeln!(
            table,
            "|**[[Bird{n}x]]**|The bird that bears the number {n} among all ducks of the lake.|"
        );
        let text = format!("It swims in circle {n} and dives for what grows there. ").repeat(12);
        folder.write(&format!("pack/concepts/Bird{n}x.md"), format!("## Explanation\n\n{text}\n"));
    }
    folder.write("pack/1 Birds.md", table);
    folder
}

fn build(folder: &Folder, documents: &[&str], more: &[&str]) {
    folder.recto(&[&["build", "pack", "--out", "out"], documents, more].concat()).ends(0);
}

fn read(folder: &Folder, file: &str) -> Vec<Seen> {
    readback::read(&folder.bytes(file))
}

/// The glyphs in a part of a page.
fn within(page: &Seen, area: Rect) -> Vec<&Glyph> {
    page.glyphs.iter().filter(|g| area.contains(g.origin.midpoint(g.end))).collect()
}

fn text(glyphs: &[&Glyph]) -> String {
    letters(&glyphs.iter().map(|g| g.text.as_str()).collect::<String>())
}

// ---- the booklet ----

/// Half a side of a sheet: what it says, and the way up.
#[derive(Debug, Clone)]
struct Half {
    text: String,
    /// Degrees of its first glyph.
    angle: f64,
    /// Of its first glyph, from the half's middle.
    first: Option<Point>,
}

fn halves(page: &Seen) -> [Half; 2] {
    let middle = page.width / 2.0;
    [(0.0, middle), (middle, page.width)].map(|(left, right)| {
        let glyphs = within(page, Rect::new(left, 0.0, right, page.height));
        let centre = Point::new((left + right) / 2.0, page.height / 2.0);
        let first = glyphs.first().map(|g| (g.origin - centre).to_point());
        Half { text: text(&glyphs), angle: glyphs.first().map_or(0.0, |g| g.angle), first }
    })
}

/// Folds the sheets of one signature into each other and leafs through: halves in reading order.
fn leaf_through(sheets: &[&[Seen]], short_edge: bool) -> Vec<Half> {
    let sides: Vec<([Half; 2], [Half; 2])> = sheets
        .iter()
        .map(|s| {
            let [left, right] = halves(&s[1]);
            // Turned over its short edge, a lying sheet shows behind its right half the back's left one; over its long
            // edge the right one, on its head.
            let behind = if short_edge { [right, left] } else { [left, right] };
            (halves(&s[0]), behind)
        })
        .collect();
    let mut read = Vec::new();
    for (front, behind) in &sides {
        read.extend([front[1].clone(), behind[1].clone()]);
    }
    for (front, behind) in sides.iter().rev() {
        read.extend([behind[0].clone(), front[0].clone()]);
    }
    read
}

#[test]
fn a_booklet_is_the_handbook_page_by_page() {
    let folder = pack(20);
    build(&folder, &["handbook"], &["--variant", "print"]);
    let book = read(&folder, "out/handbook.pdf");
    assert!(book.len() > 12, "{}", book.len());
    let wanted: Vec<String> = book.iter().map(|p| letters(&p.text())).collect();
    for (flags, per) in [(&[][..], 20), (&["--signature", "2"][..], 2), (&["--flip", "long-edge"][..], 20)] {
        build(&folder, &["booklet"], flags);
        let pages = read(&folder, "out/booklet.pdf");
        assert_eq!(pages.len(), 2 * book.len().div_ceil(4));
        assert!(pages.iter().all(|p| (p.width - 297.0).abs() < 0.01 && (p.height - 210.0).abs() < 0.01));
        let short_edge = !flags.contains(&"--flip");
        let sheets: Vec<&[Seen]> = pages.chunks(2).collect();
        let leaves: Vec<Half> = sheets.chunks(per).flat_map(|s| leaf_through(s, short_edge)).collect();
        for (n, half) in leaves.iter().enumerate() {
            assert_eq!(half.text, wanted.get(n).cloned().unwrap_or_default(), "page {} {flags:?}", n + 1);
        }
        // Fronts upright; backs, too, or on their heads, as the flip needs.
        for (side, page) in pages.iter().enumerate() {
            let expected = if side % 2 == 1 && !short_edge { 180.0 } else { 0.0 };
            for half in halves(page).iter().filter(|h| h.first.is_some()) {
                assert!((half.angle.abs() - expected).abs() < 0.01, "side {side} {flags:?}: {}", half.angle);
            }
        }
    }
}

#[test]
fn inner_sheets_give_way_to_creep() {
    let folder = pack(12);
    build(&folder, &["handbook"], &["--variant", "print"]);
    let book = read(&folder, "out/handbook.pdf");
    build(&folder, &["booklet"], &["--paper-thickness", "0.5"]);
    let pages = read(&folder, "out/booklet.pdf");
    let scale = 0.5 * 297.0 / 210.0;
    let mut seen = 0;
    for (sheet, sides) in pages.chunks(2).enumerate() {
        let [_, right] = halves(&sides[0]);
        let page = &book[2 * sheet];
        let (Some(at), Some(own)) = (right.first, page.glyphs.first()) else { continue };
        let plain = (own.origin.x - page.width / 2.0) * scale;
        // The right half moves left, to the spine, by a thickness a sheet.
        assert!((at.x - plain + 0.5 * sheet as f64).abs() < 0.02, "sheet {sheet}: {} {plain}", at.x);
        seen += 1;
    }
    assert!(seen > 2, "{seen}");
}

#[test]
fn wrong_booklet_flags_are_told() {
    let folder = pack(1);
    for (flags, said) in [
        (["--signature", "0"], "--signature"),
        (["--paper-thickness", "3"], "1 mm"),
        (["--flip", "over"], "short-edge"),
    ] {
        folder
            .recto(&[&["build", "pack", "booklet", "--out", "out"][..], &flags].concat())
            .ends(2)
            .says(said);
    }
}

// ---- zines ----

/// The panels of a zine's sheet in the order in which they are read once it is slit and folded: round the slit, from the
/// lower right one up and to the left.
fn panels(page: &Seen) -> Vec<(Rect, bool)> {
    let (width, height) = (page.width / 4.0, page.height / 2.0);
    let panel = |column: usize, row: usize| {
        let (x, y) = (width * column as f64, height * row as f64);
        (Rect::new(x, y, x + width, y + height), row == 0)
    };
    [(3, 1), (3, 0), (2, 0), (1, 0), (0, 0), (0, 1), (1, 1), (2, 1)].map(|(c, r)| panel(c, r)).to_vec()
}

#[test]
fn a_zine_reads_from_one_to_eight_the_right_way_up() {
    let folder = pack(20);
    build(&folder, &["zine"], &[]);
    assert_eq!(folder.files("out/zine"), ["01-birds.pdf"]);
    let pages = read(&folder, "out/zine/01-birds.pdf");
    assert_eq!(pages.len(), 1, "one side of one sheet");
    let page = &pages[0];
    assert!((page.width - 297.0).abs() < 0.01);
    let mut all = String::new();
    for (n, (area, on_its_head)) in panels(page).into_iter().enumerate() {
        let glyphs = within(page, area);
        assert!(!glyphs.is_empty(), "page {}", n + 1);
        for glyph in &glyphs {
            let expected = if on_its_head { 180.0 } else { 0.0 };
            assert!((glyph.angle.abs() - expected).abs() < 0.01, "page {}: {}", n + 1, glyph.angle);
            let bounds = glyph.bounds.unwrap_or(Rect::from_points(glyph.origin, glyph.end));
            assert!(area.inset(-4.0).contains_rect(bounds), "page {}: {glyph:?}", n + 1);
        }
        let said = text(&glyphs);
        if n > 0 {
            assert!(said.ends_with(&(n + 1).to_string()) || said.starts_with(&(n + 1).to_string()), "{said}");
        }
        all.push_str(&said);
    }
    let places: Vec<Option<usize>> = (1..=20).map(|n| all.find(&format!("Bird{n}xThebird"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {all}");
    // The slit lies on the middle fold across the two centre columns.
    let slit = page.lines.iter().find(|l| !l.dashed && l.length() > 100.0).expect("a slit");
    assert!((slit.from.y - 105.0).abs() < 0.01 && (slit.from.x - 74.25).abs() < 0.01);
    assert!((slit.to.x - 222.75).abs() < 0.01);
}

#[test]
fn a_long_chapter_takes_several_zines_and_loses_nothing() {
    let folder = pack(150);
    build(&folder, &["zine"], &[]);
    let files = folder.files("out/zine");
    assert!(files.len() > 1 && files[0] == "01-birds-1.pdf", "{files:?}");
    let mut all = String::new();
    for file in &files {
        let page = read(&folder, &format!("out/zine/{file}")).remove(0);
        panels(&page).into_iter().for_each(|(area, _)| all.push_str(&text(&within(&page, area))));
    }
    for n in 1..=150 {
        assert_eq!(all.matches(&format!("Bird{n}xThebird")).count(), 1, "{n}");
    }
    // A chapter that became shorter leaves no old zine behind.
    let short = folder.read("pack/1 Birds.md").lines().take(20).collect::<Vec<_>>().join("\n");
    folder.write("pack/1 Birds.md", short);
    build(&folder, &["zine"], &[]);
    assert_eq!(folder.files("out/zine"), ["01-birds.pdf"]);
}

// ---- dividers ----

/// The middle of each run of glyphs that spells `word` on a page.
fn find(page: &Seen, word: &str) -> Vec<Point> {
    let count = word.chars().count();
    page.glyphs
        .windows(count)
        .filter(|run| run.iter().map(|g| g.text.replace('\u{a0}', " ")).collect::<String>() == word)
        .map(|run| run[0].origin.midpoint(run[count - 1].end))
        .collect()
}

#[test]
fn a_dividers_tab_bears_its_label_on_both_sides() {
    let folder = pack(2);
    build(&folder, &["dividers"], &[]);
    let pages = read(&folder, "out/dividers.pdf");
    let mut found = 0;
    for sheet in pages.chunks(2) {
        for n in 1..=7 {
            let label = format!("Box {n}");
            let (front, back) = (find(&sheet[0], &label), find(&sheet[1], &label));
            assert_eq!(front.len(), back.len(), "{label}");
            for (front, back) in front.iter().zip(back) {
                let through = Point::new(sheet[1].width - back.x, back.y);
                assert!(front.distance(through) < 0.05, "{label}: {front:?} {through:?}");
                found += 1;
            }
        }
    }
    assert_eq!(found, 7);
    let all: String = pages.iter().map(Seen::text).collect::<String>().replace('\u{a0}', " ");
    for words in ["64 days", "1 day", "Birds"] {
        assert!(all.contains(words), "{words}: {all}");
    }
}

#[test]
fn a_dated_box_has_days_and_months() {
    let folder = pack(2);
    folder.write(
        "pack/recto.yaml",
        "title: Birds\ndate: 2026-11-20\nschedule: {mode: leitner, leitner: dated, start: 2027-01-04}\n",
    );
    build(&folder, &["dividers"], &["--stock", "a7"]);
    let all: String = read(&folder, "out/dividers.pdf").iter().map(Seen::text).collect();
    for words in ["January", "December", "31"] {
        assert!(all.contains(words), "{words}: {all}");
    }
    folder
        .recto(&["build", "pack", "dividers", "--out", "out", "--stock", "a5", "--margin", "25"])
        .ends(2)
        .says("dividers for a5");
}
