//! Mind maps, read back: no label touches another, no line runs through one, and the figure is one for a screen reader.

use std::fmt::Write as _;

use hayro_interpret::kurbo::Point;

use crate::readback::{self, Seen};
use crate::support::{Folder, letters};

/// Chapters of sections of concepts with names of many lengths, each linking to the next, the one after four, and one far
/// away.
fn pack(chapters: usize, sections: usize, concepts: usize, more: &str) -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", format!("title: Birds of the Lake\ndate: 2026-11-20\n{more}"));
    let all = chapters * sections * concepts;
    let name = |n: usize| {
        let tail =
            ["", " of the reeds", " which dives for mussels, fish and weed in winter (rarely)", " Teal"];
        format!("Bird{n}x{}", tail[n % tail.len()])
    };
    let mut n = 0;
    for chapter in 1..=chapters {
        let mut text = format!("# Waters {chapter}\n\nAbout them.\n");
        for section in 1..=sections {
            let _ =
                write!(text, "\n## Shore {chapter}.{section}\n\n|Concept|Brief Description|\n|---|---|\n");
            for _ in 0..concepts {
                let _ = writeln!(text, "|**[[{}]]**|The bird that bears the number {n}.|", name(n));
                let links = [(n + 1) % all, (n + 4) % all, (n * 7 + 3) % all];
                let links: Vec<String> = links.iter().map(|l| format!("[[{}]]", name(*l))).collect();
                folder.write(
                    &format!("pack/concepts/{}.md", name(n)),
                    format!("## Explanation\n\nSee {}.\n", links.join(", ")),
                );
                n += 1;
            }
        }
        folder.write(&format!("pack/{chapter} Waters.md"), text);
    }
    folder
}

/// A line of type: its text, and the corners of the space between baseline and ascenders.
#[derive(Debug)]
struct Run {
    text: String,
    corners: [Point; 4],
    angle: f64,
}

fn runs(page: &Seen) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last: Option<(Point, f64)> = None;
    for glyph in &page.glyphs {
        let (sin, cos) = glyph.angle.to_radians().sin_cos();
        let up = |p: Point, by: f64| Point::new(p.x + sin * by, p.y - cos * by);
        let (low, high) = (0.0, 0.62 * glyph.size);
        let goes_on = last.is_some_and(|(end, angle)| {
            end.distance(glyph.origin) < 0.4 * glyph.size && (angle - glyph.angle).abs() < 0.01
        });
        match runs.last_mut().filter(|_| goes_on) {
            Some(run) => {
                run.text.push_str(&glyph.text);
                run.corners[1] = up(glyph.end, low);
                run.corners[2] = up(glyph.end, high);
            }
            None => runs.push(Run {
                text: glyph.text.clone(),
                corners: [
                    up(glyph.origin, low),
                    up(glyph.end, low),
                    up(glyph.end, high),
                    up(glyph.origin, high),
                ],
                angle: glyph.angle,
            }),
        }
        last = Some((glyph.end, glyph.angle));
    }
    runs.retain(|run| !run.text.trim().is_empty());
    runs
}

fn axes(run: &Run) -> [(f64, f64); 2] {
    let (sin, cos) = run.angle.to_radians().sin_cos();
    [(cos, sin), (-sin, cos)]
}

fn overlap(a: &Run, b: &Run) -> bool {
    axes(a).into_iter().chain(axes(b)).all(|(x, y)| {
        let span = |run: &Run| {
            let along = run.corners.map(|p| p.x * x + p.y * y);
            (along.iter().copied().fold(f64::MAX, f64::min), along.iter().copied().fold(f64::MIN, f64::max))
        };
        let ((a0, a1), (b0, b1)) = (span(a), span(b));
        a0 < b1 - 0.01 && b0 < a1 - 0.01
    })
}

fn holds(run: &Run, p: Point) -> bool {
    axes(run).into_iter().all(|(x, y)| {
        let along = run.corners.map(|c| c.x * x + c.y * y);
        let at = p.x * x + p.y * y;
        at > along.iter().copied().fold(f64::MAX, f64::min)
            && at < along.iter().copied().fold(f64::MIN, f64::max)
    })
}

#[track_caller]
fn check_labels(page: &Seen) -> Vec<Run> {
    let runs = runs(page);
    for (i, a) in runs.iter().enumerate() {
        for b in &runs[..i] {
            assert!(!overlap(a, b), "{a:?} and {b:?}");
        }
        for p in a.corners {
            assert!(p.x > 1.0 && p.y > 1.0 && p.x < page.width - 1.0 && p.y < page.height - 1.0, "{a:?}");
        }
    }
    runs
}

