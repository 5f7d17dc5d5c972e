//! Any script to plain ASCII letters, as far as it goes: for file names, identities and code prefixes.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` in ASCII letters, digits and single hyphens, lower case: `Iterators & Generators` becomes
/// `iterators-generators`. Accents fall away, Cyrillic is transliterated (close to BGN/PCGN); what has no Latin form
/// (Chinese, Japanese, symbols) is left out, so the answer may be empty.
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfkd() {
        if is_combining_mark(c) || matches!(c, '\'' | '’') {
            continue;
        }
        let mut any = false;
        latin(c, |letter| {
            if gap && !slug.is_empty() && !any {
                slug.push('-');
            }
            any = true;
            slug.push(letter.to_ascii_lowercase());
        });
        // The hard and soft signs of Cyrillic are letters without a sound, not gaps between words.
        gap = if any || matches!(c, 'ь' | 'ъ' | 'Ь' | 'Ъ') { gap && !any } else { true };
    }
    slug
}

/// Longest part of a file's name that is made of a title, in characters.
const FILE_STEM: usize = 60;

/// A [`slug`] that is short enough for a file's name, cut between words where it can be.
pub fn file_slug(text: &str) -> String {
    let whole = slug(text);
    let Some(cut) = whole.get(..FILE_STEM).filter(|_| whole.len() > FILE_STEM) else { return whole };
    cut.rsplit_once('-').map_or(cut, |(words, _)| words).to_owned()
}

/// A stable identity from a name: its [`slug`] where every letter has a Latin form, else the letters themselves, lower
/// case, so that `GC 机制` and `GC` differ. Never empty.
pub fn identifier(name: &str) -> String {
    let all_latin = name.nfkd().filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)).all(|c| {
        let mut any = matches!(c, 'ь' | 'ъ' | 'Ь' | 'Ъ');
        latin(c, |_| any = true);
        any
    });
    let id = if all_latin {
        slug(name)
    } else {
        let lower: String = name.nfkc().flat_map(char::to_lowercase).collect();
        lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("-")
    };
    if id.is_empty() { "concept".to_owned() } else { id }
}

/// The words of `text` in ASCII capitals: `Applied Practice` becomes `["APPLIED", "PRACTICE"]`.
pub fn capital_words(text: &str) -> Vec<String> {
    slug(text).split('-').filter(|w| !w.is_empty()).map(str::to_ascii_uppercase).collect()
}

/// Feeds the ASCII letters or digits that stand for `c`, which is already decomposed, to `out`.
fn latin(c: char, mut out: impl FnMut(char)) {
    if c.is_ascii_alphanumeric() {
        return out(c);
    }
    let lower = c.to_lowercase().next().unwrap_or(c);
    let letters = match lower {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'э' | 'є' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'й' | 'і' | 'ї' => "i",
        'ы' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ю' => "yu",
        'я' => "ya",
        _ => return,
    };
    letters.chars().for_each(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_ascii() {
        for (text, expected) in [
            ("Iterators & Generators", "iterators-generators"),
            ("DRY (Don’t Repeat Yourself)", "dry-dont-repeat-yourself"),
            ("Größe, Straße und Übermaß", "grosse-strasse-und-ubermass"),
            ("CPython / GIL / GC", "cpython-gil-gc"),
            ("Лексический анализ", "leksicheskii-analiz"),
            ("Объекты и типы", "obekty-i-tipy"),
            ("Łódź", "lodz"),
            ("  ⭐ 3.14 ", "3-14"),
            ("第一章", ""),
            ("ﬁne①", "fine1"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn file_names_stay_short() {
        assert_eq!(file_slug("Duck Typing"), "duck-typing");
        assert_eq!(file_slug(&"word ".repeat(500)), "word-".repeat(12).trim_end_matches('-'));
        assert_eq!(file_slug(&"x".repeat(500)), "x".repeat(60));
    }

    #[test]
    fn identifiers_never_lose_a_letter() {
        assert_eq!(identifier("Duck Typing"), "duck-typing");
        assert_eq!(identifier("Сборка мусора"), "sborka-musora");
        assert_eq!(identifier("GC 机制"), "gc-机制");
        assert_eq!(identifier("⭐"), "concept");
    }

    #[test]
    fn words_in_capitals() {
        assert_eq!(capital_words("Applied Practice"), ["APPLIED", "PRACTICE"]);
        assert_eq!(capital_words("Основы языка"), ["OSNOVY", "YAZYKA"]);
        assert!(capital_words("基礎").is_empty());
    }
}
