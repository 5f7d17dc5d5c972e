//! What every language must have, and what each must say.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const TAGS: [&str; 12] = ["en", "en-GB", "de", "fr", "es", "pt-BR", "it", "nl", "pl", "ru", "ja", "zh"];

fn all() -> impl Iterator<Item = &'static Locale> {
    TAGS.into_iter().map(Locale::of)
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|s| s.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_file_is_found_by_its_tag() {
    for (tag, file) in TAGS.into_iter().zip(File::ALL) {
        let locale = Locale::of(tag);
        assert_eq!(locale.tag(), tag);
        assert_eq!(locale.data.language, tag);
        assert_eq!(locale.file, file);
    }
}

#[test]
fn no_word_is_missing_or_empty_in_any_language() {
    let english: BTreeSet<_> = Locale::of("en").words().keys().collect();
    assert!(english.len() >= 140, "{}", english.len());
    for locale in all() {
        let own: BTreeSet<_> = locale.words().keys().collect();
        assert_eq!(own, english, "{}", locale.tag());
        for (key, word) in locale.words() {
            assert!(!word.trim().is_empty(), "{} {key}", locale.tag());
            let edge = word.trim_matches(['\u{a0}', '\u{202f}', ',', ' ']);
            assert!(word.len() == edge.len() || ["colon", "list-separator"].contains(&key.as_str()), "{key}");
        }
    }
}

#[test]
fn placeholders_agree_in_all_languages_and_labels_have_none() {
    for (key, english) in Locale::of("en").words() {
        let wanted = placeholders(english);
        let pattern = ["-n", "-of", "-target", "-version", "-code"].iter().any(|end| key.ends_with(end));
        assert_eq!(!wanted.is_empty(), pattern, "{key}");
        for locale in all() {
            let word = locale.word(key);
            assert_eq!(placeholders(word), wanted, "{} {key}", locale.tag());
            assert_eq!(word.matches(['{', '}']).count(), 2 * wanted.len(), "{} {key}", locale.tag());
        }
    }
}

#[test]
fn a_translation_is_not_the_english_word_left_over() {
    // Words that are the same by right are few in each language; sentences never are.
    for locale in all().filter(|l| !l.tag().starts_with("en")) {
        let english = Locale::of("en");
        let same: Vec<_> = english.words().iter().filter(|(k, w)| locale.word(k) == w.as_str()).collect();
        assert!(same.len() < 25, "{}: {same:?}", locale.tag());
        assert!(same.iter().all(|(_, w)| w.len() < 16), "{}: {same:?}", locale.tag());
    }
}

#[test]
fn every_kind_of_callout_has_a_title() {
    for kind in [
        "note", "abstract", "info", "todo", "tip", "success", "question", "warning", "failure", "danger",
        "bug", "example", "quote",
    ] {
        assert!(all().all(|l| l.get(&format!("callout-{kind}")).is_some()), "{kind}");
    }
}

#[test]
fn counted_nouns_have_exactly_the_forms_of_their_language() {
    let english: Vec<_> = Locale::of("en").data.counts.keys().collect();
    for locale in all() {
        assert_eq!(locale.data.counts.keys().collect::<Vec<_>>(), english, "{}", locale.tag());
        let used: BTreeSet<Plural> = (0..200).map(|n| locale.plural(n)).collect();
        for (noun, f) in &locale.data.counts {
            let forms = [
                (Plural::One, &f.one),
                (Plural::Few, &f.few),
                (Plural::Many, &f.many),
                (Plural::Other, &f.other),
            ];
            for (category, form) in forms {
                let name = format!("{} {noun} {category:?}", locale.tag());
                assert_eq!(form.is_some(), used.contains(&category), "{name}");
                assert!(form.as_ref().is_none_or(|f| placeholders(f) == BTreeSet::from(["n"])), "{name}");
            }
        }
    }
}

#[test]
fn counts_decline() {
    let count = |tag: &str, noun: &str, n| Locale::of(tag).count(noun, n).replace('\u{a0}', " ");
    assert_eq!(count("en", "card", 1), "1 card");
    assert_eq!(count("en", "card", 0), "0 cards");
    assert_eq!(count("fr", "card", 0), "0 carte");
    assert_eq!(count("fr", "card", 2), "2 cartes");
    assert_eq!(count("pt", "page", 1), "1 página");
    assert_eq!(
        [1, 2, 5, 11, 12, 21, 22, 25, 112, 121].map(|n| count("ru", "card", n)),
        [
            "1 карточка",
            "2 карточки",
            "5 карточек",
            "11 карточек",
            "12 карточек",
            "21 карточка",
            "22 карточки",
            "25 карточек",
            "112 карточек",
            "121 карточка"
        ]
    );
    assert_eq!(
        [1, 2, 5, 12, 21, 22].map(|n| count("pl", "card", n)),
        ["1 fiszka", "2 fiszki", "5 fiszek", "12 fiszek", "21 fiszek", "22 fiszki"]
    );
    assert_eq!(count("ja", "card", 5), "カード5枚");
    assert_eq!(count("zh", "minute", 20), "20分钟");
    assert_eq!(count("en", "no such noun", 3), "3 no such noun");
}

