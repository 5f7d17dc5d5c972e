//! The order of an index: accents and case aside, numbers by value, and each language's own letters.
//!
//! This is no full Unicode collation (which would cost a table of 35,000 lines): it is right for the languages Recto
//! speaks. Compared are, in turn: the letters (marks and case aside, `ß` as `ss`, digits by value, punctuation
//! skipped); then the text itself, so that the order is total. A language whose alphabet counts a marked letter as a letter
//! of its own puts it after its base: Polish `ą ć ę ł ń ó ś ź ż`, Spanish `ñ`, Russian `й` (but `ё` as `е`). Japanese kana
//! sort in gojūon order, katakana as hiragana, voiced as plain; Han characters by code point after all else.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What [`sort_key`] makes: compare keys instead of texts.
#[derive(Debug, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct SortKey {
    primary: Vec<u32>,
    text: String,
}

impl SortKey {
    /// Whether two texts differ in marks, case or punctuation only.
    pub fn same_letters(&self, other: &Self) -> bool {
        self.primary == other.primary
    }

    /// Whether there is no letter and no digit.
    pub fn is_blank(&self) -> bool {
        self.primary.is_empty()
    }
}

/// The place of `text` in an index of `language` (BCP 47).
pub fn sort_key(text: &str, language: &str) -> SortKey {
    let language = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let mut primary = Vec::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if let Some(digit) = c.to_digit(10) {
            digits.extend(char::from_digit(digit, 10));
            continue;
        }
        flush(&mut primary, &mut digits);
        weigh(c, &language, &mut primary);
    }
    flush(&mut primary, &mut digits);
    SortKey { primary, text: text.to_owned() }
}

/// Digits sort before letters: first by how many there are, then by value, which is the order of numbers.
fn flush(primary: &mut Vec<u32>, digits: &mut String) {
    let number = digits.trim_start_matches('0');
    if !digits.is_empty() {
        primary.push(1 + u32::try_from(number.len()).unwrap_or(u32::MAX - 1));
        primary.extend(number.bytes().map(u32::from));
    }
    digits.clear();
}

/// Letters weigh four times their code point, so that a language's own letter finds room after its base. All weigh
/// more than the lengths of numbers that occur.
const OWN_LETTER: u32 = 1;

fn weigh(c: char, language: &str, primary: &mut Vec<u32>) {
    let letter = |c: char| u32::from(c) << 2;
    let own = match (language, c) {
        ("pl", 'ą') => Some('a'),
        ("pl", 'ć') => Some('c'),
        ("pl", 'ę') => Some('e'),
        ("pl", 'ł') => Some('l'),
        ("pl", 'ń') | ("es", 'ñ') => Some('n'),
        ("pl", 'ó') => Some('o'),
        ("pl", 'ś') => Some('s'),
        ("pl", 'ź' | 'ż') => Some('z'),
        _ => None,
    };
    if let Some(base) = own {
        return primary.push(letter(base) + OWN_LETTER + u32::from(c == 'ż'));
    }
    match c {
        'ß' => primary.extend([letter('s'); 2]),
        'æ' => primary.extend([letter('a'), letter('e')]),
        'œ' => primary.extend([letter('o'), letter('e')]),
        'ø' => primary.push(letter('o')),
        'ł' => primary.push(letter('l')),
        'đ' | 'ð' => primary.push(letter('d')),
        'й' => primary.push(letter('й')),
        _ => {
            for c in std::iter::once(c).nfd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric()) {
                // Katakana lie 0x60 above hiragana.
                let c = match c {
                    'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
                    _ => c,
                };
                primary.push(letter(c));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<'a>(words: &[&'a str], language: &str) -> Vec<&'a str> {
        let mut words = words.to_vec();
        words.sort_by_cached_key(|w| sort_key(w, language));
        words
    }

    #[test]
    fn marks_and_case_do_not_part_words() {
        assert_eq!(
            sorted(&["zebra", "Éclair", "apple", "eclair", "Zen"], "fr"),
            ["apple", "eclair", "Éclair", "zebra", "Zen"]
        );
        assert_eq!(
            sorted(&["Zug", "Äpfel", "Apfel", "Straße", "Strasse"], "de"),
            ["Apfel", "Äpfel", "Strasse", "Straße", "Zug"]
        );
        assert_eq!(
            sorted(&["`yield`", "__init__", "async/await"], "en"),
            ["async/await", "__init__", "`yield`"]
        );
    }

    #[test]
    fn numbers_by_value() {
        assert_eq!(
            sorted(&["Python 3.13", "Python 3.8", "Python", "PEP 594", "PEP 20", "3"], "en"),
            ["3", "PEP 20", "PEP 594", "Python", "Python 3.8", "Python 3.13"]
        );
        assert!(sort_key("007", "en").same_letters(&sort_key("7", "en")));
    }

    #[test]
    fn a_languages_own_letters() {
        assert_eq!(
            sorted(&["żaba", "źle", "zero", "łza", "luz", "lwy"], "pl"),
            ["luz", "lwy", "łza", "zero", "źle", "żaba"]
        );
        assert_eq!(sorted(&["ñame", "nube", "nata", "oso"], "es-MX"), ["nata", "nube", "ñame", "oso"]);
        assert_eq!(sorted(&["ñame", "nube"], "en"), ["ñame", "nube"]);
        assert_eq!(
            sorted(&["ёлка", "ель", "жук", "йод", "игра"], "ru"),
            ["ёлка", "ель", "жук", "игра", "йод"]
        );
        assert_eq!(
            sorted(&["カメラ", "あさ", "ガム", "き", "漢字"], "ja"),
            ["あさ", "ガム", "カメラ", "き", "漢字"]
        );
    }

    #[test]
    fn blank() {
        assert!(sort_key("⭐ —", "en").is_blank());
        assert!(!sort_key("⭐ a", "en").is_blank());
    }
}
