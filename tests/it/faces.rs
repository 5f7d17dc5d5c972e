//! Card faces: what stands on them, their designs, and the ticks on their edges.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hayro_interpret::kurbo::{Point, Rect};

use crate::readback::{self, Glyph, Seen};
use crate::support::{Folder, letters};

/// One chapter with two notes that refer to each other.
fn pack() -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", "title: Birds\ndate: 2026-11-20\n");
    folder.write(
        "pack/1 Birds.md",
        "# Birds\n\n## Ducks\n\n|Concept|Brief|\n|---|---|\n|**[[Teal]]**|The smallest dabbling duck.|\n\
         |**[[Mallard]]**|A duck whose drake has a green head.|\n",
    );
    folder.write("pack/concepts/Teal.md", "## See also\n\n- [[Mallard]]\n");
    folder.write(
        "pack/concepts/Mallard.md",
        "---\nsince: \"3.12\"\n---\n## Memory anchor\n\nGreen as a bottle.\n\n## Cards\n\n\
         A drake shows ==a feather== and may lose a feather.\n\n\
         What is listed?\n?\n- one thing\n- another\n  1. nested\n\n## See also\n\n- [[Teal]]\n",
    );
    folder
}

fn build(folder: &Folder, more: &[&str]) -> Vec<Seen> {
    folder.recto(&[&["build", "pack", "flashcards", "--out", "out"], more].concat()).ends(0);
    readback::read(&folder.bytes("out/flashcards.pdf"))
}

/// The trims of `recto-8` on A4, by rows: known from the table of stocks.
fn trims() -> Vec<Rect> {
    (0..8)
        .map(|slot| {
            let (x, y) = (10.0 + 95.0 * f64::from(slot % 2), 18.5 + 65.0 * f64::from(slot / 2));
            Rect::new(x, y, x + 95.0, y + 65.0)
        })
        .collect()
}

fn on<'a>(page: &'a Seen, trim: &Rect) -> Vec<&'a Glyph> {
    page.glyphs.iter().filter(|g| trim.contains(g.origin.midpoint(g.end))).collect()
}

fn text(glyphs: &[&Glyph]) -> String {
    glyphs.iter().map(|g| g.text.as_str()).collect::<String>().replace('\u{a0}', " ")
}

/// Front and back of the card in a slot of the first sheet, long edge.
fn card(pages: &[Seen], slot: usize) -> (String, String) {
    let behind = slot / 2 * 2 + 1 - slot % 2;
    (text(&on(&pages[0], &trims()[slot])), text(&on(&pages[1], &trims()[behind])))
}

#[test]
fn faces_tell_where_a_card_belongs_and_where_to_go_on() {
    let folder = pack();
    let pages = build(&folder, &[]);
    let (front, back) = card(&pages, 1);
    for words in ["BIRDS", "Ducks", "Mallard", "B-002"] {
        assert!(front.contains(words), "{words}: {front}");
    }
    for words in ["Mallard", "B-002", "green head", "Green as a bottle.", "Since 3.12", "see B-001"] {
        assert!(back.contains(words), "{words}: {back}");
    }
    // A card without an anchor has the line, too.
    let (_, back) = card(&pages, 0);
    assert!(back.contains("see B-002") && !back.contains("Since"), "{back}");
    let (_, back) = card(&pages, 3);
    for words in ["one thing", "another", "nested", "Since 3.12 · see B-001"] {
        assert!(back.contains(words), "{words}: {back}");
    }
}

#[test]
fn a_gap_is_empty_on_the_front_and_its_answer_stressed_on_the_back() {
    let folder = pack();
    let pages = build(&folder, &[]);
    let (front, back) = card(&pages, 2);
    assert!(letters(&front).contains("Adrakeshowsandmay"), "{front}");
    assert!(letters(&back).contains("Adrakeshowsafeatherandmayloseafeather"), "{back}");
    // The same word twice on the back: where it fills the gap it is set bold.
    let glyphs = on(&pages[1], &trims()[3]);
    let all = text(&glyphs);
    let ink: Vec<f64> = all
        .match_indices("feather")
        .map(|(at, word)| {
            let first = all[..at].chars().count();
            glyphs[first..first + word.len()].iter().map(|g| g.ink).sum()
        })
        .collect();
    assert!(ink.len() == 2 && ink[0] > ink[1] * 1.2, "{ink:?} {all}");
}