#[test]
fn russian_and_polish_months_stand_alone_in_the_nominative() {
    let months = |tag: &str| [1, 3, 5, 8, 12].map(|m| Locale::of(tag).month(m));
    assert_eq!(months("ru"), ["январь", "март", "май", "август", "декабрь"]);
    assert_eq!(months("pl"), ["styczeń", "marzec", "maj", "sierpień", "grudzień"]);
    let ru = Locale::of("ru");
    for m in 1..=12 {
        assert!(!ru.month(m).ends_with(['а', 'я']), "{}", ru.month(m));
        assert!(ru.data.cldr.months.wide_in_date[m as usize - 1].ends_with(['а', 'я']));
    }
    assert_eq!((ru.month(0), ru.month(13), ru.month(-1)), ("", "", ""));
}

#[test]
fn dates_are_written_as_the_country_writes_them() {
    let date = Date::constant(2026, 11, 20);
    let long = |tag: &str| Locale::of(tag).long_date(date);
    assert_eq!(long("en"), "November 20, 2026");
    assert_eq!(long("en-GB"), "20 November 2026");
    assert_eq!(long("en-DE"), "20 November 2026");
    assert_eq!(long("de"), "20. November 2026");
    assert_eq!(long("fr"), "20 novembre 2026");
    assert_eq!(long("es"), "20 de noviembre de 2026");
    assert_eq!(long("pt-BR"), "20 de novembro de 2026");
    assert_eq!(long("it"), "20 novembre 2026");
    assert_eq!(long("nl"), "20 november 2026");
    assert_eq!(long("pl"), "20 listopada 2026");
    assert_eq!(long("ru"), "20 ноября 2026\u{202f}г.");
    assert_eq!(long("ja"), "2026年11月20日");
    assert_eq!(long("zh"), "2026年11月20日");

    assert_eq!(Locale::of("en").full_date(date), "Friday, November 20, 2026");
    assert_eq!(Locale::of("de").full_date(date), "Freitag, 20. November 2026");
    assert_eq!(Locale::of("ja").full_date(date), "2026年11月20日金曜日");
    assert_eq!(Locale::of("en-GB").day_date(date), "Fri 20 Nov");
    assert_eq!(Locale::of("de").day_date(date), "Fr., 20. Nov.");
    assert_eq!(Locale::of("ru").day_date(date), "пт, 20 нояб.");
    assert_eq!(Locale::of("en").short_date(date), "Nov 20");

    let first = Date::constant(2027, 1, 1);
    assert_eq!(Locale::of("fr").long_date(first), "1er janvier 2027");
    assert_eq!(Locale::of("pt").long_date(first), "1º de janeiro de 2027");
    assert_eq!(Locale::of("it").long_date(first), "1 gennaio 2027");
}

#[test]
fn month_titles_begin_with_a_capital() {
    let title = |tag: &str| Locale::of(tag).month_title(Date::constant(2026, 11, 1));
    assert_eq!(title("en"), "November 2026");
    assert_eq!(title("fr"), "Novembre 2026");
    assert_eq!(title("es"), "Noviembre de 2026");
    assert_eq!(title("pl"), "Listopad 2026");
    assert_eq!(title("ru"), "Ноябрь 2026");
    assert_eq!(title("zh"), "2026年11月");
}

#[test]
fn no_pattern_leaves_a_field_unwritten() {
    for locale in all() {
        for month in 1..=12 {
            let date = Date::constant(2026, month, 23);
            for text in [locale.long_date(date), locale.full_date(date), locale.month_title(date)] {
                assert!(text.contains("2026"), "{text}");
            }
            let day = locale.day_date(date);
            assert!(locale.short_date(date).contains("23") && day.contains("23"), "{day}");
            for field in ["MM", "LL", "EE", "cc", "yy", "'"] {
                assert!(!locale.full_date(date).contains(field) && !day.contains(field), "{day}");
            }
        }
    }
}

