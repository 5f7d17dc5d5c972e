//! Printer profiles: the sheet shows what a printer does, and what is read off it puts the backs right.

use hayro_interpret::kurbo::{Point, Vec2};

use crate::readback::{self, Seen, Stroke};
use crate::support::Folder;

/// Strokes of one scale: upright (across) or level (down), with their feet near `at` across the scale's direction.
fn strokes(page: &Seen, across: bool) -> Vec<Stroke> {
    let is = |s: &&Stroke| (2.5..5.5).contains(&s.length()) && ((s.from.x - s.to.x).abs() < 1e-3) == across;
    page.lines.iter().filter(is).copied().collect()
}

/// The words of a page with the middle of each.
fn words(page: &Seen) -> Vec<(String, Point)> {
    let mut words: Vec<(String, Point, Point)> = Vec::new();
    for glyph in &page.glyphs {
        match words.last_mut() {
            Some((word, _, end)) if end.distance(glyph.origin) < 0.4 => {
                word.push_str(&glyph.text);
                *end = glyph.end;
            }
            _ => words.push((glyph.text.clone(), glyph.origin, glyph.end)),
        }
    }
    words.into_iter().map(|(word, from, to)| (word.trim().to_owned(), from.midpoint(to))).collect()
}

/// Looks through the sheet of a printer that moves everything on the back page by `stray`, and reads the scale with the
/// name: the number beside the front stroke that one from behind continues best.
fn read(pages: &[Seen], name: &str, long_edge: bool, stray: Vec2) -> f64 {
    let (front, back) = (&pages[0], &pages[1]);
    let through = |p: Point| {
        if long_edge { Point::new(back.width - p.x, p.y) } else { Point::new(p.x, back.height - p.y) }
    };
    let across = name.ends_with('x');
    let (_, at) = words(front).into_iter().find(|(word, _)| word == name).expect("the scale's name");
    // Along the scale, and across it.
    let along = |p: Point| if across { p.x } else { p.y };
    let aside = |p: Point| if across { p.y } else { p.x };
    let near = |p: Point| (along(p) - along(at)).abs() < 42.0 && (aside(p) - aside(at)).abs() < 17.0;
    let fronts: Vec<Stroke> = strokes(front, across).into_iter().filter(|s| near(s.from)).collect();
    let backs: Vec<Point> =
        strokes(back, across).iter().map(|s| through(s.from + stray)).filter(|p| near(*p)).collect();
    assert_eq!(fronts.len(), 19, "{name}");
    assert!(backs.len() >= 17, "{name}: {}", backs.len());
    let gap = |s: &Stroke| backs.iter().map(|b| (along(*b) - along(s.from)).abs()).fold(f64::MAX, f64::min);
    let best = fronts.iter().min_by(|a, b| gap(a).total_cmp(&gap(b))).expect("a stroke");
    assert!(gap(best) < 0.011, "{name}: strokes meet exactly at a multiple of 0.1, not {}", gap(best));
    let (text, _) = words(front)
        .into_iter()
        .filter(|(word, p)| word.parse::<f64>().is_ok() && near(*p))
        .min_by(|a, b| {
            (along(a.1) - along(best.from)).abs().total_cmp(&(along(b.1) - along(best.from)).abs())
        })
        .expect("a number");
    text.parse().expect("a number")
}

const SCALES: [&str; 8] = ["Ax", "Ay", "Bx", "By", "Cx", "Cy", "Dx", "Dy"];

#[test]
fn the_sheet_reads_the_correction_of_what_a_printer_does() {
    let folder = Folder::new();
    for (paper, flip) in [("a4", "long-edge"), ("a4", "short-edge"), ("us-letter", "long-edge")] {
        folder.recto(&["calibrate", "--paper", paper, "--flip", flip, "--out", "out"]).ends(0);
        let pages = readback::read(&folder.bytes("out/calibrate.pdf"));
        assert_eq!(pages.len(), 2);
        let stray = Vec2::new(-0.5, 0.5);
        for name in SCALES {
            let wanted = if name.ends_with('x') { 0.5 } else { -0.5 };
            assert_eq!(read(&pages, name, flip == "long-edge", stray), wanted, "{name} {paper} {flip}");
            assert_eq!(read(&pages, name, flip == "long-edge", Vec2::ZERO), 0.0, "{name} {paper} {flip}");
        }
    }
}