#[test]
fn designs_are_asked_for_by_flag_or_key() {
    let folder = pack();
    let x_height = |pages: &[Seen]| -> f64 {
        // The smallest x-height of any letter on the cards.
        let heights =
            pages[..2].iter().flat_map(|page| trims().iter().flat_map(|t| on(page, t)).collect::<Vec<_>>());
        heights
            .filter(|g| ["a", "e", "n", "o", "r", "s"].contains(&g.text.as_str()))
            .filter_map(|g| g.bounds)
            .map(|b| b.height())
            .fold(f64::MAX, f64::min)
    };
    let ink = |pages: &[Seen]| -> f64 {
        pages.iter().flat_map(|p| &p.glyphs).map(|g| g.ink).sum::<f64>()
            + pages.iter().flat_map(|p| &p.fills).map(Rect::area).sum::<f64>()
    };
    let plain = build(&folder, &[]);
    let large = build(&folder, &["--faces", "large"]);
    let saving = build(&folder, &["--faces", "ink-saving"]);
    // Small lines grow from 6.5 to 9 pt.
    assert!(x_height(&large) > x_height(&plain) * 1.3, "{} {}", x_height(&large), x_height(&plain));
    assert!(ink(&saving) < ink(&plain) * 0.75, "{} {}", ink(&saving), ink(&plain));
    // Where the answer is short, it is set in 18 pt: an x of Source Sans is 0.486 em high.
    let e = on(&large[1], &trims()[1]);
    let tallest =
        e.iter().filter(|g| g.text == "x" || g.text == "e").filter_map(|g| g.bounds).map(|b| b.height());
    assert!(tallest.fold(0.0, f64::max) > 0.48 * 14.0 * 25.4 / 72.0);
    folder.write("pack/recto.yaml", "title: Birds\ndate: 2026-11-20\ncards: {faces: large}\n");
    let by_key = build(&folder, &[]);
    assert_eq!(by_key[0].glyphs.len(), large[0].glyphs.len());
    assert!((x_height(&by_key) - x_height(&large)).abs() < 1e-6);
    folder
        .recto(&["build", "pack", "flashcards", "--out", "out", "--faces", "tiny"])
        .ends(2)
        .says("plain or ink-saving or large");
}

#[test]
fn ink_saving_cards_need_no_colour() {
    let folder = pack();
    let colours = |more: &[&str]| -> Vec<[f32; 3]> {
        build(&folder, more);
        let document = lopdf::Document::load_mem(&folder.bytes("out/flashcards.pdf")).unwrap();
        let mut found = Vec::new();
        for id in document.get_pages().into_values() {
            for operation in document.get_and_decode_page_content(id).unwrap().operations {
                if ["rg", "RG", "sc", "SC", "scn", "SCN"].contains(&operation.operator.as_str())
                    && let [r, g, b] = operation.operands.as_slice()
                {
                    found.push([r, g, b].map(|c| c.as_float().unwrap()));
                }
            }
        }
        found
    };
    // The grey of marks and help is nearly neutral.
    let is_grey = |[r, g, b]: &[f32; 3]| r.max(*g).max(*b) - r.min(*g).min(*b) < 0.04;
    assert!(colours(&[]).iter().any(|c| !is_grey(c)), "plain cards have their chapter's hue");
    let saving = colours(&["--faces", "ink-saving"]);
    assert!(saving.iter().all(is_grey), "{saving:?}");
}

