//! The embedded fonts as Typst sees them: families, faces, and the characters that pages count on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::civil::{Date, Weekday};
use recto::plan::locale::{Locale, Width};
use typst::text::{FontFlags, FontInfo, FontStyle};

/// Every face below `fonts/`, by family.
fn families() -> BTreeMap<String, Vec<FontInfo>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts");
    let mut families: BTreeMap<String, Vec<FontInfo>> = BTreeMap::new();
    for folder in fs::read_dir(root).expect("the folder is part of the repository").flatten() {
        let Ok(files) = fs::read_dir(folder.path()) else { continue };
        for file in files.flatten().map(|f| f.path()) {
            if file.extension().is_some_and(|e| e == "otf" || e == "ttf") {
                let data = fs::read(&file).expect("readable");
                let info = FontInfo::new(&data, 0).unwrap_or_else(|| panic!("{} is no font", file.display()));
                families.entry(info.family.clone()).or_default().push(info);
            }
        }
    }
    families
}

#[test]
fn every_face_is_found_under_its_familys_name() {
    let found: BTreeMap<String, BTreeSet<(u16, bool)>> = families()
        .into_iter()
        .map(|(family, faces)| {
            let variants = faces.iter().map(|f| &f.variant);
            (family, variants.map(|v| (v.weight.to_number(), v.style == FontStyle::Italic)).collect())
        })
        .collect();
    let text = BTreeSet::from([(400, false), (400, true), (600, false), (700, false), (700, true)]);
    let regular = BTreeSet::from([(400, false)]);
    let expected = BTreeMap::from(
        [
            ("JetBrains Mono", BTreeSet::from([(400, false), (400, true), (700, false)])),
            ("Noto Emoji", regular.clone()),
            ("Noto Sans Symbols", regular.clone()),
            ("Noto Sans Symbols 2", regular.clone()),
            ("Recto CJK", BTreeSet::from([(400, false), (700, false)])),
            ("STIX Two Math", regular),
            ("Recto Sans", text.clone()),
            ("Recto Serif", text),
        ]
        .map(|(family, faces)| (family.to_string(), faces)),
    );
    assert_eq!(found, expected);
}

#[test]
fn no_face_is_variable_and_the_special_ones_are_what_they_should_be() {
    let families = families();
    let all = |family: &str, flag: FontFlags| families[family].iter().all(|f| f.flags.contains(flag));
    assert!(families.values().flatten().all(|f| !f.flags.contains(FontFlags::VARIABLE)));
    assert!(all("JetBrains Mono", FontFlags::MONOSPACE));
    assert!(all("STIX Two Math", FontFlags::MATH));
}

#[test]
fn no_fixed_word_of_any_language_lacks_a_glyph() {
    let families = families();
    let covers = |family: &str, c: char| families[family].iter().all(|f| f.coverage.contains(c as u32));
    for tag in ["en", "en-GB", "de", "fr", "es", "pt-BR", "it", "nl", "pl", "ru", "ja", "zh"] {
        let locale = Locale::of(tag);
        let date = Date::constant(2026, 11, 20);
        let mut printed: String = locale.words().values().map(String::as_str).collect();
        printed.extend((1..=12).map(|m| locale.month(m)));
        for day in Locale::week(Weekday::Monday) {
            printed.push_str(locale.weekday(day, Width::Wide));
            printed.push_str(locale.weekday(day, Width::Short));
        }
        printed.push_str(&locale.full_date(date));
        printed.push_str(&locale.month_title(date));
        printed.extend(locale.quotes());
        for noun in ["card", "new", "review", "minute", "day", "week", "session", "concept", "page", "sheet"]
        {
            (1..30).for_each(|n| printed.push_str(&locale.count(noun, n)));
        }
        for c in printed.chars() {
            // A word stands in the serif or the sans face; what only CJK has comes from the subset.
            let text = covers("Recto Serif", c) && covers("Recto Sans", c);
            assert!(text || covers("Recto CJK", c), "{tag}: U+{:04X} {c}", c as u32);
        }
    }
}

#[test]
fn signs_that_notes_use_have_a_glyph() {
    let families = families();
    let covered = |c: char| families.values().any(|faces| faces[0].coverage.contains(c as u32));
    let lacking: String =
        "→←↑↓⇒⇔↦⟶⟹∀∃∈∉∑∏∫√∞≈≠≤≥∅ℝℕℤλπ┌─┐│└┘├┤█░☐☑☒✎✏✂✓✔✗✘★☆⭐🚀💡🔥📌❓❗⚠✅❌🎯🧠📝🐍①②❶Ⓐ⌘⌥⏎␣⎋⠿♠♥♦♣₽€½№§¶"
            .chars()
            .filter(|c| !covered(*c))
            .collect();
    assert_eq!(lacking, "");
}

#[test]
fn the_fonts_stay_within_their_share_of_the_binary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts");
    let mut total = 0;
    for folder in fs::read_dir(root).expect("the folder is part of the repository").flatten() {
        let Ok(files) = fs::read_dir(folder.path()) else { continue };
        let faces =
            files.flatten().filter(|f| f.path().extension().is_some_and(|e| e == "otf" || e == "ttf"));
        let size: u64 = faces.filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum();
        if size > 0 {
            let licence =
                fs::read_to_string(folder.path().join("OFL.txt")).expect("each family has its licence");
            assert!(licence.starts_with("Copyright") && licence.contains("SIL OPEN FONT LICENSE"));
        }
        total += size;
    }
    assert!(total > 4_000_000 && total < 8_000_000, "{total}");
}
