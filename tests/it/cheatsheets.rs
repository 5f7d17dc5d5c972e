//! Cheatsheets, read back: pages, columns, what had no room, the QR code, the pocket sheet.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hayro_interpret::kurbo::Rect;

use crate::readback::{self, Seen};
use crate::support::{Folder, letters};

fn pack(concepts: usize, sheets: &str) -> Folder {
    let folder = Folder::new();
    folder.write(
        "pack/recto.yaml",
        format!("title: Birds\nedition: \"3\"\ndate: 2026-11-20\ncheatsheets: {{{sheets}}}\n"),
    );
    let mut text = String::from("# Ducks\n\nThey swim. And more.\n");
    for n in 0..concepts {
        if n % 8 == 0 {
            let _ = write!(text, "\n## Shore {}\n\n|Concept|Brief Description|\n|---|---|\n", n / 8 + 1);
        }
        let _ = writeln!(
            text,
            "|**[[Bird{n}x]]**|The bird that bears the number {n} and swims in circles on the lake.|"
        );
        folder.write(
            &format!("pack/concepts/Bird{n}x.md"),
            format!(
                "---\npriority: {}\n---\n## Explanation\n\nIt swims. {}\n",
                n % 3 + 1,
                "It dives and rests. ".repeat(9)
            ),
        );
    }
    folder.write("pack/1 Ducks.md", text);
    folder
}

fn build(folder: &Folder, documents: &[&str]) -> String {
    folder.recto(&[&["build", "pack", "--out", "out"], documents].concat()).ends(0).out
}

fn sheet(folder: &Folder) -> Vec<Seen> {
    readback::read(&folder.bytes("out/cheatsheets/01-ducks.pdf"))
}

/// Lowest ink of each of `columns` columns below the head, mm.
fn depths(page: &Seen, columns: usize) -> Vec<f64> {
    let width = page.width / columns as f64;
    (0..columns)
        .map(|c| {
            let column =
                page.glyphs.iter().filter(|g| (g.origin.x / width) as usize == c && g.origin.y > 19.0);
            column.map(|g| g.origin.y).fold(0.0, f64::max)
        })
        .collect()
}

#[test]
fn columns_are_even_and_full_and_nothing_leaves_them() {
    let folder = pack(64, "pages: 2, orientation: landscape");
    build(&folder, &["cheatsheets"]);
    let pages = sheet(&folder);
    assert_eq!(pages.len(), 2);
    for page in &pages {
        assert!((page.width - 297.0).abs() < 0.01);
        let columns = [3, 4].into_iter().find(|columns| {
            let width = (297.0 - 20.0 - 5.0 * (*columns as f64 - 1.0)) / *columns as f64;
            let starts = (0..*columns).map(|c| 10.0 + (width + 5.0) * c as f64);
            let body = page.glyphs.iter().filter(|g| g.origin.y > 19.0);
            // Every first glyph of a line stands at a column's left or a little in.
            starts.clone().all(|x| body.clone().any(|g| (g.origin.x - x).abs() < 0.6))
        });
        let depths = depths(page, columns.expect("columns"));
        let (low, high) =
            (depths.iter().copied().fold(f64::MAX, f64::min), depths.iter().copied().fold(0.0, f64::max));
        // 201 mm is the foot of a column.
        assert!(low > 19.0 + 0.7 * 182.0 && high < 201.5, "{depths:?}");
        assert!(high - low < 14.0, "{depths:?}");
    }
    let text: String = pages.iter().map(Seen::text).collect();
    let head = letters(&text);
    for words in ["Birds3Sheet12", "Birds3Sheet22", "Theyswim"] {
        assert!(head.contains(words), "{words}: {head}");
    }
}