/// A deck seen from the side: for each chapter's prefix, where its ticks stand on the right edge, from the card's top.
fn ticks(folder: &Folder, more: &[&str]) -> BTreeMap<String, Vec<(f64, f64)>> {
    let pages = build(folder, more);
    let mut found: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for page in pages.iter().step_by(2) {
        for trim in trims() {
            let all = text(&on(page, &trim));
            let Some(code) = all.find("-0").and_then(|at| all.get(at.checked_sub(2)?..at)) else { continue };
            if code.contains('X') {
                continue;
            }
            let mut edge = page.fills.iter().filter(|f| {
                (f.x1 - trim.x1).abs() < 0.01 && trim.contains(Point::new(trim.x0 + 1.0, f.center().y))
            });
            let tick = edge.next().unwrap_or_else(|| panic!("{code} has no tick"));
            assert!(edge.next().is_none(), "{code} has two ticks");
            found.entry(code.to_owned()).or_default().push((tick.y0 - trim.y0, tick.y1 - trim.y0));
        }
    }
    found
}

#[test]
fn a_misfiled_card_shows_from_the_side() {
    for (chapters, design) in [(3, "plain"), (12, "plain"), (12, "ink-saving"), (60, "large")] {
        let folder = Folder::new();
        folder.write("pack/recto.yaml", "title: Birds\ndate: 2026-11-20\n");
        let prefix = |n: u8| format!("{}{}", char::from(b'A' + n / 10), char::from(b'A' + n % 10));
        for n in 0..chapters {
            let mut note =
                format!("---\ncode: {}\n---\n# Part {n}\n\n|Concept|Brief|\n|---|---|\n", prefix(n));
            for row in 0..2 {
                let _ = writeln!(note, "|**Bird {n} of {row}**|Brief.|");
            }
            folder.write(&format!("pack/{:02} Part.md", n + 1), note);
        }
        let ticks = ticks(&folder, &["--faces", design]);
        assert_eq!(ticks.len(), usize::from(chapters));
        let mut below = 0.0;
        for (prefix, places) in &ticks {
            let (top, bottom) = places[0];
            assert_eq!(places.len(), 2, "{prefix}");
            assert!(
                places.iter().all(|p| (p.0 - top).abs() < 0.01 && (p.1 - bottom).abs() < 0.01),
                "{prefix}"
            );
            assert!(bottom - top > 0.4 && top > below, "{prefix}: {top} to {bottom} below {below}");
            below = bottom;
        }
        assert!(below < 65.0 - 4.0, "{below}");
    }
}

#[test]
fn what_cannot_be_told_apart_is_reported_and_ends_a_strict_build() {
    let folder = Folder::small();
    let note = |answers: &[&str]| {
        let cards: String = answers
            .iter()
            .map(|a| format!("What does it print? :: The first line and then the {a} one.\n\n"))
            .collect();
        folder.write("pack/concepts/Mallard.md", format!("## Cards\n\n{cards}"));
    };
    let build =
        |more: &[&str]| folder.recto(&[&["build", "pack", "flashcards", "--out", "out"], more].concat());
    note(&["last", "next"]);
    build(&[]).ends(0);
    let before = folder.read("pack/recto.lock");
    note(&["best"]);
    // A strict build decides nothing: the lock stays, and so does the question.
    for _ in 0..2 {
        build(&["--strict"]).ends(1).says("could be B-").says("concepts/Mallard.md");
        assert_eq!(folder.read("pack/recto.lock"), before);
    }
    // Somebody who is asked knows: a wrong answer is asked again, and the code stays.
    let ask = |answers: &str| {
        folder.recto_reading(&["build", "pack", "flashcards", "--out", "out", "--ask", "always"], answers)
    };
    ask("7\n2\n").ends(0).says("concepts/Mallard.md:3:1").says("1  B-").silent_about("new code");
    let code = |text: &str, n: usize| text.lines().filter(|l| l.contains("B-")).nth(n).map(str::to_owned);
    let codes: Vec<String> = (0..).map_while(|n| code(&before, n)).collect();
    assert!(codes.len() >= 2 && folder.read("pack/recto.lock") != before);
    folder.write("pack/recto.lock", &before);
    // Nobody answers: as if nobody was asked.
    ask("").ends(0).says("so it got a new code");
    folder.write("pack/recto.lock", &before);
    build(&[]).ends(0).says("so it got a new code");
    assert_ne!(folder.read("pack/recto.lock"), before);
    build(&["--strict"]).ends(0);
}

