//! Card codes, `FN-042`: a chapter's prefix and a number that no other card ever gets.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::latin::capital_words;

/// The code printed on a card. Ordered by prefix, then by number: `FN-999` stands before `FN-1000`.
#[derive(Debug, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Code {
    /// 1–8 ASCII capitals or digits, the first of them a capital.
    pub prefix: String,
    /// From 1.
    pub number: u32,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}", self.prefix, self.number)
    }
}

impl FromStr for Code {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let error = || format!("`{s}` is not a card code, which looks like `FN-042`");
        let (prefix, digits) = s.split_once('-').ok_or_else(error)?;
        if !is_prefix(prefix) || digits.len() < 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(error());
        }
        let number: u32 = digits.parse().map_err(|_| error())?;
        let code = Self { prefix: prefix.to_owned(), number };
        // `FN-0042` and `FN-042` must not be two spellings of one code, nor is there a card nought.
        if number == 0 || code.to_string() != s { Err(error()) } else { Ok(code) }
    }
}

/// Whether `text` can stand before the hyphen of a code: 1–8 ASCII capitals or digits, first a capital.
pub fn is_prefix(text: &str) -> bool {
    (1..=8).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// What a chapter's prefix is made from.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct PrefixWish<'a> {
    /// `code:` of the note, or the prefix its cards already carry; taken as it is.
    pub given: Option<&'a str>,
    pub title: &'a str,
}