#[test]
fn weekdays_have_three_widths_and_start_with_monday() {
    let en = Locale::of("en");
    assert_eq!(en.weekday(Weekday::Monday, Width::Wide), "Monday");
    assert_eq!(en.weekday(Weekday::Sunday, Width::Short), "Sun");
    assert_eq!(en.weekday(Weekday::Sunday, Width::Narrow), "S");
    assert_eq!(Locale::of("es").weekday(Weekday::Wednesday, Width::Narrow), "X");
    assert_eq!(Locale::of("ja").weekday(Weekday::Saturday, Width::Short), "土");
    let week = Locale::week(Weekday::Sunday);
    assert_eq!((week[0], week[1], week[6]), (Weekday::Sunday, Weekday::Monday, Weekday::Saturday));
}

#[test]
fn the_region_decides_where_the_week_begins() {
    let first = |tag: &str| Locale::of(tag).first_weekday();
    assert_eq!(first("en"), Weekday::Sunday);
    assert_eq!(first("en-GB"), Weekday::Monday);
    assert_eq!(first("de"), Weekday::Monday);
    assert_eq!(first("pt"), Weekday::Sunday);
    assert_eq!(first("ja"), Weekday::Sunday);
    assert_eq!(first("zh"), Weekday::Monday);
    assert_eq!(first("zh-TW"), Weekday::Sunday);
    assert_eq!(first("fr-CA"), Weekday::Sunday);
    assert_eq!(first("en-AE"), Weekday::Monday);
    assert_eq!(first("en-EG"), Weekday::Saturday);
}

#[test]
fn a_tag_finds_the_nearest_language() {
    assert_eq!(Locale::of("pt").tag(), "pt-BR");
    assert_eq!(Locale::of("PT_pt").tag(), "pt-BR");
    assert_eq!(Locale::of("zh-CN").tag(), "zh");
    assert_eq!(Locale::of("de-AT").tag(), "de");
    assert_eq!(Locale::of("en-US").tag(), "en");
    assert_eq!(Locale::of("en-AU").tag(), "en-GB");
    assert_eq!(Locale::of("en-GB").word("licence"), "Licence");
    assert_eq!(Locale::of("en").word("licence"), "License");
    assert_eq!(Locale::of("xx").word("contents"), "Contents");
    assert_eq!(Locale::of("sv").first_weekday(), Weekday::Monday);
    assert_eq!(Locale::of("").tag(), "en-GB");
    assert!(std::ptr::eq(Locale::of("de"), Locale::of("de-DE")), "one locale is built once");
}

#[test]
fn quotes_close_what_they_open() {
    assert_eq!(Locale::of("de").quotes(), ["„", "“", "‚", "‘"]);
    assert_eq!(Locale::of("fr").quotes()[..2], ["«\u{a0}", "\u{a0}»"]);
    assert_eq!(Locale::of("ja").quotes(), ["「", "」", "『", "』"]);
    for locale in all() {
        let [a, b, c, d] = locale.quotes();
        assert!(a != b && c != d, "{}", locale.tag());
    }
}

#[test]
fn placeholders_are_filled_once() {
    let en = Locale::of("en");
    assert_eq!(en.text("page-of", &[("n", "3"), ("total", "12")]), "Page\u{a0}3 of 12");
    assert_eq!(en.text("see-target", &[("target", "{n} {target}")]), "see\u{a0}{n} {target}");
    assert_eq!(en.text("page-n", &[]), "p.\u{a0}{n}");
    assert_eq!(en.text("no-such-word", &[]), "no-such-word");
    assert_eq!(fill("{", &[("", "x")]), "{");
    assert_eq!(fill("{}é{n", &[("n", "x")]), "{}é{n");
}

proptest! {
    #[test]
    fn no_tag_and_no_date_is_too_odd(tag in ".{0,12}", day in 0i32..60_000, n: u64) {
        let locale = Locale::of(&tag);
        let date = Date::constant(1950, 1, 1).saturating_add(jiff::Span::new().days(day));
        prop_assert!(locale.long_date(date).contains(&date.year().to_string()));
        prop_assert!(locale.count("card", n).contains(&n.to_string()));
    }

    #[test]
    fn filling_leaves_other_text_alone(text in "[^{}]{0,20}", value in ".{0,8}") {
        prop_assert_eq!(fill(&text, &[("n", &value)]), text.clone());
        prop_assert_eq!(fill(&format!("{text}{{n}}{text}"), &[("n", &value)]), format!("{text}{value}{text}"));
    }
}