/// What stands in a deck whose words Recto sets itself, and in the same deck as the compiler sets it.
fn both_ways(chapter: &str, note: &str, more: &[&str]) -> (Vec<Seen>, Vec<Seen>) {
    let read = |own_layout: bool| {
        let folder = Folder::new();
        folder.write("pack/recto.yaml", "title: Birds\ndate: 2026-11-20\n");
        folder.write("pack/1 Birds.md", chapter);
        folder.write("pack/concepts/Mallard.md", note);
        if own_layout {
            // The same layout, but the pack's own: what plain words look like is no longer known.
            folder.write("pack/layouts/flashcards.typ", include_str!("../../layouts/flashcards.typ"));
        }
        build(&folder, more)
    };
    (read(false), read(true))
}

const BIRDS: &str = "# Birds\n\n## Ducks\n\n|Concept|Brief|\n|---|---|\n|**[[Mallard]]**|A duck with a green head, 2 AVs.|\n\
                     |**Wigeon & Teal**|It's a fit; what Tom's office said (5 %).|\n";

#[test]
fn plain_words_look_as_the_compiler_sets_them() {
    // None is longer than a line, so that nothing depends on where lines end.
    let note = "---\nsince: \"3.12\"\n---\n## Memory anchor\n\nGreen as To's 12 bottles.\n\n## Cards\n\n\
                What office? :: AVATAR fits 017.\n";
    for more in [&[][..], &["--faces", "ink-saving"][..], &["--faces", "large"][..], &["--stock", "a7"][..]] {
        let (own, compiled) = both_ways(BIRDS, note, more);
        assert_eq!(own.len(), compiled.len());
        for (own, compiled) in own.iter().zip(&compiled) {
            let seen = |page: &Seen| {
                let place = |g: &Glyph| (g.origin.y.round() as i64, (g.origin.x * 100.0).round() as i64);
                let mut glyphs: Vec<Glyph> =
                    page.glyphs.iter().filter(|g| !g.text.trim().is_empty()).cloned().collect();
                glyphs.sort_by_key(place);
                glyphs
            };
            let (own, compiled) = (seen(own), seen(compiled));
            let words = |glyphs: &[Glyph]| glyphs.iter().map(|g| g.text.clone()).collect::<String>();
            assert_eq!(words(&own), words(&compiled), "{more:?}");
            for (a, b) in own.iter().zip(&compiled) {
                let apart = a.origin.distance(b.origin).max(a.end.distance(b.end));
                assert!(apart < 0.01, "{more:?}: {} stands {apart} mm off", a.text);
            }
        }
    }
}

#[test]
fn plain_words_in_several_lines_are_all_there_without_a_lone_word() {
    let note = "## Cards\n\nWhich of the many birds that swim on the pond behind the old house has a green head and a white \
                ring around its neck? :: The mallard, and only the drake, and only from autumn until early summer, when it \
                moults and looks like a duck for some weeks — a well-known trap for beginners.\n";
    let (own, compiled) = both_ways(BIRDS, note, &[]);
    let letters_of = |pages: &[Seen]| {
        let mut letters: Vec<char> = pages
            .iter()
            .flat_map(|p| &p.glyphs)
            .flat_map(|g| g.text.chars())
            .filter(|c| !c.is_whitespace())
            .collect();
        letters.sort_unstable();
        letters
    };
    assert_eq!(letters_of(&own), letters_of(&compiled));
    // The line pitch, and where the first line stands, are the layout's.
    let lines = |pages: &[Seen], page: usize| {
        let mut lines: Vec<i64> =
            pages[page].glyphs.iter().map(|g| (g.origin.y * 100.0).round() as i64).collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    };
    assert_eq!(lines(&own, 0), lines(&compiled, 0));
    assert_eq!(lines(&own, 1), lines(&compiled, 1));
    let (_, back) = card(&own, 1);
    assert!(back.contains("well-known trap"), "{back}");
}