/// One prefix for each chapter. Given ones stand; the others are the shortest initials, up to four capitals, that no
/// other chapter of the pack wants: *Applied Practice* and *Active Recall* both want `A`, so they get `AP` and `AR`.
/// A title without Latin letters gets the chapter's own letter: `A` for the first, `B` for the second, `AA` for the
/// 27th. None of `reserved` is newly given: cards that went elsewhere carry them. Depends on titles and their order only,
/// never on chance.
pub fn prefixes(chapters: &[PrefixWish<'_>], reserved: &BTreeSet<&str>) -> Vec<String> {
    let given = chapters.iter().filter_map(|c| c.given);
    let mut taken: BTreeSet<String> = given.chain(reserved.iter().copied()).map(ToOwned::to_owned).collect();
    let mut done: Vec<Option<String>> = chapters.iter().map(|c| c.given.map(ToOwned::to_owned)).collect();
    let words: Vec<Vec<String>> = chapters
        .iter()
        .map(|c| capital_words(c.title))
        .map(|words| words.into_iter().filter(|w| w.starts_with(|c: char| c.is_ascii_uppercase())).collect())
        .collect();

    for length in 1..=4 {
        // First what nobody else wants: which of two rivals stands first in the book shall not decide.
        let wishes: Vec<Option<String>> = (0..chapters.len())
            .map(|i| if done[i].is_none() { candidates(&words[i], length).into_iter().next() } else { None })
            .collect();
        for (i, wish) in wishes.iter().enumerate() {
            let Some(wish) = wish else { continue };
            let rivals = wishes.iter().flatten().filter(|w| *w == wish).count();
            if rivals == 1 && !taken.contains(wish) {
                done[i] = Some(wish.clone());
            }
        }
        taken.extend(done.iter().flatten().cloned());
        if length == 1 {
            continue;
        }
        // Then other letters of the title, in the order of the book.
        for i in 0..chapters.len() {
            if done[i].is_none()
                && let Some(free) = candidates(&words[i], length).into_iter().find(|c| !taken.contains(c))
            {
                taken.insert(free.clone());
                done[i] = Some(free);
            }
        }
    }

    let mut prefixes = Vec::with_capacity(chapters.len());
    for (i, prefix) in done.into_iter().enumerate() {
        prefixes.push(prefix.unwrap_or_else(|| {
            // At most as many steps as there are prefixes taken, so this always finds one.
            let free = (i..).map(letters).find(|l| !taken.contains(l)).unwrap_or_default();
            taken.insert(free.clone());
            free
        }));
    }
    prefixes
}

/// Prefixes of `length` letters that suit the words, best first.
fn candidates(words: &[String], length: usize) -> Vec<String> {
    let initials: String = words.iter().filter_map(|w| w.chars().next()).collect();
    let mut found: Vec<String> = Vec::new();
    let mut push = |candidate: String| {
        if candidate.len() == length && !found.contains(&candidate) {
            found.push(candidate);
        }
    };
    if initials.len() >= length {
        push(initials[..length].to_owned());
    }
    let Some(first) = words.first() else { return found };
    if length == 1 {
        return found;
    }
    // One word: its first letter and the consonants after it, `FOUNDATIONS` → `FN`, `FND`; several: the initials, then
    // letters of the last word.
    let is_letter = |c: &char| c.is_ascii_uppercase();
    let consonant = |c: &char| is_letter(c) && !"AEIOUY".contains(*c);
    let (stem, tail): (String, &str) = match words.last() {
        Some(last) if words.len() > 1 => (initials.chars().take(length - 1).collect(), &last[1..]),
        _ => (first.chars().take(1).collect(), &first[1..]),
    };
    for letters in [
        tail.chars().filter(consonant).collect::<String>(),
        tail.chars().filter(is_letter).collect::<String>(),
    ] {
        let want = length.saturating_sub(stem.len());
        for start in 0..letters.len() {
            if let Some(piece) = letters.get(start..start + want) {
                push(format!("{stem}{piece}"));
            }
        }
    }
    found
}

/// `A` … `Z`, `AA`, `AB` …: bijective base 26.
fn letters(mut index: usize) -> String {
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from(b'A' + u8::try_from(index % 26).unwrap_or(0)));
        index /= 26;
        if index == 0 {
            return reversed.iter().rev().collect();
        }
        index -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(titles: &[&str]) -> Vec<String> {
        prefixes(
            &titles.iter().map(|title| PrefixWish { given: None, title }).collect::<Vec<_>>(),
            &BTreeSet::new(),
        )
    }

    #[test]
    fn a_code_reads_as_it_prints() {
        let code: Code = "FN-042".parse().unwrap();
        assert_eq!(code, Code { prefix: "FN".into(), number: 42 });
        assert_eq!(code.to_string(), "FN-042");
        assert_eq!("A-12345".parse::<Code>().unwrap().to_string(), "A-12345");
        for wrong in
            ["FN-42", "FN-0042", "fn-042", "FN042", "FN-", "-042", "FN-000", "2N-042", "FN-99999999999"]
        {
            assert!(wrong.parse::<Code>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn codes_sort_by_number() {
        let mut codes: Vec<Code> =
            ["FN-1000", "FN-999", "AP-002"].iter().map(|c| c.parse().unwrap()).collect();
        codes.sort();
        let sorted: Vec<String> = codes.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["AP-002", "FN-999", "FN-1000"]);
    }

    #[test]
    fn shortest_that_is_nobody_elses() {
        assert_eq!(
            of(&["Foundations", "Applied Practice", "Quick Reference", "Active Recall", "Staying Current"]),
            ["F", "AP", "Q", "AR", "S"]
        );
        // The same initials twice: another letter, not a longer wait.
        assert_eq!(of(&["Applied Practice", "Active Play"]), ["AP", "AL"]);
        assert_eq!(of(&["Functions", "Files"]), ["FN", "FL"]);
        assert_eq!(of(&["Files"; 4]), ["FL", "FS", "FI", "FE"]);
    }

    #[test]
    fn a_given_prefix_stands() {
        let wishes = [
            PrefixWish { given: None, title: "Applied Practice" },
            PrefixWish { given: Some("A"), title: "Whatever" },
        ];
        assert_eq!(prefixes(&wishes, &BTreeSet::new()), ["AP", "A"]);
        assert_eq!(prefixes(&wishes, &BTreeSet::from(["AP", "A"])), ["AR", "A"]);
    }

    #[test]
    fn other_scripts() {
        assert_eq!(of(&["Основы языка", "Практика"]), ["O", "P"]);
        assert_eq!(of(&["基礎", "応用", "Basics"]), ["A", "C", "B"]);
        assert_eq!(letters(25), "Z");
        assert_eq!(letters(26), "AA");
        assert_eq!(letters(27), "AB");
    }

    proptest::proptest! {
        #[test]
        fn unique_and_well_formed(titles in proptest::collection::vec("[A-Za-z0-9一-三]{0,5}( [A-Za-z]{1,4}){0,2}", 1..40)) {
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let prefixes = of(&titles);
            proptest::prop_assert_eq!(prefixes.len(), titles.len());
            let distinct: BTreeSet<&String> = prefixes.iter().collect();
            proptest::prop_assert_eq!(distinct.len(), prefixes.len());
            for prefix in &prefixes {
                proptest::prop_assert!(is_prefix(prefix) && prefix.len() <= 4, "{}", prefix);
            }
            proptest::prop_assert_eq!(&prefixes, &of(&titles));
        }
    }
}