#[test]
fn what_had_no_room_is_named_with_the_page_where_the_handbook_has_it() {
    let folder = pack(64, "pages: 1, floor: 12pt");
    let said = build(&folder, &["cheatsheets", "handbook"]);
    let pages = sheet(&folder);
    assert_eq!(pages.len(), 1);
    let text = pages[0].text().replace('\u{a0}', " ");
    let (kept, gone) = text.split_once("Not on this sheet").expect("a list of what had no room");
    let book = readback::read(&folder.bytes("out/handbook.pdf"));
    // The running head's folio of the page that has a concept's entry: its number and name.
    let mut folios: BTreeMap<usize, String> = BTreeMap::new();
    for page in &book {
        let text = letters(&page.text());
        for n in 0..64 {
            if text.contains(&format!("1{}{}Bird{n}x", n / 8 + 1, n % 8 + 1)) {
                let folio: String = page
                    .glyphs
                    .iter()
                    .filter(|g| {
                        g.origin.y < 20.0 && g.origin.x > 120.0 && g.text.chars().all(|c| c.is_ascii_digit())
                    })
                    .map(|g| g.text.clone())
                    .collect();
                folios.insert(n, folio);
            }
        }
    }
    let mut left = 0;
    for n in 0..64 {
        let name = format!("Bird{n}x");
        let (shown, named) = (kept.matches(&name).count(), gone.matches(&name).count());
        assert_eq!(shown + named, 1, "{name}: {text}");
        if named == 1 {
            left += 1;
            let folio = &folios[&n];
            assert!(letters(gone).contains(&format!("{name}p{folio}")), "{name} is on {folio}: {gone}");
            assert!(letters(&said).contains(&format!("{name}p{folio}")), "{said}");
            assert_ne!(n % 3, 0, "what is most important stays");
        }
    }
    assert!(left > 3 && left < 60, "{left}");
    assert!(said.contains(&format!("cheatsheets/01-ducks.pdf has no room for {left}:")), "{said}");
}

#[test]
fn a_qr_code_says_the_address() {
    let folder = pack(9, "pages: 1, qr: \"https://example.org/ducks\"");
    build(&folder, &["cheatsheets"]);
    let page = &sheet(&folder)[0];
    let code =
        qrcode::QrCode::with_error_correction_level("https://example.org/ducks", qrcode::EcLevel::M).unwrap();
    let modules = code.width();
    // The shape that is a square of 11.6 mm: the code's dark modules.
    let square = page
        .fills
        .iter()
        .find(|f| (f.width() - 11.6).abs() < 0.01 && (f.height() - 11.6).abs() < 0.01)
        .expect("a QR code");
    assert!(square.x1 < page.width - 9.9 && square.y1 < 16.4 && modules > 20, "{square:?}");
}

#[test]
fn a_pocket_sheet_has_four_panels_a_side() {
    let folder = pack(40, "pages: 2, fold: pocket");
    build(&folder, &["cheatsheets"]);
    let pages = sheet(&folder);
    assert_eq!(pages.len(), 2);
    let mut all = String::new();
    // In reading order: cover, spread, back; then the inner side.
    let outer = [(1, 1, false), (1, 0, true), (0, 0, true), (0, 1, false)];
    let inner = [(0, 0, false), (1, 0, false), (0, 1, false), (1, 1, false)];
    for (page, panels) in pages.iter().zip([outer, inner]) {
        assert!((page.width - 210.0).abs() < 0.01 && (page.height - 297.0).abs() < 0.01);
        for (column, row, on_its_head) in panels {
            let (x, y) = (105.0 * f64::from(column), 148.5 * f64::from(row));
            let area = Rect::new(x, y, x + 105.0, y + 148.5);
            let glyphs: Vec<_> =
                page.glyphs.iter().filter(|g| area.contains(g.origin.midpoint(g.end))).collect();
            assert!(glyphs.len() > 20, "{column} {row}: {}", glyphs.len());
            for glyph in &glyphs {
                let expected = if on_its_head { 180.0 } else { 0.0 };
                assert!((glyph.angle.abs() - expected).abs() < 0.01);
                let bounds = glyph.bounds.unwrap_or(Rect::from_points(glyph.origin, glyph.end));
                assert!(area.inset(-4.0).contains_rect(bounds), "{glyph:?} leaves {area:?}");
            }
            glyphs.iter().for_each(|g| all.push_str(&g.text));
        }
    }
    let all = letters(&all);
    let places: Vec<Option<usize>> = (0..40).map(|n| all.find(&format!("Bird{n}xThebird"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {all}");
}

#[test]
fn wrong_keys_are_told() {
    let folder = pack(2, "fold: thrice, pages: 0, orientaton: auto");
    folder
        .recto(&["build", "pack", "cheatsheets", "--out", "out"])
        .ends(1)
        .says("`cheatsheets.fold`")
        .says("`cheatsheets.pages`")
        .says("did you mean `orientation`?");
}