#[test]
fn what_is_read_is_kept_and_the_next_sheet_reads_nought() {
    let folder = Folder::new();
    let args = ["calibrate", "--printers", "p.yaml", "--printer", "office"];
    let with = |more: &[&str]| folder.recto(&[&args[..], more].concat());
    let readings: Vec<String> =
        SCALES.iter().map(|n| format!("{n}={}", if n.ends_with('x') { "0.5" } else { "-0.5" })).collect();
    with(&["--read", &readings.join(",")]).ends(0);
    let kept = folder.read("p.yaml");
    assert!(kept.contains("dx: 0.5") && kept.contains("dy: -0.5") && kept.contains("scale: 1.0"), "{kept}");
    with(&["--out", "out"]).ends(0);
    let pages = readback::read(&folder.bytes("out/calibrate.pdf"));
    for name in SCALES {
        assert_eq!(read(&pages, name, true, Vec2::new(-0.5, 0.5)), 0.0, "{name}");
    }
    // What was left is added.
    with(&["--set", "dx=0.5", "--add"]).ends(0);
    assert!(folder.read("p.yaml").contains("dx: 1.0"), "{}", folder.read("p.yaml"));
    let list = with(&["--list"]).ends(0);
    assert!(list.out.contains("office: dx 1 mm, dy -0.5 mm"), "{}", list.out);
}

#[test]
fn nonsense_is_refused_and_nothing_is_kept() {
    let folder = Folder::new();
    for (args, said) in [
        (&["--set", "dx=1"][..], "name"),
        (&["--printer", "p", "--set", "dx=40"], "40"),
        (&["--printer", "p", "--set", "speed=1"], "`speed`"),
        (&["--printer", "p", "--read", "Ax=3,Ay=0"], "beyond"),
        (&["--printer", "p", "--read", "Ax=0.5"], "Ay"),
        (&["--printer", "p", "--read", "Ax=0.5,Ay=0.5", "--add"], "no profile"),
        (&["--paper", "a9"], "a9"),
    ] {
        folder.recto(&[&["calibrate", "--printers", "p.yaml"], args].concat()).ends(2).says(said);
    }
    assert!(!folder.path("p.yaml").exists());
    folder.write("p.yaml", "office: [{dx: left}]\n");
    folder.recto(&["calibrate", "--printers", "p.yaml", "--list"]).ends(2).says("p.yaml").says("dx");
}

#[test]
fn a_profile_moves_backs_and_their_marks_and_leaves_fronts_to_the_byte() {
    let folder = Folder::small();
    folder
        .recto(&["calibrate", "--printers", "p.yaml", "--printer", "office", "--set", "dx=0.3,dy=-0.2"])
        .ends(0);
    let build = |out: &str, more: &[&str]| {
        let args = ["build", "pack", "flashcards", "--duplex", "manual", "--out", out];
        folder.recto(&[&args[..], more].concat()).ends(0);
    };
    build("plain", &[]);
    build("moved", &["--printer", "office", "--printers", "p.yaml"]);
    assert!(folder.bytes("plain/flashcards-fronts.pdf") == folder.bytes("moved/flashcards-fronts.pdf"));
    let pages = |out: &str| readback::read(&folder.bytes(&format!("{out}/flashcards-backs.pdf")));
    for (plain, moved) in pages("plain").iter().zip(&pages("moved")) {
        assert_eq!((plain.glyphs.len(), plain.lines.len()), (moved.glyphs.len(), moved.lines.len()));
        let by = Vec2::new(0.3, -0.2);
        for (a, b) in plain.glyphs.iter().zip(&moved.glyphs) {
            assert!((b.origin - a.origin - by).hypot() < 0.002, "{a:?} {b:?}");
        }
        for (a, b) in plain.lines.iter().zip(&moved.lines) {
            assert!((b.from - a.from - by).hypot() < 0.002, "{a:?} {b:?}");
        }
    }
    // Another tray has no profile of its own, so the printer's counts; another printer has none at all.
    build("tray", &["--printer", "office", "--printers", "p.yaml", "--tray", "2"]);
    assert!(folder.bytes("tray/flashcards-backs.pdf") == folder.bytes("moved/flashcards-backs.pdf"));
    folder
        .recto(&["build", "pack", "flashcards", "--out", "x", "--printer", "home", "--printers", "p.yaml"])
        .ends(2)
        .says("`home`");
}

#[test]
fn a_profile_that_leaves_the_printable_area_is_an_error_with_the_numbers() {
    let folder = Folder::small();
    folder.recto(&["calibrate", "--printers", "p.yaml", "--printer", "office", "--set", "dx=9.6"]).ends(0);
    folder
        .recto(&[
            "build",
            "pack",
            "flashcards",
            "--out",
            "out",
            "--printer",
            "office",
            "--printers",
            "p.yaml",
        ])
        .ends(1)
        .says("0.6 mm into the right margin of 5 mm")
        .says("calibrate again");
    assert!(!folder.path("out/flashcards.pdf").exists());
}