/// Labels that some curve runs through.
fn crossed(page: &Seen, runs: &[Run]) -> Vec<String> {
    let points: Vec<Point> = page.curves.iter().flatten().copied().collect();
    runs.iter().filter(|run| points.iter().any(|p| holds(run, *p))).map(|run| run.text.clone()).collect()
}

fn count(page: &Seen, concepts: usize) -> usize {
    let text = letters(&page.text());
    (0..concepts).filter(|n| text.contains(&format!("Bird{n}x"))).count()
}

#[test]
fn the_poster_shows_every_concept_and_no_label_touches_another() {
    for (folder, width) in [
        (pack(3, 4, 5, ""), 420.0),
        (pack(1, 1, 2, "mindmap: {page: a2}\n"), 594.0),
        (pack(5, 3, 12, "mindmap: {page: a1, shape: radial}\n"), 841.0),
        (pack(4, 2, 9, "mindmap: {shape: tree}\n"), 420.0),
    ] {
        folder.recto(&["build", "pack", "mindmap", "--out", "out"]).ends(0);
        assert_eq!(folder.files("out").iter().filter(|f| f.ends_with(".pdf")).count(), 1);
        let pages = readback::read(&folder.bytes("out/mindmap.pdf"));
        assert_eq!(pages.len(), 1);
        assert!((pages[0].width - width).abs() < 0.01, "{}", pages[0].width);
        let concepts = folder.files("pack/concepts").len();
        assert_eq!(count(&pages[0], concepts), concepts);
        let runs = check_labels(&pages[0]);
        let through = crossed(&pages[0], &runs);
        // A line may have no other way than through a branch's label or the root; none runs through a concept's.
        assert!(through.len() <= 3, "{through:?}");
        assert!(!through.iter().any(|text| text.contains("Bird") && text.contains('x')), "{through:?}");
    }
}

#[test]
fn each_chapter_has_its_map_in_the_handbook() {
    let folder = pack(2, 4, 6, "");
    folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    let bytes = folder.bytes("out/handbook.pdf");
    let pages = readback::read(&bytes);
    let mut maps = 0;
    for chapter in 0..2 {
        let own = chapter * 24..(chapter + 1) * 24;
        // The page that has all of the chapter's names, and curves.
        let all = |page: &&Seen| {
            let text = letters(&page.text());
            page.curves.len() > 24 && own.clone().all(|n| text.contains(&format!("Bird{n}x")))
        };
        let page = pages.iter().find(all).expect("a map");
        let runs = check_labels(page);
        assert_eq!(crossed(page, &runs), Vec::<String>::new());
        maps += 1;
    }
    assert_eq!(maps, 2);
    // A figure with words in place of the drawing.
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    let figures = document.objects.values().filter_map(|object| object.as_dict().ok()).filter(|dict| {
        let named = dict.get(b"S").and_then(|s| s.as_name()).is_ok_and(|name| name == b"Figure");
        let alt = dict.get(b"Alt").and_then(|alt| alt.as_str()).unwrap_or_default();
        let plain: String =
            alt.iter().filter(|b| b.is_ascii_graphic() || **b == b' ').map(|b| char::from(*b)).collect();
        named && plain.contains("Mind map: Waters") && plain.contains("Shore") && plain.contains("Bird")
    });
    assert_eq!(figures.count(), 2);
}

#[test]
fn a_chapter_too_long_for_a_page_is_parted() {
    let folder = pack(1, 16, 10, "");
    folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    let pages = readback::read(&folder.bytes("out/handbook.pdf"));
    let maps: Vec<&Seen> = pages.iter().filter(|page| page.curves.len() > 20).collect();
    assert!(maps.len() > 1, "{}", maps.len());
    let seen: usize = maps.iter().map(|page| count(page, 160)).sum();
    assert_eq!(seen, 160, "every concept in one of them");
    for page in maps {
        check_labels(page);
    }
}

#[test]
fn wrong_keys_are_told() {
    let folder = pack(1, 1, 2, "mindmap: {page: a5, form: tree}\n");
    folder
        .recto(&["build", "pack", "mindmap", "--out", "out"])
        .ends(1)
        .says("`mindmap.page`")
        .says("`mindmap.form`");
}
